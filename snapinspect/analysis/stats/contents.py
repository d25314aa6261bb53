"""Every key of a snapshot, counted: its live value, and all of its revisions that are held."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from snapinspect.analysis.stats.counting import Counted, Counting, Measured, measure
from snapinspect.etcd import Database
from snapinspect.model import LIVE, UNPROVEN, WAL
from snapinspect.snapshot import Snapshot

if TYPE_CHECKING:
    from snapinspect.etcd import KeyFilter
    from snapinspect.select import Selection

_STORED = frozenset((LIVE, UNPROVEN, WAL))
"""Sources of records that take room, or will when etcd starts; what else is held stands in pages that are free."""
_TOLD_EVERY = 1 << 20


class Contents(Snapshot):
    """A snapshot's view of what fills it."""

    def count(self, selection: Selection, most: int, advance: Callable[[int], object]) -> Counted:
        """Counts what is selected: one pass over what is live, and one over all revisions up to the view's own.

        ``advance`` is told bytes of values read. What is gone is counted by what its key says, and not at all where
        labels were asked for.
        """
        counting = Counting(selection.space, most)
        told = 0

        def measured(among: Sequence[bytes] | None) -> Iterator[Measured]:
            return (measure(entry, self.keys) for entry in self.entries(selection, among=among))

        for each in self.spread(selection, measured):
            counting.add_live(each)
            told = _tell(told + each.size, advance)
        for key, size in self._sizes(self.below_prefix(selection.matches_key)):
            counting.add_revision(key, size)
            told = _tell(told + size, advance)
        advance(told)
        return counting.result(lambda key: self._is_gone(key, selection))

    def _sizes(self, wanted: KeyFilter) -> Iterator[tuple[bytes, int]]:
        """Key and bytes of the value of each revision that is stored."""
        last = self._at
        if last is None and isinstance(self.store, Database):
            return self.store.sizes(wanted)
        return (
            (record.key, len(record.value))
            for record in self.store.revisions(wanted)
            if record.source in _STORED and (last is None or record.revision.main <= last)
        )

    def _is_gone(self, key: bytes, selection: Selection) -> bool:
        """Whether a key that holds nothing selected now once held what would have been, as far as the key tells."""
        if selection.reads_bodies or not selection.matches_head(selection.space.guess(key, "other")):
            return False
        return self.store.get(key, self._at) is None


def _tell(read: int, advance: Callable[[int], object]) -> int:
    """What is still to be told of the bytes ``read``, as telling each value's would take longer than reading it."""
    if read < _TOLD_EVERY:
        return read
    advance(read)
    return 0
