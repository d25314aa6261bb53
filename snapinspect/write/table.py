"""Tables as kubectl draws them."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

EMPTY = "<none>"
_GAP = 3


def write_table(columns: Sequence[str], rows: Iterable[Sequence[object]], stream: TextIO) -> None:
    """Upper-case headings over left-aligned columns, no space at a line's end.

    Each row has one cell a column; None and empty text show as ``<none>``, anything else as ``str``
    gives it. All rows are held until the last, as the widths depend on each.
    """
    lines = [tuple(column.upper() for column in columns), *map(_cells, rows)]
    widths = [max(map(len, column)) + _GAP for column in zip(*lines, strict=True)]
    layout = "".join(f"%-{width}s" for width in widths[:-1]) + "%s\n"
    stream.writelines(layout % line for line in lines)


def printable(text: str) -> str:
    """``text`` with all that does not print as itself escaped, as names from a hostile snapshot could drive a terminal."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def _cells(row: Sequence[object]) -> tuple[str, ...]:
    """Nearly all rows hold nothing but plain text, which one look at them together tells."""
    try:
        if "".join(row).isprintable() and "" not in row:  # type: ignore[arg-type]
            return tuple(row)  # type: ignore[arg-type]
    except TypeError:
        pass
    return tuple(map(_cell, row))


def _cell(value: object) -> str:
    if value is None or value == "":
        return EMPTY
    return printable(str(value))
