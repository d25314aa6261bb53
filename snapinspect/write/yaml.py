"""Kubernetes objects as YAML, in the shape in which kubectl and people write manifests.

Two spaces of indentation, sequences on the column of their key, multi-line strings as literal
blocks, nothing folded. An object becomes text in one walk that appends to one list; how a key or a
short string looks at an indentation is kept in bounded tables, as the objects of a cluster repeat both.
"""

from __future__ import annotations

from typing import Any

from snapinspect.errors import OutputError
from snapinspect.model import Body, Shared
from snapinspect.write import json
from snapinspect.write.numbers import yaml_number
from snapinspect.write.scalars import key_text, string_text

MAX_LEVELS = 200
"""Deepest indentation written; two calls a level at most keep this below Python's recursion limit."""

_CACHE_ENTRIES = 8192
_CACHE_LENGTH = 96
FIRST_FIELDS = ("apiVersion", "kind", "metadata")
FIRST_METADATA = ("name", "namespace", "labels", "annotations")


def dump(body: Body) -> str:
    """One object as one YAML document: no ``---`` before it, a newline at its end.

    One that is nested deeper than ``MAX_LEVELS`` is JSON on one line, which is YAML's flow style and needs no
    indentation. Raises OutputError for a number that JSON lacks.
    """
    if not body:
        return "{}\n"
    parts: list[str] = []
    ordered = in_reading_order(body)
    try:
        _mapping(ordered, 0, parts)
    except TooDeep:
        return json.dumps(ordered) + "\n"
    return _joined(parts)


def dump_item(value: Any) -> str:
    """One item of a sequence at the left margin, its fields in the order given; deep ones and errors as of ``dump``."""
    parts: list[str] = []
    try:
        _sequence([value], 0, parts)
    except TooDeep:
        return f"- {json.dumps(value)}\n"
    return _joined(parts)


def _joined(parts: list[str]) -> str:
    parts[0] = parts[0][1:]
    parts.append("\n")
    return "".join(parts)


def in_reading_order(body: Body) -> Body:
    """The object with its fields in the order in which people write and read them."""
    ordered = {field: body[field] for field in FIRST_FIELDS if field in body} | body
    metadata = ordered.get("metadata")
    if isinstance(metadata, dict):
        ordered["metadata"] = {field: metadata[field] for field in FIRST_METADATA if field in metadata} | metadata
    if "status" in ordered:
        ordered["status"] = ordered.pop("status")
    return ordered


class TooDeep(OutputError):
    """Readers of YAML that is indented give up at this depth."""


class Level:
    """What is written at one depth. ``keys`` and ``strings`` are what ``key`` and ``string`` gave before: look there first."""

    __slots__ = ("dash", "indent", "keys", "strings")

    def __init__(self, depth: int) -> None:
        self.indent = "  " * depth
        self.dash = f"\n{self.indent}-"
        self.keys: dict[str, str] = {}
        self.strings: dict[str, str] = {}

    def key(self, text: str) -> str:
        """A key, from the line break before to the colon after."""
        return _kept(self.keys, text, f"\n{self.indent}{key_text(text, self.indent)}:")

    def string(self, text: str) -> str:
        """A value, after the space that parts it from its key or dash."""
        return _kept(self.strings, text, f" {string_text(text, self.indent + '  ')}")


def _kept(known: dict[str, str], text: str, rendered: str) -> str:
    if len(text) <= _CACHE_LENGTH:
        if len(known) >= _CACHE_ENTRIES:
            known.clear()
        known[text] = rendered
    return rendered


_levels = [Level(depth) for depth in range(MAX_LEVELS)]


def level_at(depth: int) -> Level:
    """How things are written at this depth. Raises OutputError where readers give up."""
    if depth >= MAX_LEVELS:
        raise TooDeep(
            f"an object is nested more than {MAX_LEVELS} levels deep, which YAML readers refuse",
            hint="read it with -o json",
        )
    return _levels[depth]


def _mapping(fields: Body, depth: int, parts: list[str]) -> None:
    """Append a mapping that is not empty, each entry from its line break on."""
    level = level_at(depth)
    keys, strings = level.keys, level.strings
    for key, value in fields.items():
        text = keys.get(key)
        parts.append(level.key(key) if text is None else text)
        kind = type(value)
        if kind is str:
            text = strings.get(value)
            parts.append(level.string(value) if text is None else text)
        elif kind is dict:
            # managedFields hold more empty mappings than anything else.
            if value:
                _mapping(value, depth + 1, parts)
            else:
                parts.append(" {}")
        elif kind is list and value:
            _sequence(value, depth, parts)
        elif kind is Shared and value:
            _shared(value, depth + 1, parts)
        else:
            parts.append(leaf(value))


def _sequence(items: list[Any], depth: int, parts: list[str]) -> None:
    """Append a sequence that is not empty. An item that nests begins on the line of its dash."""
    level = level_at(depth)
    dash, strings = level.dash, level.strings
    for item in items:
        kind = type(item)
        if kind is str:
            parts.append(dash)
            text = strings.get(item)
            parts.append(level.string(item) if text is None else text)
        elif item and kind in _NESTED:
            first = len(parts)
            _nested(item, depth + 1, parts)
            parts[first] = f"{dash} {parts[first][len(dash) + 1 :]}"
        else:
            parts.append(dash)
            parts.append(leaf(item))


def dumped(value: Any, depth: int) -> str:
    """What is written behind a key at ``depth``, which is where items of a sequence begin. Raises as ``dump`` does."""
    parts: list[str] = []
    if value and type(value) in _NESTED:
        _nested(value, depth if type(value) is list else depth + 1, parts)
        return "".join(parts)
    if type(value) is not str:
        return leaf(value)
    level = level_at(depth)
    return level.strings.get(value) or level.string(value)


def _shared(fields: Shared, depth: int, parts: list[str]) -> None:
    """Append a mapping that other objects hold too, written once for each depth."""
    text = fields.rendered.get(depth)
    if text is None:
        own: list[str] = []
        _mapping(fields, depth, own)
        text = fields.rendered[depth] = "".join(own)
    parts.append(text)


_NESTED = frozenset((dict, list, Shared))


def _nested(value: Any, depth: int, parts: list[str]) -> None:
    """Append what is not empty, at the depth at which it stands."""
    kind = type(value)
    if kind is dict:
        _mapping(value, depth, parts)
    elif kind is list:
        _sequence(value, depth, parts)
    else:
        _shared(value, depth, parts)


def leaf(value: object) -> str:
    """What is neither a string nor nests, after the space that parts it from its key."""
    if value is True:
        return " true"
    if value is False:
        return " false"
    if value is None:
        return " null"
    if type(value) is int:
        return f" {value}"
    if isinstance(value, dict):
        return " {}"
    if isinstance(value, list):
        return " []"
    return f" {yaml_number(value)}"
