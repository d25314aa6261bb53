"""Answers of DuckDB, in the forms that ``sql`` and ``catalog query`` give them."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Any

from snapinspect.cli import console as terminal
from snapinspect.errors import OutputError
from snapinspect.write import json, lists
from snapinspect.write.table import write_table

_PLAIN = frozenset({str, int, float, bool, type(None)})
"""What JSON has, too. A set, as each cell of an answer is looked up in it."""


class SqlFormat(StrEnum):
    """``-o`` of ``sql``."""

    table = "table"
    csv = "csv"
    json = "json"
    jsonl = "jsonl"
    parquet = "parquet"


def write_answer(answer: Any, output: SqlFormat) -> None:
    """Writes all rows to standard output. Raises OutputError for Parquet on a terminal."""
    names = [column[0] for column in answer.description or ()]
    if output is SqlFormat.parquet:
        _write_parquet(answer)
        return
    with terminal.utf8_output() as stream:
        rows = iter(answer.fetchone, None)
        if output is SqlFormat.table:
            write_table(names, (tuple(map(_cell, row)) for row in rows), stream)
        elif output is SqlFormat.csv:
            lists.write_csv(names, (dict(zip(names, map(_cell, row), strict=True)) for row in rows), stream)
        elif output is SqlFormat.json:
            lists.write_json((_fields(names, row) for row in rows), stream)
        else:
            stream.writelines(json.dumps(_fields(names, row)) + "\n" for row in rows)


def _fields(names: list[str], row: tuple[Any, ...]) -> dict[str, Any]:
    pairs = zip(names, row, strict=True)
    return {name: value if type(value) in _PLAIN or _is_plain(value) else _cell(value) for name, value in pairs}


def _is_plain(value: Any) -> bool:
    if isinstance(value, dict):
        return all(isinstance(key, str) and _is_plain(each) for key, each in value.items())
    return all(map(_is_plain, value)) if isinstance(value, list) else type(value) in _PLAIN


def _cell(value: Any) -> Any:
    """Times in RFC 3339; lists and maps as JSON."""
    if type(value) in _PLAIN:
        return value
    if hasattr(value, "strftime"):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, dict | list):
        return json.dumps(value)
    return str(value)


def _write_parquet(answer: Any) -> None:
    import pyarrow.parquet as parquet  # type: ignore[import-untyped]

    if sys.stdout.isatty():
        raise OutputError("Parquet is nothing for a terminal", "Send it to a file: -o parquet > answer.parquet")
    table = answer.to_arrow_table() if hasattr(answer, "to_arrow_table") else answer.fetch_arrow_table()
    sink = sys.stdout.buffer
    parquet.write_table(table, sink, compression="zstd")
    sink.flush()
