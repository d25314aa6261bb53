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
Make = Callable[[Entry, Body, tuple[Change, ...]], T]
"""What is written for an object: where it is stored, its body as it is brought, and what cleaning changed."""
Quick = Callable[[Entry], T | None]
"""The same of what is stored there, without making the object; None where it has to be made for that."""


class Told(NamedTuple):
    """What the summary must hear of an object: why it was left out, or how it was cleaned."""

    head: Head
    outcome: Omission | Cleaned


class Outcome(NamedTuple, Generic[T]):
    """What was made of an object, if anything, and what is to be told of it."""

    made: T | None
    told: Told | None


def _nothing(_entry: Entry, _omission: Omission) -> None:
    """Nothing is made of what is left out."""


def _not_quick(_entry: Entry) -> None:
    """Every object is made."""


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
        self,
        make: Make[T],
        left: Callable[[Entry, Omission], T | None] = _nothing,
        *,
        here: bool = False,
        quick: Quick[T] = _not_quick,
    ) -> Iterator[T]:
        """What ``make`` gives for every object, and ``left`` for one that is left out; by this process alone if ``here``.

        It must be picklable, unless it is made here. Of objects that are brought as they are stored, ``quick`` is asked first.
        """
        if self._recovery.raw:
            yield from self._raw(make, quick, here=here)
            return
        for made, told in self._clean(make, left, here=here):
            if isinstance(told, Told):
                self._summary.hear(*told)
            if made is not None:
                yield made

    def _raw(self, make: Make[T], quick: Quick[T], *, here: bool) -> Iterator[T]:
        def work(among: Sequence[bytes] | None, also: frozenset[bytes] = frozenset()) -> Iterator[T]:
            for each in self._view.raw(self._selection, quick, also, among):
                if isinstance(each, KubeObject):
                    yield make(Entry(each.record, each.head), each.body, ())
                else:
                    yield each

        return chain(work(None) if here else self._view.spread(self._selection, work), work((), self._also))

    def _clean(self, make: Make[T], left: Callable[[Entry, Omission], T | None], *, here: bool) -> Iterator[Outcome[T]]:
        recovery, also = self._view.recovery, self._also

        def work(among: Sequence[bytes | Entry] | None) -> Iterator[Outcome[T]]:
            bring = brought(self._recovery)
            for entry, outcome in recovery.bring(self._selection, also, bring, self._release, self._engine, among):
                if isinstance(outcome, Omission):
                    yield Outcome(left(entry, outcome), Told(entry.head, outcome))
                else:
                    yield Outcome(make(entry, outcome.body, outcome.changes), self._told(entry.head, outcome))

        return work(None) if here else recovery.spread(self._selection, also, work)

    def recovered(self, leave_out: Callable[[KubeObject, Omission], object]) -> Iterator[Recovered]:
        """Every object as stored and as cleaned."""
        return self._view.recover(
            self._selection,
            also=self._also,
            bring=brought(self._recovery),
            leave_out=leave_out,
            release=self._release,
            engine=self._engine,
        )

    def _told(self, head: Head, cleaned: Cleaned) -> Told | None:
        """Without the body, and without what nobody asked for: it may go from one process to another."""
        changes = cleaned.changes if self._recovery.explain else ()
        return Told(head, Cleaned({}, changes, cleaned.warnings)) if changes or cleaned.warnings else None
