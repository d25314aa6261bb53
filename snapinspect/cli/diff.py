"""``snapinspect diff``: what differs between two snapshots, or two moments of one."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Annotated, Any, TextIO

import typer

from snapinspect.cli import console as terminal
from snapinspect.cli.console import Console
from snapinspect.cli.opening import as_of, opened
from snapinspect.cli.options import (
    Choice,
    DiffRawOption,
    Reading,
    ShowSecretsOption,
)
from snapinspect.cli.pen import Pen
from snapinspect.diff.objects import Comparison, Difference, common_key_space
from snapinspect.diff.secrets import Veil
from snapinspect.diff.shown import Shown
from snapinspect.errors import SnapinspectError, UsageError
from snapinspect.select import Selection, Target, check_names, parse_each, select
from snapinspect.snapshot import Entry, Snapshot
from snapinspect.write import lists
from snapinspect.write.names import object_name
from snapinspect.write.table import write_table

DIFFERENT, TROUBLE = 1, 2
"""Exit codes; 0 means that nothing differs."""
_COLUMNS = ("kind", "namespace", "added", "removed", "changed")
_NOTHING = "/dev/null"


class DiffFormat(StrEnum):
    """``-o`` of ``diff``."""

    diff = "diff"
    summary = "summary"
    name = "name"
    json = "json"


def diff(
    old: Annotated[str, typer.Argument(metavar="OLD", help="A snapshot; the only one with --from and --to.")],
    choice: Choice,
    reading: Reading,
    others: Annotated[
        list[str] | None, typer.Argument(metavar="NEW KIND[/NAME]", help="The other snapshot, then what to compare.")
    ] = None,
    earlier: Annotated[
        str, typer.Option("--from", metavar="WHEN", help="Compare this moment of the snapshot (as in --at) with …")
    ] = "",
    later: Annotated[str, typer.Option("--to", metavar="WHEN", help="… this one, its last without.")] = "",
    output: Annotated[DiffFormat, typer.Option("-o", "--output", help="Output format.")] = DiffFormat.diff,
    everything: Annotated[bool, typer.Option("--all", help="Events and Leases, too.")] = False,
    raw: DiffRawOption = False,
    show_secrets: ShowSecretsOption = False,
) -> None:
    """Show what differs: exit code 0 if nothing does, 1 if something does, 2 and above on trouble."""
    with _trouble():
        words = others or []
        if choice.at is not None:
            raise UsageError("--at names one moment, and a diff is of two", "Give --from and --to.")
        with _sides(old, words, earlier, later, reading) as (before, after, targets, console):
            selection = _selected(before, after, targets, choice, console, everything=everything)
            comparison = Comparison(before, after, selection, raw)
            differences = comparison.differences()
            with terminal.utf8_output() as stream:
                shown = Shown(raw, None if show_secrets else Veil())
                Report(comparison, shown, Pen(reading.color, stream), stream).write(differences, output)
            _tell(comparison, differences, console)
    raise typer.Exit(DIFFERENT if differences else 0)


@contextmanager
def _trouble() -> Iterator[None]:
    """As 1 means that something differs, whatever goes wrong gets a higher exit code."""
    try:
        yield
    except SnapinspectError as error:
        error.exit_code = max(error.exit_code, TROUBLE)
        raise
    except BrokenPipeError:
        raise
    except (OSError, MemoryError) as error:
        trouble = SnapinspectError(str(error) or "not enough memory")
        trouble.exit_code = TROUBLE
        raise trouble from error


@contextmanager
def _sides(
    old: str, words: list[str], earlier: str, later: str, reading: Reading
) -> Iterator[tuple[Snapshot, Snapshot, list[Target], Console]]:
    """Both states, and what of them is meant."""
    if later and not earlier:
        raise UsageError("--to has nothing to compare with", "Give --from, too.")
    if earlier:
        with opened(old, reading) as (view, console):
            after = as_of(view, later, console) if later else view
            yield as_of(view, earlier, console), after, parse_each(words), console
        return
    if not words:
        raise UsageError("a diff needs two states", "Name two snapshots, or one with --from (and --to).")
    with opened(old, reading) as (before, console), opened(words[0], reading) as (after, _):
        yield before, after, parse_each(words[1:]), console


def _selected(
    before: Snapshot, after: Snapshot, targets: list[Target], choice: Choice, console: Console, *, everything: bool
) -> Selection:
    """One selection for both sides, as an object may be on one only."""
    selection = select(
        common_key_space(before, after),
        targets,
        namespaces=choice.namespace or (),
        all_namespaces=choice.all_namespaces,
        selector=choice.selector,
        names=choice.name or (),
        keys=choice.key or (),
        everything=everything,
    )
    if any(target.name is not None for target in targets):
        check_names(selection, (head for view in (before, after) for _, head in view.heads(selection)))
    for notice in selection.notices:
        console.say(f"note: {notice}")
    return selection


def _tell(comparison: Comparison, differences: list[Difference], console: Console) -> None:
    if not differences:
        console.say("nothing differs")
    if comparison.passed_over:
        count = len(comparison.passed_over)
        console.say(f"left out {count} Events and Leases that differ (naming their kind, or --all, brings them)")


class Report:
    """Differences in one of the formats."""

    def __init__(self, comparison: Comparison, shown: Shown, pen: Pen, stream: TextIO) -> None:
        self._comparison = comparison
        self._shown = shown
        self._pen = pen
        self._stream = stream

    def write(self, differences: list[Difference], output: DiffFormat) -> None:
        match output:
            case DiffFormat.diff if differences:
                self._write_summary(differences)
                self._write_hunks(differences)
            case DiffFormat.summary if differences:
                self._write_summary(differences)
            case DiffFormat.name:
                heads = (each.head for each in differences)
                self._stream.writelines(f"{object_name(head.group, head.kind, head.name)}\n" for head in heads)
            case DiffFormat.json:
                lists.write_json(map(self._fields, differences), self._stream)

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
            for sign, entry in (("---", difference.old), ("+++", difference.new)):
                if entry:
                    self._pen.heading(f"{sign} {path}", f"revision {entry.record.mod_revision}")
                else:
                    self._pen.heading(f"{sign} {_NOTHING}")
            self._pen.lines(self._hunks(difference))

    def _hunks(self, difference: Difference) -> list[str]:
        bodies = self._comparison.bodies(difference)
        if _is_unread(difference, bodies):
            return ["# it cannot be read, and its bytes differ"]
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
