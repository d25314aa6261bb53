"""The changes that Gardener's etcd-backup-restore saves between two full snapshots.

Source: gardener/etcd-backup-restore ``pkg/snapshot/snapshotter/snapshotter.go`` (an array of events as JSON, each with
the time at which it was received, and behind it the SHA-256 of the array).
"""

from __future__ import annotations

import binascii
import heapq
import json
from base64 import b64decode
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any, NamedTuple

from snapinspect.errors import Damaged
from snapinspect.etcd.continued import Continued
from snapinspect.etcd.mapping import let_go
from snapinspect.etcd.store import KeyFilter, Store
from snapinspect.model import Data, Record, Revision

_BETWEEN = " \t\r\n,"
_DELETED = (1, "1", "DELETE")
_BROKEN = "an event of a delta snapshot is not what etcd tells"
_LARGEST = 1 << 62
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Event(NamedTuple):
    """One change, without its sub revision, and when it was received, in seconds since 1970 where that is told."""

    record: Record
    received: int | None


class DeltaStore(Continued):
    """A full snapshot and the changes saved after it; ``earlier`` are changes from before it, which it may hold, too.

    ``received`` tells when a revision was received. ``data`` is what the values are views of.
    """

    def __init__(
        self,
        base: Store,
        written: Sequence[Record],
        earlier: Sequence[Record],
        received: Sequence[tuple[int, int]],
        data: Data,
        view: memoryview,
    ) -> None:
        super().__init__(base, written)
        self._earlier = earlier
        self._received = received
        self._data = data
        self._view = view

    def revisions(self, wanted: KeyFilter) -> Iterator[Record]:
        """Also those that compaction removed from the full snapshot."""
        earlier = (record for record in self._earlier if wanted(record.key))
        held = heapq.merge(super().revisions(wanted), earlier, key=_revision)
        return (next(same) for _, same in groupby(held, key=_identity))

    def near(self, wanted: KeyFilter) -> Iterator[Record]:
        return super().revisions(wanted)

    def times(self) -> Iterator[tuple[int, int]]:
        """Revisions and when they were received, in seconds since 1970."""
        return iter(self._received)

    def close(self) -> None:
        super().close()
        self._earlier = ()
        let_go(self._data, self._view)


def read_events(text: str) -> Iterator[Event]:
    """The events of one delta, in order. Raises Damaged behind the last one that can be read."""
    decoder = json.JSONDecoder()
    at = _skip(text, 0)
    if text[at : at + 1] != "[":
        raise Damaged("a delta snapshot holds no list of events")
    at = _skip(text, at + 1)
    while text[at : at + 1] != "]":
        try:
            told, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            raise Damaged("a delta snapshot ends too early, or is damaged") from None
        yield _event(told)
        at = _skip(text, at)


def numbered(records: Iterable[Record]) -> Iterator[Record]:
    """The same records, those of one main revision numbered in their order."""
    for main, same in groupby(records, key=lambda record: record.revision.main):
        for sub, record in enumerate(same):
            yield record._replace(revision=Revision(main, sub))


def _skip(text: str, at: int) -> int:
    while text[at : at + 1] and text[at] in _BETWEEN:
        at += 1
    return at


def _event(told: Any) -> Event:
    event = _mapping(_mapping(told).get("etcdEvent"))
    pair = _mapping(event.get("kv"))
    key, revision = _bytes(pair.get("key")), Revision(_integer(pair.get("mod_revision")))
    if not key or revision.main <= 0:
        raise Damaged(_BROKEN)
    received = _seconds(told.get("time"))
    if event.get("type") in _DELETED:
        return Event(Record(key, b"", revision, 0, 0, 0, tombstone=True), received)
    create, version, lease = (_integer(pair.get(name)) for name in ("create_revision", "version", "lease"))
    return Event(Record(key, _bytes(pair.get("value")), revision, create, version, lease), received)


def _mapping(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Damaged(_BROKEN)
    return value


def _integer(value: Any) -> int:
    """Go leaves out what is 0."""
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, int) or not -_LARGEST <= value <= _LARGEST:
        raise Damaged(_BROKEN)
    return value


def _bytes(value: Any) -> bytes:
    try:
        return b64decode(value or "", validate=True)
    except (TypeError, ValueError, binascii.Error):
        raise Damaged(_BROKEN) from None


def _seconds(value: Any) -> int | None:
    try:
        return (datetime.fromisoformat(value) - _EPOCH) // timedelta(seconds=1)
    except (TypeError, ValueError, OverflowError):
        return None


def _revision(record: Record) -> Revision:
    return record.revision


def _identity(record: Record) -> tuple[int, bytes]:
    return record.mod_revision, record.key
