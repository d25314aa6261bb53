"""A snapshot in an archive, or only compressed: found by its content and unpacked into a temporary file.

The archive is read once, front to back, archives inside archives too. Nothing in it is written under a name of its
own: what is unpacked are the bytes of the snapshot, and small text files beside it, which may hold encryption keys.
"""

from __future__ import annotations

import os
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from snapinspect.errors import SourceError
from snapinspect.sources.datastore import open_copy, open_sql_dump
from snapinspect.sources.file import head_of, open_file
from snapinspect.sources.signatures import ARCHIVES, Kind, kind_of
from snapinspect.sources.source import Digests, Evidence, Source, sha256

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from snapinspect.model import Progress
    from snapinspect.sources.finds import Found
    from snapinspect.sources.workspace import Workspace

SEPARATOR = "!"
"""Stands between an archive and what is meant in it: ``etcd-backup.tar.gz!etcd-backup.snapshot``."""


class Packed:
    """The evidence of a packed file: its own digest, and the state of the one behind the snapshot in it."""

    def __init__(self, archive: Path, inside: Evidence) -> None:
        self._archive = archive
        self._inside = inside

    def digests(self, progress: Progress) -> Digests:
        return self._inside.digests(progress)._replace(whole=sha256(self._archive, progress))


def open_archive(spec: str, progress: Progress) -> Source | None:
    """Opens the snapshot in an archive, or in the part of it that ``spec`` names after ``!``; None for any other file.

    Raises NotASnapshot when it holds none, Ambiguous when it holds several, Damaged, or SourceError.
    """
    archive, wanted = split(spec)
    if kind_of(head_of(archive)) not in ARCHIVES:
        if wanted:
            raise SourceError(
                f"{archive} is no archive: it holds no {wanted}", "Name it without the ! and what is behind it."
            )
        return None
    # Imported here, as a plain snapshot, which most are, must open at once.
    from snapinspect.sources.unpacking import Unpacking
    from snapinspect.sources.workspace import Workspace

    with ExitStack() as undo:
        workspace = undo.enter_context(closing(Workspace()))
        found = Unpacking(archive, wanted, workspace, progress).run()
        source = in_archive(spec, archive, found, _opened(found, progress), workspace)
        undo.pop_all()
    return source


@contextmanager
def texts_in(archive: Path, progress: Progress) -> Iterator[Iterator[tuple[str, Callable[[], bytes]]]]:
    """The small text files in an archive that need hold no snapshot, by name; they are gone after the block."""
    from snapinspect.sources.unpacking import Unpacking
    from snapinspect.sources.workspace import Workspace

    if kind_of(head_of(archive)) not in ARCHIVES:
        raise SourceError(f"{archive} is no archive", "Expected is a .tar.gz, such as static_kuberesources_*.tar.gz.")
    with closing(Workspace()) as workspace:
        texts = Unpacking(archive, "", workspace, progress).texts()
        yield ((name, file.read_bytes) for name, file in texts)


def split(spec: str) -> tuple[Path, str]:
    """The file, and what stands behind the ``!`` after it; the longest name that is a file is the file's."""
    end = len(spec)
    while end > 0:
        if os.path.isfile(spec[:end]):  # noqa: PTH113 - no name is too long to be none
            return Path(spec[:end]), spec[end + 1 :]
        end = spec.rfind(SEPARATOR, 0, end)
    return Path(spec), ""


def in_archive(spec: str, archive: Path, found: Found, inner: Source, workspace: Workspace) -> Source:
    """The source of what was ``found`` in the archive and unpacked into ``workspace``, where ``inner`` reads it."""
    where = f"{archive.name}{SEPARATOR}{found.label}" if found.label else archive.name
    return inner._replace(
        path=spec,
        format=f"{inner.format} in {where}",
        size=archive.stat().st_size,
        evidence=Packed(archive, inner.evidence),
        notes=(*inner.notes, *found.notes),
        beside=found.beside,
        workspaces=(*inner.workspaces, workspace),
        log=found.log,
    )


def _opened(found: Found, progress: Progress) -> Source:
    if found.kind is Kind.sqlite:
        return open_copy(found.file, progress)
    return open_sql_dump(str(found.file), progress) or open_file(str(found.file), progress)
