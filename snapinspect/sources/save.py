"""A snapshot taken from a live etcd into a file, which appears when it is whole and proven.

Source: go.etcd.io/etcd ``server/etcdserver/api/v3rpc/maintenance.go`` (Snapshot): the stream is the
database and then the 32 bytes of its SHA-256; ``remaining_bytes`` do not count these.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from snapinspect.errors import DigestMismatch, OutputError, SourceError
from snapinspect.etcd.client import Access, connect
from snapinspect.model import Progress, silent
from snapinspect.sources.file import DIGEST_SIZE


class Saved(NamedTuple):
    """What was saved: bytes of the file, and the SHA-256 that stands at its end, in hexadecimal."""

    size: int
    sha256: str


def save(access: Access, target: Path, *, force: bool = False, progress: Progress = silent) -> Saved:
    """Streams a snapshot from the first endpoint that answers into the file ``target``, which only its owner can read.

    A file that is there stays unless ``force`` is set. Raises SourceError, DigestMismatch when what arrived is
    not what was sent, and OutputError.
    """
    target = target.absolute()
    if not force and os.path.lexists(target):
        raise _occupied(target)
    client = connect(access)
    try:
        with _landing(target, force=force) as write:
            return _receive(client.snapshot(), write, progress)
    finally:
        client.close()


def _receive(answers: Iterator[Any], write: Callable[[bytes], object], progress: Progress) -> Saved:
    """Hands on what arrives; all but the last bytes, which are its digest, is digested."""
    hasher = hashlib.sha256()
    size, held = 0, b""
    first = next(answers, None)
    total = first.remaining_bytes + len(first.blob) if first else 0
    with progress("saving", total) as advance:
        for blob in _blobs(first, answers):
            write(blob)
            size += len(blob)
            held += blob
            hasher.update(held[:-DIGEST_SIZE])
            held = held[-DIGEST_SIZE:]
            advance(len(blob))
    if size != total + DIGEST_SIZE:
        raise SourceError(f"the snapshot broke off: {size} bytes of {total + DIGEST_SIZE} came", "Try again.")
    if hasher.digest() != held:
        raise DigestMismatch("what arrived is not what etcd sent: its SHA-256 differs", "Try again.")
    return Saved(size, held.hex())


def _blobs(first: Any, answers: Iterator[Any]) -> Iterator[bytes]:
    if first is not None:
        yield first.blob
    for answer in answers:
        yield answer.blob


@contextmanager
def _landing(target: Path, *, force: bool) -> Iterator[Callable[[bytes], object]]:
    """Gives a function that writes; what was written becomes ``target`` at the end, unless there is an error."""
    with _refusing(target), _unfinished(target.parent) as (descriptor, path):

        def write(chunk: bytes) -> None:
            rest = memoryview(chunk)
            while rest:
                rest = rest[os.write(descriptor, rest) :]

        yield write
        os.fsync(descriptor)
        _appear(path, target, force=force)


@contextmanager
def _unfinished(directory: Path) -> Iterator[tuple[int, Path]]:
    """A new file and a path to it. Where the system can, it has no name, so that a killed run leaves nothing."""
    named = None
    try:
        descriptor = os.open(directory, os.O_TMPFILE | os.O_WRONLY | os.O_CLOEXEC, 0o600)
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
