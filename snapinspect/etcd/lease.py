"""Leases: how long keys live that nobody keeps alive.

Source: go.etcd.io/etcd ``server/lease/leasepb/lease.proto``, ``server/storage/schema/lease.go`` (the bucket ``lease``: the
id as eight bytes, big-endian, and a ``leasepb.Lease``).
"""

from __future__ import annotations

from snapinspect.errors import Damaged
from snapinspect.etcd.keyvalue import read_varint
from snapinspect.protobuf import packed

BUCKET = b"lease"
_ID, _TTL = 0x08, 0x10
_ID_SIZE = 8
_NEGATIVE = 1 << 63


def pack_lease(lease: int, seconds: int) -> tuple[bytes, bytes]:
    """Key and value of a lease that lives for ``seconds`` after it was last kept alive."""
    value = bytes((_ID,)) + packed(lease) + bytes((_TTL,)) + packed(seconds)
    return lease.to_bytes(_ID_SIZE, "big", signed=True), value


def lease_id(key: bytes) -> int:
    """The id of a lease by its key in the bucket."""
    return int.from_bytes(key, "big", signed=True)


def seconds_of(value: bytes) -> int | None:
    """How long a lease lives, or None when its value says nothing that can be understood."""
    at = 0
    try:
        while at < len(value):
            tag = value[at]
            number, at = read_varint(value, at + 1, len(value))
            if tag == _TTL:
                return number if number < _NEGATIVE else None
    except Damaged:
        pass
    return None
