"""``snapinspect log``: everything that happened, in order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from snapinspect.analysis.diff.secrets import Unveiled, Veil
from snapinspect.analysis.diff.shown import Shown
from snapinspect.analysis.history import Held
from snapinspect.analysis.log import Asked, Entry, Line, Log, Window, count_windows, runs, stretches, windows
from snapinspect.cli import console as terminal
from snapinspect.cli.declared import Argument, Option
from snapinspect.cli.line import typed
from snapinspect.cli.log_forms import Facts, Form, Patches, Table, Told
from snapinspect.cli.opening import moment_meant, opened, selected
from snapinspect.cli.options import Choice, DiffRawOption, Reading, ShowSecretsOption, SnapshotArgument
from snapinspect.errors import NotFound, UsageError
from snapinspect.select import parse_targets
from snapinspect.sources.cloud import is_object

if TYPE_CHECKING:
    from snapinspect.cli.console import Console
    from snapinspect.snapshot import Snapshot

Stretches = Iterable[Log | Iterable[Entry]]


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
        views: list[Snapshot] = [view]
        if later is None:
            stretched = _log(view, words, choice, asked, veil, console)
        else:
            views.append(stack.enter_context(opened(later, reading))[0])
            stretched = _across(view, views[1], words, choice, asked, veil, console)
        form = _form(output, Patches(views[-1], Shown(raw, veil), reading.color) if patch else None, reading)
        noise: Counter[str] = Counter()
        told = _tell(_told(_windows(stretched, form, views, console, held=reverse), form, noise), form, reverse=reverse)
        _say_noise(console, noise)
        if not (told or noise or view.problems):
            raise _nothing_told(view, choice)


def _form(output: LogFormat, patches: Patches | None, reading: Reading) -> Form:
    if patches is not None:
        return patches
    return Table(reading.color) if output is LogFormat.table else Facts(output is LogFormat.jsonl)


def _windows(
    stretched: Stretches, form: Form, views: list[Snapshot], console: Console, *, held: bool
) -> Iterator[Window]:
    """All of them, with a bar while they are read."""
    found = (window for stretch in stretched for window in windows(stretch, form.made, form.size))
    total = sum(count_windows(view, form.size) for view in views)
    return console.each("reading what happened", total, found, held=held or form.waits)


def _told(found: Iterable[Window], form: Form, noise: Counter[str]) -> Iterable[Told]:
    """What is told; ``noise`` counts the rest."""

    def lines() -> Iterator[Line]:
        for window in found:
            noise.update(window.noise)
            yield from window.lines

    return runs(lines()) if form.folds else ((shown, ()) for _, _, shown in lines())


def _is_snapshot(word: str) -> bool:
    return is_object(word) or Path(word).exists()


def _log(view: Snapshot, words: list[str], choice: Choice, asked: Asked, veil: Veil, console: Console) -> Stretches:
    held = view.seen_as(Held)
    return [Log(held, selected(held, console, parse_targets(words), choice), asked, veil)]


def _across(
    old: Snapshot, new: Snapshot, words: list[str], choice: Choice, asked: Asked, veil: Veil, console: Console
) -> Stretches:
    # Imported here, as most logs are of one snapshot.
    from snapinspect.cli.compared import selected_in_either

    older, newer = old.seen_as(Held), new.seen_as(Held)
    selection = selected_in_either(older, newer, parse_targets(words), choice, console)
    return stretches(older, newer, selection, selection, asked, veil)


def _tell(told: Iterable[Told], form: Form, *, reverse: bool) -> int:
    """How much was told."""
    several = Counted(reversed(list(told)) if reverse else told)
    with terminal.utf8_output() as stream:
        form.write(several, stream)
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

    def __init__(self, told: Iterable[Told]) -> None:
        self._told = told
        self.count = 0

    def __iter__(self) -> Iterator[Told]:
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


def _say_noise(console: Console, noise: Counter[str]) -> None:
    if noise:
        told = ", ".join(f"{word} {count}" for word, count in noise.most_common())
        console.say(f"counted, not shown: {told}; --all shows them")
