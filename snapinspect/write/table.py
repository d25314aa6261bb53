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
    write_columns(columns, columns_of(rows), stream, headings=headings)


def write_columns(
    names: Sequence[str], columns: Sequence[Sequence[str]], stream: TextIO, *, headings: bool = True
) -> None:
    """What ``write_table`` does with ``columns_of`` the rows."""
    if columns:
        named = zip(names, columns, strict=True)
        _draw([[name.upper(), *cells] for name, cells in named] if headings else columns, stream)


def columns_of(rows: Iterable[Sequence[object]]) -> list[Sequence[str]]:
    """The cells of each column as they are shown, none of which holds a line's end; no columns without rows."""
    held = [*rows]
    return [_shown([row[at] for row in held]) for at in range(len(held[0]))] if held else []


def draw(lines: Iterable[Sequence[str]], stream: TextIO) -> None:
    """Lines of cells that are safe to show, each column as wide as its cells, but for a few that are far longer."""
    _draw([*zip(*lines, strict=True)], stream)


def _draw(columns: Sequence[Sequence[str]], stream: TextIO) -> None:
    lengths = [[*map(len, column)] for column in columns]
    widths = [max(_width(column) + _GAP, _NARROWEST) for column in lengths[:-1]]
    layout = "".join(f"%-{width}s" for width in widths) + "%s\n"
    lines = zip(*columns, strict=True)
    far = _lines_beyond(lengths, widths)
    if far:
        stream.writelines(_line(line, widths) if at in far else layout % line for at, line in enumerate(lines))
    else:
        stream.writelines(map(layout.__mod__, lines))


def _lines_beyond(lengths: Sequence[Sequence[int]], widths: Sequence[int]) -> set[int]:
    """The lines in which a cell is longer than its column."""
    far: set[int] = set()
    for column, width in zip(lengths, widths, strict=False):
        room = width - _GAP
        if max(column) > room:
            far.update(at for at, length in enumerate(column) if length > room)
    return far


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


def _shown(column: Sequence[object]) -> Sequence[str]:
    """Nearly all columns hold nothing but plain text, which one look at it together tells."""
    try:
        if "".join(column).isprintable() and "" not in column:  # type: ignore[arg-type]
            return column  # type: ignore[return-value]
    except TypeError:
        pass
    return [*map(_cell, column)]


def _cell(value: object) -> str:
    if value is None or value == "":
        return EMPTY
    return printable(str(value))
