"""States before compaction, pieced together from whatever part of random histories survived."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from snapinspect.etcd.past import piece_together
from snapinspect.model import FREE, LIVE, UNPROVEN, Record, Revision

Operation = tuple[int, bool, bool]
"""Which key, whether it is deleted, and whether the record survived in a free page."""
KEYS = 4


def history(operations: list[Operation]) -> list[tuple[Record, bool]]:
    """The records that etcd would write, one a revision from 2 on; each with whether a free page still has it."""
    last: dict[bytes, Record] = {}
    written = []
    for main, (number, is_deletion, survives) in enumerate(operations, 2):
        key = b"key %d" % number
        before = last.get(key)
        lives = before is not None and not before.tombstone
        if is_deletion and lives:
            record = Record(key, b"", Revision(main), 0, 0, 0, tombstone=True)
        else:
            created, version = (before.create_revision, before.version + 1) if before and lives else (main, 1)
            record = Record(key, b"%d" % main, Revision(main), created, version, 0)
        last[key] = record
        written.append((record, survives))
    return written


def state(written: list[tuple[Record, bool]], at: int) -> dict[bytes, Record]:
    last = {record.key: record for record, _ in written if record.mod_revision <= at}
    return {key: record for key, record in last.items() if not record.tombstone}


def held(written: list[tuple[Record, bool]], compacted: int) -> list[Record]:
    """What the tree keeps after compaction, and what survived in free pages, oldest first."""
    kept = {record.revision for record in state(written, compacted).values()}
    found = []
    for record, survives in written:
        if record.mod_revision > compacted or record.revision in kept:
            found.append(record._replace(source=LIVE))
        elif survives:
            found.append(record._replace(source=FREE))
    return found


OPERATIONS = st.lists(st.tuples(st.integers(0, KEYS - 1), st.booleans(), st.booleans()), min_size=1, max_size=40)


@settings(max_examples=400)
@given(operations=OPERATIONS, data=st.data())
def test_what_is_not_said_to_be_unproven_is_true(operations: list[Operation], data: st.DataObject) -> None:
    written = history(operations)
    compacted = data.draw(st.integers(2, len(written) + 1))
    at = data.draw(st.integers(1, compacted))
    truth = state(written, at)
    past = piece_together(held(written, compacted), at)
    for key, record in past.records.items():
        assert record.mod_revision <= at
        if record.source != UNPROVEN:
            assert record.revision == truth[key].revision
    assert past.lost <= truth.keys()
    assert not past.lost & past.records.keys()


@given(operations=OPERATIONS, data=st.data())
def test_where_all_survived_all_is_there(operations: list[Operation], data: st.DataObject) -> None:
    written = [(record, True) for record, _ in history(operations)]
    compacted = data.draw(st.integers(2, len(written) + 1))
    at = data.draw(st.integers(1, compacted))
    past = piece_together(held(written, compacted), at)
    assert {key: record.revision for key, record in past.records.items()} == {
        key: record.revision for key, record in state(written, at).items()
    }
    assert not past.lost
