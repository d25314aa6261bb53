"""``snapinspect log``: everything that happened, in order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from enum import StrEnum
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple, TextIO

from snapinspect.analysis.diff.secrets import Unveiled, Veil
from snapinspect.analysis.diff.shown import Shown
from snapinspect.analysis.history import Held
from snapinspect.analysis.log import Asked, Entry, Folded, Log, across, folded
from snapinspect.cli import console as terminal
from snapinspect.cli.declared import Argument, Option
from snapinspect.cli.line import typed
from snapinspect.cli.opening import moment_meant, opened, selected
from snapinspect.cli.options import (
    Choice,
    Color,
    DiffRawOption,
    Reading,
    ShowSecretsOption,
    SnapshotArgument,
)
from snapinspect.cli.pen import GREEN, RED, YELLOW, Pen, painted
from snapinspect.errors import NotFound, UsageError
from snapinspect.select import parse_targets
from snapinspect.sources.cloud import is_object
from snapinspect.write import json, lists
from snapinspect.write.table import EMPTY, write_table

if TYPE_CHECKING:
    from snapinspect.cli.console import Console
    from snapinspect.snapshot import Snapshot

_COLUMNS = ("revision", "time", "by", "what", "object", "changed")
_VERBS = {
    "created": GREEN,
    "recreated": GREEN,
    "updated": YELLOW,
    "scaled": YELLOW,
    "rolled-out": YELLOW,
    "deleted": RED,
}
_NEAR = 2
"""Seconds of uncertainty that a row does not mention."""


class LogFormat(StrEnum):
    """``-o`` of ``log``."""

    table = "table"
    json = "json"
    jsonl = "jsonl"


def log(
    snapshot: SnapshotArgument,
    choice: Choice,
    reading: Reading,
    target: Annotated[
        list[str] | None,
        Argument(metavar="[NEW] [KIND[/NAME]]...", help="The next snapshot, if any; then whose doings."),
    ] = None,
    since: Annotated[str, Option("--since", metavar="WHEN", help="Only what came after that moment.")] = "",
    until: Annotated[str, Option("--until", metavar="WHEN", help="Only what came up to that moment.")] = "",
    by: Annotated[str, Option("--by", metavar="MANAGER", help="Only what this field manager did.")] = "",
    field: Annotated[str, Option("--field", metavar="PATH", help="Only changes of it, as .spec.replicas.")] = "",
    events: Annotated[bool, Option("--events", help="Kubernetes' Events in between.")] = False,
    everything: Annotated[
        bool, Option("--all", help="Also what is only counted: status, leases, endpoints, Events.")
    ] = False,
    patch: Annotated[bool, Option("-p", "--patch", help="Show each change as a diff.")] = False,
    reverse: Annotated[bool, Option("--reverse", help="The newest first.")] = False,
    output: Annotated[LogFormat, Option("-o", "--output", help="Output format.")] = LogFormat.table,
    raw: DiffRawOption = False,
    show_secrets: ShowSecretsOption = False,
) -> None:
    """Tell everything that happened, in order: who did what to which object. With a second snapshot, what lies between, too."""
    words = list(target or [])
    later = words.pop(0) if words and _is_snapshot(words[0]) else None
    veil = Unveiled() if show_secrets else Veil()
    with ExitStack() as stack:
        view, console = stack.enter_context(opened(snapshot, reading, choice.at))
        asked = Asked(
            since=moment_meant(view, since, console, start=True) if since else 0,
            until=moment_meant(view, until, console) if until else None,
            by=by,
            field=field,
            events=events,
            everything=everything,
            whole=patch,
        )
        _require_span(asked, view if later is None else None)
        if later is None:
            newest, entries = view, _log(view, words, choice, asked, veil, console)
        else:
            newest, _ = stack.enter_context(opened(later, reading))
            entries = _across(view, newest, words, choice, asked, veil, console)
        noise: Counter[str] = Counter()
        patches = _Patches(newest, Shown(raw, veil), reading) if patch else None
        held = reverse or (output is LogFormat.table and not patch)
        entries = console.each("reading what happened", newest.store.count_records(), entries, held=held)
        told = _tell(entries, noise, output, patches, reverse, reading.color)
        _say_noise(console, noise)
        if not (told or noise or view.problems):
            raise _nothing_told(view, choice)


def _is_snapshot(word: str) -> bool:
    return is_object(word) or Path(word).exists()


def _log(
    view: Snapshot, words: list[str], choice: Choice, asked: Asked, veil: Veil, console: Console
) -> Iterable[Entry]:
    held = view.seen_as(Held)
    return Log(held, selected(held, console, parse_targets(words), choice), asked, veil)


def _across(
    old: Snapshot, new: Snapshot, words: list[str], choice: Choice, asked: Asked, veil: Veil, console: Console
) -> Iterable[Entry]:
    # Imported here, as most logs are of one snapshot.
    from snapinspect.cli.compared import selected_in_either

    older, newer = old.seen_as(Held), new.seen_as(Held)
    selection = selected_in_either(older, newer, parse_targets(words), choice, console)
    return across(older, newer, selection, selection, asked, veil)


def _tell(
    entries: Iterable[Entry],
    noise: Counter[str],
    output: LogFormat,
    patches: _Patches | None,
    reverse: bool,
    color: Color,
) -> int:
    """How much was told."""
    told: Iterable[Folded] = folded(entries, noise) if patches is None else _each(entries, noise)
    if reverse:
        told = reversed(list(told))
    several = Counted(told)
    with terminal.utf8_output() as stream:
        if patches:
            patches.write(several, stream)
        else:
            _write(several, output, color, stream)
    return several.count


def _require_span(asked: Asked, view: Snapshot | None) -> None:
    """Raises UsageError where nothing can lie between the moments; ``view`` is what ends the log, if it is the one snapshot."""
    line = typed()
    since, until = line.value("--since"), line.value("--until")
    if asked.until is not None and asked.since > asked.until and since and until:
        mended = line.with_option("--since", until).with_option("--until", since)
        raise UsageError("--since is a later moment than --until", f"the other way round: `{mended}`")
    if view is not None and asked.since > view.revision:
        wrong = f"revision {asked.since} is after the snapshot's last, {view.revision}"
        raise UsageError(wrong, f"without it: `{line.without('--since')}`")


class Counted:
    """Counts what is taken."""

    def __init__(self, told: Iterable[Folded]) -> None:
        self._told = told
        self.count = 0

    def __iter__(self) -> Iterator[Folded]:
        for each in self._told:
            self.count += 1
            yield each


def _nothing_told(view: Snapshot, choice: Choice) -> NotFound:
    """Why: a namespace that is not there, or filters that let nothing through."""
    # Imported here, as most that is asked for happened.
    from snapinspect.cli.missing import absent_namespace

    wider = typed().without("--since", "--until", "--by", "--field", "-l", "--selector", "-n", "--namespace")
    nothing = NotFound("nothing that happened is like that, as far as it is held", f"`{wider}` tells more.")
    return absent_namespace(view, choice.namespaces) or nothing


def _each(entries: Iterable[Entry], noise: Counter[str]) -> Iterator[Folded]:
    """Nothing folded, as patches differ where words do not."""
    for entry in entries:
        if entry.noise:
            noise[entry.noise] += 1
        else:
            yield Folded(entry)


def _write(told: Iterable[Folded], output: LogFormat, color: Color, stream: TextIO) -> None:
    match output:
        case LogFormat.table:
            table = StringIO()
            write_table(_COLUMNS, map(_cells, told), table)
            stream.write(painted(table.getvalue(), _VERBS, color, stream))
        case LogFormat.json:
            lists.write_json((entry.as_json(names) for entry, names in told), stream)
        case LogFormat.jsonl:
            stream.writelines(json.dumps(entry.as_json(names)) + "\n" for entry, names in told)


def _cells(told: Folded) -> list[str]:
    """A row of which no cell is empty: plain texts alone are drawn at once."""
    return [cell or EMPTY for cell in _row(told)]


def _row(told: Folded) -> tuple[str, ...]:
    entry, names = told
    more = f" and {len(names)} more" if names else ""
    revision = str(entry.record.mod_revision) if entry.record else ""
    return revision, _time(entry), ", ".join(entry.actors), entry.verb, _object(entry) + more, entry.summary


def _time(entry: Entry) -> str:
    moment = entry.moment
    if moment is None:
        return ""
    near = moment.uncertainty is not None and moment.uncertainty <= _NEAR
    return str(moment) if near else f"~{moment}"


def _object(entry: Entry) -> str:
    head = entry.head
    return f"{head.kind.lower()}/{head.name}" + (f" -n {head.namespace}" if head.namespace else "")


class _Patches(NamedTuple):
    """Entries as diffs; ``view`` reads what an entry does not hold."""

    view: Snapshot
    shown: Shown
    reading: Reading

    def write(self, told: Iterable[Folded], stream: TextIO) -> None:
        pen = Pen(self.reading.color, stream)
        for each in told:
            pen.heading("  ".join(cell for cell in _row(each) if cell))
            pen.lines(self._lines(each.entry))

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


def _say_noise(console: Console, noise: Counter[str]) -> None:
    if noise:
        told = ", ".join(f"{word} {count}" for word, count in noise.most_common())
        console.say(f"counted, not shown: {told}; --all shows them")
