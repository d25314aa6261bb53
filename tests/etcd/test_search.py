"""A few keys searched for in the file: what the index of everything says, without one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from snapinspect.errors import Damaged
from snapinspect.etcd import Database, Holding
from snapinspect.etcd.searched import Searched
from snapinspect.model import Body, Record
from snapinspect.select import Target, parse_targets
from snapinspect.snapshot import Snapshot, open_snapshot
from snapinspect.snapshot.narrow import narrowed

SNAPSHOTS = ("small", "history", "cbor")
PAGE = 4096
SLOW = settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])


class Told:
    """A ``Progress`` that counts how often an index was made."""

    def __init__(self) -> None:
        self.indexes = 0

    @contextmanager
    def __call__(self, label: str, _total: int) -> Iterator[Callable[[int], object]]:
        self.indexes += label == "reading revisions"
        yield lambda _done: None


@pytest.fixture
def content(snapshot_file: Callable[[str], Path]) -> Callable[[str], bytes]:
    return cache(lambda name: snapshot_file(name).read_bytes())


@pytest.fixture
def keys_held(content: Callable[[str], bytes]) -> Callable[[str], list[bytes]]:
    return cache(lambda name: sorted({each.key for each in Database(content(name)).revisions(lambda _key: True)}))


def plain(record: Record | None) -> Any:
    return record and record._replace(value=bytes(record.value))


def ends_with(ending: bytes) -> Holding:
    return Holding((ending,), lambda key: key.endswith(ending))


@SLOW
@given(data=st.data())
def test_what_is_found_is_what_the_index_says(
    data: st.DataObject, content: Callable[[str], bytes], keys_held: Callable[[str], list[bytes]]
) -> None:
    name = data.draw(st.sampled_from(SNAPSHOTS))
    whole, told = Database(content(name)), Told()
    key = data.draw(st.sampled_from(keys_held(name)))
    ending = key[data.draw(st.integers(0, max(key.rfind(b"/"), 0))) :]
    at = data.draw(st.none() | st.integers(max(whole.compact_revision, 1), whole.revision))
    try:
        few = Searched(Database(content(name), told), (ending,))
    except Damaged:
        # What stands in thousands of places is not searched for.
        assume(condition=False)
    assert few.revision == whole.revision
    assert plain(few.get(key, at)) == plain(whole.get(key, at))
    wanted = ends_with(ending)
    assert list(map(plain, few.scan(wanted, at))) == list(map(plain, whole.scan(wanted, at)))
    assert [(key, bytes(value)) for key, value in few.values(wanted, at)] == [
        (key, bytes(value)) for key, value in whole.values(wanted, at)
    ]
    assert list(map(plain, few.revisions(wanted))) == list(map(plain, whole.revisions(wanted)))
    assert not told.indexes or whole.get(key, at) is None


@pytest.mark.parametrize("name", SNAPSHOTS)
@pytest.mark.parametrize("ending", [b"/no-such-object", b"e", b"\xff", b"registry"])
def test_what_is_not_found_or_stands_everywhere_is_asked_of_the_index(
    name: str, ending: bytes, content: Callable[[str], bytes]
) -> None:
    whole = Database(content(name))
    few = Searched(Database(content(name)), (b"/registry/namespaces/",))
    assert list(map(plain, few.scan(ends_with(ending)))) == list(map(plain, whole.scan(ends_with(ending))))
    assert plain(few.get(ending)) == plain(whole.get(ending))


@pytest.mark.parametrize("name", SNAPSHOTS)
def test_fronts_are_how_values_begin(name: str, content: Callable[[str], bytes]) -> None:
    whole = Database(content(name))
    values = list(whole.values(lambda _key: True))
    fronts = list(whole.fronts(lambda _key: True))
    assert [(key, len(value)) for key, value in values] == [(key, size) for key, _, _, size in fronts]
    for (_, value), (_, front, start, size) in zip(values, fronts, strict=True):
        beginning = front[start : start + size]
        assert len(beginning) >= min(size, 256)
        assert bytes(value).startswith(beginning)


@pytest.mark.parametrize("most", [3, 100, 5_000])
@pytest.mark.parametrize("name", SNAPSHOTS)
def test_a_sample_is_each_nth_record(name: str, most: int, content: Callable[[str], bytes]) -> None:
    whole = Database(content(name))
    stride = whole.count_records() // most + 1
    expected = [plain(record) for record in whole.revisions(lambda _key: True)][::stride]
    few = Searched(Database(content(name)), (b"/registry/namespaces/",))
    assert list(map(plain, few.sample(most))) == expected


def _answer(store: Callable[[], Database | Searched], key: bytes) -> Any:
    try:
        opened = store()
        return plain(opened.get(key)), list(map(plain, opened.revisions(Holding((key,), key.__eq__))))
    except Damaged:
        return Damaged


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_byte_makes_no_third_answer(
    data: st.DataObject, content: Callable[[str], bytes], keys_held: Callable[[str], list[bytes]]
) -> None:
    """What a damaged file says, or Damaged; where the index cannot be made for damage elsewhere, what the sound file says."""
    sound = content("small")
    key = data.draw(st.sampled_from(keys_held("small")))
    page = data.draw(st.integers(2, len(sound) // PAGE - 1))
    offset = page * PAGE + data.draw(st.integers(0, 64) | st.integers(0, PAGE - 1))
    damaged = bytearray(sound)
    damaged[offset] ^= data.draw(st.integers(1, 255))
    broken = bytes(damaged)
    by_index = _answer(lambda: Database(broken), key)
    searched = _answer(lambda: Searched(Database(broken), (key,)), key)
    right = _answer(lambda: Database(sound), key) if by_index is Damaged else by_index
    assert searched in (right, by_index, Damaged)


def test_a_file_that_is_cut_off_is_not_searched(content: Callable[[str], bytes]) -> None:
    cut = content("small")[: -8 * PAGE]
    with pytest.raises(Damaged):
        Searched(Database(cut), (b"/registry/namespaces/",))


@pytest.mark.parametrize("word", ["deploy/api", "cm/kube-root-ca.crt", "ns/default"])
def test_an_object_that_is_named_is_brought_back_without_an_index(
    word: str, snapshot_file: Callable[[str], Path]
) -> None:
    told = Told()
    target = parse_targets([word])
    with open_snapshot(str(snapshot_file("small"))) as whole:
        expected = list(_bodies(whole, target))
    with open_snapshot(str(snapshot_file("small")), progress=told) as view:
        assert list(_bodies(narrowed(view, target), target)) == expected
    assert expected
    assert not told.indexes


def _bodies(view: Snapshot, targets: list[Target]) -> Iterator[Body]:
    return (each.cleaned.body for each in view.recover(view.select(targets, all_namespaces=True)))
