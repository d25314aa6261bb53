"""The thread that looks at every page of the snapshots and at their digests, while what their trees lead to is shown already."""

from __future__ import annotations

from contextlib import contextmanager
from threading import Event, Thread
from typing import TYPE_CHECKING

from snapinspect.errors import SnapinspectError
from snapinspect.model import Problem
from snapinspect.sources.recovery import examined

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from snapinspect.etcd import Store
    from snapinspect.snapshot import Snapshot

MISMATCH = "digest"
"""The code of the problem that a file is not what was saved."""
_MOMENT = 0.02
"""Seconds."""


class Examiner:
    """Looks at the pages of one snapshot after the other, and stands back while something ``is_urgent``.

    ``found`` is called by way of ``tell``, in the thread that draws, with the number of a snapshot that is damaged and
    the store that goes on reading it; None where its digest alone tells that it is.
    """

    def __init__(
        self,
        views: Sequence[Snapshot],
        tell: Callable[[Callable[[], object]], object],
        found: Callable[[int, Store | None], object],
        is_urgent: Callable[[], bool],
    ) -> None:
        self._views = list(views)
        self._tell = tell
        self._found = found
        self._is_urgent = is_urgent
        self._over = [Event() for _ in views]
        self._ended = Event()
        self._thread = Thread(target=self._run, name="examiner", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread at the next page."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()

    def is_over(self, number: int) -> bool:
        """Whether every page of the snapshot of this number was looked at."""
        return self._over[number].is_set()

    @property
    def is_busy(self) -> bool:
        return not all(each.is_set() for each in self._over)

    def awaited(self, numbers: Iterable[int]) -> Iterator[None]:
        """Steps between which other work may come, until the pages of all these were looked at."""
        for number in numbers:
            while not self._over[number].wait(_MOMENT):
                yield None

    def _run(self) -> None:
        for number, view in enumerate(self._views):
            store, is_changed = None, False
            try:
                store = examined(view.source, self._progress)
                is_changed = view.source.evidence.digests(self._progress).state == "mismatch"
            except _Stopped:
                return
            except (SnapinspectError, OSError) as error:
                view.problems.append(Problem("damaged", view.source.path, str(error)))
            if is_changed:
                view.problems.append(Problem(MISMATCH, view.source.path, "its SHA-256 is not the one at its end"))
            self._give(number, store, is_damaged=store is not None or is_changed)

    def _give(self, number: int, store: Store | None, *, is_damaged: bool) -> None:
        def told() -> None:
            if is_damaged:
                self._found(number, store)
            self._over[number].set()

        self._tell(told)

    @contextmanager
    def _progress(self, _label: str, _total: int) -> Iterator[Callable[[int], object]]:
        yield self._advance

    def _advance(self, _step: int) -> None:
        while not self._ended.is_set() and self._is_urgent():
            self._ended.wait(_MOMENT)
        if self._ended.is_set():
            raise _Stopped


class _Stopped(Exception):
    """Nobody waits for it any more."""
