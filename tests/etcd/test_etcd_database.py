"""Databases that a real etcd wrote: what etcd says of them is what is read."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from real_etcd import DIGEST_SIZE, EtcdFiles, RealEtcd, message, snapshot_status

from snapinspect.bolt import BoltFile
from snapinspect.errors import UsageError
from snapinspect.etcd import Database
from snapinspect.etcd.glimpse import Glimpse
from snapinspect.model import Record

DIRECTORIES = (b"run/%d/" % number for number in itertools.count())
"""Every example of a property test has keys of its own in the one etcd."""
NAMES = st.sampled_from([b"a", b"b", b"c", b"c\0", b"\xff\xfe"])
VALUES = st.sampled_from([b"", b"1", b"some value", b"x" * 9000])


def everything(_key: bytes) -> bool:
    return True


def without_digest(path: Path) -> bytes:
    return path.read_bytes()[:-DIGEST_SIZE]


def as_told(kv: Any) -> tuple[Any, ...]:
    return kv.key, kv.value, kv.create_revision, kv.mod_revision, kv.version, kv.lease


def as_read(record: Record) -> tuple[Any, ...]:
    return (
        *(record.key, bytes(record.value), record.create_revision, record.mod_revision),
        *(record.version, record.lease),
    )


def put(directory: bytes, name: bytes, value: bytes) -> Any:
    return message("PutRequest", key=directory + name, value=value)


def delete(directory: bytes, name: bytes) -> Any:
    return message("DeleteRangeRequest", key=directory + name)


def delete_up_to(directory: bytes, name: bytes) -> Any:
    return message("DeleteRangeRequest", key=directory, range_end=directory + name)


def is_allowed(changes: list[Any]) -> bool:
    """etcd refuses a transaction that puts a key and changes it once more."""
    puts = [name for change, name, *_ in changes if change is put]
    deleted = [name for change, name in (each[:2] for each in changes) if change is delete]
    ends = [name for change, name in (each[:2] for each in changes) if change is delete_up_to]
    return len({*puts, *deleted}) == len(puts) + len(set(deleted)) and all(end <= name for end in ends for name in puts)


CHANGES = st.one_of(
    st.tuples(st.just(put), NAMES, VALUES), st.tuples(st.just(delete), NAMES), st.tuples(st.just(delete_up_to), NAMES)
)
TRANSACTIONS = st.lists(CHANGES, min_size=1, max_size=4).filter(is_allowed)


@settings(max_examples=10, suppress_health_check=[HealthCheck.too_slow])
@given(
    transactions=st.lists(TRANSACTIONS, min_size=1, max_size=20),
    compacted=st.none() | st.integers(0, 20),
)
def test_state_at_every_revision_is_what_etcd_says(
    etcd: RealEtcd, transactions: list[list[Any]], compacted: int | None
) -> None:
    directory = next(DIRECTORIES)
    first = etcd.range().header.revision
    for changes in transactions:
        etcd.txn(*(change(directory, *arguments) for change, *arguments in changes))
    last = etcd.range().header.revision
    if compacted is not None and first < last:
        first = min(first + 1 + compacted, last)
        etcd.compact(first)
    database = Database(etcd.snapshot())
    assert database.revision == last
    assert database.compact_revision <= first
    for revision in range(max(first, 1), last + 1):
        told = [as_told(kv) for kv in etcd.range(revision).kvs]
        assert [as_read(record) for record in database.scan(everything, revision)] == told
    told = [as_told(kv) for kv in etcd.range().kvs]
    assert [as_read(record) for record in database.scan(everything)] == told
    assert sorted(database.keys()) == [kv[0] for kv in told]


class TestAnEtcdWithAPast:
    """``etcd_files``: the snapshot that etcdctl saved, and the database file of the stopped member."""

    @pytest.fixture(params=["snapshot", "database"])
    def database(self, request: pytest.FixtureRequest, etcd_files: EtcdFiles) -> Database:
        if request.param == "snapshot":
            return Database(without_digest(etcd_files.snapshot))
        return Database(etcd_files.database.read_bytes())

    def test_live_keys(self, database: Database, etcd_files: EtcdFiles) -> None:
        told = [as_told(kv) for _, kv in sorted(etcd_files.keys.items())]
        assert [as_read(record) for record in database.scan(everything)] == told
        assert [(key, bytes(value)) for key, value in database.values(everything)] == [kv[:2] for kv in told]
        for kv in told:
            record = database.get(kv[0])
            assert record is not None
            assert as_read(record) == kv
        assert database.get(b"gone") is None
        assert database.get(b"never") is None

    def test_keys_that_are_wanted(self, database: Database, etcd_files: EtcdFiles) -> None:
        found = [record.key for record in database.scan(lambda key: key.startswith(b"txn/"))]
        assert found == [b"txn/0", b"txn/1", b"txn/2"]

    def test_a_key_created_again_starts_a_new_life(self, database: Database) -> None:
        risen = database.get(b"phoenix")
        assert risen is not None
        assert (risen.version, risen.create_revision) == (1, risen.mod_revision)

    def test_changes_of_one_transaction(self, database: Database) -> None:
        inside = [record for record in database.revisions(everything) if record.revision.sub]
        assert [record.revision.sub for record in inside] == list(range(1, 13))
        assert len({record.mod_revision for record in inside}) == 1
        assert [record.tombstone for record in inside] == [False] * 2 + [True] * 10

    def test_revisions(self, database: Database, etcd_files: EtcdFiles) -> None:
        assert (database.revision, database.compact_revision) == (etcd_files.revision, etcd_files.compact_revision)
        assert database.keys(etcd_files.compact_revision)
        with pytest.raises(UsageError, match="compacted"):
            database.keys(etcd_files.compact_revision - 1)
        with pytest.raises(UsageError, match="after the snapshot's last"):
            database.keys(etcd_files.revision + 1)

    def test_records_of_all_ages(self, database: Database, etcd_files: EtcdFiles) -> None:
        every = list(database.revisions(everything))
        assert [record.revision for record in every] == sorted({record.revision for record in every})
        assert list(database.oldest(3)) == every[:3]
        assert list(database.newest(3)) == every[:-4:-1]
        assert list(database.newest(0)) == list(database.oldest(0)) == []
        assert list(database.newest(10_000)) == every[::-1]
        assert database.count_records() == len(every)
        assert list(database.revisions(lambda key: key == b"last")) == [every[-1]]

    def test_a_value_that_begins_as_was_said_need_not_be_read(self, database: Database) -> None:
        every = list(database.revisions(everything))
        signs = {record.key: bytes(record.value[:3]) for record in every[::2]}
        found = list(database.beginnings(everything, signs))
        met = [each.record() if isinstance(each, Glimpse) else each for each in found]
        assert [(each.key, each.revision, each.tombstone) for each in met] == [
            (each.key, each.revision, each.tombstone) for each in every
        ]
        skipped = [(one, whole) for one, whole in zip(met, every, strict=True) if one != whole]
        assert skipped
        for one, whole in skipped:
            assert one.value == signs[one.key] == whole.value[: len(one.value)]
        assert list(database.beginnings(everything, dict.fromkeys(signs, b"no value begins so"))) == every

    def test_facts(self, database: Database, etcd_files: EtcdFiles) -> None:
        facts = database.facts()
        (member,) = facts.members
        assert (member.name, member.is_learner, len(member.id)) == ("tested", False, 16)
        assert member.peer_urls == ("unix://localhost:2",)
        assert facts.cluster_version == "3.5.0"
        assert facts.storage_version is None  # etcd 3.6 began to write it.
        assert facts.term is not None
        assert facts.consistent_index is not None
        assert facts.consistent_index > etcd_files.revision
        assert facts.db_size is not None
        assert facts.db_size_in_use is not None
        assert 0 < facts.db_size_in_use < facts.db_size


def test_info_is_what_etcdutl_says(etcd_files: EtcdFiles) -> None:
    status = snapshot_status(etcd_files.snapshot)
    data = without_digest(etcd_files.snapshot)
    database = Database(data)
    facts = database.facts()
    assert (facts.hash, facts.db_size) == (status["hash"], status["totalSize"])
    assert database.revision == status["revision"]
    # etcdutl 3.5 counts the records of all buckets.
    assert sum(1 for _, bucket in BoltFile(data).root().buckets() for _ in bucket.items()) == status["totalKey"]


def test_deletions_that_were_compacted_away_count_as_revisions(etcd: RealEtcd) -> None:
    etcd.put(b"short-lived")
    last = etcd.delete(b"short-lived")
    etcd.compact(last)
    database = Database(etcd.snapshot())
    assert database.revision == database.compact_revision == last == etcd.range().header.revision
    assert [record.key for record in database.scan(everything, last)] == [kv.key for kv in etcd.range(last).kvs]
