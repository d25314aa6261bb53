"""A short notation for the shape of JSON, and the JSON Schema that it stands for.

``"text"``, ``"time"`` (RFC 3339), ``"whole"``, ``"number"``, ``"flag"``, ``"null"`` and ``"any"`` are values, ``"a|b"`` one of
these words, with ``?`` behind it or null. ``{"name": ...}`` is an object; a name with ``?`` behind it may be absent, and ``"*"`` stands for any name.
``[shape]`` is a list. ``Told(shape, words)`` says what it means. ``Named(name)`` is the shape of that name in ``SHARED``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

DIALECT = "https://json-schema.org/draft/2020-12/schema"
Shape = Any


class Told(NamedTuple):
    shape: Shape
    words: str


class Named(NamedTuple):
    name: str


class Either(NamedTuple):
    shapes: tuple[Shape, ...]


_VALUES: dict[str, dict[str, Any]] = {
    "text": {"type": "string"},
    "time": {"type": "string", "format": "date-time"},
    "whole": {"type": "integer"},
    "number": {"type": "number"},
    "flag": {"type": "boolean"},
    "null": {"type": "null"},
    "any": {},
}


def described(name: str, shape: Shape, shared: Mapping[str, Shape]) -> dict[str, Any]:
    """The JSON Schema of what the command ``name`` prints. What is not named in it may be added one day."""
    used = {each: _schema(shared[each]) for each in sorted(_named_in(shape, shared))}
    title = f"snapinspect {name}"
    return {"$schema": DIALECT, "title": title, **_schema(shape), **({"$defs": used} if used else {})}


def _schema(shape: Shape) -> dict[str, Any]:
    match shape:
        case Told(inner, words):
            return {"description": words, **_schema(inner)}
        case Named(name):
            return {"$ref": f"#/$defs/{name}"}
        case Either(shapes):
            return {"anyOf": [_schema(each) for each in shapes]}
        case [item]:
            return {"type": "array", "items": _schema(item)}
        case dict():
            return _object(shape)
    return _value(shape)


def _object(fields: dict[str, Shape]) -> dict[str, Any]:
    rest = fields.get("*")
    named = {name.removesuffix("?"): _schema(shape) for name, shape in fields.items() if name != "*"}
    return {
        "type": "object",
        **({"properties": named} if named else {}),
        **({"required": required} if (required := [each for each in fields if each[-1] not in "?*"]) else {}),
        **({"additionalProperties": _schema(rest)} if rest is not None else {}),
    }


def _value(word: str) -> dict[str, Any]:
    plain = word.removesuffix("?")
    found = _VALUES.get(plain, {"enum": plain.split("|")})
    if plain == word:
        return found
    if "enum" in found:
        return {"enum": [*found["enum"], None]}
    return {**found, "type": [found["type"], "null"]}


def _named_in(shape: Shape, shared: Mapping[str, Shape]) -> set[str]:
    """The shapes that this one stands on, directly or by others."""
    found: set[str] = set()
    waiting = [shape]
    while waiting:
        match waiting.pop():
            case Named(name) if name not in found:
                found.add(name)
                waiting.append(shared[name])
            case Told(inner, _):
                waiting.append(inner)
            case Either(shapes):
                waiting.extend(shapes)
            case [item]:
                waiting.append(item)
            case dict() as fields:
                waiting.extend(fields.values())
    return found
