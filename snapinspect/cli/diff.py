"""``snapinspect diff``: what differs between two snapshots, two moments of one, or one and the live cluster."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from snapinspect.analysis.diff.objects import Comparison, Difference, common_key_space
from snapinspect.analysis.diff.secrets import Veil
from snapinspect.analysis.diff.shown import Shown
from snapinspect.cli import console as terminal
from snapinspect.cli.console import Console
from snapinspect.cli.opening import INCOMPLETE, as_of, opened
from snapinspect.cli.options import (
    Choice,
    DiffRawOption,
    Reading,
    ShowSecretsOption,
)
from snapinspect.cli.pen import Pen
from snapinspect.errors import SnapinspectError, UsageError
from snapinspect.kube.keys import KeySpace
from snapinspect.kube.kinds import KindTable
from snapinspect.select import Selection, Target, check_names, parse_each, select
from snapinspect.snapshot import Entry, Snapshot
from snapinspect.write import lists
from snapinspect.write.names import object_name
from snapinspect.write.table import write_table

if TYPE_CHECKING:
    from snapinspect.kube.cluster import Cluster

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
    old: Annotated[
        str, typer.Argument(metavar="OLD", help="A snapshot; the only one with --from and --to, or with --live.")
    ],
    choice: Choice,
    reading: Reading,
    others: Annotated[
        list[str] | None, typer.Argument(metavar="NEW KIND[/NAME]", help="The other snapshot, then what to compare.")
    ] = None,
    earlier: Annotated[
        str, typer.Option("--from", metavar="WHEN", help="Compare this moment of the snapshot (as in --at) with …")
    ] = "",
    later: Annotated[str, typer.Option("--to", metavar="WHEN", help="… this one, its last without.")] = "",
    live: Annotated[
        bool, typer.Option("--live", help="Compare with the cluster of --kubeconfig and --context as it is now.")
    ] = False,
    output: Annotated[DiffFormat, typer.Option("-o", "--output", help="Output format.")] = DiffFormat.diff,
    everything: Annotated[bool, typer.Option("--all", help="Events and Leases, too.")] = False,
    raw: DiffRawOption = False,
    show_secrets: ShowSecretsOption = False,
) -> None:
    """Show what differs: exit code 0 if nothing does, 1 if something does, 2 and above on trouble."""
    with _trouble():
        if choice.at is not None:
            raise UsageError("--at names one moment, and a diff is of two", "Give --from and --to.")
        asked = Asked(others or [], earlier, later, choice, everything, raw)
        compared = _with_cluster if live else _between_snapshots
        with compared(old, asked, reading) as (comparison, console):
            differences = comparison.differences()
            with terminal.utf8_output() as stream:
                shown = Shown(raw, None if show_secrets else Veil())
                Report(comparison, shown, Pen(reading.color, stream), stream).write(differences, output)
            _tell(comparison, differences, console)
    raise typer.Exit(DIFFERENT if differences else 0)


@dataclass(frozen=True, slots=True)
class Asked:
    """What of two states is to be compared: ``words`` are what stands behind the snapshot."""

    words: list[str]
    earlier: str
    later: str
    choice: Choice
    everything: bool
    raw: bool


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
def _between_snapshots(old: str, asked: Asked, reading: Reading) -> Iterator[tuple[Comparison, Console]]:
    """Two snapshots, or two moments of one."""
    with _sides(old, asked, reading) as (before, after, targets, console):
        selection = _selected(common_key_space(before, after), targets, asked, console)
        _check_names(selection, before, after)
        yield Comparison(before, after, selection, asked.raw), console


@contextmanager
def _sides(old: str, asked: Asked, reading: Reading) -> Iterator[tuple[Snapshot, Snapshot, list[Target], Console]]:
    """Both states, and what of them is meant."""
    words = asked.words
    if asked.later and not asked.earlier:
        raise UsageError("--to has nothing to compare with", "Give --from, too.")
    if asked.earlier:
        with opened(old, reading) as (view, console):
            after = as_of(view, asked.later, console) if asked.later else view
            yield as_of(view, asked.earlier, console), after, parse_each(words), console
        return
    if not words:
        raise UsageError("a diff needs two states", "Name two snapshots, or one with --from (and --to) or --live.")
    if reading.wal:
        raise UsageError(
            "--wal is the log of one database, and these are two", "Name data directories, which bring their logs."
        )
    with opened(old, reading) as (before, console), opened(words[0], reading) as (after, _):
        yield before, after, parse_each(words[1:]), console


@contextmanager
def _with_cluster(old: str, asked: Asked, reading: Reading) -> Iterator[tuple[Comparison, Console]]:
    """A snapshot, or a moment of one, and the live cluster. What that refuses to list makes the exit code 3."""
    # Imported here, as snapshots alone need no cluster.
    from snapinspect.analysis.diff.live import compare_live, live_space
    from snapinspect.kube.cluster import connect, read_catalog

    _require_one_snapshot(asked)
    targets = parse_each(asked.words)
    with (
        connect(str(reading.kubeconfig or ""), reading.context) as cluster,
        opened(old, reading) as (view, console),
    ):
        before = as_of(view, asked.earlier, console) if asked.earlier else view
        _tell_cluster(before, cluster, console)
        catalog = read_catalog(cluster)
        selection = _selected(live_space(before, catalog), targets, asked, console)
        comparison = compare_live(before, cluster, catalog, selection, raw=asked.raw, progress=console.progress)
        for note in comparison.plan.notes:
            console.say(f"note: {note}")
        refused = list(comparison.new.problems)
        console.problems(refused)
        _check_names(selection, comparison.old, comparison.new)
        yield comparison, console
        for caution in comparison.cautions:
            console.say(f"note: {caution}")
        view.problems.extend(problem for problem in comparison.new.problems if problem not in refused)
        if refused and not view.problems:
            raise typer.Exit(INCOMPLETE)


def _require_one_snapshot(asked: Asked) -> None:
    if asked.later:
        raise UsageError("--live and --to both name the later state", "Leave one of them out.")
    first = asked.words[0] if asked.words else ""
    if Path(first).is_file() and not KindTable.builtin().resolve(first.partition("/")[0]):
        raise UsageError(f"--live compares one snapshot with the cluster, and {first} is another", "Leave one out.")


def _tell_cluster(before: Snapshot, cluster: Cluster, console: Console) -> None:
    """Says which cluster it is, and whether it is the snapshot's."""
    console.say(f"comparing with {cluster.server} (context {cluster.context}, {cluster.version()})")
    here, there = cluster.uid(), before.cluster_uid
    if not (here and there):
        console.say("note: whether the snapshot is from this cluster cannot be told")
    elif here != there:
        console.warn(
            "this cluster is NOT the one that the snapshot is from: their namespaces kube-system differ in UID"
        )


def _selected(space: KeySpace, targets: list[Target], asked: Asked, console: Console) -> Selection:
    """One selection for both sides, as an object may be on one only."""
    choice = asked.choice
    selection = select(
        space,
        targets,
        namespaces=choice.namespace or (),
        all_namespaces=choice.all_namespaces,
        selector=choice.selector,
        names=choice.name or (),
        keys=choice.key or (),
        everything=asked.everything,
    )
    for notice in selection.notices:
        console.say(f"note: {notice}")
    return selection


def _check_names(selection: Selection, *views: Snapshot) -> None:
    """Each KIND/NAME must be in one of the states at least."""
    if any(wanted.name is not None for wanted in selection.wanted):
        check_names(selection, (head for view in views for _, head in view.heads(selection)))


def _tell(comparison: Comparison, differences: list[Difference], console: Console) -> None:
    if not differences:
        is_whole = not (comparison.old.problems or comparison.new.problems)
        console.say("nothing differs" if is_whole else "nothing differs of what could be compared")
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
