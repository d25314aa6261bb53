"""Tables as kubectl draws them."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

EMPTY = "<none>"
_GAP = 3
_NARROWEST = 6
"""As kubectl's: cli-runtime ``pkg/printers/tabwriter.go``."""
_FEW, _USUAL, _FAR = 10, 0.98, 24
"""From so many lines on, cells that are longer than all but one in fifty by so much do not widen their column."""


def write_table(
    columns: Sequence[str], rows: Iterable[Sequence[object]], stream: TextIO, *, headings: bool = True
) -> None:
    """Upper-case headings over left-aligned columns, no space at a line's end.

    Each row has one cell a column; None and empty text show as ``<none>``, anything else as ``str``
    gives it. All rows are held until the last, as the widths depend on each. Without rows nothing is written.
    """
    first = [tuple(column.upper() for column in columns)] if headings else []
    lines = [*map(_cells, rows)]
    if lines:
        draw([*first, *lines], stream)


def draw(lines: Sequence[Sequence[str]], stream: TextIO) -> None:
    """Lines of cells that are safe to show, each column as wide as its cells, but for a few that are far longer."""
    if not lines:
        return
    columns = [[len(cell) for cell in column] for column in zip(*lines, strict=True)]
    widths = [max(_width(lengths) + _GAP, _NARROWEST) for lengths in columns[:-1]]
    layout = "".join(f"%-{width}s" for width in widths) + "%s\n"
    if all(max(lengths) < width for lengths, width in zip(columns, widths, strict=False)):
        stream.writelines(layout % tuple(line) for line in lines)
    else:
        stream.writelines(_line(line, widths) for line in lines)


def _width(lengths: list[int]) -> int:
    """The length of the longest, unless only one in fifty comes near it."""
    longest, count = max(lengths), len(lengths)
    if count < _FEW or longest - sum(lengths) / count <= _FAR:
        return longest
    usual = sorted(lengths)[int((count - 1) * _USUAL)]
    return usual if longest - usual > _FAR else longest


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    """What a cell takes beyond its column, those behind it give back where they have room."""
    text, end = "", 0
    for cell, width in zip(cells, widths, strict=False):
        end += width
        text = (text + cell).ljust(end - _GAP) + " " * _GAP
    return f"{text}{cells[-1]}\n"


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
