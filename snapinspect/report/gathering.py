"""All that a page tells of a snapshot, asked once; each part bounded, with a count of what it leaves out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from snapinspect.analysis.deleted import Deleted, Gone
from snapinspect.analysis.diff.fields import changes
from snapinspect.analysis.diff.noise import without_noise
from snapinspect.analysis.diff.objects import Comparison, Difference
from snapinspect.analysis.diff.secrets import Veil
from snapinspect.analysis.history import Held
from snapinspect.analysis.info import describe
from snapinspect.analysis.locks import uses
from snapinspect.analysis.log import noise_of, summary_of
from snapinspect.analysis.stats import survey
from snapinspect.analysis.verify import examine
from snapinspect.report.happening import what_happened
from snapinspect.snapshot.timeline import read_timeline
from snapinspect.sources.recovery import unhurt

if TYPE_CHECKING:
    from snapinspect.analysis.info import Information
    from snapinspect.analysis.locks import Use
    from snapinspect.analysis.stats import Place, Statistics
    from snapinspect.analysis.verify import Report
    from snapinspect.model import Head, Problem, Progress
    from snapinspect.report.happening import Happening
    from snapinspect.select import Selection
    from snapinspect.snapshot import Snapshot
    from snapinspect.snapshot.timeline import Moment

_OF_A_VALUE = "value"
_LOCKED = "encrypted"
_TOP = 50
_MOST_GONE = 500
_MOST_DIFFERENT = 500

SelectionOf = Callable[["Snapshot"], "Selection"]
"""What is meant of a view of the snapshot."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the page is about: ``selected`` of each view, from the revision after ``since`` up to ``until``.

    ``recovery`` gives the command that brings back the last state of something deleted, and is told whether its key
    lives again.
    """

    selected: SelectionOf
    recovery: Callable[[Gone, bool], str]
    since: int = 0
    until: int | None = None


class Lost(NamedTuple):
    """An object that was deleted, when, and the command that brings it back."""

    head: Head
    moment: Moment | None
    revision: int
    command: str


class Different(NamedTuple):
    """An object that differs, and in which fields in a few words."""

    operation: str
    head: Head
    summary: str


@dataclass(frozen=True, slots=True)
class Differences:
    """From the ``old`` state to the ``new`` one: ``counts`` by operation and kind, and the first of them."""

    old: Snapshot
    new: Snapshot
    counts: Counter[tuple[str, str]]
    first: list[Different]


@dataclass(frozen=True, slots=True)
class Facts:
    """What was found out. ``gone`` is the latest part of ``gone_count``."""

    view: Snapshot
    information: Information
    verified: Report
    statistics: Statistics
    places: list[Place]
    happening: Happening
    gone: list[Lost]
    gone_count: int
    locks: list[Use]
    problems: list[Problem]
    differences: Differences | None = None


def gather(view: Snapshot, asked: Asked, other: Snapshot | None, progress: Progress) -> Facts:
    """Asks all that a page tells. ``other`` is another state, earlier or later, that this one is held against.

    Raises what reading a snapshot does; single values that cannot be read are among the ``problems``.
    """
    verified, digests, known = examine(view, progress)
    view = _as_it_is(view, verified)
    statistics, places = survey(view, asked.selected(view), top=_TOP, progress=progress)
    held = view.seen_as(Held)
    timeline = read_timeline(view)
    happening = what_happened(held, asked.selected(held), timeline, asked.since, asked.until, progress)
    past = view.seen_as(Deleted)
    gone = [
        each
        for each in past.gone(asked.selected(past))
        if not noise_of(each.head) and each.end > asked.since and (asked.until is None or each.end <= asked.until)
    ]
    lost = [
        Lost(
            each.head,
            timeline.when(each.end),
            each.life.last.mod_revision,
            asked.recovery(each, view.live(each.life.last.key) is not None),
        )
        for each in gone[:_MOST_GONE]
    ]
    information = describe(view, detail=True, timeline=timeline, facts=known, digests=digests, progress=progress)
    return Facts(
        view,
        information,
        verified,
        statistics,
        places,
        happening,
        lost,
        len(gone),
        list(uses(view)) if any(each.startswith(_LOCKED) for each in information["encodings"]) else [],
        list(dict.fromkeys(view.problems)),
        _compared(view, asked, other) if other else None,
    )


def _as_it_is(view: Snapshot, verified: Report) -> Snapshot:
    """What was opened to look at every page, read as other commands do where all pages are sound."""
    is_whole = all(each["code"] == _OF_A_VALUE for each in verified["findings"])
    store = unhurt(view.source) if is_whole else None
    return view.over(store) if store else view


def _compared(view: Snapshot, asked: Asked, other: Snapshot) -> Differences:
    """What differs, from the state at the lower revision to the other."""
    old, new = (view, other) if view.revision < other.revision else (other, view)
    comparison = Comparison(old, new, asked.selected(new))
    found = comparison.differences()
    counts: Counter[tuple[str, str]] = Counter((each.operation, each.head.kind) for each in found)
    veil = Veil()
    first = [_different(comparison, each, veil) for each in islice(found, _MOST_DIFFERENT)]
    return Differences(old, new, counts, first)


def _different(comparison: Comparison, difference: Difference, veil: Veil) -> Different:
    before, after = comparison.bodies(difference) if difference.operation == "changed" else (None, None)
    if before is None or after is None:
        return Different(difference.operation, difference.head, "")
    told = summary_of(list(changes(veil.over(without_noise(before)), veil.over(without_noise(after)))))
    return Different(difference.operation, difference.head, told)
