"""An etcd database file: the store that reads pages itself."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING

from snapinspect.bolt import BoltFile, Bucket
from snapinspect.errors import NotASnapshot
from snapinspect.etcd.beginnings import walk_beginnings
from snapinspect.etcd.compaction import compact_revision
from snapinspect.etcd.glimpse import Glimpse
from snapinspect.etcd.index import (
    Index,
    around,
    read_fronts,
    read_record,
    read_value,
    read_values,
    sampled,
    walk_elements,
    walk_stored,
    walk_wanted,
)
from snapinspect.etcd.mapping import let_go
from snapinspect.etcd.store import KeyFilter, Stored, bare, chosen, require_held
from snapinspect.model import Buffer, Data, Progress, Record, silent

if TYPE_CHECKING:
    from snapinspect.etcd.about import Facts
    from snapinspect.etcd.space import Space

_KEPT = 8
"""Revisions whose states are kept beside the last one's: a server may be asked for any number of them."""


class Database:
    """The ``Store`` of a bbolt file in a buffer, that of ``etcdctl snapshot save`` or of ``member/snap/db``.

    ``data`` is the file without the digest behind it. The state at a revision is found in one walk
    over the ``key`` bucket, and kept for the last few revisions that were asked for. Raises NotASnapshot and, when reached, Damaged.
    """

    def __init__(self, data: Data, progress: Progress = silent) -> None:
        self._data = data
        self._view = memoryview(data)
        self._progress = progress
        self._indexes: dict[int | None, Index] = {}
        self._file = BoltFile(data)
        key_bucket = self._file.bucket(b"key")
        if key_bucket is None:
            raise NotASnapshot(
                "this is a bbolt file but no etcd database: it has no bucket `key`",
                "Expected is what etcdctl snapshot save wrote, or a member's snap/db. If it was one, try --salvage.",
            )
        self._keys: Bucket = key_bucket

    @property
    def data(self) -> Data:
        """The file."""
        return self._data

    @property
    def is_forkable(self) -> bool:
        return True

    @property
    def view(self) -> memoryview:
        """The file, of which records' values are parts."""
        return self._view

    @property
    def bucket(self) -> Bucket:
        """The bucket of the keys."""
        return self._keys

    @property
    def is_cut_off(self) -> bool:
        """Whether the file is shorter than its own tree says."""
        return len(self._data) < self._file.size

    @property
    def revision(self) -> int:
        last = self._index(None).last
        # At revision 1 nothing was ever written; a deletion that was the last change may be compacted away.
        return max(last.main if last else 1, self.compact_revision)

    @property
    def compact_revision(self) -> int:
        return compact_revision(self._file)

    def keys(self, at: int | None = None) -> Iterable[bytes]:
        return self._index(at).elements.keys()

    def scan(self, wanted: KeyFilter, at: int | None = None) -> Iterator[Record]:
        elements = self._index(at).elements
        for key in chosen(wanted, elements):
            yield self._record(elements[key])

    def values(self, wanted: KeyFilter, at: int | None = None) -> Iterator[tuple[bytes, Buffer]]:
        elements = self._index(at).elements
        return read_values(self._data, self._view, elements, chosen(wanted, elements))

    def fronts(self, wanted: KeyFilter, at: int | None = None) -> Iterator[tuple[bytes, bytes, int, int]]:
        elements = self._index(at).elements
        return read_fronts(self._data, elements, chosen(wanted, elements))

    def get(self, key: bytes, at: int | None = None) -> Record | None:
        element = self._index(at).elements.get(key)
        return None if element is None else self._record(element)

    def revisions(self, wanted: KeyFilter) -> Iterator[Record]:
        for element, _ in walk_wanted(self._data, self._keys, bare(wanted)):
            yield self._record(element)

    def beginnings(self, wanted: KeyFilter, signs: Mapping[bytes, bytes]) -> Iterator[Record | Glimpse]:
        return walk_beginnings(self._data, self._view, self._keys, bare(wanted), signs)

    def sizes(self, wanted: KeyFilter) -> Iterator[tuple[bytes, int]]:
        """Key and bytes of the value of each record in the tree whose key is ``wanted``; cheaper than ``revisions``."""
        data, view = self._data, self._view
        for element, key in walk_wanted(data, self._keys, bare(wanted)):
            yield key, len(read_value(data, view, element, key))

    def newest(self, count: int) -> Iterator[Record]:
        elements = deque(walk_elements(self._data, self._keys), maxlen=count)
        return (self._record(element) for element in reversed(elements))

    def oldest(self, count: int) -> Iterator[Record]:
        return (self._record(element) for element in islice(walk_elements(self._data, self._keys), count))

    def sample(self, most: int) -> Iterator[Record]:
        return sampled(self._data, self._view, self._keys, most)

    def around(self, revisions: Iterable[int]) -> Iterator[Record]:
        return around(self._data, self._view, self._keys, revisions)

    def count_records(self) -> int:
        return self._index(None).records

    def stored(self) -> Iterator[Stored]:
        return walk_stored(self._data, self._keys)

    def buckets(self) -> dict[bytes, dict[bytes, bytes]]:
        # Imported here, as few ask for more than objects.
        from snapinspect.etcd.facts import read_buckets

        return read_buckets(self._file)

    def facts(self) -> Facts:
        from snapinspect.etcd.facts import read_facts

        return read_facts(self._file, self._progress)

    def space(self) -> Space:
        """How the file is filled; looks at all pages."""
        # Imported here, as few ask for it, and a snapshot must open at once.
        from snapinspect.etcd.space import measure_space

        return measure_space(self._file, frozenset(self._index(None).elements.values()), self._progress)

    def close(self) -> None:
        let_go(self._data, self._view)

    def _record(self, element: int) -> Record:
        return read_record(self._data, self._view, element)

    def _index(self, at: int | None) -> Index:
        if at not in self._indexes:
            if at is not None:
                require_held(at, self.revision, self.compact_revision)
            # Imported here, as one object is found without.
            from snapinspect.etcd.indexing import spread_index

            with self._progress("reading revisions", self._file.size) as advance:
                found = spread_index(self._data, self._keys, at, advance)
            past = [each for each in self._indexes if each is not None]
            if len(past) >= _KEPT:
                del self._indexes[past[0]]
            self._indexes[at] = found
        return self._indexes[at]
