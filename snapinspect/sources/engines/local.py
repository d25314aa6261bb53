"""``--engine etcd``: the snapshot, restored into a temporary etcd on this machine and read from it."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from snapinspect.bolt import BoltFile
from snapinspect.errors import Damaged, SourceError, UsageError
from snapinspect.etcd import Database, Store
from snapinspect.etcd.client import connect, socket_access
from snapinspect.etcd.client.failures import EtcdFailed
from snapinspect.etcd.live import LiveStore
from snapinspect.model import Progress, silent
from snapinspect.sources.engines.programs import find_programs
from snapinspect.sources.engines.server import Server
from snapinspect.sources.file import DatabaseFile
from snapinspect.sources.mapping import map_file
from snapinspect.sources.source import Source
from snapinspect.sources.workspace import Workspace

if TYPE_CHECKING:
    from snapinspect.etcd.about import Facts
    from snapinspect.etcd.client.client import Client

_LOG_SPACE = 160 << 20
"""Bytes of disk for etcd's own write-ahead log, which it takes in advance."""
_PATIENCE = 60.0
_BYTES_PER_SECOND = 20 << 20
_PAUSE = 0.05
_DYING = 0.5
"""Seconds in which an etcd that answers no more has ended, if that is why."""
_VERSION = re.compile(r"(\d+)\.(\d+)")


class RestoredStore(LiveStore):
    """What a temporary etcd answers; of members, versions and sizes, which restoring changes, the file tells.

    It lets the revision be pinned before a lease of the snapshot can run out, and take its keys with it.
    """

    def __init__(self, client: Client, server: Server, origin: Store, progress: Progress) -> None:
        super().__init__(client, progress)
        self._server = server
        self._origin = origin

    def facts(self) -> Facts:
        return self._origin.facts()

    def close(self) -> None:
        super().close()
        self._server.close()
        self._origin.close()


def open_restored(
    source: Source,
    directory: Path | None = None,
    *,
    user: str = "",
    password: str = "",
    progress: Progress = silent,
) -> Source:
    """The same backup, read by the etcd in ``directory`` or one that is found; ``source`` is closed with it.

    ``user`` and ``password`` are for a snapshot of an etcd that had users. Raises UsageError when ``source`` is no
    database file, and SourceError; ``source`` stays open then.
    """
    if source.database is None or not isinstance(source.store, Database):
        raise UsageError(f"a temporary etcd cannot restore this: {source.format}", "Leave out --engine etcd.")
    programs = find_programs(directory)
    about = look_at(source.database)
    with ExitStack() as undo:
        workspace = Workspace()
        undo.callback(workspace.close)
        workspace.require(about.size + _LOG_SPACE, "restoring the snapshot")
        home = workspace.path / "etcd"
        home.mkdir(0o700)
        server = Server(programs, home)
        undo.callback(server.close)
        with _offering_direct_reader(source.store):
            server.restore(source.database, has_digest=about.has_digest, progress=progress)
            server.start(_PATIENCE + about.size / _BYTES_PER_SECOND)
        client = connect(socket_access(server.socket, user=user, password=password), partial(server.failure, _DYING))
        undo.callback(client.close)
        store = _when_ready(client, server, source.store, progress)
        version = client.status().version
        undo.pop_all()
    return source._replace(
        format=f"{source.format}, restored into a temporary etcd {version}",
        store=store,
        notes=(*source.notes, *version_notes(version, about.version)),
        workspaces=(*source.workspaces, workspace),
    )


class _About(NamedTuple):
    """Of a database file: its bytes, and the version of the etcd that wrote it, as far as it tells."""

    size: int
    has_digest: bool
    version: str


def look_at(database: Path) -> _About:
    data = map_file(database)
    bolt = BoltFile(data)
    told = {**_contents(bolt, b"cluster"), **_contents(bolt, b"meta")}
    version = told.get(b"storageVersion") or told.get(b"clusterVersion") or b""
    return _About(len(data), DatabaseFile(data).has_digest, version.decode("ascii", "backslashreplace"))


def _contents(bolt: BoltFile, name: bytes) -> dict[bytes, bytes]:
    bucket = bolt.bucket(name)
    return dict(bucket.items()) if bucket else {}


@contextmanager
def _offering_direct_reader(direct: Store) -> Iterator[None]:
    """Says when the snapshot that etcd does not take can be read without it."""
    try:
        yield
    except SourceError as error:
        if not is_readable(direct):
            raise
        raise SourceError(str(error), "The direct reader can read this snapshot: leave out --engine etcd.") from None


def is_readable(store: Store) -> bool:
    try:
        return store.revision > 0
    except Damaged:
        return False


def _when_ready(client: Client, server: Server, origin: Store, progress: Progress) -> RestoredStore:
    """The store, once the server, which listens, has chosen itself as leader."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            return RestoredStore(client, server, origin, progress)
        except EtcdFailed as error:
            is_hopeless = not error.failure.concerns_endpoint or server.failure() is not None
            if is_hopeless or time.monotonic() > deadline:
                raise
        time.sleep(_PAUSE)


def version_notes(running: str, written: str) -> tuple[str, ...]:
    """Warns of a snapshot that is newer than the etcd that reads it."""
    ours, theirs = map(_version, (running, written))
    if theirs <= ours:
        return ()
    return (f"the snapshot is of etcd {written}, newer than the etcd {running} that reads it: prefer one as new",)


def _version(text: str) -> tuple[int, ...]:
    """Major and minor; nothing for a text that tells none."""
    found = _VERSION.match(text)
    return tuple(map(int, found.groups())) if found else ()
