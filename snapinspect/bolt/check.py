"""Whether a bbolt file is whole: every page where it should be, once, and every key in its order.

Source: go.etcd.io/bbolt ``tx_check.go``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from snapinspect.bolt import layout
from snapinspect.bolt.meta import Meta, metas
from snapinspect.bolt.pages import Element, Page, elements, freelist, inline_page, read_page
from snapinspect.bolt.scan import Lost, walk
from snapinspect.errors import Damaged
from snapinspect.model import Data

_META_PAGES = 2
_NAMED = 5


@dataclass(slots=True)
class Checked:
    """What was found. Page counts: ``reached`` from the root, ``free`` by the freelist, None when there is none."""

    metas: tuple[Meta | None, Meta | None]
    pages: int = 0
    reached: int = 0
    free: int | None = None
    faults: list[Lost] = field(default_factory=list)


def check(data: Data) -> Checked:
    """Looks at every page of the tree, of all buckets. Whatever is wrong becomes a fault; nothing is raised."""
    found = metas(data)
    checked = Checked(found)
    valid = [meta for meta in found if meta is not None]
    if not valid:
        checked.faults.append(Lost(0, "both meta pages are broken, so that nothing leads into the tree"))
        return checked
    if len(valid) == 1:
        checked.faults.append(Lost(0 if found[0] is None else 1, "a meta page is broken; the other one is used"))
    meta = max(valid, key=_txid)
    checked.pages = meta.high_water
    held = len(data) // meta.page_size
    if held < meta.high_water:
        reason = f"the file is cut off: it has {held} pages of {meta.high_water}"
        checked.faults.append(Lost(held, reason))
    visited = bytearray(min(held, meta.high_water))
    visited[:_META_PAGES] = b"\1" * min(_META_PAGES, len(visited))
    checked.faults += _check_buckets(data, meta, visited)
    checked.reached = sum(visited)
    _check_freelist(data, meta, visited, checked)
    return checked


def _check_buckets(data: Data, meta: Meta, visited: bytearray) -> Iterator[Lost]:
    """Walks the root bucket and those inside it."""
    pending: list[int | Page] = [meta.root]
    while pending:
        root = pending.pop()
        leaves = [root] if isinstance(root, Page) else walk(data, root, meta.page_size, visited)
        for leaf in leaves:
            if isinstance(leaf, Lost):
                yield leaf
                continue
            try:
                pending += _check_leaf(data, leaf)
            except Damaged as error:
                yield Lost(leaf.id, str(error))


def _check_leaf(data: Data, page: Page) -> list[int | Page]:
    """The buckets in a leaf page. Raises Damaged unless its elements are dense and in order."""
    buckets: list[int | Page] = []
    previous = b""
    end = page.body + page.elements * layout.LEAF_ELEMENT.size
    for element in elements(data, page):
        name = data[element.key : element.value]
        if element.key != end:
            raise Damaged(f"page {page.id} has a hole between its elements")
        if name <= previous:
            raise Damaged(f"the keys of page {page.id} are not in order")
        previous, end = name, element.end
        if element.is_bucket:
            buckets.append(_bucket(data, element))
    return buckets


def _bucket(data: Data, element: Element) -> int | Page:
    start = element.value + layout.BUCKET.size
    if start > element.end:
        raise Damaged("a nested bucket's header is cut off")
    root, _ = layout.BUCKET.unpack_from(data, element.value)
    return root or inline_page(data, start, element.end)


def _check_freelist(data: Data, meta: Meta, visited: bytearray, checked: Checked) -> None:
    """Every page is in the tree or free, and none is both; etcd writes no freelist unless it is told to."""
    if meta.freelist == layout.NO_FREELIST:
        return
    try:
        page = read_page(data, meta.freelist, meta.page_size, meta.high_water)
        free = freelist(data, page)
    except Damaged as error:
        checked.faults.append(Lost(meta.freelist, str(error)))
        return
    checked.free = len(free)
    pages = [*free, *range(page.id, page.id + page.overflow + 1)]
    wrong = {number for number in pages if not _META_PAGES <= number < len(visited) or visited[number]}
    if wrong:
        checked.faults.append(
            Lost(page.id, f"the freelist names pages that are in use or beyond the file: {_list(wrong)}")
        )
    if len(set(pages)) < len(pages):
        checked.faults.append(Lost(page.id, "the freelist names pages twice"))
    lost = {number for number, seen in enumerate(visited) if not seen} - set(pages)
    # Behind what is broken all pages are unreached.
    if lost and len(checked.faults) == 0:
        checked.faults.append(Lost(page.id, f"pages are neither in the tree nor free: {_list(lost)}"))


def _list(numbers: set[int]) -> str:
    named = ", ".join(map(str, sorted(numbers)[:_NAMED]))
    return f"{named} and {len(numbers) - _NAMED} more" if len(numbers) > _NAMED else named


def _txid(meta: Meta) -> int:
    return meta.txid
