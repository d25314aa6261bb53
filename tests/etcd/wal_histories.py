"""Random requests to a real etcd, of every sort that changes keys, and what it says of its keys afterwards."""

from __future__ import annotations

import random
from typing import Any

import grpc  # type: ignore[import-untyped]
from real_etcd import EVERYTHING, RealEtcd, message

_NAMES = [b"/registry/a", b"/registry/b", b"/registry/b/1", b"/registry/b/2", b"\xff\0", b"c" * 200]
_VALUES = [b"", b"1", b"2", b"some value", b"x" * 5000]
_TARGETS = {0: "version", 1: "create_revision", 2: "mod_revision", 4: "lease"}


class Writer:
    """Sends random requests; refused ones are part of it."""

    def __init__(self, etcd: RealEtcd, seed: int) -> None:
        self._etcd = etcd
        self._random = random.Random(seed)
        self._leases = [12345]

    def write(self, count: int) -> None:
        requests = (self._put, self._put, self._delete, self._txn, self._txn, self._lease, self._compact)
        for _ in range(count):
            try:
                self._random.choice(requests)()
            except grpc.RpcError as error:
                assert error.code() in {  # noqa: PT017 - what etcd refuses for a reason of its own
                    grpc.StatusCode.NOT_FOUND,
                    grpc.StatusCode.INVALID_ARGUMENT,
                    grpc.StatusCode.OUT_OF_RANGE,
                    grpc.StatusCode.FAILED_PRECONDITION,
                }

    def _key(self) -> bytes:
        return self._random.choice(_NAMES)

    def _put_request(self) -> Any:
        draw = self._random.random()
        lease = self._random.choice(self._leases) if draw < 0.3 else 0
        if draw > 0.9:
            return message("PutRequest", key=self._key(), lease=lease, ignore_value=True)
        if draw > 0.8:
            return message("PutRequest", key=self._key(), value=self._random.choice(_VALUES), ignore_lease=True)
        return message("PutRequest", key=self._key(), value=self._random.choice(_VALUES), lease=lease)

    def _delete_request(self) -> Any:
        key, end = self._range()
        return message("DeleteRangeRequest", key=key, range_end=end)

    def _range(self) -> tuple[bytes, bytes]:
        return self._key(), self._random.choice([b"", b"", b"", b"\0", self._key()])

    def _put(self) -> None:
        self._etcd.call("KV", "Put", self._put_request())

    def _delete(self) -> None:
        self._etcd.call("KV", "DeleteRange", self._delete_request())

    def _compare(self) -> Any:
        key, end = self._range()
        target, result = self._random.randrange(5), self._random.randrange(4)
        if target == 3:
            return message(
                "Compare", key=key, range_end=end, target=3, result=result, value=self._random.choice(_VALUES)
            )
        held = [each for each in self._etcd.range().kvs if each.key == key]
        name = _TARGETS[target]
        wanted = getattr(held[0], name) if held and self._random.random() < 0.7 else self._random.randrange(3)
        return message("Compare", key=key, range_end=end, target=target, result=result, **{name: wanted})

    def _operations(self, depth: int) -> list[Any]:
        return [self._operation(depth) for _ in range(self._random.randrange(4))]

    def _operation(self, depth: int) -> Any:
        draw = self._random.random()
        if draw < 0.5:
            return message("RequestOp", request_put=self._put_request())
        if draw < 0.75:
            return message("RequestOp", request_delete_range=self._delete_request())
        if draw < 0.9 or depth > 2:
            # Of an old revision none: whether that refuses the rest, old releases judge in another way when they start.
            return message("RequestOp", request_range=message("RangeRequest", key=self._key()))
        return message("RequestOp", request_txn=self._transaction(depth + 1))

    def _transaction(self, depth: int = 0) -> Any:
        compares = [self._compare() for _ in range(self._random.randrange(3))]
        success, failure = self._operations(depth), self._operations(depth)
        return message("TxnRequest", compare=compares, success=success, failure=failure)

    def _txn(self) -> None:
        self._etcd.call("KV", "Txn", self._transaction())

    def _lease(self) -> None:
        if len(self._leases) < 3 or self._random.random() < 0.5:
            self._leases.append(self._etcd.grant())
        else:
            lease = self._leases.pop(self._random.randrange(1, len(self._leases)))
            self._etcd.call("Lease", "LeaseRevoke", message("LeaseRevokeRequest", ID=lease))

    def _compact(self) -> None:
        if self._random.random() < 0.2:
            self._etcd.compact(self._etcd.range().header.revision - self._random.randrange(5))


def told(etcd: RealEtcd, revision: int = 0) -> dict[bytes, tuple[Any, ...]]:
    """Every key at a revision as etcd tells it: value, create and mod revision, version, lease."""
    request = message("RangeRequest", key=EVERYTHING, range_end=EVERYTHING, revision=revision)
    answer = etcd.call("KV", "Range", request)
    return {kv.key: (kv.value, kv.create_revision, kv.mod_revision, kv.version, kv.lease) for kv in answer.kvs}
