"""What a view gives back: cleaned, in the order in which a cluster takes it, without what recovery should not bring."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from snapinspect.errors import Undecodable
from snapinspect.model import UNPROVEN, Cleaned, KubeObject, Omission
from snapinspect.snapshot.shown import Shown
from snapinspect.snapshot.values import Entry, one_value, problem, told_head

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Container, Iterable, Iterator

    from snapinspect.clean import Engine
    from snapinspect.model import Lookup, Record
    from snapinspect.select import Selection
    from snapinspect.snapshot.decoded import Objects

_BOOKKEEPING = Omission("bookkeeping", "an API server keeps it for itself, and no API serves it")


@dataclass(frozen=True, slots=True)
class Recovered:
    """An object as stored, and as it should be applied."""

    object: KubeObject
    cleaned: Cleaned


class Recoverable(Shown, Protocol):
    """A view that tells what is selected, and among which objects one stands."""

    def entries(self, selection: Selection, also: Iterable[bytes] = ()) -> Iterator[Entry]:
        """Every selected value with its head, then what lies under the keys ``also``."""

    def contemporaries(self, record: Record) -> Lookup:
        """The objects among which the one in ``record`` stands."""


def forget(_found: KubeObject, _omission: Omission) -> None:
    """Nobody asked what was left out."""


class Recovery:
    """Brings back what is selected of a view."""

    def __init__(self, view: Recoverable, decoded: Objects) -> None:
        self._view = view
        self._decoded = decoded

    def recover(
        self,
        selection: Selection,
        also: Collection[bytes],
        bring: Container[str],
        leave_out: Callable[[KubeObject, Omission], object],
        release: int | None,
        engine: Engine | None,
    ) -> Iterator[Recovered]:
        """``Snapshot.recover`` says what."""
        # Imported here for start-up, as listing needs no rules.
        from snapinspect.clean import apply_order

        for found in self._decoded.objects(self._in_order(selection, also, apply_order)):
            try:
                outcome = self._outcome(found, bring, release, engine, is_meant=self._is_meant(found, selection, also))
            except Undecodable as error:
                self._view.problems.append(problem(found.record.key, error))
                continue
            if isinstance(outcome, Omission):
                leave_out(found, outcome)
            else:
                yield Recovered(found, outcome)

    def _outcome(
        self,
        found: KubeObject,
        bring: Container[str],
        release: int | None,
        engine: Engine | None,
        *,
        is_meant: bool,
    ) -> Cleaned | Omission:
        """The object as it should be applied, or why it is left out. Raises Undecodable where neither can be told."""
        # Imported here for start-up, as listing needs no rules.
        from snapinspect.clean import clean as usual

        clean = engine.clean if engine else usual
        with one_value():
            omission = None if is_meant else self.omission(found, engine)
            if omission is not None and omission.rule not in bring:
                return omission
            return clean(found.body, self._view.contemporaries(found.record), release)

    def omission(self, found: KubeObject, engine: Engine | None = None) -> Omission | None:
        """Why the object is left out if it is not named; None if it is not."""
        if self._is_bookkeeping(found):
            return _BOOKKEEPING
        # Imported here for start-up, as listing needs no rules.
        from snapinspect.clean import omission as usual

        omission = engine.omission if engine else usual
        return omission(found.body, self._view.contemporaries(found.record))

    def _is_meant(self, found: KubeObject, selection: Selection, also: Collection[bytes]) -> bool:
        """Whether it comes whatever the rules say: everything was asked for, or this one by its name."""
        if not selection.named(found.head):
            return False
        return selection.everything or (found.record.key not in also and not self._is_bookkeeping(found))

    def _is_bookkeeping(self, found: KubeObject) -> bool:
        """Whether it is a record that an API server keeps for itself, and that no cluster would take."""
        return self._view.key_space.is_bookkeeping(found.record.key)

    def _in_order(
        self, selection: Selection, also: Iterable[bytes], rank_of: Callable[[tuple[str, str]], int]
    ) -> Iterator[Entry]:
        """The entries by the rank of their group and kind; only keys are held, as there may be very many."""
        by_rank: dict[int, list[bytes | Entry]] = defaultdict(list)
        for entry in self._view.entries(selection, also):
            record, head = entry
            if not head.guessed:
                # A key of a damaged file may have several values.
                by_rank[rank_of((head.group, head.kind))].append(entry if record.source == UNPROVEN else record.key)
        for rank in sorted(by_rank):
            for held in by_rank[rank]:
                if isinstance(held, Entry):
                    yield held
                elif again := self._view.record(held):
                    yield Entry(again, told_head(again.value, again.key, self._view.keys))
