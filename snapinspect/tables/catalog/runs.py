"""In which snapshots, one after the other, an object had a state: runs, told apart by the hash of the cleaned body.

A run says that the object had the state in each snapshot of its cluster from the first to the last. So what a
snapshot adds can be told from the runs alone, in whichever order snapshots come.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any


class Run:
    """``first`` and ``last`` are places in the order of the cluster's snapshots; ``row`` is where its columns are."""

    __slots__ = ("first", "hash", "last", "row")

    def __init__(self, first: int, last: int, hash_: str, row: Any) -> None:
        self.first, self.last, self.hash, self.row = first, last, hash_, row


class Runs:
    """The runs of one cluster. ``touched`` is told the place at which a run that changes begins, or began."""

    def __init__(self, touched: Callable[[int], object]) -> None:
        self._by_key: dict[str, list[Run]] = defaultdict(list)
        self._added: list[int] = []
        self._touched = touched

    def __iter__(self) -> Iterator[tuple[str, Run]]:
        return ((key, run) for key, runs in self._by_key.items() for run in runs)

    def has(self, place: int) -> None:
        """A snapshot is among those that the runs speak of."""
        insort(self._added, place)

    def hold(self, key: str, run: Run) -> None:
        """A run that was told before."""
        self._by_key[key].append(run)

    def add(self, place: int, states: Mapping[str, tuple[str, Any]]) -> None:
        """A snapshot: the hash and the row of each key's state in it."""
        at = bisect_left(self._added, place)
        if self._added[at : at + 1] == [place]:
            return
        before = self._added[at - 1] if at else None
        after = self._added[at] if at < len(self._added) else None
        if before is not None and after is not None:
            self._split(place, before, after, states)
        for key, (found, row) in states.items():
            self._see(self._by_key[key], place, before, after, found, row)
        self._added.insert(at, place)

    def _split(self, place: int, before: int, after: int, states: Mapping[str, tuple[str, Any]]) -> None:
        """Ends the runs that went on through this snapshot, where it has another state, or none."""
        for key, runs in self._by_key.items():
            here = states.get(key, ("", None))[0]
            for run in [run for run in runs if run.first < place < run.last and run.hash != here]:
                runs.append(Run(after, run.last, run.hash, run.row))
                run.last = before
                self._touched(run.first)
                self._touched(after)

    def _see(self, runs: list[Run], place: int, before: int | None, after: int | None, found: str, row: Any) -> None:
        left = right = None
        for run in runs:
            if run.hash != found:
                continue
            if run.first <= place <= run.last:
                return
            if run.last == before:
                left = run
            elif run.first == after:
                right = run
        if left and right:
            left.last = right.last
            runs.remove(right)
            self._touched(left.first)
            self._touched(right.first)
        elif left:
            left.last = place
            self._touched(left.first)
        elif right:
            self._touched(right.first)
            self._touched(place)
            right.first, right.row = place, row
        else:
            runs.append(Run(place, place, found, row))
            self._touched(place)
