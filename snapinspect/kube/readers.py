"""How the content of a field becomes JSON: one reader a field, made once from its schema.

A reader is called as ``reader(data, at, stop, out, context)``: the field's content spans ``at`` to
``stop``, and what it gives goes into ``out``, the JSON object of the message that it belongs to.
A number's reader is called as ``reader(number, out)``. Nested messages are read by ``nested``, the
``read`` of their plan.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from snapinspect.errors import Undecodable
from snapinspect.kube.memo import LARGEST, SMALLEST, Memo
from snapinspect.kube.numbers import text
from snapinspect.kube.varint import read_varint

MAX_DEPTH = 200
"""Nested messages at most. No real object has a tenth of it; the JSON schemas of CRDs come nearest."""


class Context:
    """What one decoding keeps count of: ``unknown`` lists (message, field number) that no schema has."""

    __slots__ = ("depth", "unknown")

    def __init__(self) -> None:
        self.depth = 0
        self.unknown: list[tuple[str, int]] = []


Out = dict[str, Any]
Reader = Callable[[bytes, int, int, Out, Context], None]
NumberReader = Callable[[int, Out], None]
Nested = Callable[[bytes, int, int, Context], Any]
Convert = Callable[[bytes], Any]


def number(name: str, keep_zero: bool, convert: Callable[[int], Any]) -> NumberReader:
    def read(value: int, out: Out) -> None:
        if value or keep_zero:
            out[name] = convert(value)

    return read


def numbers(name: str, convert: Callable[[int], Any]) -> NumberReader:
    def read(value: int, out: Out) -> None:
        out.setdefault(name, []).append(convert(value))

    return read


def packed(name: str, convert: Callable[[int], Any]) -> Reader:
    def read(data: bytes, at: int, stop: int, out: Out, _context: Context) -> None:
        values = out.setdefault(name, [])
        while at < stop:
            value, at = read_varint(data, at, stop)
            values.append(convert(value))

    return read


def string(name: str, keep_zero: bool) -> Reader:
    def read(data: bytes, at: int, stop: int, out: Out, _context: Context) -> None:
        if stop > at or keep_zero:
            try:
                out[name] = data[at:stop].decode()
            except UnicodeDecodeError:
                out[name] = text(data[at:stop])

    return read


def converted(name: str, keep_zero: bool, convert: Convert) -> Reader:
    """A field whose bytes have a JSON form of their own; null is left away."""

    def read(data: bytes, at: int, stop: int, out: Out, _context: Context) -> None:
        if stop > at or keep_zero:
            value = convert(data[at:stop])
            if value is not None:
                out[name] = value

    return read


def embedded(name: str, convert: Convert) -> Reader:
    """A message that holds JSON, which replicas repeat; null is left away."""
    remembered = _remembering(content(convert))

    def read(data: bytes, at: int, stop: int, out: Out, context: Context) -> None:
        value = remembered(data, at, stop, context)
        if value is not None:
            out[name] = value

    return read


def converted_list(name: str, convert: Convert) -> Reader:
    def read(data: bytes, at: int, stop: int, out: Out, _context: Context) -> None:
        value = convert(data[at:stop])
        if name in out:
            out[name].append(value)
        else:
            out[name] = [value]

    return read


def message(name: str, nested: Nested) -> Reader:
    remembered = _remembering(nested)

    def read(data: bytes, at: int, stop: int, out: Out, context: Context) -> None:
        out[name] = remembered(data, at, stop, context)

    return read


def message_list(name: str, nested: Nested) -> Reader:
    remembered = _remembering(nested)

    def read(data: bytes, at: int, stop: int, out: Out, context: Context) -> None:
        value = remembered(data, at, stop, context)
        if name in out:
            out[name].append(value)
        else:
            out[name] = [value]

    return read


def inlined(nested: Nested) -> Reader:
    """A message whose fields stand in the JSON of the one around it, as embedded Go structs do."""

    def read(data: bytes, at: int, stop: int, out: Out, context: Context) -> None:
        out.update(nested(data, at, stop, context))

    return read


def map_of(name: str, nested: Nested) -> Reader:
    """A protobuf map: each entry is a message of key (1) and value (2)."""

    def read(data: bytes, at: int, stop: int, out: Out, context: Context) -> None:
        key = ""
        value_at = value_stop = at
        while at < stop:
            tag = data[at]
            size, at = read_varint(data, at + 1, stop)
            if at + size > stop or tag not in {0x0A, 0x12}:
                raise Undecodable("a map's entry is not made of a key and a value")
            if tag == 0x0A:
                key = text(data[at : at + size])
            else:
                value_at, value_stop = at, at + size
            at += size
        value = nested(data, value_at, value_stop, context)
        if name in out:
            out[name][key] = value
        else:
            out[name] = {key: value}

    return read


def content(convert: Convert) -> Nested:
    """A map's values that are no messages to look into, read as ``nested`` would be."""

    def read(data: bytes, at: int, stop: int, _context: Context) -> Any:
        return convert(data[at:stop])

    return read


def _remembering(nested: Nested) -> Nested:
    """``nested``, but bytes that were met before give what they gave then."""
    memo = Memo()
    known = memo.get

    def read(data: bytes, at: int, stop: int, context: Context) -> Any:
        if not SMALLEST <= stop - at <= LARGEST:
            return nested(data, at, stop, context)
        if memo.resting:
            memo.resting -= 1
            return nested(data, at, stop, context)
        raw = data[at:stop]
        value = known(raw)
        if value is None:
            unknown_before = len(context.unknown)
            value = nested(data, at, stop, context)
            # What the schema lacks must be reported each time, so it is not remembered.
            if len(context.unknown) == unknown_before:
                memo.put(raw, value)
        return value

    return read
