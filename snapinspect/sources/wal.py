"""The write-ahead log beside a member's database: found, mapped, and put behind it.

Source: go.etcd.io/etcd ``server/storage/datadir`` (``member/wal`` beside ``member/snap``).
"""

from __future__ import annotations

from contextlib import ExitStack, closing
from typing import TYPE_CHECKING

from snapinspect.bolt import BoltFile
from snapinspect.errors import Damaged, NotASnapshot, SourceError, UsageError
from snapinspect.model import Problem
from snapinspect.sources.file import find_log, unread_log
from snapinspect.sources.mapping import map_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from snapinspect.etcd.database import Database
    from snapinspect.etcd.facts import Applied
    from snapinspect.etcd.salvage import SalvagedDatabase
    from snapinspect.etcd.wal.log import Segment
    from snapinspect.etcd.wal.store import LoggedDatabase
    from snapinspect.model import Progress
    from snapinspect.sources.source import Source


def with_log(source: Source, progress: Progress) -> Source:
    """The same source with its write-ahead log, if it has one; it is closed when that cannot be read.

    Raises SourceError, UsageError when the source is no database file, and Damaged.
    """
    if source.log is None:
        log = source.database and find_log(source.database)
        return source._replace(notes=(*source.notes, unread_log(str(log), f"--wal {log} reads it"))) if log else source
    with ExitStack() as undo:
        undo.callback(source.close)
        store = _logged(source, source.log, progress, undo)
        undo.pop_all()
    problems = (*source.problems, *_of_version2(store.version2_keys | _in_raft_snapshots(source.log.with_name("snap"))))
    return source._replace(store=store, notes=(*source.notes, *_notes(store)), problems=problems)


def _logged(source: Source, directory: Path, progress: Progress, undo: ExitStack) -> LoggedDatabase:
    # Imported here, as a plain snapshot has no log and must open at once.
    from snapinspect.etcd.database import Database
    from snapinspect.etcd.salvage import SalvagedDatabase
    from snapinspect.etcd.wal.store import LoggedDatabase

    store = source.store
    if not isinstance(store, Database | SalvagedDatabase):
        raise UsageError(
            f"a write-ahead log belongs to a database file, and this is none: {source.format}", "Leave out --wal."
        )
    applied = _applied(store)
    segments = []
    for segment in _segments(directory):
        undo.callback(segment.close)
        segments.append(segment)
    if not segments:
        raise SourceError(
            f"{directory} holds no segment of a write-ahead log", "Name a member's wal directory, with its *.wal files."
        )
    return LoggedDatabase(store, applied, segments, progress)


def _applied(store: Database | SalvagedDatabase) -> Applied:
    from snapinspect.etcd.facts import read_applied

    try:
        return read_applied(BoltFile(store.data))
    except (Damaged, NotASnapshot):
        raise Damaged(
            "the database is too damaged to tell which entries of the write-ahead log it holds",
            "If this etcd is running, try again, or `save` a snapshot. Else read the database alone: copy snap/db and "
            "name the copy, with --salvage.",
        ) from None


def _segments(directory: Path) -> Iterator[Segment]:
    from snapinspect.etcd.wal.log import Segment, is_segment

    try:
        paths = sorted(path for path in directory.iterdir() if is_segment(path.name))
    except OSError as error:
        raise SourceError(f"{directory}: {error.strerror}", "Is the path right, and may you read it?") from None
    for path in paths:
        if path.stat().st_size:
            yield Segment(path.name, map_file(path))


def _of_version2(keys: set[bytes]) -> Iterator[Problem]:
    if keys:
        reason = (
            f"keys of etcd's version 2 ({len(keys)} that were written) lie in the log and in snap/*.snap, "
            "and are not read: start an etcd 3.4 on a copy of this directory with --enable-v2, and "
            "`ETCDCTL_API=2 etcdctl ls --recursive` shows them"
        )
        yield Problem("version-2", "the write-ahead log", reason)


def _in_raft_snapshots(directory: Path) -> set[bytes]:
    """The keys in the last of raft's snapshots, which stays when the log before it is removed."""
    from snapinspect.etcd.wal.version2 import is_raft_snapshot, keys_in_raft_snapshot

    try:
        last = max((path for path in directory.iterdir() if is_raft_snapshot(path.name)), default=None)
        if last is None or not last.stat().st_size:
            return set()
    except OSError:
        return set()
    with closing(map_file(last)) as data:
        return keys_in_raft_snapshot(data)


def _notes(store: LoggedDatabase) -> Iterator[str]:
    replayed = store.replayed
    if replayed.written:
        yield (
            "the write-ahead log has what the database lacks, and it was applied: "
            f"revisions {store.base.revision + 1} to {store.revision}, changes: {len(replayed.written)}"
        )
    if replayed.uncommitted:
        yield (
            "the write-ahead log also has what is not known to be committed and may never have happened, "
            f"changes: {len(replayed.uncommitted)}; `history` alone shows them, as wal-uncommitted"
        )
    if replayed.written and store.applied.has_auth:
        yield "etcd's users need permissions, and whether those whose changes were applied had them was not looked at"
    yield from (
        f"the write-ahead log ends in what was not written whole, as etcd would find, too: {torn}"
        for torn in store.torn
    )
