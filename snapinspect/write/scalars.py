"""How a string is written in YAML.

A string is plain only where YAML 1.1, YAML 1.2 and the readers in use give the same string back:
PyYAML (its ``resolver.py``) and the Go library behind kubectl (``sigs.k8s.io/yaml/goyaml.v2``, its
``resolve.go`` and ``scannerc.go``). Everything else is a literal block or quoted.
"""

from __future__ import annotations

import re
from typing import Final

MAX_SIMPLE_KEY = 1000
"""Longest key written before its colon; readers give up on one beyond 1,024 characters, quotes and all."""

# Control characters but tab and line feed, line breaks that only YAML 1.1 knows, the byte order mark,
# noncharacters and lone surrogates: some reader refuses each of them raw, or reads something else.
# Controls of writing direction show a person other text than a program reads.
_UNSAFE = r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff"

# Wider than any one reader: an underscore in a number, base 60, a lone `y` and an infinity without
# its dot are strings to some and not to others.
_NOT_STRINGS = r"""
    ~ | = | << | (?i: null | true | false | yes | no | on | off | y | n )
  | [-+]? 0[xX] [0-9a-fA-F_.pP+-]+ | [-+]? 0[oO] [0-7_]+ | [-+]? 0[bB] [01_]+
  | [-+]? [0-9] [0-9_]* (?: \. [0-9_]* )? (?: [eE] [-+]? [0-9_]+ )?
  | [-+]? \. [0-9_]+ (?: [eE] [-+]? [0-9_]+ )?
  | [-+]? [0-9] [0-9_]* (?: : [0-9]+ )+ (?: \. [0-9_]* )?
  | (?i: [-+]? \.? (?: inf | infinity | nan ) )
  | [0-9]{4} - [0-9]{1,2} - [0-9]{1,2} (?: [Tt\ ] [0-9:.TtZz\ +-]* )?
"""

_reads_back = re.compile(
    rf"""
    (?! (?: {_NOT_STRINGS} ) \Z | --- | \.\.\. )
    (?: [^ \-?:,\[\]{{}}\#&*!|>'"%@`\t\n{_UNSAFE}] | - (?! [ ] | \Z ) )
    (?: [^ :\t\n{_UNSAFE}]++ | : (?! [ ] | \Z ) | [ ]++ (?! \# | \Z ) )*+
    """,
    re.VERBOSE,
).fullmatch
_is_time = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z").fullmatch
"""The commonest string that is not plain, for which the expression above would try every number first."""
_WORDS = frozenset(("null", "true", "false", "yes", "no", "on", "off", "y", "n", "inf", "infinity", "nan"))
_LONGEST_WORD = max(map(len, _WORDS))
_needs_escapes = re.compile(f"[\t\n{_UNSAFE}]").search
_unfit_for_block = re.compile(f"[{_UNSAFE}]").search
_filled_line = re.compile(r"\n(?=[^\n])")
_GRAPHIC = bytes(range(0x21, 0x7F))
_PLAIN_ASCII = b"\t\n " + _GRAPHIC
_COLON: Final = 0x3A
_A: Final = 0x61
_Z: Final = 0x7A
_SMALL_LETTER: Final = 0x20
"""The bit by which a small letter is told from a capital."""

_ESCAPES = {
    **{code: f"\\x{code:02X}" for code in (*range(0x20), *range(0x7F, 0xA0))},
    **{code: f"\\u{code:04X}" for code in (0x2028, 0x2029, 0xFEFF, 0xFFFE, 0xFFFF, *range(0xD800, 0xE000))},
    **{code: f"\\u{code:04X}" for code in (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))},
    ord("\t"): "\\t",
    ord("\n"): "\\n",
    ord("\r"): "\\r",
    ord('"'): '\\"',
    ord("\\"): "\\\\",
}


def _is_plain(value: str) -> bool:
    """Whether every reader gives ``value`` back as this string when it stands there as it is."""
    # Most strings are ASCII and begin with a letter: no number does, and string tests are quicker than the expression.
    if value.isascii() and value.isprintable() and (value[:1].isalpha() or _is_no_number(value)):
        if ": " in value or " #" in value or value[-1] in " :":
            return False
        return len(value) > _LONGEST_WORD or value.lower() not in _WORDS
    return not _is_time(value) and _reads_back(value) is not None


def _is_no_number(value: str) -> bool:
    """Whether ``value`` begins with a digit as a UID may: a number has one minus within, a date stands behind four digits."""
    return value[:1].isdigit() and value.count("-") > 1 and value[4:5] != "-" and value[1:2] not in "xX"


def string_text(value: str, indent: str) -> str:
    """A string value; ``indent`` is what the lines of a literal block begin with."""
    if _is_plain(value):
        return value
    if "\n" in value and _fits_block(value):
        return _literal(value, indent)
    return _quoted(value)


def is_surely_plain(raw: bytes) -> bool:
    """Whether a string of these bytes is plain, as names and images are; quicker than to look, and false of some that are."""
    if len(raw) <= _LONGEST_WORD or raw.translate(None, _GRAPHIC) or raw[-1] == _COLON:
        return False
    return _A <= raw[0] | _SMALL_LETTER <= _Z


def key_text(key: str, indent: str) -> str:
    """A mapping key up to its colon; ``indent`` is that of the mapping, for keys that need a line of their own."""
    text = key if _is_plain(key) else _quoted(key)
    return text if len(text) <= MAX_SIMPLE_KEY else f"? {text}\n{indent}"


def _fits_block(value: str) -> bool:
    if not value.strip():
        return False
    # Deleting bytes is some twenty times faster than a regular expression, and most long values are ASCII.
    if value.isascii() and not value.encode().translate(None, _PLAIN_ASCII):
        return True
    return not _unfit_for_block(value)


def _literal(value: str, indent: str) -> str:
    """A literal block: ``|``, how deep it is indented where its first line would mislead, how it ends, its lines."""
    depth = "2" if value.lstrip("\n")[0] in " \t" else ""
    lines = f"\n{value}"
    has_empty_lines = "\n\n" in lines
    ending = "-"
    if value[-1] == "\n":
        ending = "+" if value[-2] == "\n" else ""
        lines = lines[:-1]
    margin = f"\n{indent}"
    lines = _filled_line.sub(margin, lines) if has_empty_lines else lines.replace("\n", margin)
    return f"|{depth}{ending}{lines}"


def _quoted(value: str) -> str:
    if not value:
        return '""'
    if not (value.isascii() and value.isprintable()) and _needs_escapes(value):
        return f'"{value.translate(_ESCAPES)}"'
    return "'" + value.replace("'", "''") + "'"
