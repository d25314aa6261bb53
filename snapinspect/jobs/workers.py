"""Forked processes, each of which works on every so-many-th range, and the pipes through which they answer.

A process whose answers nobody takes waits, as its pipe is full: that bounds what is held of its results. It ends when its
ranges do, or when the pipe is closed because the program that asked ended, however that came.
"""

from __future__ import annotations

import fcntl
import gc
import os
import pickle
import select
import signal
import traceback
from collections import deque
from contextlib import contextmanager, suppress
from itertools import cycle
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, NoReturn, TypeVar

from snapinspect.errors import SnapinspectError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

T = TypeVar("T")
R = TypeVar("R")

_SIZE = 8
"""Bytes before each answer that tell how long it is."""
_PIPE = 1 << 20
"""As large as Linux lets ordinary users make a pipe."""
_HELD_BACK = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}


class Answer(NamedTuple, Generic[R]):
    """What came of one range: results, what was added to each side, and what was raised behind them."""

    results: list[R]
    added: list[list[Any]]
    error: BaseException | None


class Workers(Generic[T, R]):
    """``count`` processes that work on ``ranges``; ``ahead`` answers are read of each that is ahead of its turn."""

    def __init__(
        self,
        work: Callable[[Sequence[T]], Iterable[R]],
        ranges: Sequence[Sequence[T]],
        count: int,
        sides: Sequence[list[Any]],
        ahead: int,
    ) -> None:
        self._started: list[_Worker] = []
        self._ahead = ahead
        try:
            for number in range(count):
                self._start(work, ranges[number::count], sides)
        except BaseException:
            self.close()
            raise
        self._turns = cycle(self._started)
        self._last = self._started[0]

    def next(self) -> Answer[R] | None:
        """The next range's answer, or None where its process died before it was whole."""
        self._last = worker = next(self._turns)
        while not worker.answers and not worker.is_done:
            self._read()
        if not worker.answers:
            return None
        answer: Answer[R] = pickle.loads(worker.answers.popleft())  # noqa: S301 - from our own process
        return answer

    def fate(self) -> int:
        """The exit code of the process whose turn it was last, negative for a signal."""
        return self._last.wait()

    def close(self) -> None:
        """Ends those that still work; they have nothing to tidy up."""
        with _held_back():
            for worker in self._started:
                worker.end()

    def _start(self, work: Callable[[Sequence[T]], Iterable[R]], own: Sequence[Sequence[T]], sides: Any) -> None:
        reading, writing = os.pipe()
        with suppress(OSError):
            fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, _PIPE)
        with _held_back() as before:
            pid = os.fork()
            if not pid:
                # What reads of others must be closed here, or they would not learn that nobody reads any more.
                for descriptor in (reading, *(worker.pipe for worker in self._started)):
                    os.close(descriptor)
                _serve(writing, work, own, sides, before)
            self._started.append(_Worker(pid, reading))
        os.close(writing)

    def _read(self) -> None:
        """Waits until something comes from any that is not too far ahead."""
        poll = select.poll()
        waiting = {worker.pipe: worker for worker in self._started if worker.takes(self._ahead)}
        for pipe in waiting:
            poll.register(pipe, select.POLLIN)
        for pipe, _ in poll.poll():
            waiting[pipe].read()


class _Worker:
    """A process as the one sees it that started it."""

    def __init__(self, pid: int, pipe: int) -> None:
        self.pipe = pipe
        self.is_done = False
        self.answers: deque[bytearray] = deque()
        self._pid = pid
        self._code: int | None = None
        # What comes next, the length of an answer or the answer, and how much of it is there.
        self._next = bytearray(_SIZE)
        self._filled = 0
        self._is_length = True

    def takes(self, ahead: int) -> bool:
        return not self.is_done and len(self.answers) < ahead

    def read(self) -> None:
        count = os.readv(self.pipe, [memoryview(self._next)[self._filled :]])
        self.is_done = not count
        self._filled += count
        if self._filled < len(self._next):
            return
        if not self._is_length:
            self.answers.append(self._next)
        self._next = bytearray(int.from_bytes(self._next) if self._is_length else _SIZE)
        self._filled = 0
        self._is_length = not self._is_length

    def wait(self) -> int:
        if self._code is None:
            _, status = os.waitpid(self._pid, 0)
            self._code = os.waitstatus_to_exitcode(status)
        return self._code

    def end(self) -> None:
        os.close(self.pipe)
        if self._code is None:
            os.kill(self._pid, signal.SIGKILL)
            self.wait()


@contextmanager
def _held_back() -> Iterator[set[int]]:
    """Signals that would end this program wait until the block has ended; gives those that did so before."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _HELD_BACK)
    try:
        yield set(before)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve(
    pipe: int,
    work: Callable[[Sequence[T]], Iterable[R]],
    ranges: Sequence[Sequence[T]],
    sides: Sequence[list[Any]],
    blocked: set[int],
) -> NoReturn:
    """What a process does. It leaves without unwinding, as files and directories are for the one to remove that made them."""
    code = 1
    try:
        # A Ctrl-C at the terminal is for the one who asked, and who ends this one.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        for number in (signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        # What is there already is not looked through for circles, which would copy all of it.
        gc.freeze()
        for each in ranges:
            answer = _answer(work, each, sides)
            _send(pipe, answer)
            if answer.error is not None:
                break
        code = 0
    except BrokenPipeError:
        pass
    finally:
        os._exit(code)


def _answer(work: Callable[[Sequence[T]], Iterable[R]], each: Sequence[T], sides: Sequence[list[Any]]) -> Answer[R]:
    results: list[R] = []
    error: BaseException | None = None
    for side in sides:
        side.clear()
    try:
        results.extend(work(each))
    except BaseException as raised:  # noqa: BLE001 - whoever asked gets it
        raised.add_note("".join(traceback.format_exception(raised)))
        error = portable(raised)
    return Answer(results, [list(side) for side in sides], error)


def portable(error: BaseException) -> BaseException:
    """The error itself if it can be sent, else one that says the same."""
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301 - our own
    except Exception:  # noqa: BLE001 - whatever it is
        return SnapinspectError(str(error), getattr(error, "hint", ""))
    return error


def _send(pipe: int, answer: Answer[Any]) -> None:
    content = pickle.dumps(answer, pickle.HIGHEST_PROTOCOL)
    for part in (len(content).to_bytes(_SIZE), content):
        rest = memoryview(part)
        while rest:
            rest = rest[os.write(pipe, rest) :]
