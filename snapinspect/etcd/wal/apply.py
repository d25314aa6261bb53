"""What entries of raft's log do to the keys: etcd's own state machine, as far as it concerns them.

Sources: go.etcd.io/etcd ``server/etcdserver/txn`` (``txn.go``, ``put.go``, ``delete.go``, ``range.go``),
``server/etcdserver/apply`` (``uber_applier.go``, ``capped.go``, ``corrupt.go``), ``server/storage/mvcc/kvstore_txn.go``
(revisions), ``kvstore.go`` (``Compact``), ``server/lease/lessor.go``.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import cached_property
from typing import Any

from snapinspect.etcd.facts import Applied
from snapinspect.etcd.store import Store
from snapinspect.etcd.wal.log import Entry
from snapinspect.etcd.wal.requests import request_of
from snapinspect.model import WAL, Buffer, Record, Revision

_FROM_KEY_ON = b"\0"
_NOSPACE, _CORRUPT = 1, 2
_ACTIVATE, _DEACTIVATE = 1, 2
_LONGEST_LEASE = 9_000_000_000
_PUT, _RANGE, _DELETE, _TXN = "request_put", "request_range", "request_delete_range", "request_txn"
"""The operations of a transaction."""
DEEPEST = 64
"""Transactions inside one another; what etcd takes has a handful."""

_COMPARED: dict[int, tuple[Callable[[Record], Any], str]] = {
    0: (lambda record: record.version, "version"),
    1: (lambda record: record.create_revision, "create_revision"),
    2: (lambda record: record.mod_revision, "mod_revision"),
    3: (lambda record: bytes(record.value), "value"),
    4: (lambda record: record.lease, "lease"),
}
"""``Compare.target``: what is compared, and the field that says with what."""
_VALUE_TARGET = 3
RESULTS: dict[int, Callable[[Any, Any], bool]] = {
    0: lambda one, other: one == other,
    1: lambda one, other: one > other,
    2: lambda one, other: one < other,
    3: lambda one, other: one != other,
}
"""``Compare.result``."""
_NOTHING = Record(b"", b"", Revision(0), 0, 0, 0)
"""What a key that does not exist is compared as."""


class Refused(Exception):
    """etcd answers the request with an error, and changes nothing."""


class Keyspace:
    """The keys of a database, and what entries applied one after another make of them.

    ``changed`` has the last record of each key that an entry changed, tombstones too; ``granted`` the seconds of each
    lease that an entry granted, ``revoked`` those that one ended.
    """

    def __init__(self, base: Store, applied: Applied) -> None:
        self.revision = base.revision
        self.changed: dict[bytes, Record] = {}
        self._base = base
        self._compacted = base.compact_revision
        self.granted: dict[int, int] = {}
        self.revoked: set[int] = set()
        self._leases = set(applied.leases)
        self._alarms = set(applied.alarms)
        self._given: dict[int, set[bytes]] = defaultdict(set)

    def apply(self, entry: Entry, source: str = WAL) -> list[Record]:
        """The changes that the entry makes, in their order; none when it asks for none or etcd refuses it."""
        request = request_of(entry)
        if request is None:
            return []
        writing = _Writing(self, entry, source)
        with suppress(Refused):
            for name, apply in self._requests.items():
                if request.HasField(name):
                    apply(writing, getattr(request, name))
                    break
        if writing.changes:
            self.revision += 1
        return writing.changes

    def get(self, key: bytes) -> Record | None:
        """The live record of a key."""
        changed = self.changed.get(key)
        if changed is not None:
            return None if changed.tombstone else changed
        return self._base.get(key)

    def write(self, record: Record) -> None:
        """Takes a change, which those after it in the same entry see."""
        self.changed[record.key] = record
        if record.lease:
            self._given[record.lease].add(record.key)

    def range(self, key: bytes, end: bytes) -> list[Record]:
        """The live records from ``key`` up to ``end``, which is left out; etcd's ways to say one key and all from it on."""
        if not end:
            found = self.get(key)
            return [found] if found else []
        below = None if end == _FROM_KEY_ON else end
        keys = set(self._base_keys(key, below))
        keys.update(each for each in self.changed if each >= key and (below is None or each < below))
        return [found for each in sorted(keys) if (found := self.get(each))]

    def _base_keys(self, key: bytes, below: bytes | None) -> Iterable[bytes]:
        held = self._sorted
        return held[bisect_left(held, key) : len(held) if below is None else bisect_left(held, below)]

    @cached_property
    def _requests(self) -> dict[str, Callable[[_Writing, Any], None]]:
        """The requests that change keys, or what later ones meet. In an entry one of them is set."""
        return {
            "put": self._put,
            "txn": self._txn,
            "delete_range": self._delete_range,
            "lease_grant": self._grant_lease,
            "lease_revoke": self._revoke_lease,
            "compaction": self._compact,
            "alarm": self._alarm,
        }

    @cached_property
    def _sorted(self) -> list[bytes]:
        return sorted(self._base.keys())

    @cached_property
    def _leased(self) -> dict[int, set[bytes]]:
        """The keys that have a lease in the database; read when the first lease is revoked."""
        found: dict[int, set[bytes]] = defaultdict(set)
        for record in self._base.scan(lambda _key: True):
            if record.lease:
                found[record.lease].add(record.key)
        return found

    def _put(self, writing: _Writing, request: Any) -> None:
        self._require_room()
        self._check_put(request)
        writing.put(request)

    def _delete_range(self, writing: _Writing, request: Any) -> None:
        self._require_sound()
        writing.delete(request.key, request.range_end)

    def _txn(self, writing: _Writing, request: Any) -> None:
        operations = list(self._chosen(request))
        self._require_sound()
        if any(_kind(operation) == _PUT for operation in (*request.success, *request.failure)):
            self._require_room()
        for operation in operations:
            if _kind(operation) == _PUT:
                self._check_put(operation.request_put)
            elif _kind(operation) == _RANGE:
                self._check_range(operation.request_range)
        for operation in operations:
            if _kind(operation) == _PUT:
                writing.put(operation.request_put)
            elif _kind(operation) == _DELETE:
                writing.delete(operation.request_delete_range.key, operation.request_delete_range.range_end)

    def _compact(self, _writing: _Writing, request: Any) -> None:
        self._require_sound()
        if self._compacted < request.revision <= self.revision:
            self._compacted = request.revision

    def _grant_lease(self, _writing: _Writing, request: Any) -> None:
        self._require_room()
        if request.ID and request.TTL <= _LONGEST_LEASE:
            self._leases.add(request.ID)
            self.granted[request.ID] = request.TTL

    def _revoke_lease(self, writing: _Writing, request: Any) -> None:
        self._require_sound()
        if request.ID not in self._leases:
            raise Refused
        self._leases.discard(request.ID)
        self.granted.pop(request.ID, None)
        self.revoked.add(request.ID)
        for key in sorted(self._given.pop(request.ID, set()) | self._leased.get(request.ID, set())):
            found = self.get(key)
            if found is not None and found.lease == request.ID:
                writing.delete(key, b"")

    def _alarm(self, _writing: _Writing, request: Any) -> None:
        alarm = (request.memberID, request.alarm)
        if request.action == _ACTIVATE and request.alarm:
            self._alarms.add(alarm)
        elif request.action == _DEACTIVATE:
            self._alarms.discard(alarm)

    def _chosen(self, request: Any, depth: int = 0) -> Iterator[Any]:
        """The operations of the branches that a transaction takes; all is compared before anything is written."""
        if depth > DEEPEST:
            raise Refused
        met = all(map(self._holds, request.compare))
        for operation in request.success if met else request.failure:
            if _kind(operation) == _TXN:
                yield from self._chosen(operation.request_txn, depth + 1)
            else:
                yield operation

    def _holds(self, compare: Any) -> bool:
        found = self.range(compare.key, compare.range_end)
        if not found:
            # A value that does not exist equals none, not even an empty one.
            return compare.target != _VALUE_TARGET and _compares(compare, _NOTHING)
        return all(_compares(compare, record) for record in found)

    def _check_put(self, request: Any) -> None:
        if request.lease and request.lease not in self._leases:
            raise Refused
        if (request.ignore_value or request.ignore_lease) and self.get(request.key) is None:
            raise Refused

    def _check_range(self, request: Any) -> None:
        if request.revision > self.revision or 0 < request.revision < self._compacted:
            raise Refused

    def _require_room(self) -> None:
        """An etcd that has run out of space takes nothing that needs any."""
        self._require_sound()
        if any(alarm == _NOSPACE for _, alarm in self._alarms):
            raise Refused

    def _require_sound(self) -> None:
        if any(alarm == _CORRUPT for _, alarm in self._alarms):
            raise Refused


class _Writing:
    """The changes of one entry: one main revision for all of them."""

    def __init__(self, keyspace: Keyspace, entry: Entry, source: str) -> None:
        self.changes: list[Record] = []
        self._keyspace = keyspace
        self._entry = entry
        self._source = source

    def put(self, request: Any) -> None:
        before = self._keyspace.get(request.key)
        value = before.value if request.ignore_value and before else value_in(self._entry, request.value)
        lease = before.lease if request.ignore_lease and before else request.lease
        revision = self._next()
        create = before.create_revision if before else revision.main
        version = before.version + 1 if before else 1
        self._write(Record(request.key, value, revision, create, version, lease, source=self._source))

    def delete(self, key: bytes, end: bytes) -> None:
        for record in self._keyspace.range(key, end):
            self._write(Record(record.key, b"", self._next(), 0, 0, 0, tombstone=True, source=self._source))

    def _next(self) -> Revision:
        return Revision(self._keyspace.revision + 1, len(self.changes))

    def _write(self, record: Record) -> None:
        self._keyspace.write(record)
        self.changes.append(record)


def value_in(entry: Entry, value: bytes) -> Buffer:
    """The same bytes as a view of the segment that the entry lies in, so that no copy is kept."""
    at = entry.segment.data.find(value, entry.start, entry.end) if value else -1
    return b"" if at < 0 else entry.segment.view[at : at + len(value)]


def _compares(compare: Any, record: Record) -> bool:
    if compare.result not in RESULTS:
        return True
    if compare.target not in _COMPARED:
        return RESULTS[compare.result](0, 0)
    read, name = _COMPARED[compare.target]
    return RESULTS[compare.result](read(record), getattr(compare, name))


def _kind(operation: Any) -> str:
    return operation.WhichOneof("request") or ""
