"""The same done to many, some at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Protocol, TypeVar

Item = TypeVar("Item")
Made = TypeVar("Made")


class Run(Protocol):
    """Gives the results in the order of the items."""

    def __call__(self, work: Callable[[Item], Made], items: Iterable[Item], /) -> Iterator[Made]: ...


@contextmanager
def side_by_side(count: int) -> Iterator[Run]:
    """A ``map`` that works on ``count`` items at a time.

    When its block is left early, what has not begun is not begun any more, and what has is waited for.
    """
    if count <= 1:
        yield map
        return
    pool = ThreadPoolExecutor(count, "snapinspect request")
    try:
        yield pool.map
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
