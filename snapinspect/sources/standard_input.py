"""A backup that comes through a pipe: put into a file first, as reading a database goes back and forth."""

from __future__ import annotations

import sys
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from snapinspect.errors import NotASnapshot, SnapinspectError, SourceError
from snapinspect.sources.archive import SEPARATOR, open_archive
from snapinspect.sources.datastore import open_datastore, open_sql_dump
from snapinspect.sources.file import open_file
from snapinspect.sources.pairs import open_pairs
from snapinspect.sources.stream import CHUNK
from snapinspect.sources.terminal import open_through_terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from snapinspect.model import Progress
from snapinspect.sources.source import Source

_STANDARD_INPUT = "-"
_NAME = "standard input"
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


def open_standard_input(spec: str, progress: Progress) -> Source | None:
    """Opens what comes on standard input when ``spec`` is ``-`` or ``-!member``. Raises SourceError, NotASnapshot."""
    name, separator, member = spec.partition(SEPARATOR)
    if name != _STANDARD_INPUT:
        return None
    # Imported here, as a plain snapshot, which most are, must open at once.
    from snapinspect.sources.workspace import Workspace

    with ExitStack() as undo:
        workspace = undo.enter_context(closing(Workspace()))
        file = workspace.spool(_NAME, _incoming(), "reading standard input")
        with _as_it_is_called(str(file)):
            source = next(found for opener in _OPENERS if (found := opener(f"{file}{separator}{member}", progress)))
        undo.pop_all()
    told = source.format if _NAME in source.format else f"{source.format} from {_NAME}"
    return replace(source, path=spec, format=told, workspaces=(*source.workspaces, workspace))


@contextmanager
def _as_it_is_called(file: str) -> Iterator[None]:
    """Nobody knows the temporary file."""
    try:
        yield
    except SnapinspectError as error:
        error.args = (str(error).replace(file, _NAME),)
        raise


def _incoming() -> Iterator[bytes]:
    if sys.stdin.isatty():
        raise SourceError("standard input is a terminal", "Pipe the backup in: `ssh node cat snapshot.db | … -`.")
    zeros: int | None = 0
    while chunk := sys.stdin.buffer.read(CHUNK):
        # A device that gives zeros has no end; a snapshot begins with what it is.
        zeros = zeros + len(chunk) if zeros is not None and not chunk.strip(b"\0") else None
        if zeros is not None and zeros > _ZEROS:
            raise NotASnapshot("standard input begins with nothing but zeros", "Is the right file piped in?")
        yield chunk
