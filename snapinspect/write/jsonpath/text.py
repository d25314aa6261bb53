"""Values as Go writes them: plain ones as themselves, lists and mappings as JSON or in Go's own way."""

from __future__ import annotations

import json
import math
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from snapinspect.model import Number
from snapinspect.write.nested import Nested, written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_FIRST_WITH_EXPONENT = 1e21
_TEXT_LEAST, _JSON_LEAST = 1e-4, 1e-6
_HTML = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"})


def json_text(value: Any) -> str:
    """What ``-o jsonpath`` prints: a text as it is, else JSON as Go's ``encoding/json`` has it, keys sorted."""
    if isinstance(value, str):
        return value
    if isinstance(value, float | Number):
        return _float(value, _TEXT_LEAST)
    return _json_leaf(value) or written(Nested(value), _json_pieces)


def go_text(value: Any) -> str:
    """What custom columns print: Go's ``%v``, which writes ``map[a:1]``, ``[1 2]`` and ``<nil>``."""
    return written(Nested(value), _go_pieces) if isinstance(value, dict | list) else _go_leaf(value)


def _go_pieces(nested: Nested) -> Iterator[str | Nested]:
    value = nested.value
    opening = "map[" if isinstance(value, dict) else "["
    for label, item in _labelled(value, "{}:".format):
        yield opening + label
        yield Nested(item) if isinstance(item, dict | list) else _go_leaf(item)
        opening = " "
    yield "]" if value else opening + "]"


def _go_leaf(value: Any) -> str:
    return "<nil>" if value is None else json_text(value)


def _json_pieces(nested: Nested) -> Iterator[str | Nested]:
    value = nested.value
    opening, end = "{}" if isinstance(value, dict) else "[]"
    for label, item in _labelled(value, lambda key: f"{_quoted(key)}:"):
        yield opening + label
        yield _json_leaf(item) or Nested(item)
        opening = ","
    yield end if value else opening + end


def _json_leaf(value: Any) -> str | None:
    """The text of what does not nest; None of what does."""
    if isinstance(value, dict | list):
        return None
    if isinstance(value, str):
        return _quoted(value)
    return _float(value, _JSON_LEAST) if isinstance(value, float | Number) else json.dumps(value)


def _labelled(value: Any, label: Callable[[str], str]) -> Iterator[tuple[str, Any]]:
    """The items of a mapping, by sorted keys, or of a list, each with what stands before it."""
    if isinstance(value, dict):
        return ((label(key), value[key]) for key in sorted(value))
    return (("", item) for item in value)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).translate(_HTML)


def _float(value: float | Number, least: float) -> str:
    """The shortest digits that mean this number; with an exponent from 1e21 on, and below ``least``."""
    number = float(value.text) if isinstance(value, Number) else value
    if not math.isfinite(number):
        return str(number)
    exact = Decimal(repr(number)).normalize()
    if number and not least <= abs(number) < _FIRST_WITH_EXPONENT:
        return _with_exponent(exact, least)
    return format(exact, "f")


def _with_exponent(exact: Decimal, least: float) -> str:
    sign, digits, shift = exact.as_tuple()
    power = int(shift) + len(digits) - 1
    fraction = "".join(map(str, digits[1:]))
    # JSON's writer drops the zero of e-07, which formatting keeps.
    exponent = f"-{-power}" if power < 0 and least == _JSON_LEAST else f"{power:+03}"
    return f"{'-' if sign else ''}{digits[0]}{'.' if fraction else ''}{fraction}e{exponent}"
