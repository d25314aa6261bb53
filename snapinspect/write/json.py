"""Objects and lists as JSON: compact for ``jsonl``, indented as kubectl does for ``json``."""

from __future__ import annotations

import json
import re
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, NoReturn, TextIO

from snapinspect.write.nested import Nested, written
from snapinspect.write.numbers import json_number
from snapinspect.write.quick import quick_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from snapinspect.model import Body

INDENT = 4
"""Spaces a level, as in ``kubectl get -o json``."""


_LIST_HEAD = """\
{
    "apiVersion": "v1",
    "items": ["""
_LIST_TAIL = """],
    "kind": "List",
    "metadata": {
        "resourceVersion": ""
    }
}
"""
_ITEM_MARGIN = "\n" + 2 * INDENT * " "

# Lone surrogates have no UTF-8; C1 control characters could drive a terminal, and controls of
# writing direction show a person other text than a program reads.
_escape_within_strings = re.compile(r"[\x80-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]").sub


class _Unknown(Exception):
    """The standard library's encoder met a value that it cannot write."""


def _give_up(value: object) -> NoReturn:
    raise _Unknown(type(value))


_encode = json.JSONEncoder(
    ensure_ascii=False, check_circular=False, allow_nan=False, separators=(",", ":"), default=_give_up
).encode


_WORDS = {None: "null", True: "true", False: "false"}

quote = json.encoder.encode_basestring
"""A string as JSON, all but control characters, quotes and backslashes as it is; ``portable`` does the rest."""


def dumps(value: Any, *, indent: int | None = None) -> str:
    """JSON text that is valid UTF-8 whatever ``value`` holds; on one line where ``indent`` is None.

    Raises OutputError for a number that JSON lacks.
    """
    text = quick_text(value, indent)
    if text is None:
        text = _compact(value) if indent is None else _walk(value, "\n", " " * indent, ": ")
    return portable(text)


def line(value: Any) -> str:
    """The same on a line of its own."""
    return dumps(value) + "\n"


def portable(text: str) -> str:
    """JSON text with the same meaning that is valid UTF-8 and drives no terminal."""
    if text.isascii():
        return text
    return _escape_within_strings(lambda match: f"\\u{ord(match[0]):04x}", text)


def item_text(body: Body) -> str:
    """One object as kubectl writes it, without a line's end."""
    return dumps(body, indent=INDENT)


def write_items(texts: Iterable[str], stream: TextIO) -> None:
    """Objects' ``item_text``: one as itself; none or several as a ``v1 List``, item by item as they come."""
    remaining = iter(texts)
    held = list(islice(remaining, 2))
    if len(held) == 1:
        stream.write(held[0] + "\n")
        return
    stream.write(_LIST_HEAD)
    separator = ""
    for text in chain(held, remaining):
        item = text.replace("\n", _ITEM_MARGIN)
        stream.write(f"{separator}{_ITEM_MARGIN}{item}")
        separator = ","
    stream.write("\n" + " " * INDENT + _LIST_TAIL if held else _LIST_TAIL)


def _compact(value: Any) -> str:
    try:
        return _encode(value)
    except (_Unknown, ValueError, RecursionError):
        # A Number, one that JSON lacks, which the slower walk names, or nesting beyond what the interpreter's stack holds.
        return _walk(value, "", "", ":")


def _walk(value: Any, line: str, step: str, colon: str) -> str:
    """``line`` opens a line at the outermost level and ``step`` indents each level more; both are empty on one line."""
    text = _leaf(value)
    if text is not None:
        return text

    def pieces(nested: Nested) -> Iterator[str | Nested]:
        is_object = isinstance(nested.value, dict)
        inner = nested.line + step
        opening = ("{" if is_object else "[") + inner
        items = nested.value.items() if is_object else (("", item) for item in nested.value)
        for key, item in items:
            before = f"{opening}{quote(key)}{colon}" if is_object else opening
            text = _leaf(item)
            if text is not None:
                yield before + text
            else:
                yield before
                yield Nested(item, inner)
            opening = "," + inner
        yield nested.line + ("}" if is_object else "]")

    return written(Nested(value, line), pieces)


def _leaf(value: Any) -> str | None:
    """The text of what does not nest, an empty object or list among it; None of what does."""
    if isinstance(value, str):
        return quote(value)
    if isinstance(value, dict | list | tuple):
        return None if value else "{}" if isinstance(value, dict) else "[]"
    if value is None or isinstance(value, bool):
        return _WORDS[value]
    return json_number(value)
