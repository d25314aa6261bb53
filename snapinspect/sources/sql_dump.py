"""SQL dumps of kine's table: of SQLite's ``.dump``, ``pg_dump`` as text and ``mysqldump``, loaded into an SQLite file.

Sources: sqlite.org/cli.html (``.dump``); postgresql.org ``COPY``, text format, and ``bytea``, hex format; dev.mysql.com
string literals; k3s-io/kine ``pkg/drivers`` (the table, which is the same in all three).
"""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

from snapinspect.model import Problem
from snapinspect.sources.mapping import map_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from snapinspect.model import Data, Progress

_COLUMNS = ("id", "name", "created", "deleted", "create_revision", "prev_revision", "lease", "value", "old_value")
_NUMBERS = frozenset(_COLUMNS) - {"name", "value", "old_value"}
_TABLE = f"CREATE TABLE kine ({', '.join(_COLUMNS)}, PRIMARY KEY (id))".replace("id,", "id INTEGER,", 1)
_INSERT = f"INSERT OR REPLACE INTO kine VALUES ({', '.join('?' * len(_COLUMNS))})"  # noqa: S608
_NAME = rb"(?:[\"`]?\w+[\"`]?\.)?([\"`]?)kine[\"`]?\s*(?:\(([^()]{0,500})\))?\s*"
_STATEMENT = re.compile(
    rb"^(?:(?:INSERT|REPLACE)\s[^\n(]{0,40}?INTO\s+|(COPY)\s+)" + _NAME + rb"(?:VALUES\s*|FROM\s+stdin;\r?\n)",
    re.MULTILINE | re.IGNORECASE,
)
_STANDARD = rb"'(?:[^']|'')*'"
_ESCAPED = rb"'(?:[^'\\]|''|\\.)*'"
_BINARY = rb"[Xx]'([0-9A-Fa-f]*)'|0x([0-9A-Fa-f]+)"
_VALUE = {
    quoted: re.compile(
        rb"\s*(?:(NULL)\b|(-?\d+)(?![x\d])|"
        + _BINARY
        + rb"|(?:_binary\s*)?("
        + quoted
        + rb")|[Ee]("
        + _ESCAPED
        + rb"))\s*",
        re.DOTALL,
    )
    for quoted in (_STANDARD, _ESCAPED)
}
_PUNCTUATION = re.compile(rb"\s*([(),;])\s*")
_ESCAPES = re.compile(rb"\\(.)|''", re.DOTALL)
_LETTERS = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"0": b"\0", b"b": b"\b", b"Z": b"\x1a", b"f": b"\f", b"v": b"\v"}


class _Broken(Exception):
    """What should be a row of values is none."""


def load(dump: Path, database: Path, progress: Progress) -> list[Problem]:
    """Makes the SQLite file ``database`` of the rows of ``dump``; those that cannot be read are problems.

    Raises SourceError.
    """
    data = map_file(dump)
    problems: list[Problem] = []
    with (
        closing(sqlite3.connect(database, isolation_level=None)) as connection,
        progress("loading the dump", len(data)) as advance,
    ):
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("BEGIN")
        connection.execute(_TABLE)
        at = 0
        for start, row in _rows(data, problems):
            connection.execute(_INSERT, row)
            advance(start - at)
            at = start
        connection.execute("COMMIT")
    data.close()
    return problems


def _rows(data: Data, problems: list[Problem]) -> Iterator[tuple[int, list[Any]]]:
    """Every row, with the place of its end; where one is broken, the next statement is looked for."""
    at = 0
    while statement := _STATEMENT.search(data, at):
        copies, quote, columns = statement.groups()
        names = _names(columns)
        at = statement.end()
        rows = _copied(data, at) if copies else _inserted(data, at, _ESCAPED if quote == b"`" else _STANDARD)
        try:
            for at, values in rows:
                yield at, _in_order(names, values)
        except _Broken:
            problems.append(Problem("damaged", f"byte {at}", "a row of the dump is cut off or cannot be read"))


def _names(columns: bytes | None) -> list[str]:
    if columns is None:
        return list(_COLUMNS)
    return [name.strip(b' "`\r\n\t').decode("ascii", "replace").lower() for name in columns.split(b",")]


def _in_order(names: list[str], values: list[Any]) -> list[Any]:
    if len(names) != len(values):
        raise _Broken
    told = dict(zip(names, values, strict=True))
    told["name"] = _text(told.get("name"))
    return [_number(told.get(name)) if name in _NUMBERS else told.get(name) for name in _COLUMNS]


def _text(name: Any) -> Any:
    """What kine compares with its own names is text."""
    try:
        return name.decode() if isinstance(name, bytes) else name
    except UnicodeDecodeError:
        return name


def _number(value: Any) -> Any:
    try:
        return value if value is None else int(value)
    except ValueError:
        raise _Broken from None


def _inserted(data: Data, at: int, quoted: bytes) -> Iterator[tuple[int, list[Any]]]:
    """The rows of ``INSERT INTO … VALUES (…), (…);``."""
    pattern = _VALUE[quoted]
    mark = b","
    while mark == b",":
        mark, at = _mark(data, at, b"(")
        values: list[Any] = []
        while mark != b")":
            value = pattern.match(data, at)
            if value is None:
                raise _Broken
            values.append(_value(value, quoted))
            mark, at = _mark(data, value.end(), b",)")
        yield at, values
        mark, at = _mark(data, at, b",;")


def _mark(data: Data, at: int, wanted: bytes) -> tuple[bytes, int]:
    found = _PUNCTUATION.match(data, at)
    if found is None or found[1] not in wanted:
        raise _Broken
    return found[1], found.end()


def _value(found: re.Match[bytes], quoted: bytes) -> Any:
    null, number, quoted_hex, plain_hex, text, escaped = found.groups()
    if null:
        return None
    if number is not None:
        return int(number) if len(number) < 20 else number
    digits = quoted_hex if quoted_hex is not None else plain_hex
    if digits is not None:
        return _unhex(digits)
    if escaped is not None or quoted == _ESCAPED:
        return _unescaped((escaped or text)[1:-1])
    return _bytea(text[1:-1].replace(b"''", b"'"))


def _copied(data: Data, at: int) -> Iterator[tuple[int, list[Any]]]:
    """The lines of ``COPY … FROM stdin``."""
    while True:
        end = data.find(b"\n", at)
        if end < 0:
            raise _Broken
        line = data[at:end].removesuffix(b"\r")
        at = end + 1
        if line == b"\\.":
            return
        yield at, [None if cell == b"\\N" else _bytea(_unescaped(cell)) for cell in line.split(b"\t")]


def _bytea(text: bytes) -> bytes:
    return _unhex(text[2:]) if text.startswith(b"\\x") else text


def _unhex(digits: bytes) -> bytes:
    try:
        return bytes.fromhex(digits.decode("ascii"))
    except ValueError:
        raise _Broken from None


def _unescaped(text: bytes) -> bytes:
    return _ESCAPES.sub(_letter, text) if b"\\" in text or b"'" in text else text


def _letter(escape: re.Match[bytes]) -> bytes:
    letter = escape[1]
    if letter is None:
        return b"'"
    return _LETTERS.get(letter, letter)
