"""What is gone, against what a watch saw go."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from compacted import DOOMED, PHOENIX, Written
from real_etcd import running_etcd

import snapinspect
from snapinspect.analysis.deleted import Deleted, ended_lives
from snapinspect.analysis.history import Held
from snapinspect.errors import NotFound
from snapinspect.etcd import KeyFilter, Store
from snapinspect.model import FREE, LIVE, Omission, Record, Revision
from snapinspect.snapshot import Snapshot

Lines = Callable[[str], list[dict[str, Any]]]
Ended = list[tuple[str, int, int]]

LAST = 4171


@pytest.fixture
def snapshot(snapshot_file: Callable[[str], Path]) -> Iterator[Snapshot]:
    with snapinspect.open(str(snapshot_file("history"))) as opened:
        yield opened


def watched_ends(lines: list[dict[str, Any]], at: int = LAST) -> Ended:
    """Key, last revision and revision of the deletion of everything that was seen to go."""
    last: dict[str, int] = {}
    ended: Ended = []
    for line in lines:
        if line["rev"] > at:
            break
        if line["type"] == "DELETE":
            ended.append((line["key"], last.pop(line["key"]), line["rev"]))
        else:
            last[line["key"]] = line["rev"]
    return ended


def gone(view: Deleted) -> Ended:
    found = view.gone(view.select(everything=True))
    assert all(each.life.sign == "tombstone" for each in found)
    return [(each.life.last.key.decode(), each.life.last.mod_revision, each.life.ended or 0) for each in found]


@pytest.mark.parametrize("at", [None, 3336, 1000, 2])
def test_all_that_was_seen_to_go_is_listed_latest_first(snapshot: Snapshot, facts: Lines, at: int | None) -> None:
    expected = watched_ends(facts("history.history"), at or LAST)
    assert (len(expected) > 50) is (at in {None, 3336})
    found = gone(snapshot.seen_as(Deleted, at))
    assert [end for _, _, end in found] == sorted((end for _, _, end in expected), reverse=True)
    assert sorted(found) == sorted(expected)


def test_an_earlier_life_is_listed_though_the_key_lives(snapshot: Snapshot, facts: Lines) -> None:
    view = snapshot.seen_as(Deleted)
    (flappy,) = view.gone(view.select(["cm/flappy"]))
    action = next(action for action in facts("history.actions") if action["desc"] == "flappy deleted")
    assert flappy.life.last.mod_revision == int(action["last_rv"])
    assert snapshot.select(["cm/flappy"])


def test_the_last_state_is_what_comes_back(snapshot: Snapshot, facts: Lines) -> None:
    ends = watched_ends(facts("history.history"))
    hashes = {(line["key"], line["rev"]): line["sha256"] for line in facts("history.history") if "sha256" in line}
    newest = {key: last for key, last, _ in ends}
    view = snapshot.seen_as(Deleted)
    found = {entry.record.key.decode(): entry.record for entry in view.entries(view.select(everything=True))}
    assert found.keys() == newest.keys()
    for key, record in found.items():
        assert hashlib.sha256(record.value).hexdigest() == hashes[key, newest[key]]


def test_a_namespace_comes_back_clean_and_in_order_without_what_its_owners_make(snapshot: Snapshot) -> None:
    view = snapshot.seen_as(Deleted)
    left_out: list[tuple[str, Omission]] = []
    selection = view.select(namespaces=["team-a"])
    recovered = list(
        view.recover(selection, leave_out=lambda found, omission: left_out.append((found.head.kind, omission)))
    )
    assert [(each.cleaned.body["kind"], each.cleaned.body["metadata"]["name"]) for each in recovered] == [
        ("Namespace", "team-a"),
        ("Secret", "token"),
        ("ConfigMap", "settings"),
        ("Service", "svc-a"),
        ("Deployment", "svc-a"),
        ("Widget", "del"),
    ]
    assert all("uid" not in each.cleaned.body["metadata"] for each in recovered)
    # Their owners went before them, and are among what comes back.
    rules = {kind: omission.rule for kind, omission in left_out}
    assert (rules["ReplicaSet"], rules["Pod"]) == ("owned-replicaset", "owned-pod")


def test_what_its_living_owner_made_anew_is_left_out(snapshot: Snapshot) -> None:
    view = snapshot.seen_as(Deleted)
    left_out: list[str] = []
    selection = view.select(["all"], namespaces=["infra-production"])
    for _ in view.recover(selection, leave_out=lambda found, omission: left_out.append(omission.rule)):
        pass
    assert {"owned-replicaset", "owned-pod"} <= set(left_out)


def test_only_what_is_gone_can_be_named(snapshot: Snapshot) -> None:
    view = snapshot.seen_as(Deleted)
    with pytest.raises(NotFound):
        view.select(["cm/nginx-conf"])
    assert view.select(["secret/doomed-secret"])


def test_what_was_compacted_is_neither_live_nor_gone(compacted: Written) -> None:
    with snapinspect.open(str(compacted.snapshot)) as snapshot:
        view = snapshot.seen_as(Deleted)
        keys = {each.life.last.key for each in view.gone(view.select(everything=True))}
        live = {entry.record.key for entry in snapshot.entries(snapshot.select(everything=True))}
        assert not {*DOOMED} & (keys | live)
        assert PHOENIX in live
        assert keys == {
            key
            for key, changes in compacted.keys.items()
            if any(value is None and at > compacted.compacted for at, value in changes)
        }


def test_a_cluster_that_was_wiped_comes_back(tmp_path: Path) -> None:
    crd = (
        b'{"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"gizmos.x.io"},'
        b'"spec":{"group":"x.io","scope":"Namespaced","names":{"kind":"Gizmo","plural":"gizmos","shortNames":["gz"]},'
        b'"versions":[{"name":"v1","served":true,"storage":true}]}}'
    )
    gizmo = b'{"apiVersion":"x.io/v1","kind":"Gizmo","metadata":{"name":"g","namespace":"lost"},"spec":{"size":1}}'
    with running_etcd() as etcd:
        etcd.put(b"/kubernetes.io/apiextensions.k8s.io/customresourcedefinitions/gizmos.x.io", crd)
        written = etcd.put(b"/kubernetes.io/x.io/gizmos/lost/g", gizmo)
        deleted = etcd.delete(b"/kubernetes.io/", b"/kubernetes.io0")
        path = etcd.save(tmp_path / "wiped.db")
    with snapinspect.open(str(path)) as snapshot:
        view = snapshot.seen_as(Deleted)
        (found,) = view.gone(view.select(["gz"]))
        assert (found.life.last.mod_revision, found.life.ended, found.head.name) == (written, deleted, "g")
        recovered = [each.cleaned.body for each in view.recover(view.select(["crd", "gizmo/g"]))]
        assert [body["kind"] for body in recovered] == ["CustomResourceDefinition", "Gizmo"]
        assert recovered[1]["spec"] == {"size": 1}
        held = snapshot.seen_as(Held)
        assert held.one(held.select(["gz/g"])).record.mod_revision == written
        with pytest.raises(NotFound):
            snapshot.select(["gz"])


class Records:
    """A store of these records, of which ``live`` are the keys that live."""

    def __init__(self, records: list[Record], *live: bytes) -> None:
        self._records = records
        self._live = live

    def revisions(self, wanted: KeyFilter) -> Iterator[Record]:
        return (record for record in self._records if wanted(record.key))

    def get(self, key: bytes, _at: int | None = None) -> Record | None:
        return self._records[-1] if key in self._live else None


def record(revision: int, created: int, source: str = LIVE) -> Record:
    return Record(b"/registry/a", b"", Revision(revision), created, revision - created + 1, 0, source=source)


@pytest.mark.parametrize(
    ("records", "live", "expected"),
    [
        ([record(3, 3), record(5, 5)], True, [(3, None, "recreated")]),
        ([record(3, 3), record(4, 3)], True, []),
        ([record(3, 3, FREE)], False, [(3, None, "absent")]),
        ([record(3, 3, FREE), record(4, 3)], True, []),
        ([record(3, 3, FREE), record(5, 5, FREE)], False, [(3, None, "recreated"), (5, None, "absent")]),
    ],
)
def test_an_end_without_a_tombstone_is_told_by_other_signs(
    records: list[Record], live: bool, expected: list[tuple[int, None, str]]
) -> None:
    store: Any = Records(records, *([b"/registry/a"] if live else []))
    found: Store = store
    assert [(life.last.mod_revision, life.ended, life.sign) for life in ended_lives(found)] == expected
