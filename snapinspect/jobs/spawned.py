"""The same work on many whole things side by side, each in one of some processes that are started anew.

Nothing that is open is theirs, unlike in forked ones: each opens what it works on, and tidies up what it made for that.
A process that dies, as one does that takes all memory, takes only what it was working on with it. None outlives
the one who asked: each ends when the pipe to it is closed, and is told to when the asking ends early.
"""

from __future__ import annotations

import gc
import signal
import sys
import traceback
from collections import deque
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.resource_tracker import ensure_running
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from snapinspect.jobs import cores

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

T = TypeVar("T")

_PATIENCE = 5.0
"""Seconds in which a process removes its temporary files."""
_COLLECT_AFTER = 1_000_000
"""Objects by the hundred thousand, none of which refer in circles, need no looking for circles."""


@dataclass(frozen=True, slots=True)
class Died:
    """The process that worked on something ended before it was done; ``code`` is its exit code, negative for a signal."""

    code: int | None

    def __str__(self) -> str:
        how = f"killed by signal {-self.code}" if self.code and self.code < 0 else f"exit code {self.code}"
        return f"the process that read it died ({how})"


@dataclass(frozen=True, slots=True)
class _Raised:
    error: Exception


def side_by_side(
    work: Callable[[str], T], tasks: Sequence[str], workers: int | None = None, *, begin: Callable[[], object]
) -> Iterator[tuple[str, T | Died]]:
    """Each task with what ``work`` made of it, as they are done, by so many processes, or as there are cores.

    ``work`` and what it returns must be picklable, and ``begin``, which each process calls first. What ``work`` raises is
    raised here. With one task or one core it is done in this process.
    """
    most = min(workers or cores(), len(tasks))
    if most > 1:
        yield from _shared_out(work, tasks, most, begin)
    else:
        yield from ((task, work(task)) for task in tasks)


def _shared_out(
    work: Callable[[str], T], tasks: Sequence[str], most: int, begin: Callable[[], object]
) -> Iterator[tuple[str, T | Died]]:
    waiting = deque(tasks)
    idle: list[_Worker[T]] = []
    busy: dict[Connection, _Worker[T]] = {}
    try:
        while waiting or busy:
            while waiting and len(busy) < most:
                worker = idle.pop() if idle else _Worker(work, begin)
                busy[worker.connection] = worker
                worker.begin(waiting.popleft())
            for ready in wait(list(busy)):
                assert isinstance(ready, Connection)
                worker = busy[ready]
                result = worker.result()
                del busy[ready]
                if not isinstance(result, Died):
                    idle.append(worker)
                yield worker.task, result
    finally:
        _dismiss([*busy.values(), *idle])


class _Worker(Generic[T]):
    """A process that waits for its next task."""

    def __init__(self, work: Callable[[str], T], begin: Callable[[], object]) -> None:
        context = get_context("spawn")
        self.task = ""
        self.connection, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs, work, begin), daemon=True)
        # What is blocked stays so in the new process: a Ctrl-C at the terminal is for the one who asked.
        ensure_running()
        with _uninterrupted():
            self.process.start()
        theirs.close()

    def begin(self, task: str) -> None:
        self.task = task
        # If it is dead already, waiting for its answer will tell.
        with suppress(OSError):
            self.connection.send(task)

    def result(self) -> T | Died:
        try:
            answer: Any = self.connection.recv()
        except (EOFError, OSError):
            self.process.join()
            return Died(self.process.exitcode)
        if isinstance(answer, _Raised):
            raise answer.error
        found: T = answer
        return found


def _dismiss(workers: Sequence[_Worker[Any]]) -> None:
    with _uninterrupted():
        for worker in workers:
            worker.connection.close()
            worker.process.terminate()
        for worker in workers:
            worker.process.join(_PATIENCE)
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()
            worker.process.close()


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Ctrl-C waits until the block has ended."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve(connection: Connection, work: Callable[[str], Any], begin: Callable[[], object]) -> None:
    """What a process does: it answers one task after the other until nobody asks any more."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _leave)
    begin()
    gc.freeze()
    gc.set_threshold(_COLLECT_AFTER)
    with suppress(EOFError, OSError):
        while True:
            connection.send(_answer(work, connection.recv()))


def _answer(work: Callable[[str], Any], task: str) -> Any:
    try:
        return work(task)
    except Exception as error:  # noqa: BLE001 - whoever asked gets it
        error.add_note("".join(traceback.format_exception(error)))
        return _Raised(error)


def _leave(number: int, _frame: object) -> None:
    """Unwinds, so that temporary files go; once is enough."""
    signal.signal(number, signal.SIG_IGN)
    sys.exit(128 + number)
