"""A stored value's YAML straight from its protobuf, without the object that is otherwise made in between.

The loop that reads any message (``kube.readers``) reads it by a table whose slots give text: a field's name is its key as it
stands at that depth, its value the lines behind it. So what replicas repeat byte for byte is remembered as it is written.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from snapinspect.kube import readers
from snapinspect.kube.envelope import PROTOBUF, open_envelope
from snapinspect.kube.numbers import text
from snapinspect.kube.plans import plan_for
from snapinspect.kube.readers import Plan, Slot
from snapinspect.kube.schema import message_for
from snapinspect.write.scalars import is_surely_plain, string_text
from snapinspect.write.yaml import FIRST_FIELDS, FIRST_METADATA, dumped, leaf, level_at

_SHORTEST = 2
"""Bytes from which on looking up what they gave before is quicker than writing it anew."""


class _Unsure(Exception):
    """Whoever makes the object knows what is to be written, or what is wrong with it."""


def yaml_of(stored: bytes, revision: int) -> str | None:
    """What ``yaml.dump`` writes of the object in a stored value, with its resourceVersion.

    None where it has to be made for that: in another encoding, encrypted, damaged, of no known kind, nested too deep, with a
    field that no schema has or a message whose JSON is not the object of its fields.
    """
    if not stored.startswith(PROTOBUF):
        return None
    try:
        return _text(*_fields(stored), revision)
    except Exception:  # noqa: BLE001 - of this one value; who makes the object meets it again, and says what it is
        return None


def _fields(stored: bytes) -> tuple[str, str, dict[str, Any]]:
    """``apiVersion``, ``kind``, and the other fields by their keys as they are written."""
    api_version, kind, start, end = open_envelope(stored)
    message = message_for(api_version, kind)
    if message is None:
        raise _Unsure
    fields, unknown = _object(message).read_whole(stored, start, end)
    if unknown:
        raise _Unsure
    return api_version, kind, fields


def _text(api_version: str, kind: str, fields: dict[str, Any], revision: int) -> str:
    top, inner = level_at(0), level_at(1)
    metadata = fields[_METADATA] | {inner.key("resourceVersion"): inner.string(str(revision))}
    fields = {top.key("apiVersion"): top.string(api_version), top.key("kind"): top.string(kind)} | fields
    fields[_METADATA] = _lines(1, {key: metadata[key] for key in _FIRST_METADATA if key in metadata} | metadata)
    ordered = {key: fields[key] for key in _FIRST_FIELDS if key in fields} | fields
    if _STATUS in ordered:
        ordered[_STATUS] = ordered.pop(_STATUS)
    return _lines(0, ordered)[1:] + "\n"


_FIRST_FIELDS = [level_at(0).key(field) for field in FIRST_FIELDS]
_FIRST_METADATA = [level_at(1).key(field) for field in FIRST_METADATA]
_METADATA, _STATUS = level_at(0).key("metadata"), level_at(0).key("status")

_objects: dict[str, Plan] = {}
_plans: dict[tuple[str, int, bool], Plan] = {}


def _object(message: str) -> Plan:
    """Gives an object's fields, and those of its metadata, by their keys as they are written: their order is another."""
    plan = _objects.get(message)
    if plan is None:
        plan = _objects[message] = Plan(message, None, partial(_fields_of_object, message))
    return plan


def _fields_of_object(message: str) -> dict[int, Slot]:
    plan = plan_for(message)
    slots = _slots(plan, 0)
    for tag, slot in plan.slots().items():
        if slot.name == "metadata" and slot.plan is not None:
            slots[tag] = Slot(slot.code, _METADATA, plan=_unjoined(slot.plan, 1))
    return slots


def _unjoined(plan: Plan, depth: int) -> Plan:
    """Gives the fields of a message by their keys as they are written at ``depth``, each with what is written behind."""
    return Plan(plan.name, None, partial(_slots, plan, depth))


def _written(plan: Plan, depth: int, *, is_item: bool = False) -> Plan:
    """Gives the lines of a message, or of an item of a list."""
    known = _plans.get((plan.name, depth, is_item))
    if known is None:
        write = partial(_item_lines if is_item else _lines, depth)
        known = _plans[plan.name, depth, is_item] = Plan(plan.name, write, partial(_slots, plan, depth))
    return known


def _slots(plan: Plan, depth: int) -> dict[int, Slot]:
    if plan.reshape is not None:
        raise _Unsure
    return {tag: _slot(slot, depth) for tag, slot in plan.slots().items()}


def _slot(slot: Slot, depth: int) -> Slot:
    """The field as it is written at ``depth``."""
    key, code, plan = level_at(depth).key(slot.name), slot.code, slot.plan
    if plan is not None:
        if code == readers.INLINE:
            return Slot(code, "", plan=_unjoined(plan, depth))
        inside = _written(plan, depth + 1 + (code == readers.MAP), is_item=code == readers.MESSAGES)
        return Slot(code, key, plan=inside, smallest=_SHORTEST)
    if code == readers.MAP:
        return Slot(code, key, convert=partial(_value, slot.convert, depth + 1))
    if code == readers.VALUES:
        return Slot(readers.MESSAGES, key, convert=partial(_item, slot.convert, depth), smallest=_SHORTEST)
    if code in {readers.STRING, readers.VALUE, readers.EMBEDDED}:
        convert = partial(_string if code == readers.STRING else _value, slot.convert, depth)
        return Slot(
            readers.TEXT, key, keep_zero=slot.keep_zero or code == readers.EMBEDDED, convert=convert, smallest=_SHORTEST
        )
    return Slot(code, key, keep_zero=slot.keep_zero, convert=slot.convert)


def _string(_convert: Callable[[bytes], str], depth: int, raw: bytes) -> str:
    # What repeats is remembered with its field.
    return f" {raw.decode()}" if is_surely_plain(raw) else f" {string_text(text(raw), level_at(depth + 1).indent)}"


def _value(convert: Callable[[bytes], Any], depth: int, raw: bytes) -> str | None:
    value = convert(raw)
    return None if value is None else dumped(value, depth)


def _item(convert: Callable[[bytes], Any], depth: int, raw: bytes) -> str:
    return dumped([convert(raw)], depth)


def _lines(depth: int, fields: dict[str, Any]) -> str:
    """What is written behind the key of a mapping, of whose fields each is text, a number, a list of them or a map of texts."""
    if not fields:
        return " {}"
    parts: list[str] = []
    for key, value in fields.items():
        parts.append(key)
        if type(value) is str:
            parts.append(value)
        elif type(value) is list:
            dash = level_at(depth).dash
            parts += [item if type(item) is str else f"{dash}{leaf(item)}" for item in value]
        elif isinstance(value, dict):
            inner = level_at(depth + 1)
            for name, behind in value.items():
                parts.append(inner.keys.get(name) or inner.key(name))
                parts.append(behind)
        else:
            parts.append(leaf(value))
    return "".join(parts)


def _item_lines(depth: int, fields: dict[str, Any]) -> str:
    """The same as an item of the list one level up, from its line break on: it begins on the line of its dash."""
    dash, lines = level_at(depth - 1).dash, _lines(depth, fields)
    return f"{dash} {lines[len(dash) + 1 :]}" if fields else f"{dash}{lines}"
