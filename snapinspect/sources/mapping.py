"""A file's content as a buffer that others cannot pull away while it is read.

A page of a map whose file was cut short ends the process by SIGBUS. So a small file is copied, and on a large one a
lease is taken: the kernel holds whoever wants to open the file for writing until we have let go, and tells us.
Source: ``fcntl(2)``, Leases.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import signal
import stat
from contextlib import suppress
from typing import TYPE_CHECKING

from snapinspect.errors import NotASnapshot, SourceError, Withdrawn

if TYPE_CHECKING:
    from pathlib import Path

_COPIED = 16 << 20
"""Bytes up to which a file is copied, which takes about a millisecond a megabyte."""
_TRIES = 4
_PIECE = 1 << 22
_AGAIN = (
    "Read it again once nothing writes to it; a running etcd's is had with `snapinspect save https://HOST:2379 FILE`."
)

_leased: list[Path] = []


def heed_writers() -> None:
    """Takes leases from now on, and raises Withdrawn in the main thread where a writer waits for a file that is read.

    For programs alone, as the handler of SIGIO is theirs.
    """
    signal.signal(signal.SIGIO, _give_up)


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
        # The map holds the file open, and so the lease, until it is closed itself.
        _lease(descriptor, path)
        return mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ)
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
        if (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns):
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


def _lease(descriptor: int, path: Path) -> None:
    """Takes one where there is one: not on others' files, on what is open for writing, nor on some file systems."""
    if signal.getsignal(signal.SIGIO) is _give_up:
        with suppress(OSError):
            fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
            _leased.append(path)


def _give_up(_number: int, _frame: object) -> None:
    named = str(_leased[-1]) if len(_leased) == 1 else "a file"
    raise Withdrawn(f"{named} is being written to while it is read", _AGAIN)
