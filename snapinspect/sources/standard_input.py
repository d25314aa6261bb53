"""A backup that comes through a pipe: put into a file first, as reading a database goes back and forth."""

from __future__ import annotations

import os
import sys
import time
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from snapinspect.errors import NotASnapshot, SourceError
from snapinspect.sources.archive import SEPARATOR, open_archive
from snapinspect.sources.datastore import open_datastore, open_sql_dump
from snapinspect.sources.file import open_file
from snapinspect.sources.naming import as_it_is_called, as_it_is_typed
from snapinspect.sources.pairs import open_pairs
from snapinspect.sources.stream import CHUNK, LARGEST, max_unpacked, too_large
from snapinspect.sources.terminal import open_through_terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from snapinspect.model import Progress
from snapinspect.sources.source import Source

_STANDARD_INPUT = "-"
_NAME = "standard input"
_PATIENCE, _TRIES = 2.0, 40
"""Seconds, and how often in them, somebody is looked for who writes to a pipe."""
_ZEROS = 64 << 20
"""Bytes after which zeros alone are no damaged beginning any more."""
_OPENERS: tuple[Callable[[str, Progress], Source | None], ...] = (
    open_through_terminal,
    open_pairs,
    open_archive,
    open_sql_dump,
    open_datastore,
    open_file,
)


def open_as_it_is(spec: str, progress: Progress) -> Source:
    """Opens a backup that came through a pipe with the first opener that takes it."""
    return next(source for opener in _OPENERS if (source := opener(spec, progress)))


def open_standard_input(
    spec: str, progress: Progress, open_backup: Callable[[str, Progress], Source] = open_as_it_is
) -> Source | None:
    """Opens what comes on standard input when ``spec`` is ``-`` or ``-!member``, or through the pipe that it names.

    ``open_backup`` opens the file into which it was put. Raises SourceError, NotASnapshot.
    """
    name, separator, member = spec.partition(SEPARATOR)
    opening: AbstractContextManager[Callable[[], bytes]]
    if name == _STANDARD_INPUT:
        called, opening = _NAME, nullcontext(_standard_input)
    elif is_pipe(name):
        called, opening = name, _named_pipe(name)
    else:
        return None
    # Imported here, as a plain snapshot, which most are, must open at once.
    from snapinspect.sources.workspace import Workspace

    with ExitStack() as undo:
        workspace = undo.enter_context(closing(Workspace()))
        with opening as read:
            file = workspace.spool(_NAME, _incoming(read, called), f"reading {called}")
        with as_it_is_called(str(file), called), as_it_is_typed(str(file), name):
            source = open_backup(f"{file}{separator}{member}", progress)
        undo.pop_all()
    told = source.format.replace(_NAME, called)
    told = told if called in told else f"{told} from {called}"
    return source._replace(path=spec, format=told, workspaces=(*source.workspaces, workspace))


def is_pipe(name: str) -> bool:
    """Whether it is a named pipe, as a shell makes one of ``<(command)``."""
    try:
        return Path(name).is_fifo()
    except (OSError, ValueError):
        return False


def _standard_input() -> bytes:
    if sys.stdin.isatty():
        raise SourceError("standard input is a terminal", "Pipe the backup in: `ssh node cat snapshot.db | … -`.")
    return sys.stdin.buffer.read(CHUNK)


@contextmanager
def _named_pipe(name: str) -> Iterator[Callable[[], bytes]]:
    """What reads it. Raises SourceError where nobody comes who writes to it."""
    try:
        # Opened so, it does not wait for whoever writes, who may never come.
        descriptor = os.open(name, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise SourceError(f"{name}: {error.strerror}", "May you read it?") from None
    try:
        first = [_first(descriptor, name)]
        os.set_blocking(descriptor, True)
        yield lambda: first.pop() if first and first[0] else os.read(descriptor, CHUNK)
    finally:
        os.close(descriptor)


def _first(descriptor: int, name: str) -> bytes:
    """What is there already, or nothing where somebody is about to write."""
    for _ in range(_TRIES):
        try:
            if found := os.read(descriptor, CHUNK):
                return found
        except BlockingIOError:
            return b""
        time.sleep(_PATIENCE / _TRIES)
    raise SourceError(f"nobody writes to the pipe {name}", "Start what writes to it, or name the snapshot file itself.")


def _incoming(read: Callable[[], bytes], called: str) -> Iterator[bytes]:
    zeros: int | None = 0
    taken, most = 0, max_unpacked.get() or LARGEST
    while chunk := read():
        # A device that gives zeros has no end; a snapshot begins with what it is.
        zeros = zeros + len(chunk) if zeros is not None and not chunk.strip(b"\0") else None
        if zeros is not None and zeros > _ZEROS:
            raise NotASnapshot(f"{called} begins with nothing but zeros", "Is the right file piped in?")
        taken += len(chunk)
        if taken > most:
            raise too_large(f"{called} brings", most)
        yield chunk
