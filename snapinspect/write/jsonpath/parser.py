"""From the text of a template to its parts."""

from __future__ import annotations

import re
from typing import NoReturn

from snapinspect.errors import UsageError
from snapinspect.write.jsonpath.quoted import unquoted
from snapinspect.write.jsonpath.steps import (
    OPERATORS,
    Constant,
    Descent,
    Field,
    Filter,
    Path,
    Slice,
    Step,
    Union,
    Wildcard,
)
from snapinspect.write.jsonpath.template import Loop, Template

_DEEPEST = 50
"""Loops and filters in each other; a template that people write has two or three."""
_MOST_DIGITS = 18
"""Digits of an index; Go's takes those that fit 64 bits."""
_FIELD = re.compile(r"(?:\\.|[^\s.,\[\]$@{}\\])*", re.DOTALL)
_WORD = re.compile(r"\w[^\s.,\[\]$@{}]*")
_NUMBER = re.compile(r"[-+]?[0-9.]+")
_QUOTED = re.compile(r"""(["']).*?(?<!\\)\1""")
_ARRAY = re.compile(r"\[([^\]\n]*)\]")
_KEY = re.compile(r"'([^']*)'")
_SLICE = re.compile(r"(-?[0-9]*)(:-?[0-9]*)?(:-?[0-9]*)?")
_COMPARISON = re.compile(r"([^!<>=]+)([!<>=]+)(.+)", re.DOTALL)
_RELAXED = re.compile(r"\{\.?([^{}]+)\}|\.?([^{}]+)")
_EXAMPLES = (
    "As in '{.metadata.name}', '{range .spec.containers[*]}{.image}{\"\\n\"}{end}' or "
    "'{.status.conditions[?(@.type==\"Ready\")].status}'."
)


def parse(text: str) -> Template:
    """The template in ``text``. Raises UsageError naming what is not understood, in kubectl's words."""
    return Template(_Parser(text).template())


def parse_relaxed(text: str) -> Template:
    """One expression, with or without braces and leading dot, as custom columns and ``--sort-by`` take it.

    Raises UsageError as ``parse`` does.
    """
    if text and not _RELAXED.fullmatch(text):
        raise UsageError(
            f"jsonpath {text!r}: unexpected path string",
            "Expected a 'name1.name2', '.name1.name2', '{name1.name2}' or '{.name1.name2}'.",
        )
    bare = text.removeprefix("{").removesuffix("}").removeprefix(".")
    return parse(f"{{.{bare}}}") if text else Template(())


class _Parser:
    """Reads from left to right; ``whole`` is what errors quote when only a part of it is read here."""

    def __init__(self, text: str, whole: str | None = None, depth: int = 0) -> None:
        self._text = text
        self._at = 0
        self._whole = text if whole is None else whole
        self._depth = depth
        if depth > _DEEPEST:
            self._fail("it is nested too deeply")

    def template(self) -> tuple[str | Path | Loop, ...]:
        """Parts up to the end of the text; loops that are never ended end there."""
        open_loops: list[tuple[Path, list[str | Path | Loop]]] = [(Path(()), [])]
        while self._at < len(self._text):
            if not self._text.startswith("{", self._at):
                open_loops[-1][1].append(self._literal())
                continue
            self._at += 1
            keyword, path = self.action()
            if keyword == "range":
                open_loops.append((path, []))
                if len(open_loops) > _DEEPEST:
                    self._fail("it is nested too deeply")
            elif keyword == "end":
                if len(open_loops) == 1:
                    self._fail("not in range, nothing to end")
                self._end(open_loops)
            else:
                open_loops[-1][1].append(path)
        while len(open_loops) > 1:
            self._end(open_loops)
        return tuple(open_loops[0][1])

    def action(self) -> tuple[str, Path]:
        """What stands in braces, whose opening one was read: the word ``range`` or ``end`` in it, and its steps."""
        steps: list[Step] = []
        keyword = ""
        while not self._took("}"):
            word = self._word()
            if word in {"range", "end"}:
                keyword = word
            elif word in {"true", "false"}:
                steps.append(Constant(word == "true"))
            elif word:
                self._fail(f"unrecognized identifier {word}")
            else:
                steps += self._steps(steps)
        return keyword, Path(tuple(steps))

    def _steps(self, before: list[Step]) -> list[Step]:
        """The next steps; none for a sign that means the value itself, or a blank."""
        text, at = self._text, self._at
        if at >= len(text) or text[at] in "\r\n":
            self._fail("unclosed action")
        sign = text[at]
        if text.startswith("[?(", at):
            return [self._filter()]
        if text.startswith("..", at):
            return self._descent(before)
        if sign in " @$":
            self._at += 1
            return []
        if sign == "[":
            return self._array()
        if sign in "\"'":
            return [Constant(self._quoted())]
        if sign == ".":
            self._at += 1
            return [self._field()]
        if sign in "+-" or sign.isdigit():
            return [self._number()]
        return self._fail(f"unrecognized character in action: {sign!r}")

    def _literal(self) -> str:
        end = self._text.find("{", self._at)
        start, self._at = self._at, len(self._text) if end < 0 else end
        return self._text[start : self._at]

    def _word(self) -> str:
        """A word where one stands; a number is left alone."""
        word = _WORD.match(self._text, self._at)
        if word is None or word[0][0].isdigit():
            return ""
        self._at = word.end()
        return word[0]

    def _descent(self, before: list[Step]) -> list[Step]:
        if before and isinstance(before[-1], Descent):
            self._fail("invalid multiple recursive descent")
        self._at += 2
        following = self._text[self._at : self._at + 1]
        return [Descent(), self._field()] if following == "_" or following.isalnum() else [Descent()]

    def _field(self) -> Step:
        found = _FIELD.match(self._text, self._at)
        name = found[0] if found else ""
        self._at += len(name)
        return Wildcard() if name == "*" else Field(name.replace("\\", ""))

    def _number(self) -> Constant:
        found = _NUMBER.match(self._text, self._at)
        digits = found[0] if found else ""
        self._at += len(digits)
        try:
            return Constant(float(digits) if "." in digits else int(digits))
        except ValueError:
            return self._fail(f"cannot parse number {digits}")

    def _quoted(self) -> str:
        found = _QUOTED.match(self._text, self._at)
        if found is None or "\n" in found[0]:
            return self._fail("unterminated quoted string")
        self._at = found.end()
        try:
            return unquoted(found[0][1:-1], found[1])
        except ValueError:
            return self._fail(f"unquote string {found[0]} error invalid syntax")

    def _array(self) -> list[Step]:
        found = _ARRAY.match(self._text, self._at)
        if found is None:
            return self._fail("unterminated array")
        self._at = found.end()
        branches = found[1].split(",")
        if len(branches) > 1:
            return [Union(tuple(Path(tuple(self._index(branch.strip(" ")))) for branch in branches))]
        return self._index(found[1])

    def _index(self, text: str) -> list[Step]:
        """What stands in brackets, without commas."""
        key = _KEY.fullmatch(text)
        if key:
            return list(self._inner(f".{key[1]}").steps)
        parts = _SLICE.fullmatch(":" if text == "*" else text)
        if parts is None:
            return self._fail(f"invalid array index {text}")
        start, end, step = (part and part.removeprefix(":") for part in parts.groups())
        for part in (start, end, step):
            if part == "-" or (part and len(part) > _MOST_DIGITS):
                self._fail(f"array index {part[:_MOST_DIGITS]} is not a number")
        return [Slice(_int(start), _int(end), _int(step), is_index=parts[2] is None)]

    def _filter(self) -> Filter:
        self._at += len("[?(")
        inside = self._until_parenthesis()
        if not self._took("]"):
            self._fail("unclosed array expect ]")
        comparison = _COMPARISON.fullmatch(inside)
        if comparison is None:
            return Filter(self._inner(inside))
        left, sign, right = comparison.groups()
        if sign not in OPERATORS:
            self._fail(f"unrecognized filter operator {sign}")
        return Filter(self._inner(left), sign, self._inner(right))

    def _until_parenthesis(self) -> str:
        """The text up to the parenthesis that ends a filter, which one in quotes does not."""
        start, quote = self._at, ""
        while self._at < len(self._text) and self._text[self._at] != "\n":
            sign = self._text[self._at]
            self._at += 1
            if quote:
                quote = "" if sign == quote and self._text[self._at - 2] != "\\" else quote
            elif sign in "\"'":
                quote = sign
            elif sign == ")":
                return self._text[start : self._at - 1]
        return self._fail("unterminated filter")

    def _inner(self, text: str) -> Path:
        """An expression that stands within another."""
        return _Parser(text + "}", self._whole, self._depth + 1).action()[1]

    def _took(self, sign: str) -> bool:
        found = self._text.startswith(sign, self._at)
        self._at += found
        return found

    @staticmethod
    def _end(open_loops: list[tuple[Path, list[str | Path | Loop]]]) -> None:
        path, body = open_loops.pop()
        open_loops[-1][1].append(Loop(path, tuple(body)))

    def _fail(self, what: str) -> NoReturn:
        raise UsageError(f"jsonpath {self._whole!r}: {what}", _EXAMPLES)


def _int(digits: str | None) -> int | None:
    return int(digits) if digits else None
