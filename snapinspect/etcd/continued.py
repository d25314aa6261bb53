"""A store that goes on where another one ends: with the changes that came after it."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice

from snapinspect.etcd.about import Facts
from snapinspect.etcd.store import Bucketed, KeyFilter, Lossy, Store, but_for, chosen, is_forkable, require_held
from snapinspect.model import Buffer, Problem, Record


class Continued:
    """The ``Store`` of ``base`` and what was ``written`` after it, oldest first."""

    def __init__(self, base: Store, written: Sequence[Record]) -> None:
        self.base = base
        self.written = written
        self._states: dict[int, dict[bytes, Record]] = {}

    @property
    def is_forkable(self) -> bool:
        return is_forkable(self.base)

    @property
    def revision(self) -> int:
        return self.written[-1].mod_revision if self.written else self.base.revision

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
        unchanged = self.base.scan(but_for(changed, wanted), self._at(at))
        return heapq.merge(unchanged, self._live(changed, wanted), key=_key)

    def values(self, wanted: KeyFilter, at: int | None = None) -> Iterator[tuple[bytes, Buffer]]:
        changed = self._changed(at)
        unchanged = self.base.values(but_for(changed, wanted), self._at(at))
        new = ((record.key, record.value) for record in self._live(changed, wanted))
        return heapq.merge(unchanged, new, key=_first)

    def get(self, key: bytes, at: int | None = None) -> Record | None:
        changed = self._changed(at).get(key)
        if changed is None:
            return self.base.get(key, self._at(at))
        return None if changed.tombstone else changed

    def revisions(self, wanted: KeyFilter) -> Iterator[Record]:
        return chain(self.base.revisions(wanted), (record for record in self.written if wanted(record.key)))

    def newest(self, count: int) -> Iterator[Record]:
        return islice(chain(reversed(self.written), self.base.newest(count)), count)

    def oldest(self, count: int) -> Iterator[Record]:
        return islice(chain(self.base.oldest(count), self.written), count)

    def count_records(self) -> int:
        return self.base.count_records() + len(self.written)

    def losses(self, wanted: KeyFilter, at: int | None = None) -> Iterator[Problem]:
        """What ``base`` lacks."""
        if isinstance(self.base, Lossy):
            yield from self.base.losses(wanted, self._at(at))

    def buckets(self) -> dict[bytes, dict[bytes, bytes]]:
        """Of ``base``."""
        return self.base.buckets() if isinstance(self.base, Bucketed) else {}

    def facts(self) -> Facts:
        """Of ``base`` alone."""
        return self.base.facts()

    def close(self) -> None:
        self._states.clear()
        self.written = ()
        self.base.close()

    def _at(self, at: int | None) -> int | None:
        """The revision of ``base`` on which the state at ``at`` stands."""
        return None if at is None or at >= self.base.revision else at

    def _changed(self, at: int | None) -> dict[bytes, Record]:
        """The last record, up to ``at``, of each key that changed after ``base``."""
        if at is not None and at <= self.base.revision:
            return {}
        if at is not None:
            require_held(at, self.revision, self.compact_revision)
        last = self.revision if at is None else at
        if last not in self._states:
            self._states[last] = {record.key: record for record in self.written if record.mod_revision <= last}
        return self._states[last]

    def _live(self, changed: dict[bytes, Record], wanted: KeyFilter) -> Iterator[Record]:
        return (changed[key] for key in chosen(wanted, changed) if not changed[key].tombstone)


def _key(record: Record) -> bytes:
    return record.key


def _first(pair: tuple[bytes, Buffer]) -> bytes:
    return pair[0]
