"""etcd's records: ``mvccpb.KeyValue`` under a revision.

Sources: go.etcd.io/etcd ``api/mvccpb/kv.proto``, ``server/storage/mvcc/revision.go``.
"""

from __future__ import annotations

from struct import Struct
from typing import NamedTuple

from snapinspect.errors import Damaged
from snapinspect.model import Data, Revision

REVISION = Struct(">qcq")
"""Main revision, ``_``, sub revision; big-endian, so that bytes sort as revisions do."""
TOMBSTONE_MARK = b"t"

_MAX_VARINT = 10
_KEY, _CREATE, _MOD, _VERSION, _VALUE, _LEASE = 0x0A, 0x10, 0x18, 0x20, 0x2A, 0x30


class KeyValue(NamedTuple):
    """A decoded ``mvccpb.KeyValue``; ``start`` and ``end`` are the value's offsets in the file."""

    key: bytes
    create_revision: int
    mod_revision: int
    version: int
    lease: int
    start: int
    end: int


def read_varint(data: Data, at: int, end: int) -> tuple[int, int]:
    """An unsigned protobuf varint at ``at`` and the offset after it."""
    value = shift = 0
    for position in range(at, min(at + _MAX_VARINT, end)):
        byte = data[position]
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & 0xFFFFFFFFFFFFFFFF, position + 1
        shift += 7
    raise Damaged(f"a number at offset {at} is cut off")


def read_key(data: Data, at: int, end: int) -> bytes:
    """Only the etcd key of the KeyValue that spans ``at`` to ``end``: etcd writes it first."""
    if at >= end or data[at] != _KEY:
        raise Damaged(f"the record at offset {at} does not begin with its key")
    size, start = read_varint(data, at + 1, end)
    if start + size > end:
        raise Damaged(f"the key of the record at offset {at} reaches beyond the record")
    return data[start : start + size]


def read_keyvalue(data: Data, at: int, end: int) -> KeyValue:
    """The KeyValue that spans ``at`` to ``end``. Raises Damaged when it is none."""
    key = b""
    create = mod = version = lease = 0
    value_start = value_end = at
    while at < end:
        tag = data[at]
        number = data[at + 1] if at + 1 < end else 0x80
        if number < 0x80:
            at += 2
        else:
            number, at = read_varint(data, at + 1, end)
        if tag == _CREATE:
            create = number
        elif tag == _MOD:
            mod = number
        elif tag == _VERSION:
            version = number
        elif tag == _LEASE:
            lease = number
        elif tag in {_KEY, _VALUE}:
            if at + number > end:
                raise Damaged(f"a field of the record reaches beyond it, at offset {at}")
            if tag == _KEY:
                key = data[at : at + number]
            else:
                value_start, value_end = at, at + number
            at += number
        else:
            raise Damaged(f"a record holds a field that etcd does not write ({tag:#x}, at offset {at})")
    return KeyValue(key, create, mod, version, lease, value_start, value_end)


def parse_revision(raw: bytes) -> tuple[Revision, bool]:
    """The revision that a key of the ``key`` bucket says, and whether it marks a tombstone."""
    if not _is_revision(raw):
        raise Damaged(f"{raw.hex()} is no revision, which every key of the `key` bucket must be")
    main, _, sub = REVISION.unpack_from(raw)
    return Revision(main, sub), len(raw) > REVISION.size


def pack_revision(revision: Revision) -> bytes:
    return REVISION.pack(revision.main, b"_", revision.sub)


def _is_revision(raw: bytes) -> bool:
    size = REVISION.size
    return len(raw) in {size, size + 1} and raw[8:9] == b"_" and raw[size:] in {b"", TOMBSTONE_MARK}
