"""``diff --live``: what differs between a real snapshot and a cluster that answers as its API server did."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from live_world import NS, SMALL, World, mark_written, world_of

from snapinspect.analysis.diff.objects import PASSING

SnapshotFile = Callable[[str], Path]
LINE = re.compile(r"comparing with http://127\.0\.0\.1:\d+ \(context test, v1\.36\.2\)")


@pytest.mark.parametrize("more", [(), ("--all",), ("--all", "--raw")], ids=["plain", "all", "raw"])
@pytest.mark.parametrize(
    ("snapshot", "truth", "moment"),
    [
        ("small", "small.truth", ()),
        ("cbor", "cbor.truth", ()),
        ("history", "history.rev1500.truth", ("--from", "1500")),
    ],
    ids=["small", "cbor", "past"],
)
def test_nothing_differs_from_what_the_snapshots_own_server_answers(
    snapshot_file: SnapshotFile,
    tmp_path: Path,
    snapshot: str,
    truth: str,
    moment: tuple[str, ...],
    more: tuple[str, ...],
) -> None:
    with world_of(truth, tmp_path) as world:
        outcome = world.diff(*moment, *more, snapshot=snapshot_file(snapshot))
    assert (outcome.code, outcome.out) == (0, ""), outcome.err
    assert outcome.err.endswith("nothing differs\n")
    assert "warning" not in outcome.err
    first, *notes = outcome.err.splitlines()[:-1]
    assert LINE.fullmatch(first)
    assert notes == ([] if more else ["note: left out Events and Leases (naming their kind, or --all, brings them)"])


@pytest.mark.parametrize(
    ("snapshot", "truth", "moment"),
    [("small", "small.truth", ()), ("history", "history.rev1500.truth", ("--from", "1500"))],
    ids=["small", "past"],
)
def test_nothing_differs_where_everything_was_written_and_nothing_changed(
    snapshot_file: SnapshotFile, tmp_path: Path, snapshot: str, truth: str, moment: tuple[str, ...]
) -> None:
    """Converted definitions, claims inside a StatefulSet and nulls that only a server writes."""
    with world_of(truth, tmp_path) as world:
        bodies = world.server.store.objects()
        assert {"CustomResourceDefinition", "StatefulSet", "EndpointSlice"} <= {body["kind"] for body in bodies}
        for body in bodies:
            mark_written(world.server, body)
        outcome = world.diff(*moment, "--all", snapshot=snapshot_file(snapshot))
    assert (outcome.code, outcome.out) == (0, ""), outcome.out


def test_an_encrypted_snapshot_is_compared_with_its_keys(snapshot_file: SnapshotFile, tmp_path: Path) -> None:
    with world_of("aescbc.truth", tmp_path) as world:
        keys = SMALL.with_name("aescbc.enc.yaml")
        assert world.diff("--encryption-config", keys, snapshot=snapshot_file("aescbc")).code == 0
        locked = world.diff("secret", "-o", "json", snapshot=snapshot_file("aescbc"))
        assert locked.code == 3
        assert {each["unread"] for each in locked.facts} == {True}
        assert "no key named key1" in locked.err
        shown = world.diff("secret", snapshot=snapshot_file("aescbc")).out
        assert "# it cannot be read, and so not be compared" in shown


def change_everything(world: World) -> None:
    world.write("configmaps", "nginx-conf", lambda body: body["data"].update(more="new"))
    world.remove("deployments", "web")
    world.add(
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "made", "namespace": NS},
            "spec": {"ports": [{"port": 80}]},
        }
    )


def test_what_is_missing_changed_and_new_is_told(world: World) -> None:
    change_everything(world)
    outcome = world.diff("-o", "json")
    assert outcome.code == 1
    assert outcome.told == {
        ("ConfigMap", NS, "nginx-conf"): "changed",
        ("Deployment", NS, "web"): "removed",
        ("Service", NS, "made"): "added",
    }
    (changed,) = (each for each in outcome.facts if each["operation"] == "changed")
    assert changed["changes"] == [{"path": ".data.more", "old": None, "new": "new"}]
    assert world.diff("-o", "name").out.splitlines() == ["configmap/nginx-conf", "deployment.apps/web", "service/made"]
    rows = [line.split() for line in world.diff("-o", "summary").out.splitlines()]
    assert rows[1:] == [
        ["configmaps", NS, "0", "0", "1"],
        ["deployments", NS, "0", "1", "0"],
        ["services", NS, "1", "0", "0"],
    ]


def test_the_diff_says_which_side_is_live(world: World) -> None:
    change_everything(world)
    out = world.diff("cm,svc,deploy").out
    live = world.body("configmaps", "nginx-conf")["metadata"]["resourceVersion"]
    path = f"{NS}/configmaps/nginx-conf.yaml"
    assert re.search(rf"^--- {path}\trevision \d+\n\+\+\+ {path}\tlive, resourceVersion {live}\n", out, re.MULTILINE)
    assert f"+++ {NS}/services/made.yaml\tlive, resourceVersion" in out
    text = out.split(f"+++ {NS}/services/made.yaml")[1].split("\n", 2)[2]
    added = yaml.safe_load("\n".join(line[1:] for line in text.splitlines() if line.startswith("+")))
    assert (added["kind"], added["metadata"]) == ("Service", {"name": "made", "namespace": NS})


def test_raw_shows_what_servers_write(world: World) -> None:
    world.write("configmaps", "nginx-conf")
    assert world.diff().code == 0
    (found,) = world.diff("--raw", "-o", "json").facts
    paths = {each["path"] for each in found["changes"]}
    assert ".metadata.resourceVersion" in paths
    assert all(path.startswith(".metadata.") for path in paths)


def test_events_and_leases_are_only_asked_for_when_they_are_meant(world: World) -> None:
    for plural in ("events", "leases"):
        for body in world.server.store.objects(plural):
            mark_written(world.server, body)
            body["metadata"]["labels"] = {"changed": "yes"}
    passing = {kind for _, kind in PASSING}
    assert world.diff().code == 0
    assert not any("/events" in path or "/leases" in path for path in world.lists())
    assert {kind for kind, _, _ in world.diff("--all", "-o", "json").told} == passing
    assert {kind for kind, _, _ in world.diff("lease", "-o", "json").told} == {"Lease"}


def test_a_value_of_a_secret_is_a_hash_that_tells_only_that_it_changed(world: World) -> None:
    plain, encoded = "correct horse", "Y29ycmVjdCBob3JzZQ=="
    world.write("secrets", "basic", lambda body: body["data"].update(password=encoded))
    for output in ("diff", "json"):
        outcome = world.diff("secrets", "-o", output)
        assert outcome.code == 1
        assert plain not in outcome.out + outcome.err
        assert encoded not in outcome.out + outcome.err
        assert len(set(re.findall(r"<hidden [0-9a-f]{16}>", outcome.out))) >= 2
    assert encoded in world.diff("secrets", "--show-secrets").out


@pytest.mark.parametrize(("uid", "words"), [("other", "is NOT the one"), (None, "cannot be told")])
def test_another_cluster_is_said(world: World, uid: str | None, words: str) -> None:
    metadata = world.body("namespaces", "kube-system", None)["metadata"]
    metadata["uid"] = uid
    outcome = world.diff("cm")
    assert outcome.code == 0
    assert words in outcome.err
    assert ("warning: " in outcome.err) is (uid is not None)


def test_the_same_revision_of_another_branch_of_history_is_no_same_object(world: World) -> None:
    """As after the cluster was restored from an older backup: numbers are given out again, moments are not."""

    def change(body: dict[str, Any]) -> None:
        body["data"]["more"] = "new"
        body["metadata"]["managedFields"][0]["time"] = "2026-12-24T18:00:00Z"

    change(world.body("configmaps", "nginx-conf"))
    assert world.diff("-o", "json").told == {("ConfigMap", NS, "nginx-conf"): "changed"}


def test_defaults_that_are_newer_than_an_object_are_no_difference(world: World) -> None:
    """An API server that was upgraded fills in, on reading, what was not stored."""
    world.body("services", "web")["spec"]["newerField"] = "Default"
    assert world.diff().code == 0
    world.write("services", "web")
    assert [each["path"] for each in world.diff("-o", "json").facts[0]["changes"]] == [".spec.newerField"]


def test_what_nests_too_deep_differs_as_a_whole(world: World) -> None:
    deep: Any = None
    for _ in range(480):
        deep = {"deeper": deep}
    (first, *_) = world.server.store.objects("controllerrevisions")
    name, namespace = first["metadata"]["name"], first["metadata"]["namespace"]
    world.write("controllerrevisions", name, lambda body: body.update(data=deep), namespace=namespace)
    outcome = world.diff("controllerrevisions", "-o", "name")
    assert (outcome.code, outcome.out) == (1, f"controllerrevision.apps/{name}\n")


def test_the_file_is_not_changed_and_nothing_is_written_to_the_cluster(world: World) -> None:
    before = SMALL.stat(), SMALL.read_bytes()
    change_everything(world)
    world.diff("--all", "--raw")
    assert (SMALL.stat().st_mtime_ns, SMALL.read_bytes()) == (before[0].st_mtime_ns, before[1])
    assert {method for method, _ in world.server.requests} == {"GET"}
