"""When each revision was written, told by the times that Kubernetes put into what it wrote.

etcd keeps no times. An object is created at its ``create_revision`` and at its creationTimestamp
(k8s.io/apiserver ``pkg/registry/rest/meta.go``), a Lease is written at its renewTime, an Event at its last
observation, and whoever changes a field is noted with the time in managedFields (structured-merge-diff
by way of k8s.io/apimachinery ``pkg/util/managedfields``). As revisions only grow, so do their times:
what contradicts most of the others is a clock that is wrong, and is left out.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from snapinspect.errors import Damaged
from snapinspect.etcd import Reaching, Sampling, Timed
from snapinspect.kube.skim import Skim

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from snapinspect.etcd import KeyFilter, Store
    from snapinspect.model import Body, Head, Record

_MOST = 5_000
"""Records looked at for their times: among so many, evenly spread, neighbours are near enough."""
_FEW, _OUTLINE = 30, 250
_DISTANCES = (-64, -32, -16, -8, -4, 0, 4, 8, 16, 32, 64)
"""When few revisions are asked for: how many places are looked at for the whole, and how far from each revision others are.

A place is a page, which holds some records."""
_NEWEST = 200
"""Records that tell when the last of them was written: a cluster renews Leases every few seconds."""


class Dated(Protocol):
    """A view of a snapshot, whose records tell the time."""

    @property
    def store(self) -> Store:
        """Every revision that is held."""

    def head_of(self, record: Record) -> Head | None:
        """What a record says of itself, or None when it cannot be read."""

    def part_of(self, record: Record, skim: Skim) -> Body | None:
        """The object in a record, of which no more than ``skim`` says need be there, or None when that cannot be read."""


class Stamp(NamedTuple):
    """A time, in seconds since 1970, found in what was written at a revision.

    ``exact`` when it was taken at that writing, to the second; else the writing was no earlier.
    """

    revision: int
    seconds: int
    source: str
    exact: bool = True


_AS_NOUNS = {"interpolated": "interpolation", "received": "when it was received"}
"""Sources that are no fields, as words behind "by"."""


class Moment(NamedTuple):
    """When a revision was written, in seconds since 1970, as near as is known.

    The truth is at most ``uncertainty`` seconds away; None means that nothing bounds it on the other side.
    ``source`` is the field that told the time (``creationTimestamp``, ``renewTime``, ``event``,
    ``managedFields``, ``deletionTimestamp``), ``received`` where the backup kept it, ``interpolated`` between two such, or ``not-before`` or
    ``not-after`` where only one side has any.
    """

    seconds: int
    uncertainty: int | None
    source: str

    def __str__(self) -> str:
        return rfc3339(self.seconds)

    @property
    def certainty(self) -> str:
        """How near this is to the truth, in words."""
        by = f"by {_AS_NOUNS.get(self.source, self.source)}"
        if self.uncertainty is None:
            return {"not-before": "or later", "not-after": "or earlier"}.get(self.source, f"or later, {by}")
        return f"within {self.uncertainty} s, {by}"


class Timeline:
    """Times of revisions: monotonic, whatever the stamps say."""

    def __init__(self, stamps: Iterable[Stamp]) -> None:
        self._stamps = _growing(sorted(set(stamps)))
        self._revisions = [stamp.revision for stamp in self._stamps]
        self._ends = _ends(self._stamps)

    def with_stamps(self, stamps: Iterable[Stamp]) -> Timeline:
        """The same timeline with more to go by."""
        return Timeline([*self._stamps, *stamps])

    def when(self, revision: int) -> Moment | None:
        """When ``revision`` was written, or None when there is no time at all to go by."""
        after = bisect_left(self._revisions, revision)
        before = bisect_right(self._revisions, revision) - 1
        if before >= after:
            told = self._stamps[before]
            return Moment(told.seconds, self._uncertainty(told.seconds, before), told.source)
        if before < 0:
            return Moment(self._stamps[0].seconds, None, "not-after") if self._stamps else None
        lower = self._stamps[before]
        if after == len(self._stamps):
            return Moment(lower.seconds, None, "not-before")
        upper = self._stamps[after]
        share = (revision - lower.revision) / (upper.revision - lower.revision)
        seconds = lower.seconds + int(share * (upper.seconds - lower.seconds))
        bound = self._uncertainty(seconds, after)
        return Moment(seconds, None if bound is None else max(bound, seconds - lower.seconds), "interpolated")

    def revision_at(self, seconds: int, last: int) -> int:
        """The last revision, up to ``last``, written by the end of that second; 0 when all were later."""
        return bisect_right(range(1, last + 1), seconds, key=self._seconds)

    def _seconds(self, revision: int) -> int:
        moment = self.when(revision)
        return moment.seconds if moment else 0

    def _uncertainty(self, seconds: int, at: int) -> int | None:
        end = self._ends[at]
        return None if end is None else end - seconds


def read_timeline(snapshot: Dated) -> Timeline:
    """The timeline of all that the snapshot holds, in one walk over a sample of it."""
    store = snapshot.store
    if isinstance(store, Sampling):
        with suppress(Damaged):
            return _timeline_of(snapshot, store.sample(_MOST))
    return _sampled(snapshot, store.revisions)


def read_timeline_near(snapshot: Dated, revisions: Sequence[int]) -> Timeline:
    """The timeline that tells when these ``revisions`` were written: where much is held, by what was written next to them."""
    store = snapshot.store
    first, last = store.compact_revision, store.revision
    if isinstance(store, Sampling) and last - first > _MOST and len(revisions) <= _FEW:
        near = {revision + distance for revision in revisions for distance in _DISTANCES}
        far = range(first, last, (last - first) // _OUTLINE + 1)
        with suppress(Damaged):
            return _timeline_of(snapshot, store.around(sorted({*near, *far})))
    return read_timeline(snapshot)


def read_near_timeline(snapshot: Dated) -> Timeline:
    """The timeline from the compacted revision on, where telling what was before takes long."""
    store = snapshot.store
    return _sampled(snapshot, store.near if isinstance(store, Reaching) else store.revisions)


def _sampled(snapshot: Dated, revisions: Callable[[KeyFilter], Iterator[Record]]) -> Timeline:
    numbers = count()
    stride = snapshot.store.count_records() // _MOST + 1
    return _timeline_of(snapshot, revisions(lambda _key: next(numbers) % stride == 0))


def _timeline_of(snapshot: Dated, sample: Iterable[Record]) -> Timeline:
    stamps = [stamp for record in sample if not record.tombstone for stamp in _certain_stamps(snapshot, record)]
    return Timeline(_with_received(snapshot, stamps))


def _with_received(snapshot: Dated, stamps: list[Stamp]) -> list[Stamp]:
    """``stamps``, but for revisions of which the store itself knows the time, and as many of those as are needed."""
    if not isinstance(snapshot.store, Timed):
        return stamps
    times = dict(snapshot.store.times())
    received = [Stamp(revision, seconds, "received") for revision, seconds in times.items()]
    others = [stamp for stamp in stamps if stamp.revision not in times]
    return [*others, *received[:: len(received) // _MOST + 1], *received[-1:]]


def last_written(snapshot: Dated) -> Moment | None:
    """When the last record was written, told by the newest ones alone; by a sample of all where these tell nothing."""
    store = snapshot.store
    newest = list(store.newest(_NEWEST))
    stamps = [stamp for record in newest if not record.tombstone for stamp in _certain_stamps(snapshot, record)]
    stamps = _with_received(snapshot, stamps)
    if newest and any(stamp.revision >= newest[-1].mod_revision for stamp in stamps):
        return Timeline(stamps).when(store.revision)
    return read_timeline(snapshot).when(store.revision)


def tells_each_time(kind: str) -> bool:
    """Whether objects of that kind have a field of their own for when each writing was."""
    return kind in _WRITTEN_AT


def newest_stamp(body: Body, record: Record) -> Stamp | None:
    """The latest time in an object that its server or a client took when writing it; not known to be exact."""
    stamps = [Stamp(record.revision.main, found, source, False) for source, found in _times(body)]
    return max(stamps, key=lambda stamp: stamp.seconds, default=None)


@lru_cache(maxsize=4096)
def rfc3339(seconds: int) -> str:
    """``2026-11-22T11:20:00Z``; beyond what a calendar can say, the number itself."""
    minute = _minute(seconds // 60)
    return f"{minute}{seconds % 60:02}Z" if minute else str(seconds)


@lru_cache(maxsize=1024)
def _minute(minutes: int) -> str:
    """``2026-11-22T11:20:``, so many minutes after 1970 began; empty beyond what a calendar can say."""
    try:
        return datetime.fromtimestamp(minutes * 60, UTC).strftime("%Y-%m-%dT%H:%M:")
    except (OverflowError, OSError, ValueError):
        return ""


def _certain_stamps(snapshot: Dated, record: Record) -> Iterator[Stamp]:
    """What is taken at each writing: by its kind only, so that few values need decoding."""
    head = snapshot.head_of(record)
    if head is None:
        return
    if head.created:
        yield Stamp(record.create_revision, head.created, "creationTimestamp")
    written = _WRITTEN_AT.get(head.kind)
    if written is not None:
        found = _times(snapshot.part_of(record, written.where) or {})
        times = [seconds for source, seconds in found if source == written.source]
        if times:
            yield Stamp(record.revision.main, max(times), written.source)


class _Written(NamedTuple):
    """The source that tells the time of each writing, and where it stands in the object."""

    source: str
    where: Skim


_WRITTEN_AT = {
    "Lease": _Written("renewTime", Skim((("spec", Skim(read=frozenset({"renewTime"}))),), read=frozenset({"spec"}))),
    "Event": _Written(
        "event", Skim(read=frozenset({"eventTime", "lastTimestamp", "deprecatedLastTimestamp", "series"}))
    ),
}
"""Kinds of which each writing has its time."""


def _times(body: Body) -> Iterator[tuple[str, int]]:
    """Every time of writing in an object, with its source, in seconds."""
    for source, value in _stamp_texts(body):
        seconds = parse_time(value)
        if seconds is not None:
            yield source, seconds
    deletion = _deletion(_mapping(body.get("metadata")))
    if deletion is not None:
        yield "deletionTimestamp", deletion


def _stamp_texts(body: Body) -> Iterator[tuple[str, Any]]:
    metadata = _mapping(body.get("metadata"))
    yield "creationTimestamp", metadata.get("creationTimestamp")
    entries = metadata.get("managedFields")
    for entry in entries if isinstance(entries, list) else ():
        yield "managedFields", _mapping(entry).get("time")
    if body.get("kind") == "Lease":
        yield "renewTime", _mapping(body.get("spec")).get("renewTime")
    if body.get("kind") == "Event":
        yield "event", body.get("eventTime")
        yield "event", body.get("lastTimestamp") or body.get("deprecatedLastTimestamp")
        yield "event", _mapping(body.get("series")).get("lastObservedTime")


def _deletion(metadata: dict[str, Any]) -> int | None:
    """When deletion was asked for: deletionTimestamp is that much later as the object has to end gracefully."""
    deadline, grace = parse_time(metadata.get("deletionTimestamp")), metadata.get("deletionGracePeriodSeconds")
    return deadline if deadline is None or not isinstance(grace, int) else deadline - grace


def _growing(stamps: list[Stamp]) -> list[Stamp]:
    """The longest part of ``stamps``, which are in the order of their revisions, whose times never fall."""
    ends: list[int] = []
    at: list[int] = []
    before: list[int] = []
    for position, stamp in enumerate(stamps):
        length = bisect_right(ends, stamp.seconds)
        ends[length : length + 1] = [stamp.seconds]
        before.append(at[length - 1] if length else -1)
        at[length : length + 1] = [position]
    kept: list[Stamp] = []
    position = at[-1] if at else -1
    while position >= 0:
        kept.append(stamps[position])
        position = before[position]
    return kept[::-1]


def _ends(stamps: list[Stamp]) -> list[int | None]:
    """For each stamp, before when it was written for certain: the end of the second of the next exact one."""
    ends: list[int | None] = []
    end = None
    for stamp in reversed(stamps):
        end = stamp.seconds + 1 if stamp.exact else end
        ends.append(end)
    return ends[::-1]


def parse_time(value: Any) -> int | None:
    """Seconds since 1970 of an RFC 3339 time, which names its zone."""
    return _seconds_of(value) if isinstance(value, str) else None


@lru_cache(maxsize=4096)
def _seconds_of(text: str) -> int | None:
    try:
        return (datetime.fromisoformat(text) - _EPOCH) // timedelta(seconds=1)
    except (TypeError, ValueError, OverflowError):
        return None


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
