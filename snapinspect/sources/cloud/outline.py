"""What a few parts of a snapshot tell of it: etcd's own buckets, and the first and the last of its records.

The bucket ``key`` is ordered by revision, so that which object a record is of stands in its value alone: the ends of the log are
found by way of the branch pages, a single object only by a look at all records.
"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, NamedTuple

from snapinspect.bolt import BoltFile, layout
from snapinspect.bolt.pages import Page, children, elements
from snapinspect.bolt.write import write_file
from snapinspect.errors import Damaged, NotASnapshot, OutputError
from snapinspect.sources.cloud.addresses import Address, parse
from snapinspect.sources.cloud.failures import NoSuchObject
from snapinspect.sources.cloud.fetch import Changed, fetched, is_kept
from snapinspect.sources.cloud.parts import Parts, TooMuch
from snapinspect.sources.file import DatabaseFile, open_file
from snapinspect.sources.mapping import map_file
from snapinspect.sources.source import Digests, Source
from snapinspect.sources.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterable

    from snapinspect.model import Progress

WORTH = 64 << 20
"""Bytes of an object from which on its parts are had so much sooner that what only the whole tells is left out."""
_LEAVES = 8
"""Leaf pages that are read at either end of the log."""
_KEY = b"key"
_BESIDE = frozenset({b"cluster", b"members", b"meta"})


class _Outline(NamedTuple):
    """``size`` is that of the database, ``form`` what its file is, in words; the two ends of its log lie in ``path``."""

    path: Path
    size: int
    form: str


class _Whole:
    """The evidence that lies in the store, which is fetched where somebody looks at it."""

    def __init__(self, address: Address) -> None:
        self._address = address

    def digests(self, progress: Progress) -> Digests:
        with closing(fetched(self._address, progress)) as local:
            return DatabaseFile(map_file(local.path)).digests(progress)


def outlined(spec: str, progress: Progress, worth: int = WORTH) -> Source | None:
    """The ends of a snapshot that lies in a store, or None where the whole is to be opened.

    So it is of an object of fewer than ``worth`` bytes, of one that is in the cache already, of packed and damaged ones, of several
    that make one backup, and where the server sends no ranges. Raises SourceError, UsageError.
    """
    address = parse(spec)
    if address.member or not address.name or address.is_pattern:
        return None
    workspace = Workspace()
    try:
        found = _read(address, workspace, worth)
    except (NoSuchObject, NotASnapshot, Damaged, OutputError, TooMuch, Changed):
        found = None
    except BaseException:
        workspace.close()
        raise
    if found is None:
        workspace.close()
        return None
    return _opened(address, found, workspace, progress)


def _opened(address: Address, found: tuple[_Outline, int, int], workspace: Workspace, progress: Progress) -> Source:
    outline, size, brought = found
    note = (
        f"{brought / 1e6:.1f} of its {size / 1e6:.1f} MB were read; what the whole alone tells (records, live keys, hash, "
        f"SHA-256, Kubernetes' version) is had with `snapinspect info {quote(address.shown)} --check`"
    )
    return open_file(str(outline.path), progress)._replace(
        path=address.shown,
        format=outline.form,
        size=size,
        evidence=_Whole(address),
        database=None,
        notes=(note,),
        workspaces=(workspace,),
        outlines=outline.size,
    )


def _read(address: Address, workspace: Workspace, worth: int) -> tuple[_Outline, int, int] | None:
    with closing(Parts(address, workspace.path / "parts")) as parts:
        found = parts.object
        if found.size < worth or not found.version or is_kept(found):
            return None
        file = BoltFile(parts.data)
        if len(parts.data) < file.size:
            return None
        path = workspace.path / "outline"
        _write(path, _buckets(parts, file))
        return _Outline(path, file.size, DatabaseFile(parts.data).form), found.size, parts.brought


def _buckets(parts: Parts, file: BoltFile) -> dict[bytes, list[tuple[bytes, bytes]]]:
    """Of the buckets what is told of them, in the order of their names."""
    _bring_tree(parts, file, file.meta.root)
    found: dict[bytes, list[tuple[bytes, bytes]]] = {}
    for name, bucket in file.root().buckets():
        if name in _BESIDE:
            _bring_tree(parts, file, bucket.root)
            found[name] = list(bucket.items())
        elif name == _KEY:
            pages = _ends(parts, file, bucket.root) if bucket.root else bucket.leaf_pages()
            found[name] = list(_records(parts, pages))
    return found


def _bring_tree(parts: Parts, file: BoltFile, root: int) -> None:
    """Brings all pages below the page ``root``; 0 where a bucket has none of its own."""
    wanted, seen = {root} - {0}, {0}
    while wanted:
        seen |= wanted
        pages = _bring(parts, file, sorted(wanted))
        wanted = {below for page in pages for below in _below(parts, page)} - seen


def _ends(parts: Parts, file: BoltFile, root: int) -> list[Page]:
    """The first and the last leaf pages below ``root``, in order. Raises Damaged where there are none."""
    pages = _bring(parts, file, [root])
    for _ in range(layout.MAX_DEPTH):
        below = [child for page in pages for child in _below(parts, page)]
        if not below:
            return pages
        pages = _bring(parts, file, below if len(below) <= 2 * _LEAVES else [*below[:_LEAVES], *below[-_LEAVES:]])
    raise Damaged(f"the tree is deeper than {layout.MAX_DEPTH} pages")


def _below(parts: Parts, page: Page) -> Iterable[int]:
    return children(parts.data, page) if page.flags == layout.BRANCH_PAGE else ()


def _bring(parts: Parts, file: BoltFile, ids: list[int]) -> list[Page]:
    size = file.meta.page_size
    parts.bring((each * size, (each + 1) * size) for each in ids)
    pages = [file.page(each) for each in ids]
    parts.bring((page.start, page.end) for page in pages)
    return pages


def _records(parts: Parts, pages: Iterable[Page]) -> Iterable[tuple[bytes, bytes]]:
    data = parts.data
    for page in pages:
        if page.flags != layout.LEAF_PAGE:
            raise Damaged(f"page {page.id} should be a leaf and is of type {page.flags:#x}")
        for element in elements(data, page):
            yield data[element.key : element.value], data[element.value : element.end]


def _write(path: Path, buckets: dict[bytes, list[tuple[bytes, bytes]]]) -> None:
    with path.open("wb") as file:
        metas = write_file(file.write, buckets.items())
        file.seek(0)
        file.write(metas)
