"""Pages of values: the right records, in few requests, none of them too large."""

from __future__ import annotations

from collections import Counter
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snapinspect.errors import SourceError
from snapinspect.etcd.client.failures import CallFailed, EtcdFailed
from snapinspect.etcd.paging import Pager, ReadAhead

REVISION = 7
LARGEST = 3_000


class Values:
    """Answers as an etcd does, and refuses, as gRPC does, answers that are larger than ``LARGEST``."""

    def __init__(self, sizes: list[int]) -> None:
        self.content = {b"key/%05d" % number: bytes(size) for number, size in enumerate(sizes)}
        self.requests: list[int] = []

    def values(self, first: bytes, last: bytes, revision: int) -> list[Any]:
        assert revision == REVISION
        found = [key for key in self.content if first <= key <= last]
        self.requests.append(len(found))
        if sum(len(self.content[key]) for key in found) > LARGEST:
            raise EtcdFailed(CallFailed("RESOURCE_EXHAUSTED", "larger than max"), "too large", "")
        numbers = {"create_revision": 1, "mod_revision": 2, "version": 3, "lease": 4}
        return [SimpleNamespace(key=key, value=self.content[key], **numbers) for key in found]


def pager(values: Values) -> Pager:
    return Pager(values, REVISION, list(values.content))  # type: ignore[arg-type]


@given(st.lists(st.integers(0, LARGEST), max_size=80), st.data())
def test_the_records_asked_for_come_whatever_their_sizes(sizes: list[int], data: st.DataObject) -> None:
    values = Values(sizes)
    positions = sorted(data.draw(st.sets(st.integers(0, len(sizes) - 1)) if sizes else st.just(set())))
    records = list(pager(values).read(positions))
    keys = list(values.content)
    assert [(record.key, record.value) for record in records] == [
        (keys[position], values.content[keys[position]]) for position in positions
    ]


@given(st.lists(st.integers(0, LARGEST), min_size=1, max_size=80), st.data())
def test_reading_ahead_gives_each_record_in_any_order(sizes: list[int], data: st.DataObject) -> None:
    values = Values(sizes)
    ahead = ReadAhead(pager(values))
    positions = st.integers(0, len(sizes) - 1)
    ahead.expect(sorted(data.draw(st.sets(positions))))
    keys = list(values.content)
    for position in data.draw(st.lists(positions, max_size=60)):
        record = ahead.get(position)
        assert (record.key, record.value) == (keys[position], values.content[keys[position]])


def test_what_is_asked_for_in_order_costs_few_requests() -> None:
    values = Values([1] * 2_000)
    ahead = ReadAhead(pager(values))
    expected = [position for position in range(2_000) if position % 3 or position < 1_000]
    ahead.expect(expected)
    for position in expected:
        ahead.get(position)
    assert len(values.requests) < 12


def test_lookups_far_from_each_other_read_no_more_than_they_need() -> None:
    values = Values([1] * 2_000)
    ahead = ReadAhead(pager(values))
    ahead.expect(range(2_000))
    for position in range(0, 2_000, 100):
        ahead.get(position)
    assert Counter(values.requests) == {1: 20}


def test_an_answer_with_other_keys_is_refused() -> None:
    values = Values([1] * 10)
    reader = pager(values)
    del values.content[b"key/00004"]
    with pytest.raises(SourceError, match="other keys"):
        list(reader.read(range(10)))


def test_a_single_value_that_is_too_large_is_an_error() -> None:
    with pytest.raises(EtcdFailed, match="too large"):
        list(pager(Values([1, LARGEST + 1, 1])).read([0, 1, 2]))
