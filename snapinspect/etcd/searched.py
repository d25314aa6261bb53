"""A database of which no more is wanted than what lies under a few keys."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from snapinspect.errors import Damaged
from snapinspect.etcd.about import Facts
from snapinspect.etcd.database import Database
from snapinspect.etcd.index import end_of, read_record, read_value
from snapinspect.etcd.keyvalue import parse_revision
from snapinspect.etcd.search import Placed, Search
from snapinspect.etcd.store import Holding, KeyFilter, Listed, require_held
from snapinspect.model import Buffer, Record


class Searched:
    """The ``Store`` of ``base`` that searches for what ``Holding`` and ``Listed`` want, and asks ``base`` for all that it cannot find so.

    ``keys`` gives those alone that hold one of ``needles``. Raises Damaged where the tree cannot be searched.
    """

    def __init__(self, base: Database, needles: tuple[bytes, ...]) -> None:
        self.base = base
        self._needles = needles
        self._search = Search(base.data, base.bucket)
        self._search.holding(needles)

    @property
    def revision(self) -> int:
        try:
            last, _ = parse_revision(self._search.last())
        except Damaged:
            return self.base.revision
        return max(last.main, self.compact_revision)

    @property
    def compact_revision(self) -> int:
        return self.base.compact_revision

    def keys(self, at: int | None = None) -> Iterable[bytes]:
        return self._live(Holding(self._needles, _any), at) or self.base.keys(at)

    def scan(self, wanted: KeyFilter, at: int | None = None) -> Iterator[Record]:
        live = self._live(wanted, at)
        if not live:
            return self.base.scan(wanted, at)
        return (self._record(live[key]) for key in sorted(live))

    def values(self, wanted: KeyFilter, at: int | None = None) -> Iterator[tuple[bytes, Buffer]]:
        live = self._live(wanted, at)
        if not live:
            return self.base.values(wanted, at)
        data, view = self.base.data, self.base.view
        return ((key, read_value(data, view, live[key], key)) for key in sorted(live))

    def get(self, key: bytes, at: int | None = None) -> Record | None:
        element = self._live(Holding((key,), key.__eq__), at).get(key)
        return self.base.get(key, at) if element is None else self._record(element)

    def revisions(self, wanted: KeyFilter) -> Iterator[Record]:
        placed = self._placed(wanted)
        return (self._record(each.element) for each in placed) if placed else self.base.revisions(wanted)

    def sample(self, most: int) -> Iterator[Record]:
        return self.base.sample(most)

    def around(self, revisions: Iterable[int]) -> Iterator[Record]:
        return self.base.around(revisions)

    def newest(self, count: int) -> Iterator[Record]:
        return self.base.newest(count)

    def oldest(self, count: int) -> Iterator[Record]:
        return self.base.oldest(count)

    def count_records(self) -> int:
        return self.base.count_records()

    def facts(self) -> Facts:
        return self.base.facts()

    def close(self) -> None:
        self.base.close()

    def _live(self, wanted: KeyFilter, at: int | None) -> dict[bytes, int]:
        """The elements of the live records of the keys that are ``wanted``; none where searching does not tell."""
        if at is not None:
            require_held(at, self.revision, self.compact_revision)
        end = end_of(at)
        live: dict[bytes, int] = {}
        for each in self._placed(wanted):
            if each.revision >= end:
                break
            if each.is_tombstone:
                live.pop(each.key, None)
            else:
                live[each.key] = each.element
        return live

    def _placed(self, wanted: KeyFilter) -> list[Placed]:
        """Every record of the keys that are ``wanted``, oldest first; none where searching does not tell."""
        if not isinstance(wanted, Holding | Listed):
            return []
        needles = wanted.needles if isinstance(wanted, Holding) else wanted.keys
        try:
            return [each for each in self._search.holding(needles) if wanted(each.key)]
        except Damaged:
            return []

    def _record(self, element: int) -> Record:
        return read_record(self.base.data, self.base.view, element)


def _any(_key: bytes) -> bool:
    return True
