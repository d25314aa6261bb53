"""History from free pages: all of it was once written, none of it is taken for live."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from compacted import DOOMED, PHOENIX, Written

from snapinspect.errors import UsageError
from snapinspect.etcd import Database
from snapinspect.etcd.carve import CarvedDatabase
from snapinspect.etcd.past import PiecedStore
from snapinspect.model import FREE, UNPROVEN, Record


@pytest.fixture(scope="module")
def carved(compacted: Written) -> Iterator[CarvedDatabase]:
    database = CarvedDatabase(compacted.snapshot.read_bytes())
    yield database
    database.close()


@pytest.fixture
def pieced(carved: CarvedDatabase) -> PiecedStore:
    """The same, with answers about the time before compaction."""
    return PiecedStore(carved)


def every(_key: bytes) -> bool:
    return True


def as_written(record: Record) -> tuple[bytes, int, bytes | None]:
    return record.key, record.mod_revision, None if record.tombstone else bytes(record.value)


def test_what_is_carved_was_written_as_it_is_and_is_not_in_the_tree(compacted: Written, carved: CarvedDatabase) -> None:
    held = {record.revision for record in Database(compacted.snapshot.read_bytes()).revisions(every)}
    found = list(carved.carved(every))
    for record in found:
        key, revision, value = as_written(record)
        assert compacted.value(key, revision) == value
        assert record.source == FREE
        assert record.revision not in held
    removed = sum(len(changes) for changes in compacted.keys.values()) - len(held)
    assert len({record.revision for record in found}) == len(found) > removed * 0.5


def test_revisions_are_those_of_the_tree_and_of_free_pages_in_order(compacted: Written, carved: CarvedDatabase) -> None:
    found = [record.revision for record in carved.revisions(every)]
    assert found == sorted(set(found))
    held = [record.revision for record in Database(compacted.snapshot.read_bytes()).revisions(every)]
    assert [record.revision for record in carved.revisions(every) if record.source == "live"] == held
    assert {record.key for record in carved.revisions(lambda key: key == PHOENIX)} == {PHOENIX}


@pytest.mark.parametrize("back", [0, 10, 40])
def test_live_state_is_the_tree_s(compacted: Written, pieced: PiecedStore, back: int) -> None:
    at = compacted.last - back
    told = {record.key: (record.mod_revision, bytes(record.value)) for record in pieced.scan(every, at)}
    assert told == compacted.at(at)
    assert {record.source for record in pieced.scan(every, at)} == {"live"}
    assert not list(pieced.losses(every, at))
    assert not set(DOOMED) & set(pieced.keys(at))
    assert dict(pieced.values(every, at)).keys() == told.keys()


def test_a_compacted_state_is_right_where_it_is_said_to_be_proven(compacted: Written, pieced: PiecedStore) -> None:
    proven = 0
    for at in range(2, compacted.compacted, 7):
        truth = compacted.at(at)
        for record in pieced.scan(every, at):
            if record.source == UNPROVEN:
                assert compacted.value(record.key, record.mod_revision) == bytes(record.value)
            else:
                proven += 1
                assert truth[record.key] == (record.mod_revision, bytes(record.value))
        problems = list(pieced.losses(every, at))
        assert problems[0].code == "incomplete"
        assert {problem.subject.encode() for problem in problems[1:]} <= truth.keys()
    assert proven > 1000


def test_deleted_objects_come_back_and_are_never_live(
    compacted: Written, carved: CarvedDatabase, pieced: PiecedStore
) -> None:
    whole = 0
    for key in DOOMED:
        found = [as_written(record) for record in carved.carved(lambda each, key=key: each == key)]
        told = [(key, *change) for change in compacted.keys[key]]
        assert set(found) <= set(told)
        whole += found == told
        for at in range(compacted.life(key)[1], compacted.last + 1):
            record = pieced.get(key, at)
            # Where the tombstone is lost, too, nothing tells that the object was gone.
            assert record is None or (record.source == UNPROVEN and told[1] not in found and at < compacted.compacted)
    assert whole


def test_each_life_of_a_key_is_shown_in_its_time(compacted: Written, pieced: PiecedStore) -> None:
    for at, value in compacted.keys[PHOENIX]:
        record = pieced.get(PHOENIX, at)
        assert record is None or record.source == UNPROVEN or bytes(record.value) == value


def test_after_defragmentation_there_is_nothing_to_carve(compacted: Written) -> None:
    carved = CarvedDatabase(compacted.defragmented.read_bytes())
    assert not list(carved.carved(every))
    pieced = PiecedStore(carved)
    assert all(pieced.get(key, compacted.life(key)[0]) is None for key in DOOMED)
    assert [problem.code for problem in pieced.losses(every, 2)][:1] == ["incomplete"]


def test_a_revision_that_is_not_yet_there_is_refused(compacted: Written, pieced: PiecedStore) -> None:
    with pytest.raises(UsageError):
        pieced.get(PHOENIX, compacted.last + 1)
