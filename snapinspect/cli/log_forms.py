"""What a log is written as: of each entry something is made, perhaps by another process, and written where its turn comes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from io import StringIO
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TextIO

from snapinspect.cli.log_rows import cells, row
from snapinspect.cli.pen import GREEN, RED, YELLOW, Pen, painted
from snapinspect.write import json, lists
from snapinspect.write.table import write_table

if TYPE_CHECKING:
    from snapinspect.analysis.diff.shown import Shown
    from snapinspect.analysis.log import Entry
    from snapinspect.cli.options import Color
    from snapinspect.snapshot import Snapshot

Told = tuple[Any, tuple[str, ...]]
"""What was made of an entry, and the names of the objects of those that are told in one with it."""

_COLUMNS = ("revision", "time", "by", "what", "object", "changed")
_OBJECT = _COLUMNS.index("object")
_VERBS = {
    "created": GREEN,
    "recreated": GREEN,
    "updated": YELLOW,
    "scaled": YELLOW,
    "rolled-out": YELLOW,
    "deleted": RED,
}
_ROWS, _OBJECTS = 512, 64
"""Records of which rows are held at a time, and of which parts of objects are."""


class Form(Protocol):
    """A way to write a log, which folds runs of the same change or not; ``size`` is for how many records what is made is held."""

    @property
    def folds(self) -> bool: ...

    @property
    def size(self) -> int: ...

    @property
    def waits(self) -> bool:
        """Whether nothing is written before the last entry is there."""

    def made(self, entry: Entry) -> Any:
        """What is shown of an entry; picklable."""

    def write(self, told: Iterable[Told], stream: TextIO) -> None:
        """Writes all that is told."""


class Table(NamedTuple):
    """Rows, a line for each run."""

    color: Color
    folds: bool = True
    size: int = _ROWS
    waits: bool = True

    def made(self, entry: Entry) -> list[str]:
        return cells(entry)

    def write(self, told: Iterable[Told], stream: TextIO) -> None:
        table = StringIO()
        write_table(_COLUMNS, map(_counting, told), table)
        stream.write(painted(table.getvalue(), _VERBS, self.color, stream))


class Facts(NamedTuple):
    """JSON: a list, or a line for each run."""

    is_lines: bool
    folds: bool = True
    size: int = _OBJECTS
    waits: bool = False

    def made(self, entry: Entry) -> dict[str, Any]:
        return entry.as_json()

    def write(self, told: Iterable[Told], stream: TextIO) -> None:
        facts = ({**fact, "folded": len(names), "foldedNames": list(names)} for fact, names in told)
        if self.is_lines:
            stream.writelines(f"{json.dumps(fact)}\n" for fact in facts)
        else:
            lists.write_json(facts, stream)


class Patches(NamedTuple):
    """Entries as diffs, none folded, as they differ where words do not; ``view`` reads what an entry does not hold."""

    view: Snapshot
    shown: Shown
    color: Color
    folds: bool = False
    size: int = _OBJECTS
    waits: bool = False

    def made(self, entry: Entry) -> tuple[str, list[str]]:
        """Its heading, and the lines of the diff."""
        return "  ".join(cell for cell in row(entry) if cell), list(self._lines(entry))

    def write(self, told: Iterable[Told], stream: TextIO) -> None:
        pen = Pen(self.color, stream)
        for (heading, lines), _ in told:
            pen.heading(heading)
            pen.lines(lines)

    def _lines(self, entry: Entry) -> Iterator[str]:
        body = entry.body
        if entry.verb in {"created", "recreated"} and entry.record:
            body = self.view.body_of(entry.record)
        if body is None and entry.before is None:
            yield "# its state is not held, or cannot be read"
            return
        yield from self.shown.hunks(entry.before, body) or [
            "# nothing but status and what servers write; --raw shows it"
        ]


def _counting(told: Told) -> list[str]:
    """A row that says how many more objects it tells of."""
    cells: list[str]
    cells, names = told
    if names:
        cells[_OBJECT] += f" and {len(names)} more"
    return cells
