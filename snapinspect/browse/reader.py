"""The thread that reads, so that keys are answered meanwhile: one thing at a time, what is looked at first."""

from __future__ import annotations

from threading import Condition, Thread
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")


class Task(NamedTuple):
    """Work for ``owner``, cut into steps, between which that of others may come.

    ``arrived`` is given each thing that a step yields and that is not None, and ``failed`` what is raised.
    """

    owner: object
    steps: Iterator[Any]
    arrived: Callable[[Any], object]
    failed: Callable[[Exception], object]


def once(make: Callable[[], T]) -> Iterator[T]:
    """Work of a single step."""
    yield make()


class Reader:
    """A thread that takes one step after the other of what it is asked.

    ``tell`` has a call made in the thread that draws. ``is_first`` says whose work does not wait for that of others.
    """

    def __init__(self, tell: Callable[[Callable[[], object]], object], is_first: Callable[[object], bool]) -> None:
        self._tell = tell
        self._is_first = is_first
        self._tasks: list[Task] = []
        self._changed = Condition()
        self._is_ended = False
        self._untold = 0
        self._thread = Thread(target=self._run, name="reader", daemon=True)

    @property
    def is_busy(self) -> bool:
        """Whether something is still to come."""
        with self._changed:
            return bool(self._tasks or self._untold)

    def start(self) -> None:
        self._thread.start()

    def read(self, task: Task) -> None:
        """Does the work behind what its owner asked before."""
        with self._changed:
            self._tasks.append(task)
            self._changed.notify()

    def forget(self, owner: object) -> None:
        """Nothing more comes for ``owner``."""
        with self._changed:
            self._tasks = [task for task in self._tasks if task.owner is not owner]

    def stop(self) -> None:
        """Ends the thread after the step that it takes."""
        with self._changed:
            self._is_ended, self._tasks = True, []
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while (task := self._next()) is not None:
            try:
                arrived = next(task.steps)
            except StopIteration:
                self._end(task)
            except Exception as error:  # noqa: BLE001 - whoever asked says what is to be made of it
                self._give(task, task.failed, error)
                self._end(task)
            else:
                if arrived is not None:
                    self._give(task, task.arrived, arrived)

    def _next(self) -> Task | None:
        with self._changed:
            self._changed.wait_for(lambda: self._tasks or self._is_ended)
            wanted = (task for task in self._tasks if self._is_first(task.owner))
            return None if self._is_ended else next(wanted, self._tasks[0])

    def _end(self, task: Task) -> None:
        with self._changed:
            self._tasks = [each for each in self._tasks if each is not task]

    def _give(self, task: Task, what: Callable[[Any], object], value: Any) -> None:
        with self._changed:
            if task not in self._tasks:
                return
            self._untold += 1
        self._tell(lambda: self._told(what, value))

    def _told(self, what: Callable[[Any], object], value: Any) -> None:
        try:
            what(value)
        finally:
            with self._changed:
                self._untold -= 1
