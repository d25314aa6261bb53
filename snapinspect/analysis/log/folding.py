"""Runs of the same change told as one, and noise counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from snapinspect.analysis.log.entries import Entry

Line = tuple[tuple[object, ...], str, Any]
"""What an entry has in common with those that are told in one line with it, nothing where there can be none; the name of its
object; and what is shown of it.
"""


class Folded(NamedTuple):
    """The first entry of a run, and the names of the objects of those like it that follow at once."""

    entry: Entry
    names: tuple[str, ...] = ()


def line_of(entry: Entry, shown: Any) -> Line:
    """What was deleted, of which nobody is known, is told one by one."""
    return entry.sameness if entry.actors else (), entry.head.name, shown


def runs(lines: Iterable[Line]) -> Iterator[tuple[Any, tuple[str, ...]]]:
    """What is shown of the first line of each run, and the names of the objects of those like it that follow at once."""
    is_first = True
    known: tuple[object, ...] = ()
    first: Any = None
    names: list[str] = []
    for same, name, shown in lines:
        if same and same == known:
            names.append(name)
            continue
        if not is_first:
            yield first, tuple(names)
        is_first, known, first, names = False, same, shown, []
    if not is_first:
        yield first, tuple(names)


def folded(entries: Iterable[Entry], noise: Counter[str]) -> Iterator[Folded]:
    """The entries that are shown, in runs of the same change by the same actors; ``noise`` counts the others by their words."""
    for entry, names in runs(_lines(entries, noise)):
        yield Folded(entry, names)


def _lines(entries: Iterable[Entry], noise: Counter[str]) -> Iterator[Line]:
    for entry in entries:
        if entry.noise:
            noise[entry.noise] += 1
        else:
            yield line_of(entry, entry)
