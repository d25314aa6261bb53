"""The state before the compacted revision, pieced together from records that free pages or a write-ahead log still hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from snapinspect.etcd.about import Facts
from snapinspect.etcd.store import Discovering, KeyFilter, Lossy, Store, chosen, is_forkable
from snapinspect.model import FREE, LIVE, UNCOMMITTED, UNPROVEN, Buffer, Problem, Record


@dataclass(slots=True)
class Past:
    """What is held of the keys at a revision; ``lost`` existed then, and what they held is nowhere to be found.

    A record of source ``unproven`` was the last one found before that revision, and another may have followed it.
    """

    records: dict[bytes, Record] = field(default_factory=dict)
    lost: set[bytes] = field(default_factory=set)


def piece_together(held: Iterable[Record], at: int) -> Past:
    """The state at main revision ``at``; ``held`` are the tree's records and those of free pages, oldest first."""
    last: dict[bytes, Record] = {}
    following: dict[bytes, Record] = {}
    for record in held:
        if record.mod_revision <= at:
            last[record.key] = record
        else:
            following.setdefault(record.key, record)
    past = Past()
    for key in last.keys() | following.keys():
        _judge(past, last.get(key), following.get(key), at)
    return past


def _judge(past: Past, last: Record | None, following: Record | None, at: int) -> None:
    """Adds what is known of one key: its ``last`` record up to ``at``, and the first one ``following``."""
    lives_on = following is not None and not following.tombstone and following.create_revision <= at
    if last is None or last.tombstone or (lives_on and not _same_life(last, following)):
        if lives_on and following is not None:
            past.lost.add(following.key)
        return
    # Compaction keeps of each key the last record alone: the tree's is the one.
    certain = last.source == LIVE or (last.source == FREE and _same_life(last, following) and _is_next(last, following))
    past.records[last.key] = last if certain else last._replace(source=UNPROVEN)


def _same_life(last: Record, following: Record | None) -> bool:
    return following is not None and not following.tombstone and following.create_revision == last.create_revision


def _is_next(last: Record, following: Record | None) -> bool:
    return following is not None and following.version == last.version + 1


class PiecedStore:
    """A ``Store`` that answers below the compacted revision of ``held``, too, from all the history that ``held`` gives.

    ``losses`` says that such an answer is incomplete, and names the keys of which it is known.
    """

    def __init__(self, held: Store) -> None:
        self.held = held
        self._pasts: dict[int, Past] = {}

    @property
    def is_forkable(self) -> bool:
        return is_forkable(self.held)

    @property
    def revision(self) -> int:
        return self.held.revision

    @property
    def compact_revision(self) -> int:
        return self.held.compact_revision

    def keys(self, at: int | None = None) -> Iterable[bytes]:
        past = self._past(at)
        return self.held.keys(at) if past is None else past.records.keys()

    def scan(self, wanted: KeyFilter, at: int | None = None) -> Iterator[Record]:
        past = self._past(at)
        if past is None:
            return self.held.scan(wanted, at)
        return (past.records[key] for key in chosen(wanted, past.records))

    def values(self, wanted: KeyFilter, at: int | None = None) -> Iterator[tuple[bytes, Buffer]]:
        if self._past(at) is None:
            return self.held.values(wanted, at)
        return ((record.key, record.value) for record in self.scan(wanted, at))

    def get(self, key: bytes, at: int | None = None) -> Record | None:
        past = self._past(at)
        return self.held.get(key, at) if past is None else past.records.get(key)

    def revisions(self, wanted: KeyFilter) -> Iterator[Record]:
        return self.held.revisions(wanted)

    def newest(self, count: int) -> Iterator[Record]:
        return self.held.newest(count)

    def oldest(self, count: int) -> Iterator[Record]:
        return self.held.oldest(count)

    def count_records(self) -> int:
        return self.held.count_records()

    def facts(self) -> Facts:
        return self.held.facts()

    def losses(self, wanted: KeyFilter, at: int | None = None) -> Iterator[Problem]:
        past = self._past(at)
        if past is None:
            if isinstance(self.held, Lossy):
                yield from self.held.losses(wanted, at)
            return
        reason = f"history up to {self.compact_revision} was compacted away, and what is still held may be incomplete"
        yield Problem("incomplete", f"revision {at}", reason)
        for key in sorted(filter(wanted, past.lost)):
            subject = key.decode("utf-8", "backslashreplace")
            yield Problem("lost", subject, f"existed at revision {at}, and what it held then is nowhere to be found")

    def discovered(self) -> Iterator[Problem]:
        return self.held.discovered() if isinstance(self.held, Discovering) else iter(())

    def close(self) -> None:
        self._pasts.clear()
        self.held.close()

    def _past(self, at: int | None) -> Past | None:
        """The pieced state at a revision that was compacted away; None for those that are held whole."""
        if at is None or at >= self.compact_revision:
            return None
        if at not in self._pasts:
            happened = (record for record in self.held.revisions(_any) if record.source != UNCOMMITTED)
            self._pasts[at] = piece_together(happened, at)
        return self._pasts[at]


def _any(_key: bytes) -> bool:
    return True
