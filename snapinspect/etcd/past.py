"""The state before the compacted revision, pieced together from records that are still found in free pages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from snapinspect.model import FREE, LIVE, UNPROVEN, Record


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
