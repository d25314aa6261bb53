"""What happened: how much when, to which objects, who did it, what was deleted and how it comes back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from snapinspect.report.charts import MOST_SERIES, lanes, stacked
from snapinspect.report.happening import UNKNOWN
from snapinspect.report.markup import Content, Html, element, joined, shortened, table, table_row, wrapping
from snapinspect.report.page import Section, chart, folded_away
from snapinspect.snapshot.timeline import rfc3339
from snapinspect.write.counted import counted
from snapinspect.write.table import printable

if TYPE_CHECKING:
    from snapinspect.model import Head
    from snapinspect.report.bins import Bins
    from snapinspect.report.gathering import Facts
    from snapinspect.report.happening import Happening, Mark, Told

_MOST_LANES = 60
_MOST_ACTORS = 100
_MOST_ROWS = 48
"""Rows of the table that tells how much happened when."""
_PRINTED_ROWS = 300
"""Rows of what happened that ``page.css`` lets onto paper."""
_NEAR = 2
"""Seconds of uncertainty that a row does not mention."""
_COMMAND_LENGTH = 2_000
_VERBS = ("created", "recreated", "updated", "scaled", "rolled-out", "deleted")


def activity_section(happening: Happening) -> Section:
    if happening.first is None:
        return Section("activity", "Activity over time", element("p", "Nothing that happened has a time."))
    told = (
        f"One bar is {_duration(happening.by_kind.width)}. Drag to zoom, double-click to see all; a click on a bar "
        "shows what happened then, a click on a name in the legend hides it."
    )
    content = joined(
        [
            element("p", _totals(happening)),
            element("h3", "By kind"),
            chart("kind-chart", "Bars of changes over time, stacked by kind; the table below holds the same.", told),
            element("h3", "By actor"),
            chart("actor-chart", "Bars of changes over time, stacked by actor; the table below holds the same.", told),
            folded_away(
                "The same as tables", _binned("by kind", happening.by_kind), _binned("by actor", happening.by_actor)
            ),
        ]
    )
    figures = stacked("kind-chart", happening.by_kind, "kind"), stacked("actor-chart", happening.by_actor, "actor")
    return Section("activity", "Activity over time", content, figures)


def _totals(happening: Happening) -> str:
    verbs = ", ".join(f"{happening.verbs[verb]} {verb}" for verb in _VERBS if happening.verbs[verb])
    noise = ", ".join(f"{word} {count}" for word, count in happening.noise.most_common())
    return f"{verbs or 'Nothing changed'}." + (f" Counted, not shown: {noise}." if noise else "")


def _binned(title: str, bins: Bins) -> Html:
    series = bins.series(MOST_SERIES)
    rows = _binned_rows([each.counts for each in series])
    names = [shortened(each.name, 40) for each in series]
    width = _duration(bins.width)
    return table(
        f"Changes {title}; a row is {width} or, where that were too many, more", ("from", *names), rows, numbers=names
    )


def _binned_rows(counts: list[dict[int, int]]) -> Iterator[tuple[Content, ...]]:
    starts = sorted({at for each in counts for at in each})
    stride = -(-len(starts) // _MOST_ROWS) if starts else 1
    for at in range(0, len(starts), stride):
        together = starts[at : at + stride]
        yield rfc3339(together[0]), *(sum(each.get(start, 0) for start in together) for each in counts)


def lanes_section(happening: Happening) -> Section:
    changed = [lane for lane in happening.lanes.values() if lane.changed]
    if not changed or happening.first is None or happening.last is None:
        return Section("lanes", "What changed", element("p", "No object that is held changed."))
    changed.sort(key=lambda lane: lane.rank, reverse=True)
    drawn = [(_object(lane.head), lane) for lane in changed[:_MOST_LANES]]
    some = (
        f" Drawn are {len(drawn)} of {len(changed)} objects: those that were deleted, then those that changed most."
        if len(changed) > len(drawn)
        else ""
    )
    left = sum(lane.left_out for _, lane in drawn)
    more = f" {counted(left, 'change')} of objects that change all the time are left out." if left else ""
    rows = (
        (
            label,
            len(lane.marks) + lane.left_out,
            _span(lane.marks[0].seconds, lane.marks[-1].seconds),
            _story(lane.marks),
        )
        for label, lane in drawn
    )
    content = joined(
        [
            chart(
                "lanes-chart",
                "A lane for each object that changed, with a mark for each change; the table below holds the same.",
                f"A lane is there while its object was.{some}{more} A click on a mark shows the object in what happened.",
            ),
            folded_away(
                "The same as a table",
                table(
                    f"Objects that changed.{some}",
                    ("object", "changes", "when", "what"),
                    rows,
                    numbers=("changes",),
                ),
            ),
        ]
    )
    return Section("lanes", "What changed", content, (lanes(drawn, happening.first, happening.last),))


def _story(marks: Iterable[Mark]) -> str:
    verbs = [mark.verb for mark in marks]
    return ", ".join(f"{verbs.count(verb)} {verb}" for verb in _VERBS if verb in verbs)


def actors_section(happening: Happening) -> Section:
    actors = sorted(happening.actors.items(), key=lambda each: -each[1].verbs.total())
    rows: Iterator[Sequence[Content]] = (
        (
            name,
            *(actor.verbs[verb] for verb in _VERBS),
            ", ".join(f"{kind} {count}" for kind, count in actor.kinds.most_common(4)),
            _span(actor.first, actor.last),
        )
        for name, actor in actors[:_MOST_ACTORS]
    )
    some = f", the {_MOST_ACTORS} busiest of {len(actors)}" if len(actors) > _MOST_ACTORS else ""
    columns = ("who", *_VERBS, "mostly", "when")
    content = joined(
        [
            element(
                "p",
                "Who is the field manager that Kubernetes noted. Of a deletion nobody is noted: the API server's audit log alone knows.",
            ),
            table(f"Who did what{some}", columns, rows, numbers=_VERBS),
            _happened(happening),
        ]
    )
    return Section("who", "Who did what", content)


def _span(first: int | None, last: int | None) -> str:
    if first is None or last is None:
        return ""
    return rfc3339(first) if first == last else f"{rfc3339(first)} to {rfc3339(last)}"


def _happened(happening: Happening) -> Html:
    told = list(happening.told)
    some = f", the last {len(told)} of {happening.count}" if happening.count > len(told) else ""
    columns = ("revision", "time", "who", "what", "object", "changed")
    rows = (_told_row(each) for each in told)
    filtered = element(
        "p",
        element("span", id="filter-words"),
        " ",
        element("button", "Show all", type="button", id="filter-off"),
        id="filter",
        hidden="",
        role="status",
    )
    return element(
        "div",
        element("h3", "What happened", id="happened"),
        filtered,
        _printed(told),
        table(f"What happened{some}", columns, rows),
        id="log",
    )


def _printed(told: Sequence[Told]) -> Html | None:
    """What is said on paper alone."""
    if len(told) <= _PRINTED_ROWS:
        return None
    words = f"Printed are the last {_PRINTED_ROWS} of {len(told)}, or what a click on a chart leaves of all."
    return element("p", words, class_="printed")


def _told_row(told: Told) -> Html:
    more = f" and {told.more} more" if told.more else ""
    return table_row(
        (told.revision, _time(told), told.actors or UNKNOWN, told.verb, _object(told.head) + more, told.summary),
        data_time=told.seconds,
        data_kind=told.head.kind,
        data_actor=told.actors or UNKNOWN,
        data_object=_object(told.head),
    )


def _time(told: Told) -> str:
    moment = told.moment
    if moment is None:
        return ""
    return str(moment) if moment.uncertainty is not None and moment.uncertainty <= _NEAR else f"~{moment}"


def deletions_section(facts: Facts) -> Section:
    if not facts.gone:
        compacted = facts.information["compactRevision"]
        more = (
            f" History up to revision {compacted} was compacted away; --carve looks for more in free pages."
            if compacted
            else ""
        )
        return Section(
            "deleted", "Deleted, and how it comes back", element("p", f"Nothing that was deleted is held.{more}")
        )
    rows = (
        (
            str(lost.moment) if lost.moment else "",
            _object(lost.head),
            lost.revision,
            element("code", wrapping(shortened(lost.command, _COMMAND_LENGTH))),
        )
        for lost in facts.gone
    )
    some = f", the latest {len(facts.gone)} of {facts.gone_count}" if facts.gone_count > len(facts.gone) else ""
    columns = ("deleted", "object", "last revision", "command that brings it back")
    return Section(
        "deleted",
        "Deleted, and how it comes back",
        table(f"Deleted objects{some}", columns, rows, numbers=("last revision",)),
    )


def _object(head: Head) -> str:
    place = f" -n {head.namespace}" if head.namespace else ""
    return printable(shortened(f"{head.kind.lower()}/{head.name}{place}"))


def _duration(seconds: int) -> str:
    for unit, length in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds % length == 0:
            return counted(seconds // length, unit)
    return counted(seconds, "second")
