"""What many snapshots tell of one object, cluster by cluster and in the order of time."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, NamedTuple

from snapinspect.analysis.find.look import Look, Place, Remains, State
from snapinspect.errors import Ambiguous, NotFound

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from snapinspect.select import Target

Verdict = Literal["first seen", "same", "changed", "recreated", "back", "gone", "absent", "unreadable"]

_LISTED = 20
_BACKWARDS = 60
"""Seconds by which times may fall while revisions grow: they are not known to the second."""


class Told(NamedTuple):
    """One snapshot's part: what became of the object since the snapshots before it.

    ``unreadable`` says nothing of what became of it, so that the next one is held against the last that could be
    read. ``back`` is there again as what it was, which is how a restored etcd shows itself.
    """

    look: Look
    verdict: Verdict
    state: State | None
    remains: Remains | None

    @property
    def is_good(self) -> bool:
        """Whether the object can be recovered from here with certainty, as it is there."""
        return self.state is not None and self.state.is_good

    @property
    def is_present(self) -> bool | None:
        """Whether the object is there; None where nothing proves either."""
        return None if self.state is None and self.look.doubt else self.state is not None

    @property
    def reason(self) -> str:
        """Why it is unreadable."""
        return self.state.reason if self.state else self.look.doubt


class Run(NamedTuple):
    """Snapshots one after the other in which nothing became of the object; unreadable ones among them do not count."""

    told: list[Told]

    @property
    def first(self) -> Told:
        return self.told[0]

    @property
    def last(self) -> Told:
        return self.told[-1]

    @property
    def holds(self) -> bool:
        """Whether the object is there."""
        return self.first.state is not None


class Cluster:
    """The snapshots of one cluster, oldest first; ``uid`` is that of its namespace kube-system, None if unknown."""

    def __init__(self, uid: str | None, looks: Iterable[Look], place: Place | None) -> None:
        self.uid = uid
        self.told = _told(_in_time(looks), place)

    @cached_property
    def runs(self) -> list[Run]:
        """The same in runs, oldest first."""
        found: list[Run] = []
        for told in self.told:
            if told.verdict == "unreadable":
                continue
            if found and told.verdict in {"same", "absent"} and found[-1].holds == (told.state is not None):
                found[-1].told.append(told)
            else:
                found.append(Run([told]))
        return found

    @property
    def last_good(self) -> Told | None:
        """The newest snapshot that the object can be recovered from."""
        return next((told for told in reversed(self.told) if told.is_good), None)

    @property
    def last_remains(self) -> Told | None:
        """The newest snapshot that still holds a readable state of an object which is gone from it."""
        return next((told for told in reversed(self.told) if told.remains and told.remains.readable), None)

    @property
    def turned_back(self) -> list[tuple[Look, Look]]:
        """Neighbours between which revisions fall: etcd was restored from a backup."""
        looks = [told.look for told in self.told]
        return [(one, other) for one, other in pairwise(looks) if other.revision < one.revision]


def clusters_of(looks: Sequence[Look], target: Target) -> list[Cluster]:
    """The clusters, that of the newest snapshot last.

    Raises NotFound when no snapshot knows the kind, Ambiguous when ``target`` stands for several objects.
    """
    unknown = [look.unknown_kind for look in looks if look.unknown_kind]
    if unknown and len(unknown) == len(looks):
        raise NotFound(f"no kind is called {target.word!r} in any of these snapshots", unknown[-1].hint)
    place = _the_place(looks, target)
    by_cluster: dict[str | None, list[Look]] = defaultdict(list)
    for look in looks:
        by_cluster[look.cluster_uid].append(look)
    clusters = [Cluster(uid, held, place) for uid, held in by_cluster.items()]
    return sorted(clusters, key=lambda cluster: (_seconds(cluster.told[-1].look), cluster.uid or ""))


def _the_place(looks: Sequence[Look], target: Target) -> Place | None:
    """Where the object lies, None if it is nowhere. What is gone counts only where nothing is there."""
    places = {state.place for look in looks for state in look.states}
    places = places or {remains.place for look in looks for remains in look.remains}
    namespaces = sorted({place.namespace for place in places if place.namespace is not None})
    if len(namespaces) > 1:
        raise Ambiguous(
            f"{target} is found in {len(namespaces)} namespaces: {_listing(namespaces)}",
            "Say which with -n.",
            instead=namespaces[0],
        )
    if len(places) > 1:
        kinds = ", ".join(sorted(place.resource for place in places))
        raise Ambiguous(f"{target} stands for several objects, of {kinds}", "Write the kind in full: plural.group.")
    return next(iter(places), None)


def _listing(words: list[str]) -> str:
    more = f" and {len(words) - _LISTED} more" if len(words) > _LISTED else ""
    return ", ".join(words[:_LISTED]) + more


def _in_time(looks: Iterable[Look]) -> list[Look]:
    """By revision, which is certain; by time where a restored etcd counts them anew."""
    by_revision = sorted(looks, key=lambda look: (look.revision, look.path))
    timed = [look.moment.seconds for look in by_revision if look.moment]
    if all(later >= earlier - _BACKWARDS for earlier, later in pairwise(timed)):
        return by_revision
    return sorted(by_revision, key=_seconds)


def _seconds(look: Look) -> int:
    return look.moment.seconds if look.moment else 0


def _told(looks: Iterable[Look], place: Place | None) -> list[Told]:
    last: State | None = None
    there = False
    told: list[Told] = []
    for look in looks:
        state = _best(state for state in look.states if state.place == place)
        remains = next((remains for remains in look.remains if remains.place == place), None)
        verdict = _verdict(look, state, last, there)
        told.append(Told(look, verdict, state, remains))
        if verdict != "unreadable":
            last, there = state or last, state is not None
    return told


def _best(states: Iterator[State]) -> State | None:
    """A damaged file may hold several states of one object."""
    return max(states, key=lambda state: (state.is_good, state.mod_revision), default=None)


def _verdict(look: Look, state: State | None, last: State | None, there: bool) -> Verdict:
    if state.digest is None if state else look.doubt:
        return "unreadable"
    if state is None:
        return "gone" if there else "absent"
    if last is None:
        return "first seen"
    if not _same_life(state, last):
        return "recreated"
    if not there:
        return "back"
    return "same" if state.digest == last.digest else "changed"


def _same_life(one: State, other: State) -> bool:
    if one.uid and other.uid:
        return one.uid == other.uid
    return one.create_revision == other.create_revision
