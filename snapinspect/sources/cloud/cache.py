"""What was fetched, kept for the next time: a directory an object, or a catalog, which only its owner can read, up to a bound.

An entry holds the object under its own name, and a file with a lock: shared while a program reads the object, exclusive
while one fetches it or removes it. What is half fetched lies beside under ``.part``, and is gone on with.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from snapinspect.errors import SourceError, UsageError

_LOCK, _ABOUT, _PART = "lock", "about.json", ".part"
_BUILDING, _READING = ".lock", ".reading"
_BOUND = 10 << 30
_BOUND_NAME = "SNAPINSPECT_CACHE_SIZE"
_LONGEST_NAME = 128
_RESERVE = 64 << 20
"""Bytes of disk that are never taken, as others on the machine need some too."""


class Kept(NamedTuple):
    """What the cache holds of an object: ``used`` is when it was read last, in seconds since 1970."""

    url: str
    size: int
    whole: bool
    used: float
    path: Path


def root() -> Path:
    """Where the cache of objects lies: XDG_CACHE_HOME says, or it is in ~/.cache."""
    return _home() / "objects"


def catalogs() -> Path:
    """Where what was brought of buckets' catalogs lies: a directory a catalog, in which a build that is going on locks ``.lock``."""
    return _home() / "catalogs"


def begin_catalog(directory: Path, url: str) -> None:
    """Makes a catalog's directory, which only its owner enters: what is brought is as secret as the bucket."""
    catalogs().mkdir(mode=0o700, parents=True, exist_ok=True)
    directory.mkdir(mode=0o700, exist_ok=True)
    (directory / _ABOUT).write_text(json.dumps({"url": url}), encoding="utf-8")


@contextmanager
def reading_catalog(directory: Path) -> Iterator[None]:
    """Until the block ends nobody removes what was brought of a catalog."""
    while True:
        directory.mkdir(mode=0o700, exist_ok=True)
        with _made(directory, _READING) as lock:
            fcntl.flock(lock, fcntl.LOCK_SH)
            if _is_still(lock, directory / _READING):
                os.utime(directory)
                yield
                return


def _home() -> Path:
    home = os.environ.get("XDG_CACHE_HOME", "")
    # Source: the XDG Base Directory specification: a path that is not absolute is ignored.
    return (Path(home) if Path(home).is_absolute() else Path("~/.cache").expanduser()) / "snapinspect"


def bound() -> int:
    """Bytes that may be kept: what SNAPINSPECT_CACHE_SIZE says (20G), or 10 GiB. Raises UsageError for what is no size."""
    said = os.environ.get(_BOUND_NAME, "")
    if not said:
        return _BOUND
    found = re.fullmatch(r"(\d{1,15})([KMGT]?)(?:i?B)?", said.strip(), re.IGNORECASE)
    if not found:
        raise UsageError(f"{_BOUND_NAME} {said} is no size", f"As in `export {_BOUND_NAME}=20G`.")
    return int(found[1]) << 10 * " KMGT".index(found[2].upper() or " ")


class Entry:
    """The place of one object, locked for whoever made this."""

    def __init__(self, url: str, name: str, version: str, size: int) -> None:
        self.size = size
        self.path = _place(url, name, version, size)
        self.directory = self.path.parent
        self._lock = _locked(self.directory)
        (self.directory / _ABOUT).write_text(json.dumps({"url": url, "size": size}), encoding="utf-8")

    @property
    def part(self) -> Path:
        return self.path.with_name(self.path.name + _PART)

    @property
    def is_whole(self) -> bool:
        return _is_whole(self.path, self.size)

    def share(self) -> None:
        """From now on others may read it, too; that it is used now is noted."""
        os.utime(self.directory)
        fcntl.flock(self._lock, fcntl.LOCK_SH)

    def close(self) -> None:
        """Whoever read it is done."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1


def holds(url: str, name: str, version: str, size: int) -> bool:
    """Whether an object is there whole."""
    return _is_whole(_place(url, name, version, size), size)


def _place(url: str, name: str, version: str, size: int) -> Path:
    """Where an object's content lies in its entry."""
    key = hashlib.sha256("\0".join((url, version, str(size))).encode()).hexdigest()[:32]
    return root() / key / (re.sub(r"[^\w.+=@ -]", "_", name)[-_LONGEST_NAME:].lstrip(".") or "object")


def _is_whole(path: Path, size: int) -> bool:
    with suppress(OSError):
        return path.stat().st_size == size
    return False


def kept() -> list[Kept]:
    """All that is there, what was not used for longest first: objects, and what was brought of catalogs."""
    return sorted((*_told(_entries(root()), _object_in), *_told(_entries(catalogs()), _catalog_in)), key=_used)


def _used(each: Kept) -> float:
    return each.used


def _told(directories: Iterable[Path], told: Callable[[Path], Kept]) -> Iterator[Kept]:
    """What each of these directories holds, but for those that are being made or removed."""
    for directory in directories:
        with suppress(OSError, ValueError):
            yield told(directory)


def _object_in(directory: Path) -> Kept:
    about = json.loads((directory / _ABOUT).read_text(encoding="utf-8"))
    files = [file for file in directory.iterdir() if file.name not in {_LOCK, _ABOUT}]
    size = sum(file.stat().st_size for file in files)
    whole = any(file.stat().st_size == about["size"] and file.suffix != _PART for file in files)
    return Kept(str(about["url"]), size, whole, directory.stat().st_mtime, directory)


def _catalog_in(directory: Path) -> Kept:
    about = json.loads((directory / _ABOUT).read_text(encoding="utf-8"))
    size = sum(file.stat().st_size for file in directory.rglob("*") if file.is_file())
    return Kept(str(about["url"]), size, True, directory.stat().st_mtime, directory)


def make_room(size: int) -> bool:
    """Removes what was not used for longest until ``size`` more bytes fit; whether they do, as what is in use stays.

    Raises SourceError when they never can.
    """
    most = bound()
    if size > most:
        raise SourceError(
            f"{size} bytes are to be kept, and the cache may hold {most}",
            f"Allow more: `export {_BOUND_NAME}={-(-size >> 30) + 1 if size >> 30 else 1}G`",
        )
    there = kept()
    total = sum(each.size for each in there)
    for each in there:
        if total + size <= most:
            break
        if _remove(each.path) if each.path.parent == root() else _empty_catalog(each.path):
            total -= each.size
    free = shutil.disk_usage(_existing(root())).free - _RESERVE
    if size > free:
        raise SourceError(
            f"the cache {root()} needs {size} bytes of disk, and {max(free, 0)} are to spare",
            "Make room there: `snapinspect cache clear`, or let XDG_CACHE_HOME name a directory that has more.",
        )
    return total + size <= most


def clear() -> tuple[int, int]:
    """Removes all that nobody reads: how many entries are gone, and how many stay as they are in use."""
    gone = [_remove(directory) for directory in _entries(root())]
    gone += [_remove_catalog(directory) for directory in _entries(catalogs())]
    return sum(gone), len(gone) - sum(gone)


def _remove_catalog(directory: Path) -> bool:
    """Removes all that is kept of a catalog, unless somebody reads or builds it."""
    with _unused(directory) as is_unused:
        if is_unused:
            shutil.rmtree(directory, ignore_errors=True)
    return is_unused


def _empty_catalog(directory: Path) -> bool:
    """Removes what was brought of a catalog, but for what a build has read and not taken over yet."""
    with _unused(directory) as is_unused:
        for each in directory.iterdir() if is_unused else ():
            if each.is_dir() and not each.name.startswith("."):
                shutil.rmtree(each, ignore_errors=True)
    return is_unused


@contextmanager
def _unused(directory: Path) -> Iterator[bool]:
    """Whether nobody reads or builds a catalog; then nobody begins to until the block ends."""
    with _made(directory, _BUILDING) as building, _made(directory, _READING) as reading:
        try:
            fcntl.flock(building, fcntl.LOCK_EX | fcntl.LOCK_NB)
            fcntl.flock(reading, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
        else:
            yield True


def _entries(directory: Path) -> list[Path]:
    try:
        return [each for each in directory.iterdir() if each.is_dir() and not each.is_symlink()]
    except OSError:
        return []


def _locked(directory: Path) -> int:
    """The descriptor of the directory's lock, exclusively ours. Raises SourceError when the cache cannot be used."""
    try:
        while True:
            for each in (root().parent, root(), directory):
                each.mkdir(mode=0o700, parents=each == root().parent, exist_ok=True)
            with _made(directory) as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                if _is_still(lock, directory / _LOCK):
                    return os.dup(lock)
    except OSError as error:
        raise SourceError(
            f"the cache {root()} cannot be used: {error.strerror}",
            "Let XDG_CACHE_HOME name a directory you may write to.",
        ) from None


def _is_still(lock: int, path: Path) -> bool:
    """Whether a lock has its name: whoever held it before may have removed the directory."""
    with suppress(OSError):
        return os.path.samestat(os.fstat(lock), path.stat())
    return False


@contextmanager
def _made(directory: Path, name: str = _LOCK) -> Iterator[int]:
    lock = os.open(directory / name, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        yield lock
    finally:
        os.close(lock)


def _remove(directory: Path) -> bool:
    """Removes an entry, unless somebody reads it; the lock goes last."""
    try:
        lock = os.open(directory / _LOCK, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        for file in directory.iterdir():
            if file.name != _LOCK:
                file.unlink()
        (directory / _LOCK).unlink()
        directory.rmdir()
    except OSError:
        return False
    finally:
        os.close(lock)
    return True


def _existing(path: Path) -> Path:
    return next(each for each in (path, *path.parents) if each.exists())
