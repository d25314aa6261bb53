"""What an entry tries to do to the keys, for those who do not know the keys it met.

Source: go.etcd.io/etcd ``api/etcdserverpb/rpc.proto``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from snapinspect.etcd.wal.apply import DEEPEST, RESULTS
from snapinspect.etcd.wal.log import Entry
from snapinspect.etcd.wal.requests import request_of

_CREATED, _MODIFIED, _VERSION = 1, 2, 0
_FIELDS = {_VERSION: "version", _CREATED: "create_revision", _MODIFIED: "mod_revision"}


class Known(NamedTuple):
    """What is known of a key: its ``mod_revision``, 0 when it is not there; of one that is, 0 says that the rest is not known."""

    mod_revision: int
    create_revision: int = 0
    version: int = 0
    lease: int = 0


ABSENT = Known(0)


class Condition(NamedTuple):
    """One comparison of a transaction. ``target`` and ``result`` are etcd's numbers."""

    key: bytes
    target: int
    result: int
    number: int
    is_of_one_key: bool

    @property
    def required(self) -> int | None:
        """The mod revision that the key must have, where the condition names it."""
        return self.number if self.is_of_one_key and (self.target, self.result) == (_MODIFIED, 0) else None

    def holds(self, known: Known | None) -> bool | None:
        """Whether it was met; None when that cannot be told."""
        if known is None or not self.is_of_one_key or self.target not in _FIELDS or self.result not in RESULTS:
            return None
        value = known[(2, 1, 0)[self.target]]
        if known.mod_revision and not value and self.number:
            return None
        # Of a key that is there each number is at least 1.
        return RESULTS[self.result](value or min(known.mod_revision, 1), self.number)


class Operation(NamedTuple):
    """A put, or a deletion of the keys up to ``end``, which only a deletion may have; ``value`` is None for one."""

    key: bytes
    end: bytes
    value: bytes | None
    lease: int
    keeps_value: bool
    keeps_lease: bool


class Attempt(NamedTuple):
    """All that one entry may do. ``revoked`` is the lease whose keys it deletes."""

    conditions: tuple[Condition, ...] = ()
    success: tuple[Operation | Attempt, ...] = ()
    failure: tuple[Operation | Attempt, ...] = ()
    revoked: int = 0

    @property
    def may_write(self) -> bool:
        return bool(self.success or self.failure or self.revoked)

    def puts(self) -> Iterator[Operation]:
        """The puts in all branches."""
        for operation in (*self.success, *self.failure):
            if isinstance(operation, Attempt):
                yield from operation.puts()
            elif operation.value is not None:
                yield operation

    @property
    def single(self) -> Operation | None:
        """The one change that it makes if its conditions are met, and then only; None when it is not so simple."""
        only = self.success[0] if len(self.success) == 1 and not self.failure else None
        return only if isinstance(only, Operation) and not only.end else None


def attempt_of(entry: Entry) -> Attempt | None:
    """What the entry tries; None when it can change no key."""
    request = request_of(entry)
    if request is None:
        return None
    if request.HasField("txn"):
        attempt = _transaction(request.txn, 0)
    elif request.HasField("put"):
        attempt = Attempt(success=(_put(request.put),))
    elif request.HasField("delete_range"):
        attempt = Attempt(success=(_deletion(request.delete_range),))
    elif request.HasField("lease_revoke"):
        attempt = Attempt(revoked=request.lease_revoke.ID)
    else:
        return None
    return attempt if attempt.may_write else None


def _transaction(request: Any, depth: int) -> Attempt:
    if depth > DEEPEST:
        return Attempt()
    return Attempt(
        tuple(map(_condition, request.compare)),
        tuple(_operations(request.success, depth)),
        tuple(_operations(request.failure, depth)),
    )


def _operations(operations: Any, depth: int) -> list[Operation | Attempt]:
    found: list[Operation | Attempt] = []
    for operation in operations:
        match operation.WhichOneof("request"):
            case "request_put":
                found.append(_put(operation.request_put))
            case "request_delete_range":
                found.append(_deletion(operation.request_delete_range))
            case "request_txn":
                inner = _transaction(operation.request_txn, depth + 1)
                found += [inner] if inner.may_write else []
    return found


def _condition(compare: Any) -> Condition:
    number = getattr(compare, _FIELDS[compare.target]) if compare.target in _FIELDS else 0
    return Condition(compare.key, compare.target, compare.result, number, not compare.range_end)


def _put(request: Any) -> Operation:
    return Operation(request.key, b"", request.value, request.lease, request.ignore_value, request.ignore_lease)


def _deletion(request: Any) -> Operation:
    return Operation(request.key, request.range_end, None, 0, False, False)
