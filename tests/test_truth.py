"""Real snapshots against what their API servers, etcd and etcdutl said of them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest
from compare import difference, plain

import snapinspect
from snapinspect.analysis.info import describe
from snapinspect.kube.head import head_of, read_head

Lines = Callable[[str], list[dict[str, Any]]]
SnapshotFile = Callable[[str], Path]

READABLE = {"small": "small.truth", "cbor": "cbor.truth"}
EVERY_SNAPSHOT = ["small", "history", "cbor", "aescbc", "secretbox"]
FILLED_IN = {("StatefulSet", "volumeClaimTemplates"): ("apiVersion", "kind")}
"""What the API server adds to objects inside objects when it answers; etcd does not hold it."""


def as_stored(body: dict[str, Any]) -> Any:
    """An API server's answer without what is not in etcd; nulls may be absent."""
    for (kind, field), names in FILLED_IN.items():
        if body["kind"] == kind:
            for nested in body["spec"].get(field) or []:
                for name in names:
                    nested.pop(name, None)
    return plain(body)


def assert_equal_to_truth(snapshot: snapinspect.Snapshot, lines: list[dict[str, Any]]) -> None:
    truth = {line["key"]: line for line in lines}
    found = {entry.key: entry for entry in snapshot.objects(snapshot.select(everything=True))}
    assert found.keys() >= truth.keys()
    # Behind what API servers keep for themselves stands no API that could have told.
    assert all(snapshot.key_space.is_bookkeeping(key.encode()) for key in found.keys() - truth.keys())
    assert not snapshot.problems
    converted = set()
    for key, line in truth.items():
        body, told = plain(found[key].body), as_stored(line["object"])
        if "storedApiVersion" in line:
            converted.add(body["kind"])
            assert body["apiVersion"] == line["storedApiVersion"]
            assert body["metadata"] == told["metadata"]
        else:
            assert not difference(body, told), key
        namespace = told["metadata"].get("namespace")
        head = found[key].head
        assert (head.namespace, head.name, head.uid) == (namespace, line["name"], told["metadata"].get("uid", ""))
    assert converted <= {"CustomResourceDefinition"}


@pytest.mark.parametrize(("snapshot_name", "truth_name"), READABLE.items())
def test_every_object_is_what_its_api_server_returned(
    snapshot_file: SnapshotFile, facts: Lines, snapshot_name: str, truth_name: str
) -> None:
    with snapinspect.open(str(snapshot_file(snapshot_name))) as snapshot:
        assert_equal_to_truth(snapshot, facts(truth_name))


def test_nulls_of_a_server_that_are_left_out_are_documented(snapshot_file: SnapshotFile, facts: Lines) -> None:
    """Every field that a server answers as null, and that is not stored, is named in docs/reliability.md."""
    told = (Path(__file__).parents[1] / "docs" / "reliability.md").read_text().rpartition("## `--raw`")[2]
    left_out = set()
    with snapinspect.open(str(snapshot_file("small"))) as snapshot:
        found = {entry.key: entry.body for entry in snapshot.objects(snapshot.select(everything=True))}
        for line in facts("small.truth"):
            left_out |= _nulls_beyond(line["object"], found[line["key"]])
    assert {"eventTime", "lastProbeTime"} <= left_out
    assert {name for name in left_out if f"`{name}`" not in told} == set()


def _nulls_beyond(told: Any, found: Any) -> set[str]:
    """The names of fields that are null in ``told`` and absent from ``found``."""
    if isinstance(told, dict) and isinstance(found, dict):
        here = {key for key, value in told.items() if value is None and key not in found}
        return here.union(*(_nulls_beyond(value, found[key]) for key, value in told.items() if key in found))
    if isinstance(told, list) and isinstance(found, list):
        return set().union(*(_nulls_beyond(*pair) for pair in zip(told, found, strict=False)))
    return set()


def test_every_object_of_a_past_revision_is_what_its_api_server_returned(
    snapshot_file: SnapshotFile, facts: Lines
) -> None:
    with snapinspect.open(str(snapshot_file("history"))) as snapshot:
        assert_equal_to_truth(snapshot.at(1500), facts("history.rev1500.truth"))


def test_heads_say_what_the_decoded_objects_say(snapshot_file: SnapshotFile) -> None:
    with snapinspect.open(str(snapshot_file("small"))) as snapshot:
        named = [found for found in snapshot.objects(snapshot.select(everything=True)) if found.head.name]
        assert len(named) > 600
        for found in named:
            assert read_head(bytes(found.record.value)) == head_of(found.body, found.head.encoding)


def test_revisions_are_those_that_etcd_told(snapshot_file: SnapshotFile, facts: Lines) -> None:
    told = {line["key"]: line for line in facts("small.kvmeta")}
    with snapinspect.open(str(snapshot_file("small"))) as snapshot:
        found = {record.key.decode(): record for record in snapshot.store.scan(lambda _key: True)}
        entries = {
            entry.record.key.decode(): entry.head for entry in snapshot.entries(snapshot.select(everything=True))
        }
        assert len(found) == 637
        assert found.keys() == entries.keys() == told.keys()
        for key, line in told.items():
            record, head = found[key], entries[key]
            assert (record.create_revision, record.mod_revision) == (line["create_revision"], line["mod_revision"])
            assert (record.version, record.lease) == (line["version"], line["lease"])
            assert hashlib.sha256(record.value).hexdigest() == line["sha256"]
            if line["enc"] in {"json", "protobuf"}:
                assert (head.api_version, head.kind, head.encoding) == (line["apiVersion"], line["kind"], line["enc"])


@pytest.mark.parametrize("at", [1, 2, 700, 1500, 2999, 4171])
def test_state_at_a_revision_is_what_the_watched_changes_lead_to(
    snapshot_file: SnapshotFile, facts: Lines, at: int
) -> None:
    live: dict[str, dict[str, Any]] = {}
    for change in takewhile(lambda change: change["rev"] <= at, facts("history.history")):
        if change["type"] == "DELETE":
            del live[change["key"]]
        else:
            live[change["key"]] = change
    with snapinspect.open(str(snapshot_file("history"))) as snapshot:
        records = list(snapshot.store.scan(lambda _key: True, at))
        assert [record.key.decode() for record in records] == sorted(live)
        for record in records:
            change = live[record.key.decode()]
            assert hashlib.sha256(record.value).hexdigest() == change["sha256"]
            assert record.mod_revision == change["rev"]
            assert (record.create_revision, record.version) == (change["create_revision"], change["version"])


@pytest.mark.parametrize("name", EVERY_SNAPSHOT)
def test_info_says_what_etcdutl_printed(
    snapshot_file: SnapshotFile, status: Callable[[str], dict[str, Any]], name: str
) -> None:
    printed = status(name)
    with snapinspect.open(str(snapshot_file(name))) as snapshot:
        told = describe(snapshot)
    assert (told["hash"], told["revision"]) == (printed["hash"], printed["revision"])
    assert (told["liveKeys"], told["dbSize"]) == (printed["totalKey"], printed["totalSize"])
    assert told["storageVersion"] == printed["version"]
    assert told["sha256"] == "ok"
