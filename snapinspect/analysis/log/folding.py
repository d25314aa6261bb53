"""Runs of the same change told as one, and noise counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from snapinspect.analysis.log.entries import Entry


class Folded(NamedTuple):
    """The first entry of a run, and how ``many`` more like it follow at once."""

    entry: Entry
    many: int


def folded(entries: Iterable[Entry], noise: Counter[str]) -> Iterator[Folded]:
    """The entries that are shown, in runs; ``noise`` counts the others by their words.

    Only a run by one actor is one: of creations by different controllers, or of deletions of which nobody is known,
    each is told where the objects are of different kinds or namespaces.
    """
    first: Entry | None = None
    many = 0
    for entry in entries:
        if entry.noise:
            noise[entry.noise] += 1
        elif first is not None and entry.sameness == first.sameness:
            many += 1
        else:
            if first is not None:
                yield Folded(first, many)
            first, many = entry, 0
    if first is not None:
        yield Folded(first, many)
