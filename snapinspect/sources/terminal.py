"""A binary file that went through a terminal, which made CR LF of every LF: put right in a copy.

Source: POSIX ``termios`` (``ONLCR``), as in ``kubectl exec -it POD -- cat snapshot.db > snapshot.db``. A file in which every LF
stands behind a CR could be as it was made; so what comes of putting it right must prove itself.
"""

from __future__ import annotations

from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING

from snapinspect.bolt import BoltFile
from snapinspect.errors import Damaged, SnapinspectError
from snapinspect.model import silent
from snapinspect.sources.archive import SEPARATOR, Packed, open_archive, split
from snapinspect.sources.file import DatabaseFile, head_of, open_file
from snapinspect.sources.mapping import map_file
from snapinspect.sources.signatures import ARCHIVES, Kind, kind_of
from snapinspect.sources.stream import file_chunks

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from snapinspect.model import Progress
    from snapinspect.sources.source import Source

_NOT_PUT_RIGHT = (Kind.text, Kind.sql, Kind.sqlite, Kind.sqlite_wal)
"""Texts may well have CR LF, and nothing in SQLite's files would prove them."""
_CERTAIN = 16
"""LFs behind as many CRs: by chance, that comes once in 2**128 files."""
_NOTE = (
    "a terminal had made CR LF of every LF in it; each was put back in a copy, which {proof} proves to be the file as it was: "
    "fetch the next one without -t"
)


def open_through_terminal(spec: str, progress: Progress) -> Source | None:
    """Opens a copy in which every CR LF is LF again; None unless every LF of the file stands behind a CR.

    Raises Damaged when that cannot be chance and the copy does not prove itself.
    """
    path, wanted = split(spec)
    head = head_of(path)
    if not head or kind_of(head) in _NOT_PUT_RIGHT:
        return None
    count = _pairs(file_chunks(path))
    if not count:
        return None
    # Imported here, as a plain snapshot, which most are, must open at once.
    from snapinspect.sources.workspace import Workspace

    with ExitStack() as undo:
        workspace = undo.enter_context(closing(Workspace()))
        copy = workspace.spool(path.name, _restored(file_chunks(path)), "undoing what a terminal did")
        proof = _proof(copy)
        opened = _opened(copy, wanted, progress) if proof else None
        if opened is None:
            if count >= _CERTAIN:
                raise _beyond_repair(path)
            return None
        undo.pop_all()
    return opened._replace(
        path=spec,
        format=f"{opened.format}, which went through a terminal",
        size=path.stat().st_size,
        evidence=Packed(path, opened.evidence),
        notes=(_NOTE.format(proof=proof), *opened.notes),
        workspaces=(*opened.workspaces, workspace),
    )


def _pairs(chunks: Iterable[bytes]) -> int:
    """How many LFs there are; 0 as soon as one stands behind no CR."""
    count, before = 0, b""
    for chunk in chunks:
        seen = before + chunk
        found = chunk.count(b"\n")
        if seen.count(b"\r\n") != found:
            return 0
        count += found
        before = chunk[-1:].strip(b"\n")
    return count


def _restored(chunks: Iterable[bytes]) -> Iterator[bytes]:
    before = b""
    for chunk in chunks:
        seen = before + chunk
        # What it ends with may belong to the LF that comes next.
        before = b"\r" if seen.endswith(b"\r") else b""
        yield seen.removesuffix(before).replace(b"\r\n", b"\n")
    yield before


def _proof(copy: Path) -> str:
    """What proves that a file is as it was; empty when nothing does."""
    if kind_of(head_of(copy)) in ARCHIVES:
        return "what is packed in it"
    data = map_file(copy)
    try:
        file = DatabaseFile(data)
        if file.has_digest:
            return "its SHA-256" if file.digests(silent).state == "ok" else ""
        bolt = BoltFile(data)
        if len(data) % bolt.meta.page_size or len(data) < bolt.size:
            return ""
        bolt.tree_pages()
        bolt.free_pages()
    except SnapinspectError:
        return ""
    finally:
        data.close()
    return "the structure of its pages"


def _opened(copy: Path, wanted: str, progress: Progress) -> Source | None:
    spec = f"{copy}{SEPARATOR}{wanted}" if wanted else str(copy)
    try:
        return open_archive(spec, progress) or open_file(spec, progress)
    except SnapinspectError:
        return None


def _beyond_repair(path: Path) -> Damaged:
    return Damaged(
        f"{path} went through a terminal, which made CR LF of every LF, and more is wrong with it: putting them back does not "
        "give the file as it was",
        "Fetch it again without -t: `kubectl exec POD -- cat /PATH/snapshot.db > snapshot.db`.",
    )
