"""A view read in ranges by processes side by side, where that is allowed and pays."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from snapinspect import jobs
from snapinspect.etcd import Numbered, is_forkable
from snapinspect.snapshot.values import Entry, subject

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from snapinspect.etcd import Store
    from snapinspect.model import Record
    from snapinspect.select import Selection
    from snapinspect.snapshot.selected import Selected
    from snapinspect.snapshot.shown import Shown

R = TypeVar("R")
Held = bytes | Entry
"""A key, or the entry itself where a key may have several."""


class Spreading:
    """Reads a view on ``store``; what cannot be read is a problem of the view, in the same order as if one process did all."""

    def __init__(self, view: Shown, chosen: Selected, store: Store) -> None:
        self._view = view
        self._chosen = chosen
        self._store = store

    def over_keys(
        self,
        selection: Selection,
        work: Callable[[Sequence[bytes] | None], Iterable[R]],
        size: int,
        other: Spreading | None = None,
    ) -> Iterator[R]:
        """``work`` on up to ``size`` keys at a time of what is selected; on all, which None stands for, by this process alone.

        What is selected of an ``other`` view is among them, too.
        """
        if not (self.may_spread() and (other is None or other.may_spread())):
            yield from work(None)
            return
        keys = self.keys(selection)
        if other is not None:
            keys = sorted({*keys, *other.keys(selection)})
        if jobs.processes_for(len(keys), size) < 2:
            yield from work(None)
            return
        if other is None:
            self._view.problems += self._chosen.losses(selection)
        yield from jobs.spread(work, keys, sides=(self._view.problems,), size=size, named=subject)

    def over(self, held: Sequence[Held], work: Callable[[Sequence[Held]], Iterable[R]], size: int) -> Iterator[R]:
        """``work`` on up to ``size`` of them at a time; on all by this process alone."""
        if self.may_spread():
            return jobs.spread(work, held, sides=(self._view.problems,), size=size, named=_named)
        return iter(work(held))

    def over_records(self, work: Callable[[Iterable[Record]], Iterable[R]], size: int) -> Iterator[R]:
        """``work`` on up to ``size`` records of all history at a time; on all by this process alone."""
        store = self._store
        if not isinstance(store, Numbered) or not self.may_spread():
            return iter(work(store.revisions(_any)))

        def taken(numbers: Sequence[int]) -> Iterable[R]:
            assert isinstance(numbers, range)
            return work(store.numbered(numbers))

        return jobs.spread(taken, range(store.count_records()), size=size, named="record {}".format)

    def keys(self, selection: Selection) -> list[bytes]:
        """The etcd keys under which something selected may lie, in order."""
        return self._chosen.keys(selection)

    def may_spread(self) -> bool:
        """Whether more than one process may read the view."""
        return jobs.may_spread() and is_forkable(self._store)


def _any(_key: bytes) -> bool:
    return True


def _named(held: Held) -> str:
    return subject(held.record.key if isinstance(held, Entry) else held)
