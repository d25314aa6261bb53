"""The two meta pages: which state of the file is the current one."""

from __future__ import annotations

from typing import NamedTuple

from snapinspect.bolt import layout
from snapinspect.errors import NotASnapshot
from snapinspect.model import Data


class Meta(NamedTuple):
    """One valid meta page. ``high_water`` is the number of pages that were ever in use."""

    page_size: int
    root: int
    freelist: int
    high_water: int
    txid: int


def read_meta(data: Data, offset: int) -> Meta | None:
    """The meta whose page starts at ``offset``, or None unless magic, version and checksum are right."""
    start = offset + layout.PAGE_HEADER.size
    raw = data[start : start + layout.META.size]
    if len(raw) < layout.META.size:
        return None
    magic, version, page_size, _flags, root, _sequence, freelist, high_water, txid, checksum = layout.META.unpack(raw)
    if magic != layout.MAGIC or version != layout.VERSION or page_size not in layout.PAGE_SIZES:
        return None
    if checksum != layout.fnv1a(raw[: layout.META_CHECKED]):
        return None
    return Meta(page_size, root, freelist, high_water, txid)


def metas(data: Data) -> tuple[Meta | None, Meta | None]:
    """Both meta pages; the second is searched for when the first, which names the page size, is broken."""
    first = read_meta(data, 0)
    if first is not None:
        second = read_meta(data, first.page_size)
        return first, second if second and second.page_size == first.page_size else None
    for page_size in layout.PAGE_SIZES:
        second = read_meta(data, page_size)
        if second is not None and second.page_size == page_size:
            return None, second
    return None, None


def current_meta(data: Data) -> Meta:
    """The valid meta of the highest transaction. Raises NotASnapshot when there is none."""
    valid = [meta for meta in metas(data) if meta is not None]
    if not valid:
        raise _no_meta(data)
    return max(valid, key=lambda meta: meta.txid)


def _no_meta(data: Data) -> NotASnapshot:
    if not len(data):
        return NotASnapshot(
            "the file is empty", "Was the snapshot copied completely? Look at its size where it was taken."
        )
    magic = layout.MAGIC.to_bytes(4, "little")
    start = layout.PAGE_HEADER.size
    if any(data[at + start : at + start + 4] == magic for at in (0, *layout.PAGE_SIZES)):
        return NotASnapshot(
            "both meta pages are broken, so the file's tree cannot be entered",
            "Take another copy if there is one; --salvage reads what the pages of this one still hold.",
        )
    # Imported here, as most files are snapshots.
    from snapinspect.bolt.scan import find_page_size

    return NotASnapshot(
        "this is no etcd snapshot: it has no bbolt meta page",
        "Expected is what etcdctl snapshot save wrote, or a member's snap/db."
        + (" If it was one, try --salvage." if find_page_size(data) else ""),
    )
