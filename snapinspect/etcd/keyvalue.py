"""etcd's records: ``mvccpb.KeyValue`` under a revision.

Sources: go.etcd.io/etcd ``api/mvccpb/kv.proto``, ``server/storage/mvcc/revision.go``.
"""

from __future__ import annotations

import re
from struct import Struct
from typing import Final, NamedTuple

from snapinspect.errors import Damaged
from snapinspect.model import Data, Record, Revision
from snapinspect.protobuf import VARINT, framed, packed, whole

REVISION = Struct(">qcq")
"""Main revision, ``_``, sub revision; big-endian, so that bytes sort as revisions do."""
TOMBSTONE_MARK = b"t"

_IMPOSSIBLE = 1 << 62
"""No cluster lives so long; what says more is damaged, and numbers beside it would not fit into etcd's 63 bits."""
_MAX_VARINT = 10
_KEY, _CREATE, _MOD, _VERSION, _VALUE, _LEASE = 0x0A, 0x10, 0x18, 0x20, 0x2A, 0x30
_canonical: Final = re.compile(rb"\x10%b\x18%b\x20%b\x2a%b" % ((VARINT,) * 4)).match
"""How etcd writes what follows a record's key, in this order."""
_LEASED = re.compile(rb"\x30%b" % VARINT)
"""What stands behind the value of a record that has a lease."""
_NUMBERS: Final = 44
"""Bytes that the numbers in front of a value take at most."""
_FRONT: Final = 173
"""The same with a key whose length takes one byte."""


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
    # In bytes of its own, as a map is locked anew for each part that is taken out of a match.
    front = data[at : min(at + _FRONT, end)]
    if len(front) > 2 and front[0] == _KEY and front[1] < 0x80:
        key_end = 2 + front[1]
        numbers = _canonical(front, key_end)
        if numbers is not None:
            create, mod, version, size = numbers.groups()
            start = at + numbers.end()
            value_end = start + whole(size)
            lease = lease_between(data, value_end, end)
            if lease is not None:
                return KeyValue(
                    front[2:key_end],
                    whole(create),
                    whole(mod),
                    whole(version),
                    lease,
                    start,
                    value_end,
                )
    return _read_fields(data, at, end)


def lease_between(data: Data, at: int, end: int) -> int | None:
    """The lease that a record's last bytes say, 0 where none are left; None for anything else."""
    if at == end:
        return 0
    if not 2 <= end - at <= 1 + _MAX_VARINT:
        return None
    leased = _LEASED.fullmatch(data[at:end])
    return whole(leased[1]) if leased else None


def find_value(data: Data, at: int, end: int, key_size: int) -> tuple[int, int]:
    """Where the value lies in the KeyValue that spans ``at`` to ``end`` and whose key has ``key_size`` bytes."""
    if key_size < 0x80:
        key_end = at + 2 + key_size
        # As in ``read_keyvalue``.
        numbers = _canonical(data[key_end : min(key_end + _NUMBERS, end)])
        if numbers is not None:
            start = key_end + numbers.end()
            value_end = start + whole(numbers[4])
            if value_end == end or lease_between(data, value_end, end) is not None:
                return start, value_end
    kv = _read_fields(data, at, end)
    return kv.start, kv.end


def value_in(data: Data, front: bytes, at: int, end: int) -> tuple[int, int] | None:
    """Where in ``front`` the value of a record begins, and its size; None where the record is written otherwise than by etcd.

    ``front`` is cut out of ``data`` at offset ``at``, behind the key of the record that ends at ``end``.
    """
    numbers = _canonical(front)
    if numbers is None:
        return None
    start = numbers.end()
    size = whole(numbers[4])
    value_end = at + start + size
    return (start, size) if value_end == end or lease_between(data, value_end, end) is not None else None


def _read_fields(data: Data, at: int, end: int) -> KeyValue:
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
    size = REVISION.size
    if len(raw) >= size and raw[8:9] == b"_" and (len(raw) == size or raw[size:] == TOMBSTONE_MARK):
        main, _, sub = REVISION.unpack_from(raw)
        return Revision(main, sub), len(raw) > size
    raise Damaged(f"{raw.hex()} is no revision, which every key of the `key` bucket must be")


def parse_compaction(raw: bytes) -> int:
    """The main revision to which compaction came, as the ``meta`` bucket tells it. Raises Damaged for one that cannot be."""
    main = parse_revision(raw)[0].main
    if not 0 <= main < _IMPOSSIBLE:
        raise Damaged(f"compaction cannot have come to revision {main}")
    return main


def pack_revision(revision: Revision) -> bytes:
    return REVISION.pack(revision.main, b"_", revision.sub)


def pack_key(revision: Revision, *, tombstone: bool = False) -> bytes:
    """The key of a record in the ``key`` bucket."""
    return pack_revision(revision) + TOMBSTONE_MARK if tombstone else pack_revision(revision)


def pack_keyvalue(record: Record) -> bytes:
    """The ``mvccpb.KeyValue`` of a record as etcd writes it: in the order of the fields, without those that are zero."""
    parts = [_bytes_field(_KEY, record.key)]
    if not record.tombstone:
        numbers = ((_CREATE, record.create_revision), (_MOD, record.revision.main), (_VERSION, record.version))
        parts += [_number_field(tag, number) for tag, number in numbers]
        parts += [_bytes_field(_VALUE, bytes(record.value)), _number_field(_LEASE, record.lease)]
    return b"".join(parts)


def _number_field(tag: int, number: int) -> bytes:
    return bytes((tag,)) + packed(number) if number else b""


def _bytes_field(tag: int, content: bytes) -> bytes:
    return framed(tag, content) if content else b""
