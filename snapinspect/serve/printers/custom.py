"""Cells of custom resources: what lies at the paths that their definition names.

Source: apiextensions-apiserver ``pkg/registry/customresource/tableconvertor/tableconvertor.go``.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from snapinspect.errors import SnapinspectError
from snapinspect.model import Number
from snapinspect.serve.printers.values import UNKNOWN, age, seconds_of, since
from snapinspect.write.jsonpath import parse_relaxed
from snapinspect.write.jsonpath.text import json_text

if TYPE_CHECKING:
    from snapinspect.model import Body
    from snapinspect.serve.offered import Column


def custom_cell(column: Column, body: Body, now: int) -> Any:
    """The first value at the column's path; None where it leads nowhere, or to a value of another type."""
    if not column.path:
        return age(body, now) if column.name == "Age" else None
    try:
        values = [value for found in _path(column.path).find(body) for value in found]
    except SnapinspectError:
        return None
    if not values:
        return None
    if column.type == "string":
        return "<no value>" if values[0] is None else json_text(values[0])
    typed = _TYPED.get(column.type)
    return typed(values[0], now) if typed else None


@lru_cache(maxsize=256)
def _path(text: str) -> Any:
    return parse_relaxed(text)


def _integer(value: Any, _now: int) -> Any:
    number = _number(value, 0)
    return number if number is None or isinstance(number, int) else int(number)


def _number(value: Any, _now: int) -> Any:
    if isinstance(value, Number):
        return float(value.text)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _boolean(value: Any, _now: int) -> Any:
    return value if isinstance(value, bool) else None


def _date(value: Any, now: int) -> Any:
    if not isinstance(value, str):
        return None
    if value in {"", "null"}:
        return UNKNOWN
    return "<invalid>" if seconds_of(value) is None else since(value, now)


_TYPED = {"integer": _integer, "number": _number, "boolean": _boolean, "date": _date}
