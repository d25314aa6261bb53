"""Parts of an object, brought as they are needed into a file that has holes where nothing was asked for."""

from __future__ import annotations

import mmap
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from snapinspect.sources.cloud.addresses import Address
from snapinspect.sources.cloud.failures import explained, failure, is_of_store, is_refused_range
from snapinspect.sources.cloud.fetch import Changed
from snapinspect.sources.cloud.stores import Reply, store_of

_BLOCK = 1 << 16
_AT_A_TIME = 16
_MOST = 512
"""Blocks that are brought: who needs more had better fetch the whole."""

Span = tuple[int, int]
"""From one offset to before another."""


class TooMuch(Exception):
    """So much is asked for that the whole is had as quickly."""


class Parts:
    """The object at ``address`` as ``data``, a map of the new file ``path``: what was not brought is zeros.

    All parts are of one version of the object. Raises SourceError, and TooMuch where the server sends nothing but the whole.
    """

    def __init__(self, address: Address, path: Path) -> None:
        self._address = address
        self._store = store_of(address)
        try:
            first = Reply(self._store, address, 0, _BLOCK)
            content = b"".join(first.chunks())
        except Exception as error:
            if is_refused_range(error):
                raise TooMuch from None
            if not is_of_store(error):
                raise
            raise failure(address, error) from None
        self.object = first.object
        self._held = {0}
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            os.ftruncate(self._descriptor, self.object.size)
            os.pwrite(self._descriptor, content, 0)
            self.data = mmap.mmap(self._descriptor, 0, access=mmap.ACCESS_READ)
        except BaseException:
            self.close()
            raise

    @property
    def brought(self) -> int:
        """Bytes that were asked for."""
        return min(len(self._held) * _BLOCK, self.object.size)

    def bring(self, spans: Iterable[Span]) -> None:
        """From now on these bytes are there. Raises TooMuch, Changed where the object is another one now, and SourceError."""
        last = -(-self.object.size // _BLOCK)
        wanted = {block for start, end in spans for block in range(start // _BLOCK, min(-(-end // _BLOCK), last))}
        missing = sorted(wanted - self._held)
        if len(self._held) + len(missing) > _MOST:
            raise TooMuch
        with ThreadPoolExecutor(_AT_A_TIME) as pool:
            list(pool.map(self._fetch, _runs(missing)))
        self._held.update(missing)

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _fetch(self, blocks: range) -> None:
        start = blocks.start * _BLOCK
        length = min(len(blocks) * _BLOCK, self.object.size - start)
        with explained(self._address):
            reply = Reply(self._store, self._address, start, length)
            content = b"".join(reply.chunks())
        if reply.object != self.object:
            raise Changed
        os.pwrite(self._descriptor, content, start)


def _runs(blocks: list[int]) -> Iterator[range]:
    """Neighbours are asked for at once."""
    start = 0
    for at in range(1, len(blocks) + 1):
        if at == len(blocks) or blocks[at] != blocks[at - 1] + 1:
            yield range(blocks[start], blocks[at - 1] + 1)
            start = at
