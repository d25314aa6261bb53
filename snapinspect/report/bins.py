"""Counts over time in a bounded number of bins, whatever the times turn out to be."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import NamedTuple

_WIDTHS = (1, 5, 15, 60, 300, 900, 3600, 3 * 3600, 6 * 3600, 86400, 7 * 86400)
"""Seconds of a bin, as people cut time."""
_MOST = 200
OTHERS = "others"


class Series(NamedTuple):
    """How often something happened in the bins that begin at these times, in seconds; what is 0 is left out."""

    name: str
    counts: dict[int, int]

    @property
    def total(self) -> int:
        return sum(self.counts.values())


class Bins:
    """Of all that is added, how much fell into which bin; when they grow too many they grow wider."""

    def __init__(self) -> None:
        self.width = _WIDTHS[0]
        self._counts: defaultdict[str, Counter[int]] = defaultdict(Counter)
        self._first: int | None = None
        self._last = 0

    def add(self, seconds: int, name: str) -> None:
        if self._first is None:
            self._first = self._last = seconds
        self._first, self._last = min(self._first, seconds), max(self._last, seconds)
        while (self._last - self._first) // self.width >= _MOST:
            self._widen()
        self._counts[name][seconds // self.width] += 1

    def series(self, most: int) -> list[Series]:
        """The ``most`` names that occur most often, and one of all others."""
        found = sorted(self._counts.items(), key=lambda each: (-each[1].total(), each[0]))
        rest: Counter[int] = Counter()
        for _, counts in found[most:]:
            rest.update(counts)
        named = found[:most] + ([(OTHERS, rest)] if rest else [])
        return [
            Series(name, {at * self.width: count for at, count in sorted(counts.items())}) for name, counts in named
        ]

    def _widen(self) -> None:
        wider = next((width for width in _WIDTHS if width > self.width), self.width * 2)
        for name, counts in self._counts.items():
            widened: Counter[int] = Counter()
            for at, count in counts.items():
                widened[at * self.width // wider] += count
            self._counts[name] = widened
        self.width = wider
