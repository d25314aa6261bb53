"""How each message is read: its schema turned into a table of fields by wire tag.

A plan is made when its message is first met, so that a command pays for the kinds that it reads.
Which value takes which JSON form follows the Go types.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from snapinspect.kube import forms, readers, schema
from snapinspect.kube.numbers import text
from snapinspect.kube.readers import FIXED64, LENGTH, VARINT, Plan, Slot
from snapinspect.protobuf import signed

_plans: dict[str, Plan] = {}


def plan_for(name: str) -> Plan:
    """The plan of the message with this full name."""
    plan = _plans.get(name)
    if plan is None:
        message = schema.message(name)
        reshape = forms.RESHAPED.get(_form(message))
        plan = _plans[name] = Plan(message.name, reshape, partial(_slots, message))
    return plan


def _form(message: schema.Message) -> str:
    """The form by which ``forms`` knows the message: what stands for an empty list is not what stands for an empty map."""
    return "fields" if message.form == "items" and message.fields[0].label == "map" else message.form


def _slots(message: schema.Message) -> dict[int, Slot]:
    """The message's fields by wire tag."""
    by_tag: dict[int, Slot] = {}
    for field in message.fields:
        tag = field.number << 3
        if field.label != "map" and field.type in _NUMBERS:
            by_tag |= _number_slots(field, tag)
        elif field.type == "double":
            by_tag[tag | FIXED64] = Slot(readers.VALUE, field.json, keep_zero=field.keep_zero, convert=forms.double)
        else:
            by_tag[tag | LENGTH] = _slot(field)
    return by_tag


def _number_slots(field: schema.Field, tag: int) -> dict[int, Slot]:
    """A repeated number comes one by one or packed."""
    convert = _NUMBERS[field.type]
    if field.label == "repeated":
        return {
            tag | VARINT: Slot(readers.INTEGERS, field.json, convert=convert),
            tag | LENGTH: Slot(readers.PACKED, field.json, convert=convert),
        }
    code = readers.BOOL if field.type == "bool" else readers.INTEGER
    return {tag | VARINT: Slot(code, field.json, keep_zero=field.keep_zero, convert=convert)}


def _slot(field: schema.Field) -> Slot:
    convert = _conversion(field)
    if convert is None:
        code = readers.INLINE if field.inline and field.label != "map" else _MESSAGES[field.label]
        return Slot(code, field.json, plan=plan_for(_message_of(field)))
    if field.label != "optional":
        return Slot(readers.MAP if field.label == "map" else readers.VALUES, field.json, convert=convert)
    if convert is forms.embedded_json:
        return Slot(readers.EMBEDDED, field.json, convert=convert)
    if field.type == "string":
        return Slot(readers.STRING, field.json, keep_zero=field.keep_zero)
    return Slot(readers.VALUE, field.json, keep_zero=field.keep_zero or field.type == "message", convert=convert)


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


_MESSAGES = {"optional": readers.MESSAGE, "repeated": readers.MESSAGES, "map": readers.MAP}
_NUMBERS: dict[str, Callable[[int], Any]] = {
    "bool": bool,
    "int32": _int32,
    "int64": signed,
    "uint32": _uint32,
}
