"""The steps of an expression: each takes the values so far to those that come next."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from snapinspect.errors import UsageError
from snapinspect.model import Number

Values = list[Any]

_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
OPERATORS = frozenset(_COMPARISONS)


class Step(Protocol):
    """One step of an expression."""

    def walk(self, values: Values) -> Values:
        """What this step finds in ``values``. Raises UsageError where the data is of another shape than it needs."""


@dataclass(frozen=True, slots=True)
class Constant:
    """A text, number or truth value."""

    value: str | int | float | bool

    def walk(self, values: Values) -> Values:
        return [self.value] if isinstance(self.value, str) else [self.value for _ in values]


@dataclass(frozen=True, slots=True)
class Field:
    """``.name``; what lacks it gives nothing."""

    name: str

    def walk(self, values: Values) -> Values:
        return [value[self.name] for value in values if isinstance(value, dict) and self.name in value]


@dataclass(frozen=True, slots=True)
class Wildcard:
    """``.*``: all that a list or a mapping holds."""

    def walk(self, values: Values) -> Values:
        return [item for value in values for item in _items(value)]


@dataclass(frozen=True, slots=True)
class Descent:
    """``..``: the value and all below it that hold something themselves, each before what it holds."""

    def walk(self, values: Values) -> Values:
        found: Values = []
        ahead = list(reversed(values))
        while ahead:
            value = ahead.pop()
            if value and isinstance(value, dict | list | str):
                found.append(value)
                ahead.extend(reversed(_items(value)))
        return found


@dataclass(frozen=True, slots=True)
class Slice:
    """``[start:end:step]``; ``is_index`` for ``[start]``, which takes one item."""

    start: int | None
    end: int | None
    step: int | None
    is_index: bool = False

    def walk(self, values: Values) -> Values:
        found: Values = []
        for value in values:
            if value is None:
                continue
            if not isinstance(value, list):
                raise UsageError(f"jsonpath: {_type(value)} is not array or slice", "Only a list takes an index.")
            bounds = self._bounds(len(value))
            if bounds is None:
                return found
            found += value[bounds[0] : bounds[1] : self._stride()]
        return found

    def _bounds(self, length: int) -> tuple[int, int] | None:
        """Where the slice begins and ends; None where it holds nothing."""
        start = self.start or 0
        start += length if start < 0 else 0
        if self.is_index:
            end = start + 1
        else:
            end = length if self.end is None else self.end
            end += length if end < 0 else 0
        if start == end:
            return None
        for index, wrong in ((start, not 0 <= start < length), (end - 1, not 0 <= end <= length)):
            if wrong:
                raise UsageError(
                    f"jsonpath: array index out of bounds: index {index}, length {length}",
                    "[*] takes all items, however many there are.",
                )
        if start > end:
            raise UsageError(f"jsonpath: starting index {start} is greater than ending index {end}", "As in [0:2].")
        return start, end

    def _stride(self) -> int:
        if self.step is not None and self.step <= 0:
            raise UsageError("jsonpath: step must be > 0", "As in [0:4:2].")
        return self.step or 1


@dataclass(frozen=True, slots=True)
class Union:
    """``['a','b']``, ``[0,2]``: what each of several expressions finds."""

    branches: tuple[Path, ...]

    def walk(self, values: Values) -> Values:
        return [found for branch in self.branches for found in branch.walk(values)]


@dataclass(frozen=True, slots=True)
class Filter:
    """``[?(left operator right)]``: the items of which it is true; without an operator those that have ``left``."""

    left: Path
    operator: str = ""
    right: Path | None = None

    def walk(self, values: Values) -> Values:
        found: Values = []
        for value in values:
            if not isinstance(value, list):
                raise UsageError(
                    f"jsonpath: {_type(value)} is not array or slice and cannot be filtered", "Only a list takes ?( )."
                )
            found += [item for item in value if self._passes(item)]
        return found

    def _passes(self, item: Any) -> bool:
        lefts = self.left.walk([item])
        if self.right is None:
            return bool(lefts)
        rights = self.right.walk([item])
        if len(lefts) > 1 or len(rights) > 1:
            raise UsageError("jsonpath: can only compare one element at a time", 'As in ?(@.type=="Ready").')
        return bool(lefts and rights) and _compare(self.operator, lefts[0], rights[0])


@dataclass(frozen=True, slots=True)
class Path:
    """Steps, one after the other."""

    steps: tuple[Step, ...]

    def walk(self, values: Values) -> Values:
        for step in self.steps:
            values = step.walk(values)
        return values


def _compare(sign: str, left: Any, right: Any) -> bool:
    """As Go's templates compare: only what is of one basic type, and truth values by equality alone."""
    left, right = _plain(left), _plain(right)
    kinds = _type(left), _type(right)
    if not set(kinds) <= {"bool", "int64", "float64", "string"} or (kinds[0] == "bool" and sign not in {"==", "!="}):
        raise UsageError(f"jsonpath: invalid type for comparison: {kinds[0]} {sign} {kinds[1]}", _COMPARABLE)
    if kinds[0] != kinds[1]:
        raise UsageError(f"jsonpath: incompatible types for comparison: {kinds[0]} {sign} {kinds[1]}", _COMPARABLE)
    return _COMPARISONS[sign](left, right)


_COMPARABLE = 'Texts stand in quotes (?(@.port=="http")), numbers without (?(@.port==80)).'


def _plain(value: Any) -> Any:
    return float(value.text) if isinstance(value, Number) else value


def _items(value: Any) -> Values:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _type(value: Any) -> str:
    """The name of the type that kubectl would hold the value in."""
    names = {str: "string", bool: "bool", int: "int64", float: "float64", Number: "float64", type(None): "null"}
    return names.get(type(value), "map" if isinstance(value, dict) else "list")
