"""Which snapshots are meant by what stands on the command line: files, globs, directories, archives, endpoints."""

from __future__ import annotations

import glob
import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from snapinspect.etcd.client import is_endpoint
from snapinspect.sources.archive import split
from snapinspect.sources.backup_directory import is_backup
from snapinspect.sources.cloud import is_object
from snapinspect.sources.directory import database_in
from snapinspect.sources.file import head_of
from snapinspect.sources.gardener import saved_as, saved_in
from snapinspect.sources.signatures import ARCHIVES, Kind, kind_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

STANDARD_INPUT = "-"
_NO_SNAPSHOT = frozenset({Kind.text, Kind.sqlite_wal})
"""What lies beside snapshots in a directory, and is none."""
_PERHAPS = frozenset({Kind.sqlite, *ARCHIVES})


class Places(NamedTuple):
    """The snapshots in the order named, each file once.

    ``perhaps`` are those that nobody named and that need hold no snapshot: archives and SQLite files found in
    a directory. ``empty`` are the globs and directories in which nothing was found.
    """

    paths: list[str]
    perhaps: frozenset[str]
    empty: list[str]


_DEEP = "**"


def snapshots_at(specs: Iterable[str]) -> Places:
    """All snapshots that are meant. A directory stands for what lies in it, unless it is a member's data directory.

    What is there but cannot be a snapshot, being empty or in no known format, is among them all the same when it
    lies in a directory: it may be what a failed backup left.
    """
    found: dict[str, str] = {}
    perhaps: set[str] = set()
    empty: list[str] = []
    for spec in specs:
        if is_object(spec):
            paths = list(_in_store(spec, perhaps))
        else:
            paths = [path for named in _named(spec) for path in _entered(named, perhaps)]
        if not paths:
            empty.append(spec)
        for path in paths:
            _add(found, path)
    return Places(list(found.values()), frozenset(perhaps), empty)


def size_of(path: str) -> int:
    """Bytes that there are to read; 0 where no file tells."""
    file = Path(path)
    try:
        inside = database_in(file) if file.is_dir() else None
        return (file / inside if inside else split(path)[0]).stat().st_size
    except OSError:
        return 0


def _in_store(spec: str, perhaps: set[str]) -> Iterator[str]:
    """The objects that a pattern or a prefix of a store stands for; a prefix that is one backup is itself."""
    # Imported here, as most snapshots are files.
    from snapinspect.sources.cloud import places

    objects = places.meant(spec)
    if objects is None or any(saved_as(Path(each.address.name)) for each in objects):
        yield spec
        return
    for candidate in places.may_be_snapshots(objects):
        path = candidate.object.address.shown
        if not candidate.is_certain:
            perhaps.add(path)
        yield path


def _named(spec: str) -> list[str]:
    """The paths that a pattern matches; anything else is itself."""
    is_itself = spec.startswith(STANDARD_INPUT) or is_endpoint(spec) or os.path.lexists(spec) or split(spec)[1]
    if is_itself or not glob.has_magic(spec):
        return [spec]
    matched = sorted(set(_matched(spec)))
    return [path for path in matched if not os.path.isfile(path) or kind_of(head_of(Path(path))) not in _NO_SNAPSHOT]  # noqa: PTH113


def _matched(spec: str) -> Iterator[str]:
    """What a pattern matches; ``**`` goes into each directory once, by whatever links it is reached."""
    before, deep, rest = spec.partition(_DEEP)
    if not deep:
        yield from glob.glob(spec)  # noqa: PTH207 - Path.glob takes no absolute pattern
        return
    below = rest.lstrip("/").replace(f"{_DEEP}/", "") or "*"
    seen: set[tuple[int, int]] = set()
    for start in glob.glob(before) if glob.has_magic(before) else [before or "."]:  # noqa: PTH207
        for directory, names, _ in os.walk(start, followlinks=True):
            names[:] = [name for name in names if not name.startswith(".") and _is_new(f"{directory}/{name}", seen)]
            yield from glob.glob(os.path.join(glob.escape(directory), below))  # noqa: PTH118, PTH207


def _is_new(directory: str, seen: set[tuple[int, int]]) -> bool:
    try:
        status = Path(directory).stat()
    except OSError:
        return False
    identity = status.st_dev, status.st_ino
    is_new = identity not in seen
    seen.add(identity)
    return is_new


def _entered(path: str, perhaps: set[str]) -> Iterator[str]:
    """A directory's snapshots, with the doubtful ones noted as such; anything else is itself."""
    directory = Path(path)
    try:
        entries = sorted(directory.iterdir()) if directory.is_dir() and not database_in(directory) else None
    except OSError:
        entries = None
    if entries is None:
        yield path
        return
    if any(map(saved_as, entries)):
        yield from (str(saved.path) for saved in saved_in(directory) if saved.is_full)
        yield path
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if os.path.isfile(entry):  # noqa: PTH113 - what may not be looked at is none
            kind = kind_of(head_of(entry))
            if kind in _PERHAPS:
                perhaps.add(str(entry))
            if kind not in _NO_SNAPSHOT:
                yield str(entry)
        elif _is_data_directory(entry):
            yield str(entry)
        elif _is_backup(entry):
            yield from _entered(str(entry), perhaps)


def _is_data_directory(path: Path) -> bool:
    try:
        return path.is_dir() and database_in(path) is not None
    except OSError:
        # It may be one, and reading it will say why it cannot be.
        return True


def _is_backup(path: Path) -> bool:
    try:
        return path.is_dir() and is_backup(path)
    except OSError:
        return False


def _add(found: dict[str, str], path: str) -> None:
    """One file is one snapshot, by whatever links it is reached; its own name is the better one."""
    identity = os.path.realpath(path) if os.path.lexists(path) else path
    if identity not in found or (Path(found[identity]).is_symlink() and not Path(path).is_symlink()):
        found[identity] = path
