"""Directories that a backup tool makes: one snapshot, and beside it what tells of it or holds its keys.

Sources: kopeio/etcd-manager ``pkg/backup`` (``etcd.backup.gz`` and ``_etcd_backup.meta``, a directory a backup);
openshift/cluster-etcd-operator ``bindata/etcd/cluster-backup.sh`` (``snapshot_<time>.db`` and
``static_kuberesources_<time>.tar.gz``); rancher/rke (a snapshot and its ``.rkestate``).
"""

from __future__ import annotations

import re
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING

from snapinspect.errors import Ambiguous, NotASnapshot, SnapinspectError
from snapinspect.sources.archive import open_archive
from snapinspect.sources.datastore import open_datastore, open_sql_dump
from snapinspect.sources.file import head_of, open_file
from snapinspect.sources.signatures import ARCHIVES, Kind, kind_of
from snapinspect.sources.source import Sibling

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from snapinspect.model import Progress
    from snapinspect.sources.source import Source

_OPENSHIFT = re.compile(r"snapshot_(.+)\.db")
_KOPS = "_etcd_backup.meta"
_CERTAIN = (Kind.bolt, Kind.sqlite, Kind.sql)
_MOST_TRIED = 4
"""Archives that are unpacked to see whether there is a snapshot in them."""
_LISTED = 20
_LONGEST_TEXT = 1 << 20
_LARGEST_OF_KEYS = 64 << 20
_OPENERS: tuple[Callable[[str, Progress], Source | None], ...] = (
    open_archive,
    open_sql_dump,
    open_datastore,
    open_file,
)


def open_backup_directory(spec: str, progress: Progress) -> Source | None:
    """Opens the one snapshot in a directory, with what lies beside it; None for a directory without any.

    Raises Ambiguous when it holds several, and what opening it raises.
    """
    directory = Path(spec)
    if not directory.is_dir():
        return None
    kinds = _kinds_in(directory)
    certain = [path for path, kind in kinds.items() if kind in _CERTAIN]
    archives = [path for path, kind in kinds.items() if kind in ARCHIVES]
    if len(certain) > 1 or (not certain and len(archives) > _MOST_TRIED):
        raise _ambiguous(directory, certain or archives)
    source = _open(certain[0], progress) if certain else _only_one_of(directory, archives, progress)
    if source is None:
        return None
    opened = Path(source.path)
    texts = [path for path, kind in kinds.items() if kind is Kind.text and path.stat().st_size <= _LONGEST_TEXT]
    beside = [Sibling(path.name, path) for path in texts if path != opened]
    source = _with_texts_in(source, [path for path in archives if path != opened], progress)
    told = f"{source.format} of {opened.name} in a backup directory"
    return source._replace(path=spec, format=told, beside=(*source.beside, *beside))


def open_openshift(spec: str, progress: Progress) -> Source | None:
    """Opens OpenShift's ``snapshot_<time>.db`` with the archive of static resources beside it; None for any other file."""
    path = Path(spec)
    named = _OPENSHIFT.fullmatch(path.name)
    archive = path.with_name(f"static_kuberesources_{named[1]}.tar.gz") if named else path
    if archive == path or not (archive.is_file() and path.is_file()):
        return None
    return _with_texts_in(open_file(spec, progress), [archive], progress)


def is_backup(directory: Path) -> bool:
    """Whether a directory is one backup of kops's or OpenShift's. Raises OSError."""
    names = {path.name for path in directory.iterdir()}
    return _KOPS in names or any(map(_OPENSHIFT.fullmatch, names))


def _kinds_in(directory: Path) -> dict[Path, Kind]:
    try:
        paths = sorted(path for path in directory.iterdir() if not path.name.startswith(".") and path.is_file())
    except OSError:
        return {}
    return {path: kind_of(head_of(path)) for path in paths}


def _open(path: Path, progress: Progress) -> Source:
    return next(found for opener in _OPENERS if (found := opener(str(path), progress)))


def _only_one_of(directory: Path, archives: Iterable[Path], progress: Progress) -> Source | None:
    """The one archive that holds a snapshot, opened."""
    with ExitStack() as undo:
        found: list[Source] = []
        for path in archives:
            try:
                found.append(_open(path, progress))
            except NotASnapshot:
                continue
            undo.callback(found[-1].close)
        if len(found) > 1:
            raise _ambiguous(directory, [Path(source.path) for source in found])
        undo.pop_all()
    return found[0] if found else None


def _with_texts_in(source: Source, archives: Iterable[Path], progress: Progress) -> Source:
    """The same source with the small text files in ``archives``, among which its keys may be."""
    from snapinspect.sources.unpacking import Unpacking
    from snapinspect.sources.workspace import Workspace

    for archive in archives:
        if archive.stat().st_size > _LARGEST_OF_KEYS:
            continue
        with ExitStack() as undo:
            undo.callback(source.close)
            workspace = undo.enter_context(closing(Workspace()))
            try:
                texts = Unpacking(archive, "", workspace, progress).texts()
            except SnapinspectError as error:
                note = f"{archive.name} was not searched for encryption keys: {error}"
                source, texts = source._replace(notes=(*source.notes, note)), ()
            undo.pop_all()
        named = [Sibling(f"{archive.name}!{name}", file) for name, file in texts]
        source = source._replace(beside=(*source.beside, *named), workspaces=(*source.workspaces, workspace))
    return source


def _ambiguous(directory: Path, paths: list[Path]) -> Ambiguous:
    more = f" and {len(paths) - _LISTED} more" if len(paths) > _LISTED else ""
    listed = ", ".join(path.name for path in paths[:_LISTED]) + more
    return Ambiguous(
        f"{directory} holds {len(paths)} files that may be snapshots: {listed}",
        "Name one of them; find looks into all.",
        instead=str(paths[-1]),
    )
