"""Label selectors, with kubectl's grammar and meaning.

Source: k8s.io/apimachinery ``pkg/labels/selector.go`` for lexer, parser and matching, and
``pkg/util/validation`` for what a label's key and value may be.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from snapinspect.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

_TOKEN = re.compile(r"[ \t\r\n]*(?:(==|!=|[=!(),<>])|([^ \t\r\n=!(),<>]+))")
_NAME = r"[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
_VALUE = re.compile(f"(?:{_NAME})?")
_KEY = re.compile(f"(?:(?P<prefix>[^/]+)/)?{_NAME}")
_SUBDOMAIN = re.compile(r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*")
_INTEGER = re.compile(r"([+-]?)0*([0-9]{1,19})")
_INT64 = range(-(2**63), 2**63)
_BINARY = ("=", "==", "!=", "in", "notin", "<", ">")
_END = ""


@dataclass(frozen=True, slots=True)
class Requirement:
    """One condition; ``operator`` is ``in``, ``notin``, ``exists``, ``!``, ``<`` or ``>``."""

    key: str
    operator: str
    values: tuple[str, ...] = ()

    def matches(self, labels: Mapping[str, Any]) -> bool:
        present = self.key in labels
        value = labels.get(self.key)
        match self.operator:
            case "in":
                return present and value in self.values
            case "notin":
                return not present or value not in self.values
            case "exists":
                return present
            case "!":
                return not present
        bound, number = _int64(self.values[0]), _int64(value)
        if bound is None or number is None:
            return False
        return number > bound if self.operator == ">" else number < bound


@dataclass(frozen=True, slots=True)
class LabelSelector:
    """Requirements that all must hold; without any, everything matches."""

    text: str
    requirements: tuple[Requirement, ...]

    @classmethod
    def parse(cls, text: str) -> LabelSelector:
        """Raises UsageError for what kubectl would not accept either."""
        return cls(text, tuple(_Parser(text).requirements()))

    def matches(self, labels: Mapping[str, Any] | None) -> bool:
        present = labels or {}
        return all(requirement.matches(present) for requirement in self.requirements)


class _Parser:
    """Recursive descent over the tokens. ``in`` and ``notin`` are operators only where one is due."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = [*_tokens(text), _END]
        self._at = 0

    def requirements(self) -> list[Requirement]:
        found: list[Requirement] = []
        if self._peek() == _END:
            return found
        while True:
            found.append(self._requirement())
            separator = self._next()
            if separator == _END:
                return found
            if separator != ",":
                self._fail(separator, "a comma or the end")

    def _requirement(self) -> Requirement:
        absent = self._peek() == "!"
        if absent:
            self._next()
        key = self._key()
        if absent:
            return Requirement(key, "!")
        if self._peek() in {_END, ","}:
            return Requirement(key, "exists")
        operator = self._next()
        if operator not in _BINARY:
            self._fail(operator, f"one of {' '.join(_BINARY)}")
        if operator in {"in", "notin"}:
            return Requirement(key, operator, self._values())
        return self._comparison(key, operator)

    def _comparison(self, key: str, operator: str) -> Requirement:
        value = "" if self._peek() in {_END, ","} else self._word("a value")
        self._check_value(value)
        if operator in {"<", ">"}:
            if _int64(value) is None:
                self._fail(value, "an integer")
            return Requirement(key, operator, (value,))
        return Requirement(key, "notin" if operator == "!=" else "in", (value,))

    def _values(self) -> tuple[str, ...]:
        """What stands in parentheses; between two commas, or a comma and a parenthesis, stands ``""``."""
        opening = self._next()
        if opening != "(":
            self._fail(opening, "(")
        values: set[str] = set()
        while True:
            value = "" if self._peek() in {",", ")"} else self._word("a value")
            self._check_value(value)
            values.add(value)
            separator = self._next()
            if separator == ")":
                return tuple(sorted(values))
            if separator != ",":
                self._fail(separator, ", or )")

    def _key(self) -> str:
        key = self._word("a label's key")
        parts = _KEY.fullmatch(key)
        prefix = parts["prefix"] if parts else None
        if not parts or (prefix is not None and not (len(prefix) <= 253 and _SUBDOMAIN.fullmatch(prefix))):
            self._fail(key, "a label's key")
        return key

    def _check_value(self, value: str) -> None:
        if not _VALUE.fullmatch(value):
            self._fail(value, "a label's value (up to 63 letters, digits, - _ and .)")

    def _word(self, expected: str) -> str:
        token = self._next()
        if token == _END or _is_symbol(token):
            self._fail(token, expected)
        return token

    def _peek(self) -> str:
        return self._tokens[self._at]

    def _next(self) -> str:
        token = self._tokens[self._at]
        self._at += token != _END
        return token

    def _fail(self, found: str, expected: str) -> NoReturn:
        what = repr(found) if found else "its end"
        raise UsageError(
            f"the label selector {self._text!r} has {what} where {expected} belongs",
            "selectors look like: app=web,tier!=db,env in (prod,staging),!canary",
        )


def _tokens(text: str) -> list[str]:
    return [symbol or word for symbol, word in _TOKEN.findall(text)]


def _is_symbol(token: str) -> bool:
    return token[0] in "=!(),<>"


def _int64(text: Any) -> int | None:
    """Go's ``strconv.ParseInt(text, 10, 64)``, or None where that fails."""
    digits = _INTEGER.fullmatch(text) if isinstance(text, str) else None
    if digits is None:
        return None
    number = int(digits[1] + digits[2])
    return number if number in _INT64 else None
