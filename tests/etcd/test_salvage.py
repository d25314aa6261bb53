"""Damaged databases of a real etcd: what their intact pages prove is read, and nothing else is called live."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from compacted import DOOMED, Written

from snapinspect.bolt.scan import find_page_size
from snapinspect.errors import NotASnapshot
from snapinspect.etcd import Database
from snapinspect.etcd.salvage import SalvagedDatabase
from snapinspect.model import LIVE, UNPROVEN

FIELD = Path(__file__).parents[2] / "fixtures/field"
PAGE = 4096
RECORDS = 128
"""Where in its page the first record of the small bucket stands."""
BRANCH, LEAF = 1, 2
NUMBERS = 20
"""Bytes at most of a record's numbers."""
State = dict[bytes, tuple[int, bytes]]


def every(_key: bytes) -> bool:
    return True


def state(database: SalvagedDatabase, *sources: str) -> State:
    """Revision and value of what is shown, of these sources only."""
    return {
        record.key: (record.mod_revision, bytes(record.value))
        for record in database.scan(every)
        if record.source in sources
    }


def pages(data: bytes, flags: int) -> Iterator[int]:
    """The numbers of all pages of a type, current or not."""
    for number in range(len(data) // PAGE):
        if struct.unpack_from("<QH", data, number * PAGE) == (number, flags):
            yield number


def without(data: bytes, *numbers: int) -> bytes:
    """The file with these pages zeroed."""
    broken = bytearray(data)
    for number in numbers:
        broken[number * PAGE : (number + 1) * PAGE] = bytes(PAGE)
    return bytes(broken)


def stands_in(data: bytes, key: bytes, revision: int, value: bytes) -> bool:
    """Whether a record stands whole anywhere in the file, as etcd writes it."""
    head = struct.pack(">qcq", revision, b"_", 0) + b"\n" + bytes([len(key)]) + key
    start = -1
    while (start := data.find(head, start + 1)) >= 0:
        if value in data[start : start + len(head) + NUMBERS + len(value)]:
            return True
    return False


@pytest.fixture(scope="module")
def data(compacted: Written) -> bytes:
    return compacted.snapshot.read_bytes()


def test_a_whole_file_is_live_throughout(compacted: Written, data: bytes) -> None:
    database, direct = SalvagedDatabase(data), Database(data)
    assert state(database, LIVE) == compacted.at(compacted.last)
    assert not state(database, UNPROVEN)
    assert not list(database.losses(every))
    assert (database.revision, database.compact_revision) == (direct.revision, direct.compact_revision)
    assert database.facts() == direct.facts()
    at = compacted.compacted + 5
    assert [record._replace(value=bytes(record.value)) for record in database.scan(every, at)] == [
        record._replace(value=bytes(record.value)) for record in direct.scan(every, at)
    ]


@pytest.mark.parametrize("page", [0, 1])
def test_one_meta_page_leads_on(compacted: Written, data: bytes, page: int) -> None:
    database = SalvagedDatabase(without(data, page))
    assert state(database, LIVE, UNPROVEN) == compacted.at(compacted.last)
    assert [problem.subject for problem in database.losses(every)] == [f"page {page}"]


@pytest.mark.parametrize("step", [1, 7, 1000])
def test_records_are_found_by_their_numbers_as_they_follow_each_other(data: bytes, step: int) -> None:
    """Of a whole file, and of one that lost a page, so that what free pages hold stands between what the tree does."""
    database = SalvagedDatabase(data)
    for read in (database, SalvagedDatabase(without(data, database.survey.elements[-1] // PAGE))):
        told = list(read.revisions(every))
        numbers = range(read.count_records())
        assert [record for at in numbers[::step] for record in read.numbered(numbers[at : at + step])] == told
        assert len(read.survey.copies) > 10


def test_without_meta_pages_nothing_is_proven(compacted: Written, data: bytes) -> None:
    database = SalvagedDatabase(without(data, 0, 1))
    assert not state(database, LIVE)
    assert state(database, UNPROVEN) == compacted.at(compacted.last)


def test_without_meta_and_branch_pages_every_key_is_found(compacted: Written, data: bytes) -> None:
    database = SalvagedDatabase(without(data, 0, 1, *pages(data, BRANCH)))
    shown = state(database, UNPROVEN)
    truth = compacted.at(compacted.last)
    assert not state(database, LIVE)
    assert {key: shown[key] for key in truth} == truth
    for key, (revision, value) in shown.items():
        assert compacted.value(key, revision) == value


def test_a_lost_leaf_takes_only_its_own_records(compacted: Written, data: bytes) -> None:
    truth = compacted.at(compacted.last)
    for number in pages(data, LEAF):
        broken = without(data, number)
        database = SalvagedDatabase(broken)
        live, unproven = state(database, LIVE), state(database, UNPROVEN)
        assert live.items() <= truth.items()
        assert not set(DOOMED) & live.keys()
        for key, (revision, value) in truth.items():
            assert key in live or key in unproven or not stands_in(broken, key, revision, value)


def test_what_is_older_than_a_lost_change_is_unproven(compacted: Written, data: bytes) -> None:
    """The leaf page that was written last is lost: any key may have been changed in it."""
    database = SalvagedDatabase(data)
    last = database.survey.elements[-1] // PAGE
    broken = SalvagedDatabase(without(data, last))
    assert not state(broken, LIVE)
    assert any(problem.code == "lost" for problem in broken.losses(every))


def test_copies_that_differ_are_both_shown(compacted: Written, data: bytes) -> None:
    unchanged = compacted.at(compacted.compacted).items() & compacted.at(compacted.last).items()
    key, (revision, value) = next(item for item in sorted(unchanged) if data.count(item[1][1]) > 1)
    changed = value.replace(b"ConfigMap", b"ConfigMop")
    at = data.rindex(value)
    database = SalvagedDatabase(data[:at] + changed + data[at + len(value) :])
    found = list(database.scan(lambda each: each == key))
    assert sorted(bytes(record.value) for record in found) == sorted([value, changed])
    assert {record.source for record in found} == {UNPROVEN}
    assert any(problem.subject == f"revision {revision}" for problem in database.losses(every))


def test_what_has_no_page_is_refused() -> None:
    for content in (b"", b"text", bytes(100_000), b"\xff" * 100_000):
        assert find_page_size(content) is None
        with pytest.raises(NotASnapshot):
            SalvagedDatabase(content)


@pytest.mark.parametrize("name", [b"key", b"keX"])
def test_a_small_bucket_loses_nothing_to_a_flipped_bit_in_a_header(name: bytes) -> None:
    """bbolt keeps it in the page that names it: neither its name nor a header costs what stands behind them."""
    data = (FIELD / "02-bucket-name-damaged-inline/db").read_bytes().replace(b"keX", name)
    truth = {bytes(record.value) for record in SalvagedDatabase(data).scan(every)}
    assert len(truth) == 3
    for at in range(2 * PAGE, 2 * PAGE + RECORDS):
        broken = bytearray(data)
        broken[at] ^= 1 << at % 8
        assert {bytes(record.value) for record in SalvagedDatabase(bytes(broken)).scan(every)} == truth, at
