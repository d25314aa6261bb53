"""How each message is read: its schema turned into readers by wire tag.

A plan is made when its message is first met, so that a command pays for the kinds that it reads.
The wire format is protobuf's own; which value takes which JSON form follows the Go types.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from snapinspect.errors import Undecodable
from snapinspect.kube import forms, readers, schema
from snapinspect.kube.numbers import text
from snapinspect.kube.readers import Context, NumberReader, Reader
from snapinspect.kube.varint import read_varint, signed

VARINT, FIXED64, LENGTH = 0, 1, 2
"""Wire types of protobuf, the low three bits of a tag."""
_DOUBLE_SIZE = 8


class Plan:
    """Reads one message. ``reshape`` makes the message's own JSON form out of its fields, if it has one."""

    __slots__ = ("_message", "_numbers", "_readers", "name", "reshape")

    def __init__(self, message: schema.Message) -> None:
        self.name = message.name
        self.reshape = forms.RESHAPED.get(_form(message))
        self._message = message
        self._readers: dict[int, Reader] | None = None
        self._numbers: dict[int, NumberReader] = {}

    def read(self, data: bytes, at: int, end: int, context: Context) -> Any:
        """The JSON form of the message that spans ``at`` to ``end``; the hot loop of the program."""
        find_reader = (self._readers or self._prepare()).get
        find_number = self._numbers.get
        out: dict[str, Any] = {}
        context.depth += 1
        if context.depth > readers.MAX_DEPTH:
            raise Undecodable(f"messages are nested more than {readers.MAX_DEPTH} deep")
        while at < end:
            tag = data[at]
            at += 1
            if tag >= 0x80:
                tag, at = read_varint(data, at - 1, end)
            wire = tag & 7
            if wire == FIXED64:
                at = self._double(data, at, end, tag, out, context)
                continue
            if wire != LENGTH and wire != VARINT:
                raise Undecodable(f"a field has the wire type {wire}, which Kubernetes does not use")
            if at >= end:
                raise Undecodable("a field is cut off")
            count = data[at]
            at += 1
            if count >= 0x80:
                count, at = read_varint(data, at - 1, end)
            if wire == LENGTH:
                stop = at + count
                if stop > end:
                    raise Undecodable("a field reaches beyond its message")
                reader = find_reader(tag)
                if reader is None:
                    context.unknown.append((self.name, tag >> 3))
                else:
                    reader(data, at, stop, out, context)
                at = stop
            else:
                put = find_number(tag)
                if put is None:
                    context.unknown.append((self.name, tag >> 3))
                else:
                    put(count, out)
        context.depth -= 1
        return self.reshape(out) if self.reshape else out

    def _double(self, data: bytes, at: int, end: int, tag: int, out: dict[str, Any], context: Context) -> int:
        stop = at + _DOUBLE_SIZE
        if stop > end:
            raise Undecodable("a number is cut off")
        reader = self._prepare().get(tag)
        if reader is None:
            context.unknown.append((self.name, tag >> 3))
        else:
            reader(data, at, stop, out, context)
        return stop

    def _prepare(self) -> dict[int, Reader]:
        if self._readers is None:
            self._readers = {}
            for field in self._message.fields:
                self._add(field, self._readers)
        return self._readers

    def _add(self, field: schema.Field, by_tag: dict[int, Reader]) -> None:
        tag = field.number << 3
        if field.label != "map" and field.type in _NUMBERS:
            convert = _NUMBERS[field.type]
            if field.label == "repeated":
                self._numbers[tag | VARINT] = readers.numbers(field.json, convert)
                by_tag[tag | LENGTH] = readers.packed(field.json, convert)
            else:
                self._numbers[tag | VARINT] = readers.number(field.json, field.keep_zero, convert)
        elif field.type == "double":
            by_tag[tag | FIXED64] = readers.converted(field.json, field.keep_zero, forms.double)
        else:
            by_tag[tag | LENGTH] = _reader(field)


def _form(message: schema.Message) -> str:
    """The form by which ``forms`` knows the message: what stands for an empty list is not what stands for an empty map."""
    return "fields" if message.form == "items" and message.fields[0].label == "map" else message.form


_plans: dict[str, Plan] = {}


def plan_for(name: str) -> Plan:
    """The plan of the message with this full name."""
    plan = _plans.get(name)
    if plan is None:
        plan = _plans[name] = Plan(schema.message(name))
    return plan


def _reader(field: schema.Field) -> Reader:
    convert = _conversion(field)
    repeated = field.label == "repeated"
    if field.label == "map":
        nested = readers.content(convert) if convert else plan_for(_message_of(field)).read
        return readers.map_of(field.json, nested)
    if convert is None:
        nested = plan_for(_message_of(field)).read
        if field.inline:
            return readers.inlined(nested)
        return readers.message_list(field.json, nested) if repeated else readers.message(field.json, nested)
    if repeated:
        return readers.converted_list(field.json, convert)
    if convert is forms.embedded_json:
        return readers.embedded(field.json, convert)
    if field.type == "string":
        return readers.string(field.json, field.keep_zero)
    return readers.converted(field.json, field.keep_zero or field.type == "message", convert)


def _conversion(field: schema.Field) -> Callable[[bytes], Any] | None:
    """What makes JSON of the field's bytes, or None for a message to look into."""
    kind = field.value_type if field.label == "map" else field.type
    if kind == "message":
        return forms.CONVERTED.get(schema.message(_message_of(field)).form)
    return forms.base64 if kind == "bytes" else text


def _message_of(field: schema.Field) -> str:
    assert field.message is not None, field.name
    return field.message


def _int32(value: int) -> int:
    value &= 0xFFFFFFFF
    return value - (1 << 32) if value >= 1 << 31 else value


def _uint32(value: int) -> int:
    return value & 0xFFFFFFFF


_NUMBERS: dict[str, Callable[[int], Any]] = {
    "bool": bool,
    "int32": _int32,
    "int64": signed,
    "uint32": _uint32,
}
