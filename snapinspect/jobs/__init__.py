"""Work on a long list, spread over processes; what comes of it is in the list's order.

Processes are forked: what is open, mapped, indexed and unlocked is theirs at once, takes no memory until it is written to,
and no key to encrypted values goes through an argument, the environment or a file. Where there is no fork, where system
libraries do not survive one (macOS), and where threads run, all is done in this process.
"""

from __future__ import annotations

import os
import sys
from contextlib import closing, contextmanager, suppress
from contextvars import ContextVar
from math import ceil
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from snapinspect.errors import WorkerDied

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

T = TypeVar("T")
R = TypeVar("R")

_RANGE = 64
_PAYS = 32
"""Ranges from which on a second process is worth its start, where nobody said how many there should be."""
_TURNS = 4
"""Ranges that each process has at least, so that none is long without work."""
_AHEAD = 2
"""Ranges whose results are held of a process that is ahead of the others."""


class Allowed(NamedTuple):
    """How many processes work may be spread over, and for how many ranges at least."""

    processes: int = 1
    least: int = 0


_ALONE = Allowed()
_allowed: ContextVar[Allowed] = ContextVar("allowed", default=_ALONE)


@contextmanager
def allowing(processes: int | None) -> Iterator[None]:
    """Inside the block work is spread over so many processes; None: as there are cores, where there is much to do."""
    before = _allowed.set(Allowed(processes) if processes else Allowed(cores(), _PAYS))
    try:
        yield
    finally:
        _allowed.reset(before)


def cores() -> int:
    """Processors that this program may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def may_spread() -> bool:
    """Whether there may be more than one process."""
    return _allowed.get().processes > 1 and _can_fork()


def processes_for(items: int, size: int = _RANGE) -> int:
    """How many processes work on so many items may be spread over, of which a range has ``size``: the more, the less each takes.

    1 also where this one cannot be forked.
    """
    processes, least = _allowed.get()
    return processes if items >= least * size and may_spread() else 1


@contextmanager
def beside(work: Callable[[], R], items: int) -> Iterator[Callable[[], R]]:
    """What gives the result of ``work``, done meanwhile by a process of its own where ``items`` are worth one, else when asked.

    The result must be picklable. That process shows no progress. What ``work`` raises is raised when the result is asked
    for; so is WorkerDied.
    """
    if processes_for(items) < 2:
        yield work
        return
    # Imported here, as small work must start at once.
    from snapinspect.jobs.workers import Workers

    def alone(_range: Sequence[None]) -> Iterator[R]:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        yield work()

    with closing(Workers(alone, [()], 1, (), _AHEAD)) as workers:

        def result() -> R:
            answer = workers.next()
            if answer is None:
                raise WorkerDied("the first", "the last", workers.fate())
            if answer.error is not None:
                raise answer.error
            return answer.results[0]

        yield result


def spread(
    work: Callable[[Sequence[T]], Iterable[R]],
    items: Sequence[T],
    *,
    sides: Sequence[list[Any]] = (),
    size: int = _RANGE,
    named: Callable[[T], str] = str,
) -> Iterator[R]:
    """What ``work`` makes of ``items``, which may be given to it in ranges of ``size``, each in a process of its own.

    What it yields must be picklable, and so must what it adds to the lists ``sides``, which get it here, too. What it
    raises is raised here, behind what came before it. A process holds what comes of one range, and this one that of
    ``_AHEAD`` ranges a process. Raises WorkerDied, which names a range by its first and last item.
    """
    processes = processes_for(len(items), size)
    if processes < 2 or len(items) < 2:
        yield from work(items)
        return
    step = min(size, ceil(len(items) / processes / _TURNS) or 1)
    ranges = [items[start : start + step] for start in range(0, len(items), step)]
    count = min(processes, len(ranges))
    # Imported here, as small work must start at once.
    from snapinspect.jobs.workers import Workers

    with closing(Workers(work, ranges, count, sides, _AHEAD)) as workers:
        for each in ranges:
            answer = workers.next()
            if answer is None:
                raise WorkerDied(named(each[0]), named(each[-1]), workers.fate())
            for side, added in zip(sides, answer.added, strict=True):
                side += added
            yield from answer.results
            if answer.error is not None:
                raise answer.error


def in_step(
    work: Callable[[int], Iterator[R]], processes: int, steps: int, named: Callable[[int], str]
) -> Iterator[list[R]]:
    """What each of some processes makes of its share in each of some ``steps``, of which ``named`` says what they are.

    ``work`` is given the number of a share and yields, step by step, what is picklable. What it raises is raised here.
    A process holds what comes of one step, and this one that of ``_AHEAD`` steps a process. Raises WorkerDied.
    """
    # Imported here, as small work must start at once.
    from snapinspect.jobs.workers import Workers

    begun: dict[int, Iterator[R]] = {}

    def step(numbers: Sequence[int]) -> Iterator[R]:
        for number in numbers:
            if number not in begun:
                begun[number] = work(number)
            yield next(begun[number])

    shares = [range(number, number + 1) for number in range(processes)]
    with closing(Workers(step, shares * steps, processes, (), _AHEAD)) as workers:
        for at in range(steps):
            made: list[R] = []
            for _ in shares:
                answer = workers.next()
                if answer is None:
                    raise WorkerDied(named(at), named(at), workers.fate())
                if answer.error is not None:
                    raise answer.error
                made += answer.results
            yield made


def _can_fork() -> bool:
    """Whether nothing else runs in this process; a thread's locks would stay locked for ever in a copy of it."""
    if sys.platform != "linux":
        return False
    with suppress(OSError):
        return len(os.listdir("/proc/self/task")) == 1  # noqa: PTH208 - quicker
    return False
