"""A backup opened for what lies outside its tree: history in free pages, or whatever a damaged file still holds."""

from __future__ import annotations

from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING

from snapinspect.errors import Damaged, NotASnapshot, UsageError
from snapinspect.etcd import Database
from snapinspect.etcd.carve import CarvedDatabase
from snapinspect.etcd.past import PiecedStore
from snapinspect.etcd.salvage import SalvagedDatabase
from snapinspect.etcd.wal.store import LoggedDatabase
from snapinspect.model import Problem
from snapinspect.sources import open_alone, open_source
from snapinspect.sources.archive import in_archive, split
from snapinspect.sources.datastore import open_sql_dump
from snapinspect.sources.file import DatabaseFile, head_of, named_if_foreign
from snapinspect.sources.mapping import map_file
from snapinspect.sources.signatures import ARCHIVES, kind_of
from snapinspect.sources.source import Source
from snapinspect.sources.standard_input import open_standard_input
from snapinspect.sources.unpacking import Remains
from snapinspect.sources.wal import with_log
from snapinspect.sources.workspace import Workspace, in_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from snapinspect.etcd import Store
    from snapinspect.model import Data, Progress


def open_carved(spec: str, progress: Progress, log: Path | None = None) -> Source:
    """The backup with the history that its free pages hold, and answers about the time before compaction.

    Raises as ``open_source`` does, and UsageError.
    """
    carved = with_log(_reopened(open_alone(spec, progress, log), CarvedDatabase, "--carve", progress), progress)
    return carved._replace(store=PiecedStore(carved.store))


def open_salvaged(spec: str, progress: Progress, log: Path | None = None) -> Source:
    """The backup as far as its pages can be read, however broken its tree is, or the archive in which it lies.

    Raises SourceError, NotASnapshot when there is no page at all, and UsageError when it is no database file.
    """
    source = open_standard_input(spec, progress, _salvaged) or _salvaged(spec, progress)
    return with_log(source if log is None else source._replace(log=log), progress)


def _salvaged(spec: str, progress: Progress) -> Source:
    try:
        source = open_alone(spec, progress)
    except (NotASnapshot, Damaged):
        if remains := _open_remains(spec, progress):
            return remains
        if not Path(spec).is_file():
            raise
        return _open_damaged(Path(spec), progress)
    return _reopened(source, SalvagedDatabase, "--salvage", progress)


def _open_damaged(path: Path, progress: Progress) -> Source:
    data = map_file(path)
    with named_if_foreign(path):
        store = SalvagedDatabase(data, progress)
    return Source(str(path), "damaged etcd database", len(data), store, DatabaseFile(data), path)


def _open_remains(spec: str, progress: Progress) -> Source | None:
    """What can be unpacked of the snapshot in a broken archive; None for what is no archive."""
    archive, wanted = split(spec)
    if kind_of(head_of(archive)) not in ARCHIVES:
        return None
    with ExitStack() as undo:
        workspace = undo.enter_context(closing(Workspace()))
        found = Remains(archive, wanted, workspace, progress).run()
        dump = open_sql_dump(str(found.file), progress)
        inner = dump or _open_damaged(found.file, progress)
        undo.pop_all()
    missing = f"{found.missing}; what was unpacked before that is read, {in_words(found.file.stat().st_size)}"
    source = in_archive(spec, archive, found, inner, workspace)
    return source._replace(problems=(*source.problems, Problem("damaged", archive.name, missing)))


def open_examined(spec: str, progress: Progress, log: Path | None = None) -> Source:
    """A database file as ``open_salvaged`` opens it, any other backup as ``open_source`` does."""
    try:
        return open_salvaged(spec, progress, log)
    except UsageError:
        return open_source(spec, progress, log)


def examined(source: Source, progress: Progress) -> Store | None:
    """Looks at every page of an opened database file: a store that goes on where it is damaged, None where nothing is.

    None, too, for what is no database file, or was opened so already. The source stays open. Raises Damaged.
    """
    store = source.store
    base = store.base if isinstance(store, LoggedDatabase) else store
    if not isinstance(base, Database):
        return None
    salvaged = SalvagedDatabase(base.data, progress)
    if next(salvaged.losses(lambda _key: False), None) is None:
        return None
    return store.over(salvaged) if isinstance(store, LoggedDatabase) else salvaged


def unhurt(source: Source) -> Store | None:
    """The store of a source that was opened as damaged and is not, read as it is: quicker, and without what free pages hold.

    None where something is damaged, and for what was opened otherwise. The source stays open.
    """
    store = source.store
    base = store.base if isinstance(store, LoggedDatabase) else store
    if not isinstance(base, SalvagedDatabase) or next(base.losses(lambda _key: False), None) is not None:
        return None
    plain = Database(base.data)
    return store.over(plain) if isinstance(store, LoggedDatabase) else plain


def _reopened(source: Source, kind: Callable[[Data, Progress], Store], option: str, progress: Progress) -> Source:
    """The same source with another store on its data; it is closed when that fails."""
    with ExitStack() as undo:
        undo.callback(source.close)
        store = kind(_data_of(source, option), progress)
        undo.pop_all()
    return source._replace(store=store)


def _data_of(source: Source, option: str) -> Data:
    if not isinstance(source.store, Database):
        raise UsageError(
            f"{option} reads the pages of a database file, and this is none: {source.format}", f"Leave out {option}."
        )
    return source.store.data
