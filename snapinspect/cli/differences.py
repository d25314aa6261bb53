"""Differences as ``diff`` shows them: hunks, a summary, names, or their fields."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Any, TextIO

from snapinspect.analysis.diff.objects import Comparison, Difference
from snapinspect.analysis.diff.shown import Shown
from snapinspect.cli.pen import Pen
from snapinspect.snapshot import Entry
from snapinspect.write import lists
from snapinspect.write.names import object_name
from snapinspect.write.table import write_table

Each = Callable[[Iterable[Difference]], Iterable[Difference]]
_COLUMNS = ("kind", "namespace", "added", "removed", "changed")
_NOTHING = "/dev/null"


class DiffFormat(StrEnum):
    """``-o`` of ``diff``."""

    diff = "diff"
    summary = "summary"
    name = "name"
    json = "json"


class Report:
    """Differences in one of the formats."""

    def __init__(self, comparison: Comparison, shown: Shown, pen: Pen, stream: TextIO) -> None:
        self._comparison = comparison
        self._shown = shown
        self._pen = pen
        self._stream = stream

    def write(self, differences: list[Difference], output: DiffFormat, each: Each) -> None:
        """What takes long is written of ``each`` of the differences."""
        match output:
            case DiffFormat.diff if differences:
                self._write_summary(differences)
                self._write_hunks(each(differences))
            case DiffFormat.summary if differences:
                self._write_summary(differences)
            case DiffFormat.name:
                heads = (each.head for each in differences)
                self._stream.writelines(f"{object_name(head.group, head.kind, head.name)}\n" for head in heads)
            case DiffFormat.json:
                lists.write_json(map(self._fields, each(differences)), self._stream)

    def _write_summary(self, differences: Iterable[Difference]) -> None:
        counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        for difference in differences:
            counts[self._kind(difference), difference.head.namespace or ""][difference.operation] += 1
        rows = [(*place, *(count[name] for name in _COLUMNS[2:])) for place, count in sorted(counts.items())]
        write_table(_COLUMNS, rows, self._stream)

    def _write_hunks(self, differences: Iterable[Difference]) -> None:
        for difference in differences:
            self._stream.write("\n")
            path = self._path(difference)
            marks = self._comparison.marks
            for sign, mark, entry in (("---", marks[0], difference.old), ("+++", marks[1], difference.new)):
                if entry:
                    self._pen.heading(f"{sign} {path}", f"{mark} {entry.record.mod_revision}")
                else:
                    self._pen.heading(f"{sign} {_NOTHING}")
            self._pen.lines(self._hunks(difference))

    def _hunks(self, difference: Difference) -> list[str]:
        bodies = self._comparison.bodies(difference)
        if _is_unread(difference, bodies):
            return [f"# {self._comparison.unread}"]
        return self._shown.hunks(*bodies)

    def _fields(self, difference: Difference) -> dict[str, Any]:
        head = difference.head
        bodies = self._comparison.bodies(difference)
        unread = _is_unread(difference, bodies)
        return {
            "operation": difference.operation,
            "apiVersion": head.api_version or None,
            "kind": head.kind or None,
            "namespace": head.namespace,
            "name": head.name,
            "changes": [] if unread else list(self._shown.fields(*bodies)),
            "unread": unread,
        }

    def _path(self, difference: Difference) -> str:
        """Where ``export`` would write the object, so that ``patch -p0`` knows it."""
        head = difference.head
        return f"{head.namespace or '_cluster'}/{self._kind(difference)}/{head.name}.yaml"

    def _kind(self, difference: Difference) -> str:
        head = difference.head
        return self._comparison.selection.space.table.for_object(head.group, head.kind).directory if head.kind else ""


def _is_unread(difference: Difference, bodies: tuple[object | None, object | None]) -> bool:
    entries: tuple[Entry | None, Entry | None] = (difference.old, difference.new)
    return any(entry is not None and body is None for entry, body in zip(entries, bodies, strict=True))
