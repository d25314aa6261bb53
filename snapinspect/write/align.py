"""Which elements of two sequences belong together, as in a diff."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence

Pair = tuple[int, int]
_MOST = 40_000
"""The largest product of two lengths that is searched exhaustively, as the time grows faster than it."""


def align(old: Sequence[Hashable], new: Sequence[Hashable]) -> list[Pair]:
    """Positions of equal elements in both, each ascending.

    Elements that occur once on either side anchor the rest (Cohen's patience diff), so that the time stays
    near that of sorting; between two anchors a longest match is searched only where little lies there.
    """
    start, end = _common_ends(old, new)
    inner_old, inner_new = old[start : len(old) - end], new[start : len(new) - end]
    pairs = [(at, at) for at in range(start)]
    last = (0, 0)
    for anchor in [*_anchors(inner_old, inner_new), (len(inner_old), len(inner_new))]:
        gap = _gap(inner_old[last[0] : anchor[0]], inner_new[last[1] : anchor[1]])
        pairs += [(start + last[0] + one, start + last[1] + other) for one, other in gap]
        pairs.append((start + anchor[0], start + anchor[1]))
        last = anchor[0] + 1, anchor[1] + 1
    pairs.pop()
    return pairs + [(len(old) - at, len(new) - at) for at in range(end, 0, -1)]


def _common_ends(old: Sequence[Hashable], new: Sequence[Hashable]) -> Pair:
    """How many elements are the same at the start, and how many of the others at the end."""
    most = min(len(old), len(new))
    start = 0
    while start < most and old[start] == new[start]:
        start += 1
    end = 0
    while end < most - start and old[-1 - end] == new[-1 - end]:
        end += 1
    return start, end


def _anchors(old: Sequence[Hashable], new: Sequence[Hashable]) -> list[Pair]:
    """The most elements, in the same order on both sides, of those that occur once on either."""
    in_old, in_new = Counter(old), Counter(new)
    places = {element: at for at, element in enumerate(new) if in_new[element] == 1}
    pairs = [(at, places[element]) for at, element in enumerate(old) if in_old[element] == 1 and element in places]
    return [pairs[at] for at in longest_rise([place for _, place in pairs])]


def longest_rise(numbers: Sequence[int]) -> Iterator[int]:
    """Positions of the longest part of ``numbers``, all different, that only rises."""
    ends: list[int] = []
    at: list[int] = []
    before: list[int] = []
    for position, number in enumerate(numbers):
        length = bisect_left(ends, number)
        ends[length : length + 1] = [number]
        at[length : length + 1] = [position]
        before.append(at[length - 1] if length else -1)
    return reversed(list(_trail(before, at[-1] if at else -1)))


def _trail(before: Sequence[int], position: int) -> Iterator[int]:
    while position >= 0:
        yield position
        position = before[position]


def _gap(old: Sequence[Hashable], new: Sequence[Hashable]) -> Iterator[Pair]:
    """Pairs between two anchors."""
    start, end = _common_ends(old, new)
    yield from ((at, at) for at in range(start))
    inner_old, inner_new = old[start : len(old) - end], new[start : len(new) - end]
    if len(inner_old) * len(inner_new) <= _MOST:
        for one, other, size in SequenceMatcher(None, inner_old, inner_new, autojunk=False).get_matching_blocks():
            yield from ((start + one + at, start + other + at) for at in range(size))
    yield from ((len(old) - at, len(new) - at) for at in range(end, 0, -1))
