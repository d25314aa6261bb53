"""A file's content as a buffer that others cannot pull away while it is read.

A page of a map whose file was cut short ends the process by SIGBUS. So a small file is copied; a large one is mapped,
and programs have lost pages replaced and are told. Nobody who writes is held up.
"""

from __future__ import annotations

import mmap
import os
import signal
import stat
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple, Self

from snapinspect.errors import NotASnapshot, SourceError, Withdrawn

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import FrameType

_REPLACING = "snapinspect.sources.lost_pages"
_COPIED = 16 << 20
"""Bytes up to which a file is copied, which takes about a millisecond a megabyte."""
_TRIES = 4
_PIECE = 1 << 22
_AGAIN = (
    "Read it again once nothing writes to it; a running etcd's is had with `snapinspect save https://HOST:2379 FILE`."
)


class _Mapped(NamedTuple):
    """A file as it was when it was mapped: which it is, its size, and when it was written to last."""

    path: Path
    file: tuple[int, int]
    state: tuple[int, int]


_mapped: list[_Mapped] = []


class FileMap(mmap.mmap):
    """A file's content, of which pieces can be read without mapping them: each page that is mapped costs more than its copy."""

    _descriptor = -1

    @classmethod
    def of(cls, descriptor: int) -> Self:
        """Of the whole file, which must hold something. Raises OSError, ValueError."""
        made = cls(descriptor, 0, access=mmap.ACCESS_READ)
        made._descriptor = os.dup(descriptor)
        return made

    def piece(self, start: int, end: int, /) -> bytes:
        """The same as ``self[start:end]``."""
        with suppress(OSError):
            found = os.pread(self._descriptor, end - start, start)
            if start + len(found) == min(end, len(self)):
                return found
        # What is not there any more, the map tells.
        return self[start:end]

    def close(self) -> None:
        super().close()
        self._let_go()

    def __del__(self) -> None:
        self._let_go()

    def _let_go(self) -> None:
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)


def heed_writers() -> None:
    """From now on Withdrawn is raised in the main thread where a file is cut short under its map.

    For programs alone, as the handlers of SIGIO and SIGBUS are theirs.
    """
    signal.signal(signal.SIGIO, _give_up)


def heed_loss(tell: Callable[[], object]) -> None:
    """From now on ``tell`` is called in the main thread instead: what is read of the lost pages are zeros.

    For programs that go on, and that called ``heed_writers``; for others nothing changes.
    """
    if signal.getsignal(signal.SIGIO) is _give_up:
        signal.signal(signal.SIGIO, lambda _number, _frame: tell())


def written_meanwhile() -> list[Path]:
    """The mapped files that somebody wrote to since: what was read may be of two states. A replaced one is not among them."""
    return [each.path for each in _mapped if _is_written(each)]


def map_file(path: Path) -> mmap.mmap:
    """The file's content, read-only. Raises SourceError, or NotASnapshot when it is empty."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror}", "Is the path right, and may you read it?") from None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise SourceError(f"{path} is no regular file", "Name the snapshot file itself.")
        if not status.st_size:
            raise NotASnapshot(f"{path} is empty", "Was the snapshot copied completely?")
        if status.st_size <= _COPIED:
            return _settled_copy(descriptor, path)
        _watch(path, status)
        return FileMap.of(descriptor)
    except ValueError:
        raise _changed(path) from None
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror}", "Is its disk well? Try another copy.") from None
    finally:
        os.close(descriptor)


def _settled_copy(descriptor: int, path: Path) -> mmap.mmap:
    """A copy between whose beginning and end nothing was written, or the last of some that were tried."""
    for _ in range(_TRIES):
        before = os.fstat(descriptor)
        copy = _copy(descriptor, before.st_size, path)
        after = os.fstat(descriptor)
        if _state(before) == _state(after):
            break
    return copy


def _copy(descriptor: int, size: int, path: Path) -> mmap.mmap:
    if not size:
        raise _changed(path)
    copy = mmap.mmap(-1, size)
    with memoryview(copy) as view:
        done = 0
        while done < size:
            count = os.preadv(descriptor, [view[done : done + _PIECE]], done)
            if not count:
                raise _changed(path)
            done += count
    return copy


def _changed(path: Path) -> SourceError:
    return SourceError(f"{path} was cut short while it was read", _AGAIN)


def _watch(path: Path, status: os.stat_result) -> None:
    if signal.getsignal(signal.SIGIO) is not _give_up:
        return
    if not _mapped:
        # Imported here, as most snapshots are small and must open at once.
        from snapinspect.sources.lost_pages import survive

        survive(signal.SIGIO)
    _mapped.append(_Mapped(path, (status.st_dev, status.st_ino), _state(status)))


def _is_written(mapped: _Mapped) -> bool:
    with suppress(OSError):
        status = mapped.path.stat()
        return (status.st_dev, status.st_ino) == mapped.file and _state(status) != mapped.state
    return False


def _state(status: os.stat_result) -> tuple[int, int]:
    return status.st_size, status.st_mtime_ns


def _give_up(number: int, frame: FrameType | None) -> None:
    if frame is not None and frame.f_globals.get("__name__") == _REPLACING:
        # The next page is being replaced already, and what is raised there is lost: the signal comes again behind it.
        signal.raise_signal(number)
        return
    named = str(_mapped[-1].path) if len(_mapped) == 1 else "a file"
    raise Withdrawn(f"{named} was cut short while it was read, or its disk failed", _AGAIN)
