"""The objects that ``get`` and ``export`` bring, each made into what is written, by processes side by side where that pays."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Generic, NamedTuple, TypeVar

from snapinspect.cli.options import Recovery
from snapinspect.cli.recovering import brought, engine
from snapinspect.cli.summary import Summary
from snapinspect.model import Body, Change, Cleaned, Head, KubeObject, Omission
from snapinspect.select import Selection
from snapinspect.snapshot import Entry, Recovered, Snapshot

T = TypeVar("T")
Make = Callable[[KubeObject, Body, tuple[Change, ...]], T]
"""What is written for an object: how it is stored, its body as it is brought, and what cleaning changed."""


class Told(NamedTuple):
    """What the summary must hear of an object: why it was left out, or how it was cleaned."""

    head: Head
    outcome: Omission | Cleaned


class Outcome(NamedTuple, Generic[T]):
    """What was made of an object, if anything, and what is to be told of it."""

    made: T | None
    told: Told | None


def _nothing(_found: KubeObject, _omission: Omission) -> None:
    """Nothing is made of what is left out."""


class Bringing:
    """What ``selection`` and the options of ``recovery`` bring; ``summary`` hears of it."""

    def __init__(
        self,
        view: Snapshot,
        selection: Selection,
        recovery: Recovery,
        summary: Summary,
        also: frozenset[bytes],
        release: int | None,
    ) -> None:
        self._view = view
        self._selection = selection
        self._recovery = recovery
        self._summary = summary
        self._also = also
        self._release = release
        self._engine = engine(view, recovery)

    def each(
        self, make: Make[T], left: Callable[[KubeObject, Omission], T | None] = _nothing, *, here: bool = False
    ) -> Iterator[T]:
        """What ``make`` gives for every object, and ``left`` for one that is left out; by this process alone if ``here``.

        It must be picklable, unless it is made here.
        """
        for made, told in self._raw(make, here=here) if self._recovery.raw else self._clean(make, left, here=here):
            if isinstance(told, Told):
                self._summary.hear(*told)
            if made is not None:
                yield made

    def _raw(self, make: Make[T], *, here: bool) -> Iterator[Outcome[T]]:
        def work(among: Sequence[bytes] | None, also: frozenset[bytes] = frozenset()) -> Iterator[Outcome[T]]:
            found = self._view.objects(self._selection, also, among)
            return (Outcome(make(each, each.body, ()), None) for each in found)

        return chain(work(None) if here else self._view.spread(self._selection, work), work((), self._also))

    def _clean(
        self, make: Make[T], left: Callable[[KubeObject, Omission], T | None], *, here: bool
    ) -> Iterator[Outcome[T]]:
        def work(among: Sequence[bytes | Entry] | None) -> Iterator[Outcome[T]]:
            passed: list[tuple[KubeObject, Omission]] = []
            for found in self.recovered(lambda each, omission: passed.append((each, omission)), among):
                yield from map(omitted, passed)
                passed.clear()
                head, cleaned = found.object.head, found.cleaned
                yield Outcome(make(found.object, cleaned.body, cleaned.changes), self._told(head, cleaned))
            yield from map(omitted, passed)

        def omitted(each: tuple[KubeObject, Omission]) -> Outcome[T]:
            return Outcome(left(*each), Told(each[0].head, each[1]))

        return work(None) if here else self._view.spread_recovery(self._selection, self._also, work)

    def recovered(
        self, leave_out: Callable[[KubeObject, Omission], object], among: Sequence[bytes | Entry] | None = None
    ) -> Iterator[Recovered]:
        """Every object as stored and as cleaned."""
        return self._view.recover(
            self._selection,
            also=self._also,
            bring=brought(self._recovery),
            leave_out=leave_out,
            release=self._release,
            engine=self._engine,
            among=among,
        )

    def _told(self, head: Head, cleaned: Cleaned) -> Told | None:
        """Without the body, and without what nobody asked for: it may go from one process to another."""
        changes = cleaned.changes if self._recovery.explain else ()
        return Told(head, Cleaned({}, changes, cleaned.warnings)) if changes or cleaned.warnings else None
