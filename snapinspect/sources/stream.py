"""Bytes that come once, front to back, and what may be spent on them."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, BinaryIO

from snapinspect.errors import SnapinspectError, SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

CHUNK = 1 << 18
"""Bytes handled at a time."""


READ_WHAT_IS_LEFT = (
    "Was it copied completely? Try another copy of the backup; --salvage reads this one as far as it goes."
)
"""The hint where an archive ends too early, or is damaged."""
LARGEST = 16 << 30
"""Bytes that come through a pipe or out of an archive, twice what etcd advises a database to have at most."""
max_unpacked: ContextVar[int | None] = ContextVar("max_unpacked", default=None)
"""Bytes that whoever asks allows in place of all that is said here."""


class CannotUnpack(SourceError):
    """One packed file cannot be read, though the rest of the archive may be."""


class Stream:
    """What ``read`` gives, of which the first can be looked at before it is taken.

    ``read(n)`` gives from 1 to ``n`` bytes, and none at the end. What it raised once it is not asked again for.
    """

    def __init__(self, read: Callable[[int], bytes]) -> None:
        self._read = read
        self._ahead = b""
        self._broken: SnapinspectError | None = None

    def peek(self, size: int) -> bytes:
        """The next ``size`` bytes, or all that are left or can be had, which are not taken yet."""
        try:
            while len(self._ahead) < size and (more := self._more(max(size - len(self._ahead), CHUNK))):
                self._ahead += more
        except SnapinspectError:
            if not self._ahead:
                raise
        return self._ahead[:size]

    def require_whole(self) -> None:
        """Raises what looking ahead met."""
        if self._broken is not None:
            raise self._broken

    def read(self, size: int) -> bytes:
        """Takes up to ``size`` bytes; none at the end."""
        if not self._ahead:
            return self._more(size)
        taken, self._ahead = self._ahead[:size], self._ahead[size:]
        return taken

    def put_back(self, taken: bytes) -> None:
        """Gives back what was taken last."""
        self._ahead = taken + self._ahead

    def take(self, size: int) -> bytes:
        """Takes ``size`` bytes, or all that are left if those are fewer."""
        return b"".join(self.chunks(size))

    def chunks(self, size: int | None = None) -> Iterator[bytes]:
        """Takes up to ``size`` bytes (None: all), a chunk at a time."""
        left = size
        while (left is None or left > 0) and (chunk := self.read(CHUNK if left is None else min(CHUNK, left))):
            yield chunk
            if left is not None:
                left -= len(chunk)

    def drain(self) -> None:
        """Takes the rest and lets it go."""
        for _ in self.chunks():
            pass

    def _more(self, size: int) -> bytes:
        if self._broken is not None:
            raise self._broken
        try:
            return self._read(size)
        except SnapinspectError as error:
            self._broken = error
            raise


class Budget:
    """What unpacking an archive of ``size`` bytes may amount to, in bytes and in files."""

    FREE = 1 << 30
    """Bytes that any archive may unpack to."""
    RATIO = 100
    """Bytes more for each byte of the archive, which is ten times what a snapshot is packed to."""
    FILES = 100_000

    def __init__(self, size: int) -> None:
        self._most = max_unpacked.get() or min(LARGEST, self.FREE + self.RATIO * size)
        self._left = self._most
        self._files = self.FILES

    def counted(self, stream: Stream) -> Stream:
        """The same stream, each byte of which is spent."""

        def read(size: int) -> bytes:
            chunk = stream.read(size)
            self._spend(len(chunk))
            return chunk

        return Stream(read)

    def spend_file(self) -> None:
        self._files -= 1
        if self._files < 0:
            raise SourceError(
                f"the archive holds more than {self.FILES} files", "Unpack it by hand, and name the snapshot itself."
            )

    def _spend(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise too_large("the archive unpacks to", self._most)


def too_large(what: str, most: int) -> SourceError:
    """The error that ``what`` more than ``most`` bytes."""
    # Imported here, as a plain snapshot must open at once.
    from snapinspect.sources.workspace import in_words

    return SourceError(
        f"{what} more than {in_words(most)}: it may be a decompression bomb, or have no end",
        f"If you trust it, allow twice as much by --max-unpacked {2 * most}.",
    )


def told(chunks: Iterable[bytes], advance: Callable[[int], object]) -> Iterator[bytes]:
    """The same chunks, the size of each told to ``advance``."""
    for chunk in chunks:
        yield chunk
        advance(len(chunk))


@contextmanager
def opened_for_reading(path: Path) -> Iterator[BinaryIO]:
    """The file. Raises SourceError when it cannot be read."""
    try:
        with path.open("rb") as file:
            yield file
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror}", "Is the path right, and may you read it?") from None


def file_chunks(path: Path) -> Iterator[bytes]:
    """The content of a file. Raises SourceError when it cannot be read."""
    try:
        with path.open("rb", buffering=0) as file:
            while chunk := file.read(CHUNK):
                yield chunk
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror}", "Is the path right, and may you read it?") from None
