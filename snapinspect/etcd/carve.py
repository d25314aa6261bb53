"""History that compaction removed and free pages still hold.

Compaction takes records out of the tree, and bbolt leaves a freed page as it is until it needs it again.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from functools import cached_property

from snapinspect.bolt.scan import Region, loose_leaves, loose_regions, slack_of
from snapinspect.etcd.database import Database
from snapinspect.etcd.fragments import (
    Copies,
    Fragment,
    element_fragment,
    leaf_fragments,
    read_fragment,
    region_fragments,
)
from snapinspect.etcd.index import walk_elements
from snapinspect.etcd.store import KeyFilter
from snapinspect.model import Record, Revision


class CarvedDatabase(Database):
    """A ``Database`` that also gives the records of free pages: as history, never as live state."""

    def carved(self, wanted: KeyFilter) -> Iterator[Record]:
        """The records that only free pages hold, oldest first."""
        for fragment, source in self._found:
            record = read_fragment(self._data, self._view, fragment, source)
            if wanted(record.key):
                yield record

    def revisions(self, wanted: KeyFilter) -> Iterator[Record]:
        return heapq.merge(super().revisions(wanted), self.carved(wanted), key=_revision)

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
            yield from leaf_fragments(data, page)
            slack.append(slack_of(data, page))
        for region in (*loose_regions(data, page_size, reached), *slack):
            yield from region_fragments(data, region)


def _revision(record: Record) -> Revision:
    return record.revision
