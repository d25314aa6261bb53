"""A log as lines, which processes make side by side where that pays: each makes those of its own keys, and they come in order.

Every process walks past the keys of all records. What came of a window of records is sent in one piece, so that a process
holds that of one window, beside the last state of each of its keys.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, repeat
from typing import TYPE_CHECKING, Any, NamedTuple
from zlib import crc32

from snapinspect import jobs
from snapinspect.analysis.log.folding import Line, line_of
from snapinspect.analysis.log.reading import Log
from snapinspect.errors import SnapinspectError
from snapinspect.etcd import Skipping
from snapinspect.etcd.glimpse import Glimpse
from snapinspect.etcd.store import bare

if TYPE_CHECKING:
    from snapinspect.analysis.log.entries import Entry
    from snapinspect.model import Problem
    from snapinspect.snapshot import Snapshot

_WORTH = 512
"""Records in a range, of which there must be as many as ``jobs`` says that a second process takes."""


class Window(NamedTuple):
    """What came of records that follow each other: the lines that are shown, and how many others there are of each word."""

    lines: Iterable[Line]
    noise: dict[str, int]


class _Part(NamedTuple):
    """What a process makes of a window. Each line, problem and error comes with the number of its record among those of all
    keys; of each word of noise the count, and the number of the first.
    """

    lines: list[tuple[int, Line]]
    noise: dict[str, tuple[int, int]]
    problems: list[tuple[int, Problem]]
    error: tuple[int, BaseException] | None


def windows(stretch: Log | Iterable[Entry], make: Callable[[Entry], Any], size: int) -> Iterator[Window]:
    """The lines of a log, in windows of ``size`` records, or those of single entries; ``make`` makes of an entry what is shown.

    What it gives must be picklable. Raises WorkerDied.
    """
    if not isinstance(stretch, Log):
        yield from (_window_of(entry, make) for entry in stretch)
        return
    processes = _processes(stretch)
    parts = _side_by_side(stretch, make, size, processes) if processes > 1 else _parts(_Share(stretch), make, size)
    for part in parts:
        yield Window([line for _, line in part.lines], {word: count for word, (count, _) in part.noise.items()})
        if part.error is not None:
            raise part.error[1]


def count_windows(view: Snapshot, size: int) -> int:
    """How many there are in the log of a view."""
    return -(-view.store.count_records() // size)


def _window_of(entry: Entry, make: Callable[[Entry], Any]) -> Window:
    return Window((), {entry.noise: 1}) if entry.noise else Window((line_of(entry, make(entry)),), {})


def _processes(log: Log) -> int:
    """How many may read the log: one where what is told of one key depends on another one, or a store does not only read."""
    if not (isinstance(log.view.store, Skipping) and log.view.spreading.may_spread() and log.keys_stand_alone):
        return 1
    return jobs.processes_for(log.view.store.count_records(), _WORTH)


def _side_by_side(log: Log, make: Callable[[Entry], Any], size: int, processes: int) -> Iterator[_Part]:
    log.read_times()

    def share(number: int) -> Iterator[_Part]:
        return chain(_parts(_Share(log, number, processes), make, size), repeat(_NOTHING))

    def named(window: int) -> str:
        return f"records {window * size + 1} to {(window + 1) * size}"

    for parts in jobs.in_step(share, processes, count_windows(log.view, size), named):
        part = _merged(parts)
        log.view.problems.extend([problem for _, problem in part.problems])
        yield part


def _merged(parts: Sequence[_Part]) -> _Part:
    """What several processes made of one window, as if one had: up to the first error."""
    error = min((part.error for part in parts if part.error is not None), key=_number, default=None)
    lines = sorted((line for part in parts for line in part.lines), key=_number)
    if error is not None:
        lines = [line for line in lines if line[0] <= error[0]]
    found = sorted(((first, word, count) for part in parts for word, (count, first) in part.noise.items()))
    noise: dict[str, tuple[int, int]] = {}
    for first, word, count in found:
        known, at = noise.get(word, (0, first))
        noise[word] = known + count, at
    return _Part(lines, noise, sorted((each for part in parts for each in part.problems), key=_number), error)


def _number(numbered: tuple[int, Any]) -> int:
    return numbered[0]


_NOTHING = _Part([], {}, [], None)


class _Share:
    """The keys of which one of several processes tells: a ``KeyFilter`` that numbers the records that it is asked of."""

    def __init__(self, log: Log, number: int = 0, of: int = 1) -> None:
        self.log = log
        self.record = -1
        self._matches = bare(log.matches_key)
        self._number = number
        self._of = of

    def __call__(self, key: bytes) -> bool:
        self.record += 1
        return (self._of == 1 or crc32(key) % self._of == self._number) and self._matches(key)


def _parts(share: _Share, make: Callable[[Entry], Any], size: int) -> Iterator[_Part]:
    """Each window with what came of the keys of ``share``, up to the last that holds any; an error ends them."""
    log = share.log
    known = log.view.problems
    end = size
    part = _Part([], {}, [], None)
    lines, noise = part.lines, part.noise
    told = len(known)
    try:
        for record in log.records(share):
            number = share.record
            while number >= end:
                yield part
                end += size
                part = _Part([], {}, [], None)
                lines, noise = part.lines, part.noise
            entry: Entry | None = None
            if isinstance(record, Glimpse):
                word = log.counted_as(record)
            else:
                entry = log.entry_of(record)
                word = entry.noise if entry is not None else ""
            if entry is not None and not word:
                lines.append((number, line_of(entry, make(entry))))
            elif word:
                count, first = noise.get(word, (0, number))
                noise[word] = count + 1, first
            if len(known) > told:
                part.problems.extend((number, problem) for problem in known[told:])
                told = len(known)
    except SnapinspectError as error:
        # Imported here, as few files are damaged.
        from snapinspect.jobs.workers import portable

        part = part._replace(error=(share.record, portable(error)))
    yield part
