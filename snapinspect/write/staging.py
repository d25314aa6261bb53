"""A directory that is filled out of sight and appears when it is whole.

Files are written into a hidden directory that only its owner can read. A target that does not exist
yet is that directory, renamed. Into one that exists, whole files and directories are moved one by one;
no path through a symbolic link is ever taken.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
import secrets
import shutil
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from snapinspect.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Iterator

_OCCUPIED = (errno.ENOTEMPTY, errno.EEXIST)
_LEFTOVER = re.compile(r"\.partial-[0-9a-f]{12}")
_FULL = (errno.ENOSPC, errno.EDQUOT)


class Staging:
    """``begin``, fill ``path``, then ``commit`` or ``discard``. All raise OutputError for what the system refuses."""

    def __init__(self, target: Path, *, force: bool) -> None:
        self.target = target.absolute()
        self._force = force
        self._inside = False
        self.path = ""
        self._lock: int | None = None

    def begin(self) -> None:
        with reporting(self.target):
            self._check_target()
            if not self._inside:
                self.target.parent.mkdir(parents=True, exist_ok=True)
            beside = f".{self.target.name[:50]}."
            _remove_leftovers(self.target.parent, beside)
            if self._inside:
                _remove_leftovers(self.target, ".")
            parent, prefix = (self.target, ".") if self._inside else (self.target.parent, beside)
            self._make(parent, prefix, secrets.token_hex(6))

    def _make(self, parent: Path, prefix: str, own: str) -> None:
        """Gives the directory its name when it is locked, as an unlocked one is for anybody to remove."""
        # Known before it is there: whatever interrupts, ``discard`` finds it.
        self.path = str(parent / f"{prefix}new-{own}")
        os.mkdir(self.path, 0o700)  # noqa: PTH102
        self._lock = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        fcntl.flock(self._lock, fcntl.LOCK_SH)
        made, self.path = self.path, str(parent / f"{prefix}partial-{own}")
        try:
            os.rename(made, self.path)  # noqa: PTH104
        except BaseException:
            with suppress(OSError):
                os.rmdir(made)  # noqa: PTH106
            raise

    def commit(self, last: str) -> None:
        """Put what was written in its place, the file named ``last`` after all others."""
        with reporting(self.target):
            if not self._inside:
                Path(self.path).rename(self.target)
                return
            with _opened(self.path) as source, _opened(str(self.target)) as target:
                _merge(source, target, last)
            Path(self.path).rmdir()

    def discard(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None
        if self.path:
            shutil.rmtree(self.path, ignore_errors=True)

    def _check_target(self) -> None:
        self._inside = self.target.is_dir()
        if not self._inside and os.path.lexists(self.target):
            raise OutputError(f"{self.target} is not a directory", hint="give another directory")
        if (
            self._inside
            and not self._force
            and any(not _LEFTOVER.fullmatch(entry.name) for entry in self.target.iterdir())
        ):
            raise OutputError(
                f"{self.target} is not empty",
                hint="--force writes into it all the same, or give another directory",
            )


def _remove_leftovers(parent: Path, prefix: str) -> None:
    """Removes what killed runs left for the same target. Whoever still fills one holds a lock on it."""
    for entry in parent.iterdir():
        own = entry.name.removeprefix(prefix)
        if entry.name.startswith(prefix) and _LEFTOVER.fullmatch(f".{own}"):
            with suppress(OSError):
                _remove_if_abandoned(entry)


def _remove_if_abandoned(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        if os.fstat(descriptor).st_uid == os.geteuid():
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(path)
    finally:
        os.close(descriptor)


def refusal(target: Path, error: OSError) -> OutputError:
    hint = "make room there, or give another directory" if error.errno in _FULL else "give another directory"
    return OutputError(f"cannot write into {target}: {error.strerror or error}", hint=hint)


@contextmanager
def reporting(target: Path) -> Iterator[None]:
    """Turn what the system refuses into an OutputError."""
    try:
        yield
    except OSError as error:
        raise refusal(target, error) from error


@contextmanager
def _opened(path: str, parent: int | None = None) -> Iterator[int]:
    follow = 0 if parent is None else os.O_NOFOLLOW
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | follow, dir_fd=parent)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _merge(source: int, target: int, last: str) -> None:
    """Move all entries from one open directory to another, going into directories that both have."""
    for name in sorted(os.listdir(source), key=lambda name: name == last):
        try:
            os.replace(name, name, src_dir_fd=source, dst_dir_fd=target)
        except OSError as error:
            if error.errno not in _OCCUPIED:
                raise
            with _opened(name, source) as inner_source, _opened(name, target) as inner_target:
                _merge(inner_source, inner_target, last)
            os.rmdir(name, dir_fd=source)
