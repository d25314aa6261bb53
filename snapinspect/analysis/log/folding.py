"""Runs of the same change told as one, and noise counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from snapinspect.analysis.log.entries import Entry


class Folded(NamedTuple):
    """The first entry of a run, and the names of the objects of those like it that follow at once."""

    entry: Entry
    names: tuple[str, ...] = ()


def folded(entries: Iterable[Entry], noise: Counter[str]) -> Iterator[Folded]:
    """The entries that are shown, in runs; ``noise`` counts the others by their words.

    A run is the same change by the same actors. What was deleted, of which nobody is known, is told one by one.
    """
    first: Entry | None = None
    names: list[str] = []
    for entry in entries:
        if entry.noise:
            noise[entry.noise] += 1
        elif first is not None and entry.actors and entry.summary == first.summary and entry.sameness == first.sameness:
            names.append(entry.head.name)
        else:
            if first is not None:
                yield Folded(first, tuple(names))
            first, names = entry, []
    if first is not None:
        yield Folded(first, tuple(names))
