"""History that only the write-ahead log holds: what its older entries did to the keys, and at which revisions.

These are written nowhere. They are counted from anchor to anchor, as each entry that changes a key takes the next one.
What etcd refused is told by the state that the entries before it left; where that is not known, an entry is taken to
have done what it says.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

from snapinspect.etcd.store import KeyFilter, Store
from snapinspect.etcd.wal.anchors import Claims, Clues
from snapinspect.etcd.wal.attempts import ABSENT, attempt_of
from snapinspect.etcd.wal.counting import TOMBSTONE, Changes, Counting
from snapinspect.etcd.wal.log import Entry
from snapinspect.model import INFERRED, Record, Revision

_TRIES = 4
_BEFORE_ALL = 1
"""The revision of an etcd to which nothing was written."""


class Inference:
    """What ``entries``, the last of which is the last one that ``base`` holds, did to the keys.

    Where an entry is missing, counting begins anew behind it.
    """

    def __init__(self, entries: Sequence[Entry], base: Store) -> None:
        self._entries = entries
        self._base = base

    def records(self, wanted: KeyFilter) -> Iterator[Record]:
        """The changes to keys that are ``wanted`` and that the database does not hold any more, oldest first."""
        for changes in self._runs:
            for at in range(len(changes)):
                if changes.starts[at] >= 0 and wanted(changes.keys[at]) and not self._is_held(changes, at):
                    yield self._record(changes, at)

    def _record(self, changes: Changes, at: int) -> Record:
        revision = Revision(changes.mains[at], changes.subs[at])
        if changes.versions[at] == TOMBSTONE:
            return Record(changes.keys[at], b"", revision, 0, 0, 0, tombstone=True, source=INFERRED)
        value = self._entries[changes.entries[at]].segment.view[changes.starts[at] : changes.ends[at]]
        numbers = changes.creates[at], changes.versions[at], changes.leases[at]
        return Record(changes.keys[at], value, revision, *numbers, source=INFERRED)

    def _is_held(self, changes: Changes, at: int) -> bool:
        main = changes.mains[at]
        return main > self._base.compact_revision or (changes.keys[at], main) in self._survivors

    @cached_property
    def _runs(self) -> list[Changes]:
        """The changes of each run of entries that follow one another, oldest first."""
        claims = Claims()
        for position, entry in enumerate(self._entries):
            attempt = attempt_of(entry)
            if attempt is not None:
                claims.add(position, attempt)
        claims.add_database(self._base)
        clues = claims.clues()
        found: list[Changes] = []
        end = self._base.revision + 1
        for run in reversed(list(_runs(self._entries))):
            changes = self._count(run, clues.within(run, end))
            end = changes.mains[0] if len(changes) else end
            found.append(changes)
        self._tell_lives(found)
        return found[::-1]

    def _count(self, run: range, clues: Clues) -> Changes:
        """The changes of one run."""
        first = min(clues.anchors)
        wanted = clues.anchors[first] - 1
        for counting in self._beginnings(run.start, first, wanted, clues):
            counting.follow(range(run.start, first))
            if counting.revision == wanted:
                break
        counting.follow(range(first, run.stop))
        return counting.changes

    def _beginnings(self, start: int, first: int, wanted: int, clues: Clues) -> Iterator[Counting]:
        """Ways to begin counting at ``start`` so as to come to revision ``wanted`` before the position ``first``."""
        if self._entries[start].index == 1:
            # The log of a new cluster; but one that was restored from a snapshot begins so, too.
            counting = Counting(self._entries, clues, _BEFORE_ALL, ABSENT)
            yield counting
        revision = wanted - sum(1 for position in range(start, first) if attempt_of(self._entries[position]))
        for _ in range(_TRIES):
            counting = Counting(self._entries, clues, max(0, revision))
            yield counting
            revision += wanted - counting.revision

    @cached_property
    def _survivors(self) -> frozenset[tuple[bytes, int]]:
        """Keys and revisions of the records that compaction left."""
        compacted = self._base.compact_revision
        records = self._base.revisions(lambda _key: True)
        return frozenset((record.key, record.mod_revision) for record in records if record.mod_revision <= compacted)

    def _tell_lives(self, newest_first: Sequence[Changes]) -> None:
        """Create revisions and versions of lives that began before the log, by their last state in the database."""
        known = {record.key: (record.create_revision, record.version, record.mod_revision) for record in self._lasting}
        for changes in newest_first:
            for at in range(len(changes) - 1, -1, -1):
                key, version = changes.keys[at], changes.versions[at]
                create, later, main = known.get(key, (0, 0, 0))
                if version == TOMBSTONE:
                    if main > changes.mains[at]:
                        del known[key]
                    continue
                if not version and later and create <= changes.mains[at] < main:
                    changes.creates[at], changes.versions[at] = create, max(0, later - 1)
                if changes.versions[at]:
                    known[key] = changes.creates[at], changes.versions[at], changes.mains[at]

    @property
    def _lasting(self) -> Iterator[Record]:
        """Of each key the oldest record that the database still holds."""
        seen: set[bytes] = set()
        for record in self._base.revisions(lambda _key: True):
            if record.key not in seen and not record.tombstone:
                seen.add(record.key)
                yield record


def _runs(entries: Sequence[Entry]) -> Iterator[range]:
    start = 0
    for position in range(1, len(entries) + 1):
        if position == len(entries) or entries[position].index != entries[position - 1].index + 1:
            yield range(start, position)
            start = position
