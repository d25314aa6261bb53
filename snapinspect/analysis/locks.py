"""Which encryption key locks what, and whether it opens: the facts of ``snapinspect keys``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from snapinspect.errors import Locked
from snapinspect.kube.encryption import Lock, identify
from snapinspect.snapshot import Snapshot


class Place(NamedTuple):
    """One key in one kind and namespace; ``reason`` says why it does not open, and is empty when it does."""

    lock: Lock
    kind: str
    namespace: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Use:
    """``count`` values in one place that one key locks."""

    place: Place
    count: int

    @property
    def opens(self) -> bool:
        return not self.place.reason


def uses(snapshot: Snapshot) -> Iterator[Use]:
    """Every use of a key in the snapshot, by provider, key, kind and namespace."""
    counted = Counter(_places(snapshot))
    for place in sorted(counted, key=lambda each: (each.lock, each.kind, each.namespace or "", each.reason)):
        yield Use(place, counted[place])


def _places(snapshot: Snapshot) -> Iterator[Place]:
    for record, head in snapshot.entries(snapshot.select(everything=True)):
        lock = identify(record.value)
        if lock is not None:
            yield Place(
                lock,
                snapshot.kind_of(head).directory,
                head.namespace,
                _why_locked(snapshot, record.key, bytes(record.value)),
            )


def _why_locked(snapshot: Snapshot, key: bytes, stored: bytes) -> str:
    try:
        snapshot.keys.decrypt(stored, key)
    except Locked as locked:
        return str(locked)
    return ""
