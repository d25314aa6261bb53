"""Which pages are a bucket's leaves, told by its branch pages and by how each page begins; elements are not looked at.

Source: go.etcd.io/bbolt ``node.go`` (``spill``: a branch names each page below it by that page's first key, and all
leaves stand at one depth).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from operator import ge
from struct import Struct
from typing import NamedTuple

from snapinspect.bolt import layout
from snapinspect.bolt.pages import read_page
from snapinspect.errors import Damaged
from snapinspect.model import Data

_LEAF_FRONT = Struct("<QHHIII")
"""A page's header, and of its first leaf element flags and where its key stands from there."""


class Leaves(NamedTuple):
    """The leaf pages of a bucket in the order of their keys: their ids, and how many elements each claims to hold."""

    ids: Sequence[int]
    elements: Sequence[int]


def leaves_below(data: Data, root: int, page_size: int, high_water: int) -> Leaves:
    """The leaves below the page ``root``.

    The file is whole. Raises Damaged where a page is reached twice, or is not what the branch above it says.
    """
    ids, keys = [root], [b""]
    for _ in range(layout.MAX_DEPTH):
        if read_page(data, ids[0], page_size, high_water).flags == layout.LEAF_PAGE:
            return Leaves(ids, _counts(data, ids, keys, page_size))
        ids, keys = _below(data, ids, keys, page_size, high_water)
        if len(set(ids)) < len(ids) or not 0 < min(ids) <= max(ids) < high_water:
            raise Damaged("the tree reaches a page twice, or one beyond the file's end")
        if any(map(ge, keys, islice(keys, 1, None))):
            raise Damaged("the branch pages are not in order")
    raise Damaged(f"the tree is deeper than {layout.MAX_DEPTH} pages")


def _below(
    data: Data, ids: list[int], keys: list[bytes], page_size: int, high_water: int
) -> tuple[list[int], list[bytes]]:
    """The pages below these branches, and by which keys they are named."""
    below: list[int] = []
    firsts: list[bytes] = []
    step = layout.BRANCH_ELEMENT.size
    for page_id, named in zip(ids, keys, strict=True):
        page = read_page(data, page_id, page_size, high_water)
        at, end = page.body, page.body + page.elements * step
        if page.flags != layout.BRANCH_PAGE or not page.elements or end > page.end:
            raise _not_as_named(page_id)
        start = len(firsts)
        for position, key_size, child in layout.BRANCH_ELEMENT.iter_unpack(data[at:end]):
            key_end = at + position + key_size
            if key_end > page.end:
                raise Damaged(f"an element of page {page_id} reaches beyond its page")
            firsts.append(data[at + position : key_end])
            below.append(child)
            at += step
        if named and firsts[start] != named:
            raise _not_as_named(page_id)
    return below, firsts


def _counts(data: Data, ids: list[int], keys: list[bytes], page_size: int) -> list[int]:
    """How many elements each of these leaves claims. Raises Damaged for a page that does not begin as it is named."""
    counts: list[int] = []
    unpack, body = _LEAF_FRONT.unpack_from, layout.PAGE_HEADER.size
    for page_id, named in zip(ids, keys, strict=True):
        start = page_id * page_size
        own_id, flags, count, _overflow, _element_flags, position = unpack(data, start)
        key = start + body + position
        if own_id != page_id or flags != layout.LEAF_PAGE or not count or data[key : key + len(named)] != named:
            raise _not_as_named(page_id)
        counts.append(count)
    return counts


def _not_as_named(page_id: int) -> Damaged:
    return Damaged(f"page {page_id} is not what the branch above it says")
