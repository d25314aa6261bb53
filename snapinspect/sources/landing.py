"""A file that appears when it is whole: until then it has no name, so that nothing half-written is ever left."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from snapinspect.errors import OutputError


@contextmanager
def landing(target: Path, *, force: bool = False) -> Iterator[int]:
    """A descriptor to write and to read; what was written becomes ``target`` at the end, unless there is an error.

    Only its owner can read the file. One that is there stays unless ``force`` is set. Raises OutputError.
    """
    target = target.absolute()
    if not force and os.path.lexists(target):
        raise _occupied(target)
    with _refusing(target), _unfinished(target.parent) as (descriptor, path):
        yield descriptor
        os.fsync(descriptor)
        _appear(path, target, force=force)


def write_all(descriptor: int, chunk: bytes) -> None:
    """Writes the whole chunk, however little the system takes at once."""
    rest = memoryview(chunk)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


@contextmanager
def _unfinished(directory: Path) -> Iterator[tuple[int, Path]]:
    """A new file and a path to it. Where the system can, it has no name, so that a killed run leaves nothing."""
    named = None
    try:
        descriptor = os.open(directory, os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o600)
        path = Path(f"/proc/self/fd/{descriptor}")
    except (AttributeError, OSError):
        descriptor, name = tempfile.mkstemp(prefix=".partial-", dir=directory)
        path = named = Path(name)
    try:
        yield descriptor, path
    finally:
        os.close(descriptor)
        if named:
            named.unlink(missing_ok=True)


def _appear(path: Path, target: Path, *, force: bool) -> None:
    """Gives the file at ``path`` its name at once, for good: one that is there is replaced only by ``force``."""
    directory = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        place = f".{target.name}.new" if force else target.name
        if force:
            with suppress(FileNotFoundError):
                os.unlink(place, dir_fd=directory)
        # The directories' descriptors make Python use the call that follows the link to a file without a name.
        os.link(path, place, src_dir_fd=directory, dst_dir_fd=directory, follow_symlinks=True)
        if force:
            os.replace(place, target.name, src_dir_fd=directory, dst_dir_fd=directory)
        os.fsync(directory)
    finally:
        os.close(directory)


@contextmanager
def _refusing(target: Path) -> Iterator[None]:
    try:
        yield
    except FileExistsError:
        raise _occupied(target) from None
    except OSError as error:
        raise OutputError(
            f"cannot write {target}: {error.strerror}", "Make room there, or name another file."
        ) from None


def _occupied(target: Path) -> OutputError:
    return OutputError(f"{target} is there already", "Name another file, or replace it with --force.")
