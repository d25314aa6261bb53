"""A backup opened for what lies outside its tree: history in free pages, or whatever a damaged file still holds."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from snapinspect.errors import Damaged, NotASnapshot, UsageError
from snapinspect.etcd import Database
from snapinspect.etcd.carve import CarvedDatabase
from snapinspect.etcd.past import PiecedStore
from snapinspect.etcd.salvage import SalvagedDatabase
from snapinspect.sources import open_alone, open_source
from snapinspect.sources.file import DatabaseFile, named_if_foreign
from snapinspect.sources.mapping import map_file
from snapinspect.sources.source import Source
from snapinspect.sources.wal import with_log

if TYPE_CHECKING:
    from collections.abc import Callable

    from snapinspect.etcd import Store
    from snapinspect.model import Data, Progress


def open_carved(spec: str, progress: Progress, log: Path | None = None) -> Source:
    """The backup with the history that its free pages hold, and answers about the time before compaction.

    Raises as ``open_source`` does, and UsageError.
    """
    carved = with_log(_reopened(open_alone(spec, progress, log), CarvedDatabase, "--carve", progress), progress)
    return replace(carved, store=PiecedStore(carved.store))


def open_salvaged(spec: str, progress: Progress, log: Path | None = None) -> Source:
    """The backup as far as its pages can be read, however broken its tree is.

    Raises SourceError, NotASnapshot when there is no page at all, and UsageError when it is no database file.
    """
    try:
        source = open_alone(spec, progress, log)
    except (NotASnapshot, Damaged):
        path = Path(spec)
        if not path.is_file():
            raise
        data = map_file(path)
        with named_if_foreign(path):
            store = SalvagedDatabase(data, progress)
        broken = Source(spec, "damaged etcd database", len(data), store, DatabaseFile(data), path, log=log)
        return with_log(broken, progress)
    return with_log(_reopened(source, SalvagedDatabase, "--salvage", progress), progress)


def open_examined(spec: str, progress: Progress, log: Path | None = None) -> Source:
    """A database file as ``open_salvaged`` opens it, any other backup as ``open_source`` does."""
    try:
        return open_salvaged(spec, progress, log)
    except UsageError:
        return open_source(spec, progress, log)


def _reopened(source: Source, kind: Callable[[Data, Progress], Store], option: str, progress: Progress) -> Source:
    """The same source with another store on its data; it is closed when that fails."""
    with ExitStack() as undo:
        undo.callback(source.close)
        store = kind(_data_of(source, option), progress)
        undo.pop_all()
    return replace(source, store=store)


def _data_of(source: Source, option: str) -> Data:
    if not isinstance(source.store, Database):
        raise UsageError(
            f"{option} reads the pages of a database file, and this is none: {source.format}", f"Leave out {option}."
        )
    return source.store.data
