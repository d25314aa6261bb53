"""k3s's SQLite datastore, ``server/db/state.db``: copied before it is opened, as opening makes files beside it."""

from __future__ import annotations

from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING

from snapinspect.sources.file import head_of
from snapinspect.sources.signatures import Kind, kind_of
from snapinspect.sources.source import Digests, Source, sha256
from snapinspect.sources.stream import file_chunks, told

if TYPE_CHECKING:
    from collections.abc import Iterator

    from snapinspect.model import Progress
    from snapinspect.sources.workspace import Workspace

_FORMAT = "k3s SQLite datastore"
LOG_SUFFIX = "-wal"
_NO_VERSIONS = "k3s's SQLite datastore counts no versions of a key: each is given as 0"
_JOURNAL_SUFFIX = "-journal"
_COPY = "state.db"
_COPYING = "copying the datastore"


class WholeFile:
    """The evidence of a file that has no digest of its own."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def digests(self, progress: Progress) -> Digests:
        return Digests("absent", sha256(self._path, progress))


def open_datastore(spec: str, progress: Progress) -> Source | None:
    """Copies an SQLite file and its write-ahead log, and opens the copy; None for any other file.

    Raises SourceError, or NotASnapshot when the file holds no such table.
    """
    path = Path(spec)
    if kind_of(head_of(path)) is not Kind.sqlite:
        return None
    # Imported here, as a plain snapshot, which most are, must open at once.
    from snapinspect.sources.workspace import Workspace

    with ExitStack() as undo:
        workspace = undo.enter_context(closing(Workspace()))
        before = _state(path)
        copy = _copy(path, workspace, progress)
        opened = open_copy(copy, progress)
        notes = (*opened.notes, *_doubts(path, before))
        undo.pop_all()
    return opened._replace(path=spec, evidence=WholeFile(path), notes=notes, workspaces=(workspace,))


def open_sql_dump(spec: str, progress: Progress) -> Source | None:
    """Loads a dump of kine's table into a temporary SQLite file, and opens that; None for any other file.

    Rows that cannot be read are problems of the source. Raises SourceError.
    """
    path = Path(spec)
    if kind_of(head_of(path)) is not Kind.sql:
        return None
    # Imported here, as few backups are dumps, and a plain snapshot must open at once.
    from snapinspect.sources.sql_dump import load
    from snapinspect.sources.workspace import Workspace

    with ExitStack() as undo:
        workspace = undo.enter_context(closing(Workspace()))
        database = workspace.path / "loaded.db"
        problems = load(path, database, progress)
        opened = open_copy(database, progress)
        undo.pop_all()
    return opened._replace(
        path=spec,
        format="SQL dump of a k3s datastore (kine)",
        size=path.stat().st_size,
        evidence=WholeFile(path),
        workspaces=(workspace,),
        problems=tuple(problems),
    )


def open_copy(copy: Path, progress: Progress) -> Source:
    """Opens a copy of the SQLite file, with the log beside it if that is its own. Raises NotASnapshot when it holds no such table."""
    from snapinspect.sources.kine import KineDatabase
    from snapinspect.sources.sqlite_log import settle_log

    told = settle_log(copy)
    store = KineDatabase(copy, progress)
    return Source(str(copy), _FORMAT, copy.stat().st_size, store, WholeFile(copy), notes=(_NO_VERSIONS, *told))


def _copy(path: Path, workspace: Workspace, progress: Progress) -> Path:
    """The database first: the log, copied later, then holds all that the database may lack."""
    sizes = {"": path.stat().st_size, LOG_SUFFIX: _size(path, LOG_SUFFIX)}
    workspace.require(sum(sizes.values()), _COPYING)
    with progress(_COPYING, sum(sizes.values())) as advance:
        for suffix, size in sizes.items():
            if size:
                chunks = file_chunks(_beside(path, suffix))
                workspace.spool(_COPY + suffix, told(chunks, advance), _COPYING, size)
    return workspace.path / _COPY


def _doubts(path: Path, before: tuple[int, ...]) -> Iterator[str]:
    if _state(path) != before:
        yield "the datastore was written to while it was copied: read it again if something looks wrong"
    # It could name any file as one to be removed with it.
    if _size(path, _JOURNAL_SUFFIX):
        yield f"{path.name}{_JOURNAL_SUFFIX} is not read: a change was under way, and may be there by half"


def _state(path: Path) -> tuple[int, ...]:
    return path.stat().st_mtime_ns, path.stat().st_size, _size(path, LOG_SUFFIX)


def _size(path: Path, suffix: str) -> int:
    file = _beside(path, suffix)
    return file.stat().st_size if file.is_file() else 0


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)
