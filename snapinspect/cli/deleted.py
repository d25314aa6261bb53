"""``snapinspect deleted``: what is gone, and can still be recovered."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, TextIO

from snapinspect.analysis.authors import managers_of
from snapinspect.analysis.deleted import Deleted, Gone
from snapinspect.cli import console as terminal
from snapinspect.cli.declared import Option
from snapinspect.cli.line import CommandLine, typed
from snapinspect.cli.opening import moment_meant, opened, require_some, selected
from snapinspect.cli.options import Choice, FactsOption, NamedTargets, Reading, SnapshotArgument
from snapinspect.cli.output import LIST_FORMS, Output, parse_output, write_facts
from snapinspect.errors import NotFound
from snapinspect.model import INFERRED, origin
from snapinspect.select import Names, parse_listed
from snapinspect.snapshot.timeline import Timeline, read_timeline
from snapinspect.write.names import object_name
from snapinspect.write.sizes import human_size
from snapinspect.write.table import write_table

_COLUMNS = ("deleted", "namespace", "kind", "name", "last-revision")
_FIELDS = (
    *("key", "apiVersion", "kind", "namespace", "name", "deletedRevision", "lastRevision", "deletedAt"),
    *("sign", "size", "source", "revisionInferred"),
)
"""What programs are told of each."""
_CHOOSING = (
    *("-n", "--namespace", "-A", "--all-namespaces", "-l", "--selector", "--field-selector", "--name", "--key"),
    *("--exclude", "-o", "--output"),
)
"""Options that a line which names one object does without."""
_WIDE_COLUMNS = (*_COLUMNS, "deleted-revision", "sign", "size", "source", "key")


def deleted(
    snapshot: SnapshotArgument,
    choice: Choice,
    reading: Reading,
    kinds: NamedTargets = None,
    output: FactsOption = "table",
    since: Annotated[
        str, Option("--since", metavar="WHEN", help="Only what was deleted from then on, as in --at.")
    ] = "",
    by: Annotated[
        list[str] | None,
        Option("--by", metavar="MANAGER", help="Only what this field manager had a part in; may be a pattern."),
    ] = None,
) -> None:
    """List what was deleted and can still be recovered, latest first."""
    form = parse_output(output, LIST_FORMS)
    with opened(snapshot, reading, choice.at) as (view, console):
        past = view.seen_as(Deleted)
        selection = selected(past, console, parse_listed(kinds or [], past.kinds.means_something), choice)
        start = moment_meant(view, since, console, start=True) if since else 0
        gone = [
            each for each in past.gone(selection) if each.end >= start and _is_by(past, each, Names(tuple(by or ())))
        ]
        with terminal.utf8_output() as stream:
            Listing(past, read_timeline(view)).write(gone, form, stream)
        compacted = past.store.compact_revision
        if not gone and compacted and not reading.carve:
            console.say(f"note: history up to revision {compacted} was compacted away{_further(past)}")
        require_some(len(gone), past, selection)
        if not gone and (since or by):
            raise NotFound(
                "nothing that was deleted since then, or by them, is held",
                f"`{typed().without('--since', '--by')}` lists all.",
            )
        if gone:
            console.say(
                f"`{_recovery_of(gone[0], past)}` recovers the first of these; with --at LAST-REVISION, any as it was then"
            )


def _further(past: Deleted) -> str:
    """The lines that look for it elsewhere."""
    # Imported here, as most snapshots hold something that was deleted.
    from snapinspect.cli.beyond import places_beyond

    line = typed()
    far = [place for soon in (True, False) for place in places_beyond(past, line, soon=soon)]
    ways = [f"{place.may_hold} some of it: `{line.with_option(*place.option)}`" for place in far]
    return "".join(f"; {way}" for way in ways)


def _recovery_of(gone: Gone, past: Deleted) -> CommandLine:
    """The line that brings the last life of one back, read as this run reads."""
    line, head = typed().of("get").without(*_CHOOSING).with_option("--deleted"), gone.head
    snapshot = line.arguments[0]
    if not head.kind:
        return line.with_arguments(snapshot).with_option("--key", _key(gone))
    named = line.with_arguments(snapshot, f"{past.kind_of(head).directory}/{head.name}")
    return named.with_option("-n", head.namespace) if head.namespace else named


def _is_by(past: Deleted, gone: Gone, managers: Names) -> bool:
    """Whether one of these had a part in the last state; anybody where nobody was named."""
    return not managers or any(name in managers for name in managers_of(past.body_of(gone.life.last) or {}))


class Listing:
    """Lives that ended, as rows and as facts."""

    def __init__(self, view: Deleted, timeline: Timeline) -> None:
        self._view = view
        self._timeline = timeline

    def write(self, gone: Iterable[Gone], output: Output, stream: TextIO) -> None:
        match output.form:
            case "table":
                write_table(_COLUMNS, map(self._row, gone), stream)
            case "wide":
                write_table(_WIDE_COLUMNS, map(self._wide_row, gone), stream)
            case "name":
                heads = (each.head for each in gone if each.head.kind)
                stream.writelines(object_name(head.group, head.kind, head.name) + "\n" for head in heads)
            case _:
                write_facts(map(self._fields, gone), _FIELDS, output, stream)

    def _row(self, gone: Gone) -> tuple[object, ...]:
        head = gone.head
        kind = self._view.kind_of(head).directory if head.kind else None
        label = f"{kind}?" if head.guessed and kind else kind
        return self._deleted_at(gone), head.namespace, label, head.name, gone.life.last.mod_revision

    def _wide_row(self, gone: Gone) -> tuple[object, ...]:
        life = gone.life
        return (*self._row(gone), life.ended, life.sign, human_size(len(life.last.value)), life.last.source, _key(gone))

    def _deleted_at(self, gone: Gone) -> str | None:
        moment = None if gone.life.ended is None else self._timeline.when(gone.life.ended)
        return str(moment) if moment else None

    def _fields(self, gone: Gone) -> dict[str, Any]:
        life, head = gone
        return {
            "key": _key(gone),
            "apiVersion": head.api_version or None,
            "kind": head.kind or None,
            "namespace": head.namespace,
            "name": head.name,
            "deletedRevision": life.ended,
            "lastRevision": life.last.mod_revision,
            "deletedAt": self._deleted_at(gone),
            "sign": life.sign,
            "size": len(life.last.value),
            "source": origin(life.last),
            "revisionInferred": life.last.source == INFERRED,
        }


def _key(gone: Gone) -> str:
    return gone.life.last.key.decode("utf-8", "backslashreplace")
