"""The largest of very many things, of which only as many are held as are wanted."""

from __future__ import annotations

from heapq import heappop, heappush
from typing import Generic, TypeVar

T = TypeVar("T")


class Top(Generic[T]):
    """The ``most`` largest; of equals the one that came first."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._added = 0
        self._heap: list[tuple[tuple[int, ...], int, T]] = []

    def takes(self, *size: int) -> bool:
        """Whether something of this size would be held; compared from the left."""
        return len(self._heap) < self._most or size > self._heap[0][0]

    def add(self, item: T, *size: int) -> None:
        """Holds ``item``, in place of the smallest, if it takes its size."""
        if self.takes(*size):
            self._added -= 1
            heappush(self._heap, (size, self._added, item))
            if len(self._heap) > self._most:
                heappop(self._heap)

    def items(self) -> list[T]:
        """The largest first."""
        return [item for _, _, item in sorted(self._heap, reverse=True, key=lambda held: held[:2])]
