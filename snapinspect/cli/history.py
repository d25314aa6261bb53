"""``snapinspect history``: every revision of an object that the snapshot still holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Annotated, Any, TextIO

from snapinspect.analysis.history import Held, History, Step
from snapinspect.cli import console as terminal
from snapinspect.cli.declared import Option
from snapinspect.cli.opening import narrowed, one_name, opened, selected
from snapinspect.cli.options import (
    Choice,
    DiffRawOption,
    FactsOption,
    ObjectArgument,
    Reading,
    ShowSecretsOption,
    SnapshotArgument,
)
from snapinspect.cli.output import FACT_FORMS, Output, parse_output, write_facts
from snapinspect.cli.pen import Pen
from snapinspect.model import INFERRED, LIVE, UNCOMMITTED, origin
from snapinspect.write.sizes import human_size
from snapinspect.write.table import write_table

if TYPE_CHECKING:
    from snapinspect.analysis.diff.shown import Shown

_COLUMNS = ("revision", "time", "operation", "size", "by", "changed")
_FIELDS = (
    *("revision", "operation", "again", "version", "time", "timeSource", "timeUncertainty", "size"),
    *("managers", "changed", "source", "revisionInferred", "committed"),
)
"""What programs are told of each revision."""
_NAMED = 3
"""Fields named in a row of the table."""
_NEAR = 2
"""Seconds of uncertainty that a row does not mention."""


def history(
    snapshot: SnapshotArgument,
    choice: Choice,
    reading: Reading,
    target: ObjectArgument = None,
    output: FactsOption = "table",
    patch: Annotated[bool, Option("-p", "--patch", help="Show each revision as a diff against the last.")] = False,
    raw: DiffRawOption = False,
    show_secrets: ShowSecretsOption = False,
) -> None:
    """List every revision of an object that is still held; of one that was deleted, too."""
    form = parse_output(output, FACT_FORMS)
    targets = one_name(snapshot, target, "a history is")
    with opened(snapshot, reading, choice.at) as (view, console):
        held = narrowed(view.seen_as(Held), targets, choice)
        steps = History.of(held, selected(held, console, targets, choice))
        with terminal.utf8_output() as stream:
            if patch:
                _write_patches(steps, _shown(raw=raw, show_secrets=show_secrets), Pen(reading.color, stream))
            else:
                _write(steps, form, stream)


def _write(steps: Iterable[Step], output: Output, stream: TextIO) -> None:
    if output.form == "table":
        write_table(_COLUMNS, map(_row, steps), stream)
    else:
        write_facts(map(_fields, steps), _FIELDS, output, stream)


def _row(step: Step) -> tuple[object, ...]:
    return (
        step.record.mod_revision,
        _time(step),
        _operation(step),
        None if step.record.tombstone else human_size(len(step.record.value)),
        ", ".join(step.managers),
        _changed(step.changed()),
    )


def _operation(step: Step) -> str:
    words = f"{step.operation} again" if step.again else step.operation
    return words if step.record.source == LIVE else f"{words} ({step.record.source})"


def _time(step: Step) -> str | None:
    moment = step.moment
    if moment is None:
        return None
    near = moment.uncertainty is not None and moment.uncertainty <= _NEAR
    return str(moment) if near else f"{moment} ({moment.certainty})"


def _changed(paths: list[str] | None) -> str:
    if paths is None:
        return "(the state before is not held)"
    more = f" and {len(paths) - _NAMED} more" if len(paths) > _NAMED else ""
    return ", ".join(paths[:_NAMED]) + more


def _fields(step: Step) -> dict[str, Any]:
    record, moment = step.record, step.moment
    return {
        "revision": record.mod_revision,
        "operation": step.operation,
        "again": step.again,
        "version": record.version or None,
        "time": str(moment) if moment else None,
        "timeSource": moment.source if moment else None,
        "timeUncertainty": moment.uncertainty if moment else None,
        "size": len(record.value),
        "managers": step.managers,
        "changed": step.changed(),
        "source": origin(record),
        "revisionInferred": record.source == INFERRED,
        "committed": record.source != UNCOMMITTED,
    }


def _shown(*, raw: bool, show_secrets: bool) -> Shown:
    # Imported here, as most ask for a table, which must be there at once.
    from snapinspect.analysis.diff.secrets import Veil
    from snapinspect.analysis.diff.shown import Shown

    return Shown(raw, None if show_secrets else Veil())


def _write_patches(steps: Iterable[Step], shown: Shown, pen: Pen) -> None:
    for step in steps:
        by = f" by {', '.join(step.managers)}" if step.managers else ""
        pen.heading(
            f"revision {step.record.mod_revision}, {_time(step) or 'at an unknown time'}: {_operation(step)}{by}"
        )
        pen.lines(_patch(step, shown))


def _patch(step: Step, shown: Shown) -> Iterator[str]:
    if step.body is None and not step.record.tombstone:
        yield "# it cannot be read"
        return
    if step.is_first and step.operation == "updated":
        yield "# the state before is not held any more: this is the whole object"
    hunks = shown.hunks(step.before, step.body)
    yield from hunks or ["# nothing but status and what servers write; --raw shows it"]
