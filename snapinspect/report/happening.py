"""What happened, in one pass over the log: how much when and by whom, to which objects, and the last of it in words."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from snapinspect.analysis.log import Asked as LogAsked
from snapinspect.analysis.log import Folded, Log, folded
from snapinspect.report.bins import Bins

if TYPE_CHECKING:
    from snapinspect.analysis.history import Held
    from snapinspect.analysis.log import Entry, Verb
    from snapinspect.model import Head, Progress
    from snapinspect.select import Selection
    from snapinspect.snapshot.timeline import Moment, Timeline

NOISE = "counted only"
"""The series of what happens all the time: leases, status, endpoints, Events."""
UNKNOWN = "unknown"
"""Who did what no field manager is known of: deletions above all."""
_MOST_MARKS = 100
_MOST_TOLD = 1_000
_BIRTHS = frozenset({"created", "recreated"})
_LIVES = _BIRTHS | {"deleted"}


class Mark(NamedTuple):
    """Something that happened to an object, at a time in seconds that may be some off."""

    seconds: int
    verb: Verb
    actors: str
    summary: str


class Told(NamedTuple):
    """A run of the same change as a row: its first entry, and how many ``more`` objects it happened to."""

    seconds: int | None
    moment: Moment | None
    revision: int | None
    actors: str
    verb: Verb
    head: Head
    more: int
    summary: str


@dataclass(slots=True)
class Lane:
    """An object and what happened to it, oldest first; ``left_out`` counts what is beyond the bound."""

    head: Head
    marks: list[Mark] = field(default_factory=list)
    left_out: int = 0

    def add(self, mark: Mark) -> None:
        """Beyond the bound the oldest goes, but for what tells when the object was there."""
        self.marks.append(mark)
        if len(self.marks) > _MOST_MARKS:
            self.left_out += 1
            del self.marks[next((at for at, each in enumerate(self.marks) if each.verb not in _LIVES), 0)]

    @property
    def rank(self) -> tuple[bool, int]:
        """What is looked for first: deletions, then what changed most; not what was only created."""
        return any(mark.verb == "deleted" for mark in self.marks), len(self.marks) + self.left_out

    @property
    def changed(self) -> bool:
        return any(mark.verb not in _BIRTHS for mark in self.marks)


@dataclass(slots=True)
class Actor:
    """Somebody, and how often they did what; ``first`` and ``last`` are seconds."""

    verbs: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    first: int | None = None
    last: int | None = None

    def add(self, entry: Entry, seconds: int | None) -> None:
        self.verbs[entry.verb] += 1
        self.kinds[entry.head.kind] += 1
        if seconds is not None:
            self.first = seconds if self.first is None else self.first
            self.last = seconds


class Happening:
    """What a log tells, summed up. ``told`` are the last of it, in runs."""

    def __init__(self, timeline: Timeline) -> None:
        self.by_kind = Bins()
        self.by_actor = Bins()
        self.actors: dict[str, Actor] = {}
        self.lanes: dict[bytes, Lane] = {}
        self.noise: Counter[str] = Counter()
        self.verbs: Counter[str] = Counter()
        self.told: deque[Told] = deque(maxlen=_MOST_TOLD)
        self.count = 0
        self.first: int | None = None
        self.last: int | None = None
        self._timeline = timeline

    def read(self, entries: Iterable[Entry]) -> None:
        for each in folded(self._watched(entries), self.noise):
            self.told.append(self._told(each))
            self.count += 1

    def seconds_of(self, entry: Entry) -> int | None:
        """When it was, by what most of the snapshot says: one object with a wrong clock stretches no axis."""
        moment = self._timeline.when(entry.record.mod_revision) if entry.record else None
        return moment.seconds if moment else None

    def _told(self, run: Folded) -> Told:
        entry, names = run
        return Told(
            self.seconds_of(entry),
            entry.moment,
            entry.record.mod_revision if entry.record else None,
            ", ".join(entry.actors),
            entry.verb,
            entry.head,
            len(names),
            entry.summary,
        )

    def _watched(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        for entry in entries:
            seconds = self.seconds_of(entry)
            if entry.noise:
                self._count_in(seconds, NOISE, NOISE)
            else:
                self._count(entry, seconds)
            yield entry

    def _count(self, entry: Entry, seconds: int | None) -> None:
        actors = ", ".join(entry.actors)
        self._count_in(seconds, entry.head.kind, actors or UNKNOWN)
        self.actors.setdefault(actors or UNKNOWN, Actor()).add(entry, seconds)
        self.verbs[entry.verb] += 1
        if entry.record is not None and seconds is not None:
            key = entry.record.key
            lane = self.lanes.get(key)
            if lane is None:
                lane = self.lanes[key] = Lane(entry.head)
            lane.add(Mark(seconds, entry.verb, actors, entry.summary))

    def _count_in(self, seconds: int | None, kind: str, actor: str) -> None:
        if seconds is not None:
            self.by_kind.add(seconds, kind)
            self.by_actor.add(seconds, actor)
            self.first = seconds if self.first is None else min(self.first, seconds)
            self.last = seconds if self.last is None else max(self.last, seconds)


def what_happened(
    view: Held, selection: Selection, timeline: Timeline, since: int, until: int | None, progress: Progress
) -> Happening:
    """Everything after the revision ``since`` and up to ``until``; the values of Secrets are hashes."""
    happening = Happening(timeline)
    log = Log(view, selection, LogAsked(since=since, until=until), timeline=timeline)
    with progress("reading what happened", view.store.count_records()) as advance:
        happening.read(_each(log, advance))
    return happening


def _each(log: Iterable[Entry], advance: Callable[[int], object]) -> Iterator[Entry]:
    for entry in log:
        advance(1)
        yield entry
