"""What a view gives back: cleaned, in the order in which a cluster takes it, without what recovery should not bring."""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache, partial
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

from snapinspect.errors import Undecodable
from snapinspect.model import UNPROVEN, Cleaned, KubeObject, Omission
from snapinspect.snapshot.shown import Shown
from snapinspect.snapshot.values import Entry, one_value, problem, told_head

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Container, Iterable, Iterator, Sequence

    from snapinspect.clean import Engine
    from snapinspect.kube.skim import Skim
    from snapinspect.model import Head, Lookup, Record
    from snapinspect.select import Selection
    from snapinspect.snapshot.decoded import Objects
    from snapinspect.snapshot.spreading import Held, Spreading

R = TypeVar("R")

_RANKED = 1_024
_KINDS_KEPT = 1_024
_BOOKKEEPING = Omission("bookkeeping", "an API server keeps it for itself, and no API serves it")


class Recovered(NamedTuple):
    """An object as stored, and as it should be applied."""

    object: KubeObject
    cleaned: Cleaned


class Brought(NamedTuple):
    """A value, and its object as it should be applied, or why it is left out."""

    entry: Entry
    outcome: Cleaned | Omission


class Recoverable(Shown, Protocol):
    """A view that tells what is selected, and among which objects one stands."""

    @property
    def is_certain(self) -> bool:
        """Whether nothing is known to be missing or damaged."""

    def heads(self, selection: Selection, among: Sequence[bytes] | None = None) -> Iterator[tuple[bytes, Head]]:
        """Every selected key with its value's head, in key order."""

    def entries(
        self, selection: Selection, also: Iterable[bytes] = (), among: Sequence[bytes] | None = None
    ) -> Iterator[Entry]:
        """Every selected value with its head, then what lies under the keys ``also``."""

    def contemporaries(self, record: Record) -> Lookup:
        """The objects among which the one in ``record`` stands."""


def forget(_found: KubeObject, _omission: Omission) -> None:
    """Nobody asked what was left out."""


class Recovery:
    """Brings back what is selected of a view."""

    def __init__(self, view: Recoverable, decoded: Objects, spreading: Spreading) -> None:
        self._view = view
        self._decoded = decoded
        self._spreading = spreading

    def recover(
        self,
        selection: Selection,
        also: Collection[bytes],
        bring: Container[str],
        leave_out: Callable[[KubeObject, Omission], object],
        release: int | None,
        engine: Engine | None,
        among: Sequence[Held] | None,
    ) -> Iterator[Recovered]:
        """``Snapshot.recover`` says what."""
        objects = self._decoded.objects(self._entries(selection, also, among))
        for found, outcome in self._outcomes(objects, selection, also, bring, release, engine):
            if isinstance(outcome, Omission):
                leave_out(found, outcome)
            else:
                yield Recovered(found, outcome)

    def bring(
        self,
        selection: Selection,
        also: Collection[bytes],
        bring: Container[str],
        release: int | None,
        engine: Engine | None,
        among: Sequence[Held] | None,
    ) -> Iterator[Brought]:
        """What becomes of each object, as ``recover`` would have it; what cleaning drops is not made, which is cheaper."""
        skims = _Skims(_rules(engine)).of
        objects = self._decoded.objects(self._entries(selection, also, among), skims)
        for found, outcome in self._outcomes(objects, selection, also, bring, release, engine):
            yield Brought(Entry(found.record, found.head), outcome)

    def spread(
        self,
        selection: Selection,
        also: Collection[bytes],
        work: Callable[[Sequence[Held]], Iterable[R]],
        size: int = 64,
    ) -> Iterator[R]:
        """What ``work`` makes of what ``bring`` gives, as ``Snapshot.spread`` does; it brings ``among`` what it is called with."""
        return self._spreading.over(self.in_order(selection, also), work, size)

    def _outcomes(
        self,
        objects: Iterable[KubeObject],
        selection: Selection,
        also: Collection[bytes],
        bring: Container[str],
        release: int | None,
        engine: Engine | None,
    ) -> Iterator[tuple[KubeObject, Cleaned | Omission]]:
        engine = _rules(engine)
        for found in objects:
            try:
                outcome = self._outcome(found, bring, release, engine, is_meant=self._is_meant(found, selection, also))
            except Undecodable as error:
                self._view.problems.append(problem(found.record.key, error))
            else:
                yield found, outcome

    def _outcome(
        self,
        found: KubeObject,
        bring: Container[str],
        release: int | None,
        engine: Engine,
        *,
        is_meant: bool,
    ) -> Cleaned | Omission:
        """The object as it should be applied, or why it is left out. Raises Undecodable where neither can be told."""
        with one_value():
            omission = None if is_meant else self.omission(found, engine)
            if omission is not None and omission.rule not in bring:
                return omission
            return engine.clean(found.body, self._view.contemporaries(found.record), release)

    def omission(self, found: KubeObject, engine: Engine | None = None) -> Omission | None:
        """Why the object is left out if it is not named; None if it is not."""
        if self._is_bookkeeping(found):
            return _BOOKKEEPING
        return _rules(engine).omission(found.body, self._view.contemporaries(found.record))

    def _is_meant(self, found: KubeObject, selection: Selection, also: Collection[bytes]) -> bool:
        """Whether it comes whatever the rules say: everything was asked for, or this one by its name."""
        if not selection.named(found.head):
            return False
        return selection.everything or (found.record.key not in also and not self._is_bookkeeping(found))

    def _is_bookkeeping(self, found: KubeObject) -> bool:
        """Whether it is a record that an API server keeps for itself, and that no cluster would take."""
        return self._view.key_space.is_bookkeeping(found.record.key)

    def in_order(self, selection: Selection, also: Collection[bytes]) -> list[Held]:
        """What is selected by the rank of its group and kind; mostly keys alone are held, as there may be very many."""
        by_rank: dict[int, list[Held]] = defaultdict(list)
        # What may have several values under a key is not to be sent from one process to another.
        ranked: Iterator[tuple[int, Held]]
        if self._view.is_certain:
            ranked = chain(
                self._spreading.over_keys(selection, partial(self._ranked_keys, selection), _RANKED),
                self._ranked(selection, also, ()) if also else (),
            )
        else:
            ranked = self._ranked(selection, also, None)
        for rank, held in ranked:
            by_rank[rank].append(held)
        return [held for rank in sorted(by_rank) for held in by_rank[rank]]

    def _ranked_keys(self, selection: Selection, among: Sequence[bytes] | None) -> Iterator[tuple[int, bytes]]:
        # Imported here for start-up, as listing needs no rules.
        from snapinspect.clean import apply_order

        for key, head in self._view.heads(selection, among):
            if not head.guessed:
                yield apply_order((head.group, head.kind)), key

    def _ranked(
        self, selection: Selection, also: Iterable[bytes], among: Sequence[bytes] | None
    ) -> Iterator[tuple[int, Held]]:
        # Imported here for start-up, as listing needs no rules.
        from snapinspect.clean import apply_order

        for entry in self._view.entries(selection, also, among):
            record, head = entry
            if not head.guessed:
                # A key of a damaged file may have several values.
                yield apply_order((head.group, head.kind)), entry if record.source == UNPROVEN else record.key

    def _entries(self, selection: Selection, also: Collection[bytes], among: Sequence[Held] | None) -> Iterator[Entry]:
        for held in self.in_order(selection, also) if among is None else among:
            if isinstance(held, Entry):
                yield held
            elif again := self._view.record(held):
                yield Entry(again, told_head(again.value, again.key, self._view.keys))


def _rules(engine: Engine | None) -> Engine:
    # Imported here for start-up, as listing needs no rules.
    from snapinspect.clean import USUAL

    return engine or USUAL


class _Skims:
    """What cleaning by an engine looks at in any case, by kind."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._known: dict[tuple[str, str], Skim | None] = {}

    def of(self, head: Head) -> Skim | None:
        kind = head.group, head.kind
        if kind not in self._known:
            if len(self._known) >= _KINDS_KEPT:
                self._known.clear()
            self._known[kind] = _deferring(*self._engine.unread(*kind))
        return self._known[kind]


@lru_cache(maxsize=64)
def _deferring(fields: frozenset[str], in_metadata: frozenset[str]) -> Skim | None:
    # Imported here for start-up, as listing decodes nothing.
    from snapinspect.kube.skim import Skim

    if not fields and not in_metadata:
        return None
    return Skim(inside=(("metadata", Skim(deferred=in_metadata)),), deferred=fields)
