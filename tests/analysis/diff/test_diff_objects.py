"""Which objects differ, against what a watch saw and plainly stripped objects."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from real_etcd import RealEtcd

import snapinspect
from snapinspect.analysis.diff.objects import PASSING, Comparison, Difference, common_key_space, unequal
from snapinspect.select import select
from snapinspect.snapshot import Snapshot
from snapinspect.snapshot import values as read_model

SnapshotFile = Callable[[str], Path]
Lines = Callable[[str], list[dict[str, Any]]]
Named = tuple[str, str, str | None, str]

GENERATED = {
    "kubectl.kubernetes.io/last-applied-configuration",
    "deployment.kubernetes.io/revision",
    "deprecated.daemonset.template.generation",
}
SERVERS = {"uid", "resourceVersion", "managedFields", "generation", "creationTimestamp", "selfLink"}
BINDING = "/registry/clusterrolebindings/"


@pytest.fixture
def history(snapshot_file: SnapshotFile) -> Iterator[Snapshot]:
    with snapinspect.open(str(snapshot_file("history"))) as opened:
        yield opened


def compare(old: Snapshot, new: Snapshot, *targets: str, raw: bool = False, **conditions: Any) -> Comparison:
    return Comparison(old, new, select(common_key_space(old, new), targets, **conditions), raw)


def named(differences: list[Difference]) -> dict[Named, str]:
    found = {
        (each.head.group, each.head.kind, each.head.namespace, each.head.name): each.operation for each in differences
    }
    assert len(found) == len(differences)
    return found


def meant(body: dict[str, Any], *, raw: bool) -> str:
    """The object without noise, as text that is the same for the same JSON."""
    body = json.loads(json.dumps(body, default=repr))
    if not raw:
        body.pop("status", None)
        for field in SERVERS:
            body["metadata"].pop(field, None)
        annotations = body["metadata"].get("annotations", {})
        for name in GENERATED:
            annotations.pop(name, None)
        if not annotations:
            body["metadata"].pop("annotations", None)
    return json.dumps(body, sort_keys=True)


def state(view: Snapshot, *, raw: bool, passing: bool = False) -> dict[Named, str]:
    found = view.objects(view.select(everything=True))
    return {
        (each.head.group, each.head.kind, each.head.namespace, each.head.name): meant(each.body, raw=raw)
        for each in found
        if (passing or (each.head.group, each.head.kind) not in PASSING)
        and not view.key_space.is_bookkeeping(each.record.key)
    }


@pytest.mark.parametrize("raw", [False, True])
@pytest.mark.parametrize(("earlier", "later"), [(1500, 4171), (3400, 3700), (3700, 3400), (2, 1500)])
def test_what_differs_is_what_a_plain_comparison_finds(history: Snapshot, earlier: int, later: int, raw: bool) -> None:
    old, new = history.at(earlier), history.at(later)
    before, after = state(old, raw=raw), state(new, raw=raw)
    expected = {
        **dict.fromkeys(after.keys() - before.keys(), "added"),
        **dict.fromkeys(before.keys() - after.keys(), "removed"),
        **{name: "changed" for name in before.keys() & after.keys() if before[name] != after[name]},
    }
    assert len(expected) > 30
    comparison = compare(old, new, raw=raw)
    assert named(comparison.differences()) == expected
    assert comparison.passed_over


def test_another_file_of_the_cluster_is_compared_alike(history: Snapshot, snapshot_file: SnapshotFile) -> None:
    with snapinspect.open(str(snapshot_file("small"))) as small:
        before, after = state(small, raw=False), state(history, raw=False)
        found = named(compare(small, history).differences())
        assert {name for name, operation in found.items() if operation == "added"} == after.keys() - before.keys()
        assert {name for name, operation in found.items() if operation == "removed"} == before.keys() - after.keys()


def test_nothing_differs_from_itself_and_nothing_is_decoded_to_tell(
    history: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    comparison = compare(history, history.at(history.revision))
    decoded: list[Any] = []
    monkeypatch.setattr(read_model, "decode", lambda *asked: decoded.append(asked))
    assert comparison.differences() == []
    assert not decoded


def test_only_what_is_stored_in_other_bytes_is_decoded(history: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = history.at(3400), history.at(3420)
    comparison = compare(old, new)
    decode, count = read_model.decode, 0

    def counted(*asked: Any) -> Any:
        nonlocal count
        count += 1
        return decode(*asked)

    monkeypatch.setattr(read_model, "decode", counted)
    written = {
        record.key for record in history.store.revisions(lambda _key: True) if 3400 < record.mod_revision <= 3420
    }
    assert comparison.differences()
    assert 0 < count <= 2 * len(written)


def test_events_and_leases_come_when_they_are_named(history: Snapshot) -> None:
    old, new = history.at(3400), history.at(3700)
    leases = compare(old, new, "leases").differences()
    assert leases
    assert {each.head.kind for each in leases} == {"Lease"}
    everything = named(compare(old, new, everything=True).differences())
    assert {kind for _, kind, _, _ in everything} >= {"Lease", "Event", "ConfigMap"}
    assert not {kind for _, kind, _, _ in named(compare(old, new).differences())} & {"Lease", "Event"}


def test_a_selection_narrows_both_sides(history: Snapshot) -> None:
    old, new = history.at(3400), history.at(4171)
    found = named(compare(old, new, "cm", "secret/doomed-secret", namespaces=["infra-production"]).differences())
    assert found["", "Secret", "infra-production", "doomed-secret"] == "removed"
    assert {(kind, namespace) for _, kind, namespace, _ in found} == {
        ("ConfigMap", "infra-production"),
        ("Secret", "infra-production"),
    }


def config_map(name: str, **fields: Any) -> bytes:
    metadata = {"name": name, "namespace": "compared", **fields.pop("metadata", {})}
    return json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, **fields}).encode()


@pytest.fixture
def changes_of(
    etcd: RealEtcd, tmp_path: Path
) -> Iterator[Callable[[dict[str, bytes], dict[str, bytes]], dict[Named, str]]]:
    """What differs after the second values were written over the first, by etcd key."""
    opened = []

    def differences(first: dict[str, bytes], second: dict[str, bytes]) -> dict[Named, str]:
        etcd.delete(b"/registry/", b"/registry0")
        etcd.put(b"/registry/configmaps/compared/same", config_map("same"))
        for key, value in first.items():
            before = etcd.put(key.encode(), value)
        for key in first.keys() - second.keys():
            etcd.delete(key.encode())
        for key, value in second.items():
            etcd.put(key.encode(), value)
        snapshot = snapinspect.open(str(etcd.save(tmp_path / "compared.db")))
        opened.append(snapshot)
        return named(compare(snapshot.at(before), snapshot).differences())

    yield differences
    for snapshot in opened:
        snapshot.close()


def test_a_forged_label_hides_nothing(changes_of: Any) -> None:
    forged = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {
            "name": "system:forged",
            "labels": {"kubernetes.io/bootstrapping": "rbac-defaults", "heritage": "deckhouse"},
            "ownerReferences": [{"apiVersion": "v1", "kind": "Lease", "name": "x", "uid": "y", "controller": True}],
        },
        "roleRef": {"kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"kind": "User", "name": "mallory"}],
    }
    key = f"{BINDING}system:forged"
    found = changes_of(
        {"/registry/configmaps/compared/x": config_map("x")},
        {"/registry/configmaps/compared/x": config_map("x"), key: json.dumps(forged).encode()},
    )
    assert found == {("rbac.authorization.k8s.io", "ClusterRoleBinding", None, "system:forged"): "added"}


def test_an_object_under_another_key_is_the_same_object(changes_of: Any) -> None:
    moved = {"/registry/configmaps/compared/a": config_map("a", data={"k": "1"})}
    assert changes_of(moved, {"/registry/elsewhere/compared/a": config_map("a", data={"k": "1"})}) == {}
    assert changes_of(moved, {"/registry/elsewhere/compared/a": config_map("a", data={"k": "2"})}) == {
        ("", "ConfigMap", "compared", "a"): "changed"
    }


def test_two_values_that_claim_the_same_name_are_both_told(changes_of: Any) -> None:
    key = "/registry/configmaps/compared/"
    same = {f"{key}a": config_map("a", data={"k": "1"}), f"{key}b": config_map("b")}
    assert changes_of(same, {**same, f"{key}b": config_map("a", data={"k": "evil"})}) == {
        ("", "ConfigMap", "compared", "a"): "added",
        ("", "ConfigMap", "compared", "b"): "removed",
    }


def test_an_owner_and_a_deletion_that_began_are_no_noise(changes_of: Any) -> None:
    key = "/registry/configmaps/compared/"
    owned = {"ownerReferences": [{"apiVersion": "v1", "kind": "Pod", "name": "p", "uid": "u"}]}
    dying = {"deletionTimestamp": "2026-11-22T11:20:00Z", "finalizers": ["x/y"]}
    before = {f"{key}a": config_map("a"), f"{key}b": config_map("b", metadata={"finalizers": ["x/y"]})}
    after = {f"{key}a": config_map("a", metadata=owned), f"{key}b": config_map("b", metadata=dying)}
    assert set(changes_of(before, after).values()) == {"changed"}


def test_what_is_no_object_differs_by_its_bytes(changes_of: Any) -> None:
    assert changes_of({"/other/a": b"1", "/registry/health": b"1"}, {"/other/a": b"2", "/registry/health": b"2"}) == {
        ("", "", None, "/other/a"): "changed"
    }


def test_what_cannot_be_read_is_told_and_differs(snapshot_file: SnapshotFile) -> None:
    with (
        snapinspect.open(str(snapshot_file("aescbc"))) as old,
        snapinspect.open(str(snapshot_file("secretbox"))) as new,
    ):
        found = compare(old, new, "secrets").differences()
        assert found
        assert any(each.old and each.old.head.guessed for each in found)
        assert old.problems


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("", "", ""),
        ("a1 b1", "a1 b1", ""),
        ("a1 b1", "a1 b2", "b"),
        ("a1", "", "a"),
        ("", "a1 b1", "ab"),
        ("a1 c1 d1", "b1 c2 e1", "abcde"),
    ],
)
def test_keys_whose_values_are_unequal(old: str, new: str, expected: str) -> None:
    def pairs(text: str) -> Iterator[tuple[bytes, memoryview]]:
        return ((word[:1].encode(), memoryview(word[1:].encode())) for word in text.split())

    assert b"".join(unequal(pairs(old), pairs(new))).decode() == expected
