"""A private directory for temporary files, and the removal of those that a killed run left behind.

Only its owner can read it. It holds a file with a lock that the system lets go of when the program ends,
however it ends: a directory whose lock is free has no program any more, and the next run removes it.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import stat
import tempfile
import weakref
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from snapinspect.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_LOCK = "lock"
_PREFIX = "snapinspect-"
_NAME = re.compile(r"snapinspect-\d+-[a-z0-9_]{8}")
_UNLOCKED = f"{_PREFIX}new-"
_RESERVE = 64 << 20
"""Bytes of disk that are never taken, as others on the machine need some too."""
_MORE_ROOM = "Make room there, or let TMPDIR name a directory that has more."


class Workspace:
    """The directory ``path``. It goes away with ``close``, with the object, and at the end of the program.

    Raises SourceError when there is no place for temporary files.
    """

    def __init__(self) -> None:
        _require_the_place_named()
        try:
            _remove_leftovers()
            self.path, lock = _create()
        except OSError as error:
            raise SourceError(
                f"no temporary directory can be made: {error.strerror}", "Let TMPDIR name a directory you may write to."
            ) from None
        self._finalizer = weakref.finalize(self, _end, self.path, lock, os.getpid())

    def close(self) -> None:
        self._finalizer()

    def free(self) -> int:
        """Bytes of disk that may still be taken."""
        return max(0, shutil.disk_usage(self.path).free - _RESERVE)

    def require(self, size: int, purpose: str) -> None:
        """Raises SourceError unless there is room for ``size`` more bytes."""
        free = self.free()
        if size > free:
            raise SourceError(
                f"{purpose} needs {in_words(size)} of disk, and {self.path.parent} has {in_words(free)} to spare",
                _MORE_ROOM,
            )

    def spool(self, name: str, chunks: Iterable[bytes], purpose: str, size: int | None = None) -> Path:
        """Writes ``chunks`` into the new file ``name``; ``size`` is how many bytes they will be, where that is known.

        Raises SourceError when they do not fit, before the first is taken if ``size`` tells.
        """
        self.require(size or 0, purpose)
        path = self.path / name
        with self._reporting(purpose):
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            for chunk in chunks:
                self.require(len(chunk), purpose)
                with self._reporting(purpose):
                    _write(descriptor, chunk)
        finally:
            os.close(descriptor)
        return path

    @contextmanager
    def _reporting(self, purpose: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise SourceError(f"{purpose} failed in {self.path.parent}: {error.strerror}", _MORE_ROOM) from None


def _require_the_place_named() -> None:
    """Raises SourceError when TMPDIR cannot be used: another directory may be on a disk where secrets must not lie."""
    named = os.environ.get("TMPDIR")
    if named and not (Path(named).is_dir() and os.access(named, os.W_OK | os.X_OK)):
        raise SourceError(
            f"TMPDIR names {named}, where no files can be made",
            "Let TMPDIR name a directory you may write to.",
        )


def _remove_leftovers() -> None:
    """Removes the workspaces of this user whose program is gone."""
    with suppress(OSError):
        # A directory of another user, or one that somebody named alike, is not ours to touch.
        for path in filter(_is_ours, Path(tempfile.gettempdir()).glob(f"{_PREFIX}*")):
            with suppress(OSError):
                _remove_if_abandoned(path)


def in_words(size: int) -> str:
    """A number of bytes as people read it."""
    for unit, step in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= step:
            return f"{size / step:.1f} {unit}"
    return f"{size} bytes"


def _create() -> tuple[Path, int]:
    """A new directory and the descriptor that holds its lock.

    It gets its name when it is locked already, as an unlocked one is for anybody to remove.
    """
    made = Path(tempfile.mkdtemp(prefix=_UNLOCKED))
    path = made.with_name(f"{_PREFIX}{os.getpid()}-{made.name.removeprefix(_UNLOCKED)}")
    lock = None
    try:
        lock = os.open(made / _LOCK, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX)
        made.rename(path)
    except BaseException:
        if lock is not None:
            os.close(lock)
        shutil.rmtree(made, ignore_errors=True)
        raise
    return path, lock


def _end(path: Path, lock: int, owner: int) -> None:
    try:
        # A forked child has a copy of this object, but not the directory.
        if os.getpid() == owner:
            _remove_whatever_interrupts(path)
    finally:
        os.close(lock)


def _remove_whatever_interrupts(path: Path) -> None:
    try:
        with suppress(OSError):
            _remove(path)
    except BaseException:
        # A signal ends the program once: what it interrupted is done again.
        with suppress(OSError):
            _remove(path)
        raise


def _is_ours(path: Path) -> bool:
    try:
        status = path.lstat()
    except OSError:
        return False
    return bool(_NAME.fullmatch(path.name)) and stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid()


def _remove_if_abandoned(path: Path) -> None:
    lock = os.open(path / _LOCK, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _remove(path)
    finally:
        os.close(lock)


def _remove(path: Path) -> None:
    """The lock goes last: without it, nobody would know that the rest may go."""
    for entry in path.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry, ignore_errors=True)
        elif entry.name != _LOCK:
            entry.unlink(missing_ok=True)
    if all(entry.name == _LOCK for entry in path.iterdir()):
        (path / _LOCK).unlink(missing_ok=True)
        path.rmdir()


def _write(descriptor: int, chunk: bytes) -> None:
    rest = memoryview(chunk)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
