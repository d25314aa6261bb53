"""``stats``: tables for people at night, and one object for programs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc  # type: ignore[import-untyped]
import pytest
import yaml
from cli_program import SMALL, run
from full_etcd import QUOTA, fill_up
from real_etcd import running_etcd
from written_snapshot import write_snapshot

TITLES = ["What fills it", "What would help", "By kind", "By namespace", "Largest objects", "Most revisions"]


def fields(*args: str | Path) -> Any:
    outcome = run("stats", SMALL, *args, "-o", "json")
    assert (outcome.code, outcome.err) == (0, "")
    return json.loads(outcome.out)


def sections(out: str) -> dict[str, list[list[str]]]:
    """The tables by their titles, each line cut where two spaces or more stand, without the columns."""
    found = {}
    for part in out.split("\n\n")[1:]:
        title, *lines = part.rstrip("\n").split("\n")
        found[title] = [line.split() for line in lines[1:]]
    return found


def test_the_first_lines_answer() -> None:
    outcome = run("stats", SMALL)
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.lines[0] == (
        "The database is 3.3 MB large: <1% of etcd's default quota of 2 GiB, <1% of the 8 GiB that etcd suggests at most."
    )
    assert outcome.lines[2:4] == ["What fills it", "    SIZE   SHARE   PART        WHAT-IT-IS"]
    found = sections(outcome.out)
    assert list(found)[:6] == TITLES
    assert [row[3] for row in found["What fills it"]] == ["live", "history", "unused", "structure", "free"]
    best = found["What would help"][0]
    assert best[:2] == ["1.5", "MB"]
    assert "etcdctl compact 1175" in " ".join(best)
    assert all(line == line.rstrip() for line in outcome.lines)


def test_tables_and_json_agree() -> None:
    told = fields("--top", "4")
    found = sections(run("stats", SMALL, "--top", "4").out)
    for title, name, label in (("By kind", "kinds", "resource"), ("By namespace", "namespaces", "namespace")):
        rows = found[title]
        assert [row[0] for row in rows[:-2]] == [each[label] or "<none>" for each in told[name]]
        assert [int(row[1]) for row in rows[:-2]] == [each["objects"] for each in told[name]]
        assert [row[0] for row in rows[-2:]] == ["(others)", "(all)"]
        assert sum(int(row[1]) for row in rows[:-1]) == int(rows[-1][1]) == told["total"]["objects"] == 637
    assert [row[-1] for row in found["Largest objects"]] == [each["name"] for each in told["largest"]]
    assert [int(row[0]) for row in found["Most revisions"]] == [each["revisions"] for each in told["mostRevisions"]]
    assert len(told["kinds"]) == len(told["largest"]) == 4


def test_names_are_stable() -> None:
    told = fields()
    assert list(told) == [
        *(
            "path",
            "format",
            "fileSize",
            "revision",
            "compactRevision",
            "space",
            "remedies",
            "total",
            "kinds",
            "namespaces",
        ),
        *("largest", "mostRevisions", "mostHistory", "helm", "events", "notes"),
    ]
    assert list(told["space"]) == [
        *(
            "size",
            "inUse",
            "free",
            "live",
            "history",
            "unused",
            "structure",
            "pageSize",
            "freePages",
            "buckets",
            "leases",
        ),
        *("quota", "noSpaceAlarm", "defragmented", "compactedAndDefragmented", "estimated"),
    ]
    sums = ["objects", "size", "managedFields", "unread", "leased", "historyRevisions", "historySize", "share"]
    assert list(told["total"]) == [*sums, "kinds", "namespaces"]
    assert list(told["kinds"][0]) == ["group", "kind", "resource", *sums]
    assert list(told["namespaces"][0]) == ["namespace", *sums]
    assert list(told["largest"][0]) == [
        *("key", "apiVersion", "kind", "resource", "namespace", "name", "size", "managedFields", "guessed")
    ]
    assert list(told["mostRevisions"][0]) == [
        *("key", "group", "kind", "resource", "namespace", "name", "revisions", "historySize", "size")
    ]
    assert list(told["helm"]) == ["releases", "revisions", "size", "superseded", "supersededSize", "unread", "largest"]
    assert list(told["helm"]["largest"][0]) == ["namespace", "name", "storage", "size", "supersededSize", "revisions"]
    space = told["space"]
    parts = ("free", "live", "history", "unused", "structure")
    assert sum(space[part] for part in parts) == space["size"] == told["fileSize"] - 32
    assert told == yaml.safe_load(run("stats", SMALL, "-o", "yaml").out)


@pytest.mark.parametrize(
    ("args", "kinds"),
    [
        (("deploy", "cm"), {"Deployment", "ConfigMap"}),
        (("deploy/web", "-n", "infra-production"), {"Deployment"}),
        (("secret", "-n", "infra-production", "-l", "owner=helm"), {"Secret"}),
        (("cm", "--name", "kube-*"), {"ConfigMap"}),
    ],
    ids=["kinds", "one", "labels", "names"],
)
def test_it_counts_what_ls_lists(args: tuple[str, ...], kinds: set[str]) -> None:
    told = fields(*args, "--top", "1000")
    listed = json.loads(run("ls", SMALL, *args, "-o", "json").out)
    assert told["total"]["objects"] == len(listed) > 0
    assert {each["key"]: each["size"] for each in told["largest"]} == {each["key"]: each["size"] for each in listed}
    assert {each["kind"] for each in told["kinds"]} == kinds
    assert told["space"] == fields()["space"]


def test_at_a_moment(snapshot_file: Callable[[str], Path], facts: Callable[[str], list[dict[str, Any]]]) -> None:
    outcome = run("stats", snapshot_file("history"), "--at", "1500", "-o", "json")
    told = json.loads(outcome.out)
    assert told["revision"] == 1500
    truth = facts("history.rev1500.truth")
    assert told["total"]["objects"] >= len(truth)
    assert run("stats", snapshot_file("history"), "--at", "999999").code == 2


@pytest.mark.parametrize(
    ("args", "code"), [(("-n", "nosuch"), 1), (("nosuch",), 1), (("--top", "0"), 2), (("--top", "x"), 2)], ids=str
)
def test_errors(args: tuple[str, ...], code: int) -> None:
    outcome = run("stats", SMALL, *args)
    assert (outcome.code, outcome.out) == (code, "")
    assert outcome.err.startswith("error: ")


def test_what_is_locked_is_said(snapshot_file: Callable[[str], Path]) -> None:
    outcome = run("stats", snapshot_file("aescbc"))
    assert outcome.code == 3
    assert "no key named key1 for aescbc" in outcome.err
    assert "how much of 13 unreadable objects is managedFields is not known" in outcome.err
    found = sections(outcome.out)
    (row,) = [row for row in found["By kind"] if row[0] == "secrets"]
    assert row[4].startswith(">")
    assert "unknown" in outcome.out
    config = SMALL.with_name("aescbc.enc.yaml")
    opened = run("stats", snapshot_file("aescbc"), "--encryption-config", config)
    assert opened.code == 0
    assert "unknown" not in opened.out


HOSTILE = "a\x1b[31m\x07\u202eb"


def test_hostile_names_are_escaped(tmp_path: Path) -> None:
    labels = {"name": HOSTILE, "owner": "helm", "status": "superseded", "version": "x\x1b["}
    bodies = [
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": HOSTILE, "namespace": HOSTILE}},
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": f"sh.helm.release.v1.{HOSTILE}.v1", "namespace": HOSTILE, "labels": labels},
            "type": "helm.sh/release.v1",
        },
        {"apiVersion": f"{HOSTILE}/v1", "kind": f"K{HOSTILE}", "metadata": {"name": HOSTILE}},
    ]
    path = write_snapshot(tmp_path / "s.db", bodies)
    for output in ("table", "json", "yaml"):
        outcome = run("stats", path, "-o", output)
        assert outcome.code == 0
        assert not {"\x1b", "\x07", "\u202e"} & set(outcome.out if output == "table" else "")
        assert "\x1b" not in outcome.out + outcome.err
        assert "\x07" not in outcome.out
    table = run("stats", path).out
    assert table.count("a\\x1b[31m\\x07\\u202eb") >= 6


def test_an_exceeded_quota_comes_first(tmp_path: Path) -> None:
    with running_etcd(*QUOTA) as etcd:
        with pytest.raises(grpc.RpcError, match="space exceeded"):
            fill_up(etcd)
        path = etcd.save(tmp_path / "s.db")
        live = run("stats", f"unix:{etcd.home}/localhost:1")
        table = run("stats", path)
    for outcome in (live, table):
        assert outcome.code == 0
        assert outcome.lines[1].startswith(
            "The quota WAS EXCEEDED: while its alarm NOSPACE stands, etcd takes no writes."
        )
    assert "note: a running etcd does not tell how its pages are filled" in live.err
    assert [row[3:5] for row in sections(live.out)["What fills it"]] == [["in", "use"], ["free", "pages"]]
