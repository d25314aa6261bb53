"""The store of a database and its write-ahead log: the state with which etcd would start, and the log's history."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import chain, islice

from snapinspect.etcd import lease
from snapinspect.etcd.facts import Applied
from snapinspect.etcd.store import Bucketed, Facts, KeyFilter, Lossy, Store, require_held
from snapinspect.etcd.wal.inference import Inference
from snapinspect.etcd.wal.log import Segment, read_log, segments_from
from snapinspect.etcd.wal.replay import Replayed, replay
from snapinspect.model import Buffer, Problem, Progress, Record, Revision, silent


class LoggedDatabase:
    """A ``Store`` that goes on where ``base`` ends: with the entries of the log that ``base`` does not hold.

    ``applied`` is what the database of ``base`` says of itself. Entries that it holds already are history, which compaction
    does not touch; those that no majority is known to have are given by ``revisions`` alone. ``segments`` are in the
    order of their numbers, and closed with the store.
    """

    def __init__(self, base: Store, applied: Applied, segments: list[Segment], progress: Progress = silent) -> None:
        self.base = base
        self.applied = applied
        self._segments = segments
        self._progress = progress
        self._states: dict[int, dict[bytes, Record]] = {}
        self._damage: list[Problem] = []
        log = read_log(segments_from(segments, applied.index), progress)
        self.torn = tuple(log.torn)
        self.replayed: Replayed = replay(base, applied, log, progress)

    @property
    def segments(self) -> int:
        """The number of the log's files."""
        return len(self._segments)

    @property
    def revision(self) -> int:
        written = self.replayed.written
        return written[-1].mod_revision if written else self.base.revision

    @property
    def compact_revision(self) -> int:
        return self.base.compact_revision

    def keys(self, at: int | None = None) -> Iterable[bytes]:
        changed = self._changed(at)
        held = set(self.base.keys(self._at(at)))
        held.update(key for key, record in changed.items() if not record.tombstone)
        return held.difference(key for key, record in changed.items() if record.tombstone)

    def scan(self, wanted: KeyFilter, at: int | None = None) -> Iterator[Record]:
        changed = self._changed(at)
        unchanged = self.base.scan(lambda key: key not in changed and wanted(key), self._at(at))
        return heapq.merge(unchanged, self._live(changed, wanted), key=_key)

    def values(self, wanted: KeyFilter, at: int | None = None) -> Iterator[tuple[bytes, Buffer]]:
        changed = self._changed(at)
        unchanged = self.base.values(lambda key: key not in changed and wanted(key), self._at(at))
        new = ((record.key, record.value) for record in self._live(changed, wanted))
        return heapq.merge(unchanged, new, key=_first)

    def get(self, key: bytes, at: int | None = None) -> Record | None:
        changed = self._changed(at).get(key)
        if changed is None:
            return self.base.get(key, self._at(at))
        return None if changed.tombstone else changed

    def revisions(self, wanted: KeyFilter) -> Iterator[Record]:
        """Also those that compaction removed from the database, and those that are not committed."""
        held = heapq.merge(self.base.revisions(wanted), self._inference.records(wanted), key=_revision)
        behind = chain(self.replayed.written, self.replayed.uncommitted)
        return chain(held, (record for record in behind if wanted(record.key)))

    def near(self, wanted: KeyFilter) -> Iterator[Record]:
        behind = (record for record in self.replayed.written if wanted(record.key))
        return chain(self.base.revisions(wanted), behind)

    def newest(self, count: int) -> Iterator[Record]:
        return islice(chain(reversed(self.replayed.written), self.base.newest(count)), count)

    def oldest(self, count: int) -> Iterator[Record]:
        return islice(chain(self.base.oldest(count), self.replayed.written), count)

    def count_records(self) -> int:
        return self.base.count_records() + len(self.replayed.written)

    def losses(self, wanted: KeyFilter, at: int | None = None) -> Iterator[Problem]:
        """What is missing of the log behind the database, and of the database."""
        if isinstance(self.base, Lossy):
            yield from self.base.losses(wanted, self._at(at))
        if at is None or at > self.base.revision:
            yield from self.replayed.losses

    def discovered(self) -> Iterator[Problem]:
        return iter(self._damage)

    def buckets(self) -> dict[bytes, dict[bytes, bytes]]:
        """Of the database, with the leases that the log grants and ends."""
        found = self.base.buckets() if isinstance(self.base, Bucketed) else {}
        revoked = self.replayed.revoked
        held = {key: value for key, value in found.get(lease.BUCKET, {}).items() if lease.lease_id(key) not in revoked}
        held.update(lease.pack_lease(*granted) for granted in self.replayed.granted.items())
        return {**found, lease.BUCKET: held}

    def facts(self) -> Facts:
        """Of the database alone."""
        return self.base.facts()

    def close(self) -> None:
        self._states.clear()
        self.replayed = Replayed()
        self.base.close()
        for segment in self._segments:
            segment.close()

    def _at(self, at: int | None) -> int | None:
        """The revision of the database on which the state at ``at`` stands."""
        return None if at is None or at >= self.base.revision else at

    def _changed(self, at: int | None) -> dict[bytes, Record]:
        """The last record, up to ``at``, of each key that the log changed behind the database."""
        if at is not None and at <= self.base.revision:
            return {}
        if at is not None:
            require_held(at, self.revision, self.compact_revision)
        last = self.revision if at is None else at
        if last not in self._states:
            written = self.replayed.written
            self._states[last] = {record.key: record for record in written if record.mod_revision <= last}
        return self._states[last]

    def _live(self, changed: dict[bytes, Record], wanted: KeyFilter) -> Iterator[Record]:
        return (changed[key] for key in sorted(filter(wanted, changed)) if not changed[key].tombstone)

    @cached_property
    def _inference(self) -> Inference:
        log = read_log(self._segments, self._progress)
        self._damage += log.damage
        held = [] if self.replayed.is_foreign else [each for each in log.entries if each.index <= self.applied.index]
        return Inference(held, self.base)


def _key(record: Record) -> bytes:
    return record.key


def _first(pair: tuple[bytes, Buffer]) -> bytes:
    return pair[0]


def _revision(record: Record) -> Revision:
    return record.revision
