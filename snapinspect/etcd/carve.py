"""History that compaction removed and free pages still hold.

Compaction takes records out of the tree, and bbolt leaves a freed page as it is until it needs it again.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from functools import cached_property

from snapinspect.bolt.scan import Region, loose_leaves, loose_regions, slack_of
from snapinspect.etcd.database import Database
from snapinspect.etcd.fragments import (
    Copies,
    Fragment,
    element_fragment,
    page_fragments,
    read_fragment,
    region_fragments,
)
from snapinspect.etcd.index import walk_elements
from snapinspect.etcd.past import Past, piece_together
from snapinspect.etcd.store import KeyFilter
from snapinspect.model import Buffer, Problem, Record, Revision


class CarvedDatabase(Database):
    """A ``Database`` that also gives the records of free pages: as history, source ``free``, never as live state.

    The state at a revision that was compacted away is what the file still proves or suggests of it, and ``losses``
    says that it is incomplete.
    """

    def carved(self, wanted: KeyFilter) -> Iterator[Record]:
        """The records that only free pages hold, oldest first."""
        for fragment, source in self._found:
            record = read_fragment(self._data, self._view, fragment, source)
            if wanted(record.key):
                yield record

    def revisions(self, wanted: KeyFilter) -> Iterator[Record]:
        return heapq.merge(super().revisions(wanted), self.carved(wanted), key=_revision)

    def keys(self, at: int | None = None) -> Iterable[bytes]:
        past = self._past(at)
        return super().keys(at) if past is None else past.records.keys()

    def scan(self, wanted: KeyFilter, at: int | None = None) -> Iterator[Record]:
        past = self._past(at)
        if past is None:
            yield from super().scan(wanted, at)
        else:
            yield from (past.records[key] for key in sorted(filter(wanted, past.records)))

    def values(self, wanted: KeyFilter, at: int | None = None) -> Iterator[tuple[bytes, Buffer]]:
        if self._past(at) is None:
            yield from super().values(wanted, at)
        else:
            yield from ((record.key, record.value) for record in self.scan(wanted, at))

    def get(self, key: bytes, at: int | None = None) -> Record | None:
        past = self._past(at)
        return super().get(key, at) if past is None else past.records.get(key)

    def losses(self, wanted: KeyFilter, at: int | None = None) -> Iterator[Problem]:
        past = self._past(at)
        if past is None:
            return
        reason = f"history up to {self.compact_revision} was compacted away, and what free pages hold may be incomplete"
        yield Problem("incomplete", f"revision {at}", reason)
        for key in sorted(filter(wanted, past.lost)):
            subject = key.decode("utf-8", "backslashreplace")
            yield Problem("lost", subject, f"existed at revision {at}, and what it held then was written over")

    @cached_property
    def _pasts(self) -> dict[int, Past]:
        return {}

    def _past(self, at: int | None) -> Past | None:
        """The pieced state at a revision that was compacted away; None for those that the tree tells."""
        if at is None or at >= self.compact_revision:
            return None
        if at not in self._pasts:
            self._pasts[at] = piece_together(self.revisions(_any), at)
        return self._pasts[at]

    @cached_property
    def _found(self) -> list[tuple[Fragment, str]]:
        """What free pages hold and the tree does not, oldest first, each with its source."""
        copies = Copies(self._data)
        for fragment in self._loose_fragments():
            copies.add(fragment)
        if copies:
            for element in walk_elements(self._data, self._keys):
                copies.known_in_tree(element_fragment(self._data, element))
        return list(copies.sourced())

    def _loose_fragments(self) -> Iterator[Fragment]:
        data, page_size = self._data, self._file.meta.page_size
        reached = self._file.unvisited()
        slack: list[Region] = []
        for _, bucket in self._file.root().buckets(reached):
            slack += (slack_of(data, page) for page in bucket.pages(reached))
        for page in loose_leaves(data, page_size, reached):
            yield from page_fragments(data, page)
            slack.append(slack_of(data, page))
        for region in (*loose_regions(data, page_size, reached), *slack):
            yield from region_fragments(data, region)


def _any(_key: bytes) -> bool:
    return True


def _revision(record: Record) -> Revision:
    return record.revision
