"""Protobuf without its schema: field numbers and best-effort types, for values of unknown kinds.

Source: https://protobuf.dev/programming-guides/encoding. What comes out has neither ``apiVersion`` nor
``kind`` of its own, so that it cannot be applied by mistake.
"""

from __future__ import annotations

import math
import struct
from typing import TYPE_CHECKING, NamedTuple

from snapinspect.errors import Undecodable
from snapinspect.kube.envelope import PROTOBUF, open_envelope
from snapinspect.kube.varint import read_varint
from snapinspect.protobuf import signed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from snapinspect.model import Body, Buffer

MAX_DEPTH = 64
MAX_FIELDS = 100_000

VARINT, FIXED64, BYTES, GROUP, GROUP_END, FIXED32 = range(6)

_LAST_NUMBER = (1 << 29) - 1
_FIXED = {FIXED64: 8, FIXED32: 4}
_LINE_BREAKS = str.maketrans("", "", "\t\n\r")


class Field(NamedTuple):
    """One field as it stands: a number for ``VARINT``, bytes for all other wire types."""

    number: int
    wire_type: int
    value: int | bytes


def scan(data: bytes) -> Iterator[Field]:
    """The fields of one message in order, nested ones not opened. Raises Undecodable."""
    at, end = 0, len(data)
    while at < end:
        number, wire_type, at = _tag(data, at)
        if wire_type == GROUP:
            start = at
            inner_end, at = _group_end(data, at, number)
            yield Field(number, GROUP, data[start:inner_end])
        else:
            value, at = _value(data, at, wire_type)
            yield Field(number, wire_type, value)


def _tag(data: bytes, at: int) -> tuple[int, int, int]:
    tag, after = read_varint(data, at, len(data))
    if not 0 < tag >> 3 <= _LAST_NUMBER:
        raise Undecodable(f"at byte {at} stands a field number that protobuf does not have")
    return tag >> 3, tag & 7, after


def _value(data: bytes, at: int, wire_type: int) -> tuple[int | bytes, int]:
    if wire_type == VARINT:
        return read_varint(data, at, len(data))
    if wire_type == BYTES:
        size, at = read_varint(data, at, len(data))
    elif wire_type in _FIXED:
        size = _FIXED[wire_type]
    else:
        raise Undecodable(f"at byte {at} stands a wire type that protobuf does not have")
    if at + size > len(data):
        raise Undecodable(f"the field at byte {at} reaches beyond its message")
    return data[at : at + size], at + size


def _group_end(data: bytes, at: int, number: int) -> tuple[int, int]:
    """Where a group's content ends, and the offset after its end mark."""
    groups = [number]
    while True:
        start = at
        found, wire_type, at = _tag(data, at)
        if wire_type == GROUP:
            groups.append(found)
            if len(groups) > MAX_DEPTH:
                raise Undecodable(f"groups nest deeper than {MAX_DEPTH} levels")
        elif wire_type != GROUP_END:
            _, at = _value(data, at, wire_type)
        elif groups.pop() != found:
            raise Undecodable(f"at byte {start} a group ends that was not begun")
        elif not groups:
            return start, at


def fields(data: Buffer) -> list[Body]:
    """A message's fields, made for reading: ``[{"field": 1, "type": "string", "value": "web"}, …]``.

    Types: ``varint`` (with ``signed`` when negative as two's complement), ``fixed32`` and ``fixed64``
    (with ``float`` when finite), ``string``, ``message`` and ``group`` (with ``fields``), ``bytes`` (hex).
    Whether bytes are text, a message or neither is a guess: protobuf does not say. Raises Undecodable when
    ``data`` is no message or has more than ``MAX_FIELDS`` fields.
    """
    return _Guess().message(bytes(data), MAX_DEPTH)


class _Guess:
    """One reading of a value; counts its fields, so that a small value cannot become a huge answer."""

    def __init__(self) -> None:
        self.left = MAX_FIELDS

    def message(self, data: bytes, depth: int) -> list[Body]:
        found = []
        for field in scan(data):
            self.left -= 1
            if self.left < 0:
                raise Undecodable(f"it has more than {MAX_FIELDS} fields")
            found.append(field)
        return [{"field": field.number, **self.field(field, depth)} for field in found]

    def field(self, field: Field, depth: int) -> Body:
        if isinstance(field.value, int):
            return _varint(field.value)
        if field.wire_type in _FIXED:
            return _fixed(field.value)
        if field.wire_type == GROUP:
            return {"type": "group", "fields": self.message(field.value, depth - 1)}
        return self.content(field.value, depth - 1)

    def content(self, data: bytes, depth: int) -> Body:
        text = _text(data)
        if text is not None and text.isprintable():
            return {"type": "string", "value": text}
        nested = self.nested(data, depth)
        if nested is not None:
            return {"type": "message", "fields": nested}
        # Text of several lines comes last: a message's first tag often reads as a line break.
        if text is not None and text.translate(_LINE_BREAKS).isprintable():
            return {"type": "string", "value": text}
        return {"type": "bytes", "value": data.hex()}

    def nested(self, data: bytes, depth: int) -> list[Body] | None:
        if depth <= 0:
            return None
        try:
            return self.message(data, depth)
        except Undecodable:
            return None


def _varint(value: int) -> Body:
    negative = {"signed": signed(value)} if signed(value) < 0 else {}
    return {"type": "varint", "value": value, **negative}


def _fixed(data: bytes) -> Body:
    (number,) = struct.unpack("<d" if len(data) == 8 else "<f", data)
    as_float = {"float": number} if math.isfinite(number) else {}
    return {"type": f"fixed{len(data) * 8}", "value": int.from_bytes(data, "little"), **as_float}


def _text(data: bytes) -> str | None:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None


def outline(stored: Buffer) -> Body:
    """A stored value's fields as ``fields`` gives them, with what its envelope says of its kind.

    ``{"undecoded": "protobuf", "typeMeta": {"apiVersion": …, "kind": …}, "fields": […]}``; ``typeMeta`` is
    absent when there is no envelope. Raises Undecodable when it is no protobuf.
    """
    value = bytes(stored)
    if not value.startswith(PROTOBUF):
        return {"undecoded": "protobuf", "fields": fields(value)}
    api_version, kind, start, end = open_envelope(value)
    type_meta = {"apiVersion": api_version, "kind": kind}
    return {"undecoded": "protobuf", "typeMeta": type_meta, "fields": fields(value[start:end])}
