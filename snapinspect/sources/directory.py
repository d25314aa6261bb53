"""The data directory of an etcd member, or of a k3s server: the directory itself, or one near above the database."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from snapinspect.errors import SourceError
from snapinspect.sources.backup_directory import open_backup_directory
from snapinspect.sources.datastore import open_datastore
from snapinspect.sources.file import find_log, open_file
from snapinspect.sources.source import Sibling

if TYPE_CHECKING:
    from collections.abc import Callable

    from snapinspect.model import Progress
    from snapinspect.sources.source import Source

_PLACES = (
    *("member/snap/db", "snap/db", "db"),
    *("server/db/etcd/member/snap/db", "db/etcd/member/snap/db", "etcd/member/snap/db"),
    *("state.db", "db/state.db", "server/db/state.db"),
)
"""etcd's from ``server/storage/datadir``; those of k3s, RKE2 and k0s, whose etcd is newer than a datastore beside it."""
_KEYS = ("cred/encryption-config.json", "server/cred/encryption-config.json")
"""Where k3s and RKE2 keep the API server's encryption configuration, in ``server`` and above."""
_OPENERS: tuple[Callable[[str, Progress], Source | None], ...] = (open_datastore, open_file)


def open_directory(spec: str, progress: Progress) -> Source | None:
    """Opens the database in a directory; None for what is none. Raises SourceError, or NotASnapshot."""
    directory = Path(spec)
    if not directory.is_dir():
        return None
    place = _find(directory)
    if place is None:
        # Imported here, as a data directory must open at once.
        from snapinspect.sources.repositories import repository_at

        if named := repository_at(directory):
            raise named
        if found := open_backup_directory(spec, progress):
            return found
        raise _nothing_in(directory)
    database = str(directory / place)
    source = next(found for opener in _OPENERS if (found := opener(database, progress)))
    return source._replace(
        path=spec,
        format=f"data directory: {source.format} in {place}",
        log=find_log(directory / place),
        beside=tuple(Sibling(name, directory / name) for name in _KEYS if (directory / name).is_file()),
    )


def database_in(directory: Path) -> str | None:
    """Where the database of a data directory lies in it; None for any other directory. Raises PermissionError."""
    return next((place for place in _PLACES if (directory / place).is_file()), None)


def _find(directory: Path) -> str | None:
    try:
        place = database_in(directory)
    except PermissionError as error:
        raise SourceError(f"{error.filename}: {error.strerror}", "May you read the directory? Try sudo.") from None
    if place is None:
        return None
    return place


def _nothing_in(directory: Path) -> SourceError:
    return SourceError(
        f"{directory} is a directory, and no etcd database is where one would be",
        f"Looked for: {', '.join(_PLACES)}. Name the snapshot file itself.",
    )
