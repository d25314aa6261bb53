"""The store that goes on reading a damaged file."""

from __future__ import annotations

import heapq
from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain, islice

from snapinspect.bolt import BoltFile, layout
from snapinspect.bolt.check import Checked, check
from snapinspect.errors import Damaged, NotASnapshot
from snapinspect.etcd import facts
from snapinspect.etcd.about import Facts
from snapinspect.etcd.fragments import Fragment, element_fragment, read_fragment
from snapinspect.etcd.index import read_value
from snapinspect.etcd.keyvalue import REVISION, pack_revision, read_key
from snapinspect.etcd.mapping import let_go
from snapinspect.etcd.standing import Gap
from snapinspect.etcd.store import KeyFilter, chosen, require_held
from snapinspect.etcd.survey import Survey, page_size_of, survey
from snapinspect.model import LIVE, UNPROVEN, Buffer, Data, Problem, Progress, Record, Revision, silent

_LAST_DELETIONS = 1_000
"""Changes that may all be deletions at the end of the log."""
_END = b"\xff" * REVISION.size


@dataclass(slots=True)
class _State:
    """The last record of each live key: its leaf element in the tree, or a fragment outside that the tree may have lost."""

    tree: dict[bytes, int] = field(default_factory=dict)
    outside: dict[bytes, Fragment] = field(default_factory=dict)

    def __contains__(self, key: object) -> bool:
        return key in self.tree or key in self.outside

    def __iter__(self) -> Iterator[bytes]:
        return chain(self.tree, self.outside)

    def __len__(self) -> int:
        return len(self.tree) + len(self.outside)


class SalvagedDatabase:
    """The ``Store`` of a damaged bbolt file: whatever its pages still hold, the tree being broken or gone.

    A record is ``live`` when a valid meta page leads to it and nothing that is lost can have replaced it; every other
    one that may be current is ``unproven``. Of copies of one revision that differ each is given, as ``unproven``.
    ``losses`` names what is broken. Raises NotASnapshot when no page is bbolt's.
    """

    def __init__(self, data: Data, progress: Progress = silent) -> None:
        self._data = data
        self._view = memoryview(data)
        self._progress = progress
        self._states: dict[int | None, _State] = {}
        self._page_size = page_size_of(data)

    @cached_property
    def survey(self) -> Survey:
        """What is left, found when it is first asked for."""
        return survey(self._data, self._page_size, self._progress)

    @property
    def data(self) -> Data:
        """The file."""
        return self._data

    @property
    def is_forkable(self) -> bool:
        return True

    @property
    def revision(self) -> int:
        outside = (fragment.revision for fragment in self._candidates)
        last = max(self.survey.last, max(outside, default=b""))
        return max(int.from_bytes(last[:8]), self.compact_revision, 1)

    @property
    def compact_revision(self) -> int:
        return self.survey.root.compacted if self.survey.root else 0

    def keys(self, at: int | None = None) -> Iterable[bytes]:
        return self._state(at)

    def scan(self, wanted: KeyFilter, at: int | None = None) -> Iterator[Record]:
        for key in chosen(wanted, self._state(at)):
            yield from self._copies(key, at)

    def values(self, wanted: KeyFilter, at: int | None = None) -> Iterator[tuple[bytes, Buffer]]:
        state = self._state(at)
        if state.outside or self.survey.clashes:
            yield from ((record.key, record.value) for record in self.scan(wanted, at))
        else:
            for key in chosen(wanted, state.tree):
                yield key, read_value(self._data, self._view, state.tree[key], key)

    def get(self, key: bytes, at: int | None = None) -> Record | None:
        return next(self._copies(key, at), None)

    def revisions(self, wanted: KeyFilter) -> Iterator[Record]:
        """Also those that only free pages hold."""
        source = LIVE if self.survey.proven else UNPROVEN
        fragments = (element_fragment(self._data, element) for element in self.survey.elements)
        if not self._sourced:
            for fragment in fragments:
                if wanted(_key(self._data, fragment)):
                    yield self._record(fragment, source)
            return
        inside = (self._record(fragment, source) for fragment in fragments)
        outside = (self._record(fragment, source) for fragment, source in self._sourced)
        for record in heapq.merge(inside, outside, key=_revision):
            if wanted(record.key):
                yield record

    def numbered(self, numbers: range) -> Iterator[Record]:
        places = self._places
        first, last = bisect_left(places, numbers.start), bisect_left(places, numbers.stop)
        source = LIVE if self.survey.proven else UNPROVEN
        elements = self.survey.elements[numbers.start - first : numbers.stop - last]
        inside = (self._record(element_fragment(self._data, element), source) for element in elements)
        outside = (self._record(fragment, source) for fragment, source in self._sourced[first:last])
        return heapq.merge(inside, outside, key=_revision)

    def newest(self, count: int) -> Iterator[Record]:
        return reversed(deque(self.revisions(_any), maxlen=count))

    def oldest(self, count: int) -> Iterator[Record]:
        return islice(self.revisions(_any), count)

    def count_records(self) -> int:
        return len(self.survey.elements) + len(self._sourced)

    def losses(self, wanted: KeyFilter, at: int | None = None) -> Iterator[Problem]:  # noqa: ARG002 - of any key
        yield from (Problem("damaged", f"page {lost.page}", lost.reason) for lost in self.survey.lost)
        for page, meta in enumerate(self.survey.metas):
            if meta is None:
                yield Problem("damaged", f"page {page}", "a meta page, which leads to all others, is broken")
        for gap in self.survey.gaps:
            reason = "an unknown number of records is lost here"
            yield Problem("lost", _between(gap), reason)
        for revision in sorted(self.survey.clashes):
            yield Problem(
                "damaged",
                f"revision {int.from_bytes(revision[:8])}",
                "there are copies of it that differ: each is given",
            )

    def check(self) -> Checked:
        """Every page of the file's tree, and whether it is where it should be."""
        return check(self._data)

    def buckets(self) -> dict[bytes, dict[bytes, bytes]]:
        try:
            return facts.read_buckets(BoltFile(self._data))
        except (Damaged, NotASnapshot):
            return {}

    def facts(self) -> Facts:
        try:
            return facts.read_facts(BoltFile(self._data), self._progress)
        except (Damaged, NotASnapshot):
            return Facts(len(self._data), None, None, None, None, None, None)

    def close(self) -> None:
        let_go(self._data, self._view)

    def _record(self, fragment: Fragment, source: str) -> Record:
        if fragment.revision[: REVISION.size] in self.survey.clashes:
            source = UNPROVEN
        return read_fragment(self._data, self._view, fragment, source)

    def _copies(self, key: bytes, at: int | None) -> Iterator[Record]:
        """The last record of a key, and copies of it that differ."""
        state = self._state(at)
        if key in state.tree:
            fragment = element_fragment(self._data, state.tree[key])
            yield self._record(fragment, LIVE if self._is_certain(fragment.revision) else UNPROVEN)
        elif key in state.outside:
            fragment = state.outside[key]
            yield self._record(fragment, UNPROVEN)
        else:
            return
        for other in self.survey.copies.of(fragment.revision):
            if other != fragment and not _is_tombstone(other):
                yield self._record(other, UNPROVEN)

    def _is_certain(self, revision: bytes) -> bool:
        return self._certain_from is not None and revision >= self._certain_from

    @cached_property
    def _sourced(self) -> list[tuple[Fragment, str]]:
        """What lies outside the tree, oldest first."""
        return list(self.survey.copies.sourced())

    @cached_property
    def _places(self) -> list[int]:
        """Which numbers those outside the tree have among all records, in their order."""
        elements = self.survey.elements
        return [
            number + bisect_right(elements, each.revision[: REVISION.size], key=self._number_of)
            for number, (each, _) in enumerate(self._sourced)
        ]

    def _number_of(self, element: int) -> bytes:
        return element_fragment(self._data, element).revision[: REVISION.size]

    @cached_property
    def _certain_from(self) -> bytes | None:
        return self.survey.certain_from

    @cached_property
    def _candidates(self) -> list[Fragment]:
        """What lies outside the tree and may be what it lost, oldest first."""
        found = [each for each, _ in self.survey.copies.sourced() if self.survey.in_gap(each.revision)]
        newest = max((int.from_bytes(each.revision[:8]) for each in found if not _is_tombstone(each)), default=0)
        return [each for each in found if not (_is_tombstone(each) and self._is_doubtful(each, newest))]

    def _is_doubtful(self, tombstone: Fragment, newest: int) -> bool:
        """Whether a tombstone, which says its revision only once, should not be believed to have deleted anything."""
        clashes = tombstone.revision[: REVISION.size] in self.survey.clashes
        return (
            clashes
            or int.from_bytes(tombstone.revision[:8])
            > max(newest, int.from_bytes(self.survey.last[:8])) + _LAST_DELETIONS
        )

    def _state(self, at: int | None) -> _State:
        if at not in self._states:
            if at is not None:
                require_held(at, self.revision, self.compact_revision)
            self._states[at] = self._build(_END if at is None else pack_revision(Revision(at + 1)))
        return self._states[at]

    def _build(self, limit: bytes) -> _State:
        data = self._data
        outside = {_key(data, each): each for each in self._candidates if each.revision < limit}
        state = _State()
        for element in self.survey.elements:
            _, position, key_size, value_size = layout.LEAF_ELEMENT.unpack_from(data, element)
            start = element + position
            value = start + key_size
            revision = data[start:value]
            if revision >= limit:
                break
            key = read_key(data, value, value + value_size)
            if key in outside and (self._is_certain(revision) or revision > outside[key].revision):
                del outside[key]
            if key_size > REVISION.size:
                state.tree.pop(key, None)
            else:
                state.tree[key] = element
        for key, fragment in outside.items():
            state.tree.pop(key, None)
            if len(fragment.revision) == REVISION.size:
                state.outside[key] = fragment
        return state


def _key(data: Data, fragment: Fragment) -> bytes:
    return read_key(data, fragment.start, fragment.end)


def _is_tombstone(fragment: Fragment) -> bool:
    return len(fragment.revision) > REVISION.size


def _between(gap: Gap) -> str:
    first = int.from_bytes(gap.after[:8])
    return f"revisions {first} to {int.from_bytes(gap.before[:8]) if gap.before else 'the last'}"


def _revision(record: Record) -> Revision:
    return record.revision


def _any(_key: bytes) -> bool:
    return True
