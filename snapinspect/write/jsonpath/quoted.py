"""Texts in quotes with Go's escapes. Source: Go's ``strconv.UnquoteChar``."""

from __future__ import annotations

import re

_SIMPLE = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\"}
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|(.?))", re.DOTALL)


def unquoted(text: str, quote: str) -> str:
    """``text``, which stood between two of ``quote``, with its escapes taken for what they mean.

    Raises ValueError for one that Go does not know.
    """

    def meant(escape: re.Match[str]) -> str:
        two, four, eight, octal, sign = escape.groups()
        if octal:
            return chr(int(octal, 8))
        if two or four or eight:
            return chr(int(two or four or eight, 16))
        if sign == quote:
            return sign
        if sign not in _SIMPLE:
            raise ValueError(escape[0])
        return _SIMPLE[sign]

    return _ESCAPE.sub(meant, text)
