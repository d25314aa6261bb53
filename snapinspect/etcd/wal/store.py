"""The store of a database and its write-ahead log: the state with which etcd would start, and the log's history."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from functools import cached_property
from itertools import chain

from snapinspect.etcd import lease
from snapinspect.etcd.continued import Continued
from snapinspect.etcd.facts import Applied
from snapinspect.etcd.store import KeyFilter, Store
from snapinspect.etcd.wal.inference import Inference
from snapinspect.etcd.wal.log import Segment, read_log, segments_from
from snapinspect.etcd.wal.replay import Replayed, replay
from snapinspect.etcd.wal.version2 import keys_of_version2
from snapinspect.model import Problem, Progress, Record, Revision, silent


class LoggedDatabase(Continued):
    """A ``Store`` that goes on where ``base`` ends: with the entries of the log that ``base`` does not hold.

    ``applied`` is what the database of ``base`` says of itself. Entries that it holds already are history, which compaction
    does not touch; those that no majority is known to have are given by ``revisions`` alone. ``segments`` are in the
    order of their numbers, and closed with the store.
    """

    def __init__(self, base: Store, applied: Applied, segments: list[Segment], progress: Progress = silent) -> None:
        self.applied = applied
        self._segments = segments
        self._progress = progress
        self._damage: list[Problem] = []
        log = read_log(segments_from(segments, applied.index), progress)
        self.torn = tuple(log.torn)
        self.version2_keys = keys_of_version2(log.entries)
        self.replayed: Replayed = replay(base, applied, log, progress)
        super().__init__(base, self.replayed.written)

    def over(self, base: Store) -> LoggedDatabase:
        """The same log behind another reading of the same database."""
        return LoggedDatabase(base, self.applied, self._segments, self._progress)

    @property
    def segments(self) -> int:
        """The number of the log's files."""
        return len(self._segments)

    def revisions(self, wanted: KeyFilter) -> Iterator[Record]:
        """Also those that compaction removed from the database, and those that are not committed."""
        held = heapq.merge(self.base.revisions(wanted), self._inference.records(wanted), key=_revision)
        behind = chain(self.replayed.written, self.replayed.uncommitted)
        return chain(held, (record for record in behind if wanted(record.key)))

    def near(self, wanted: KeyFilter) -> Iterator[Record]:
        behind = (record for record in self.replayed.written if wanted(record.key))
        return chain(self.base.revisions(wanted), behind)

    def losses(self, wanted: KeyFilter, at: int | None = None) -> Iterator[Problem]:
        """What is missing of the log behind the database, and of the database."""
        yield from super().losses(wanted, at)
        if at is None or at > self.base.revision:
            yield from self.replayed.losses

    def discovered(self) -> Iterator[Problem]:
        return iter(self._damage)

    def buckets(self) -> dict[bytes, dict[bytes, bytes]]:
        """Of the database, with the leases that the log grants and ends."""
        found = super().buckets()
        revoked = self.replayed.revoked
        held = {key: value for key, value in found.get(lease.BUCKET, {}).items() if lease.lease_id(key) not in revoked}
        held.update(lease.pack_lease(*granted) for granted in self.replayed.granted.items())
        return {**found, lease.BUCKET: held}

    def close(self) -> None:
        self.replayed = Replayed()
        super().close()
        for segment in self._segments:
            segment.close()

    @cached_property
    def _inference(self) -> Inference:
        log = read_log(self._segments, self._progress)
        self._damage += log.damage
        held = [] if self.replayed.is_foreign else [each for each in log.entries if each.index <= self.applied.index]
        return Inference(held, self.base)


def _revision(record: Record) -> Revision:
    return record.revision
