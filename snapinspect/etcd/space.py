"""How a database file is filled, and how large it would be after compaction and defragmentation.

Source: go.etcd.io/etcd ``server/storage/backend/backend.go`` (``defragdb`` copies all buckets, element by element, into a
new file, and fills its pages to nine tenths).
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass

from snapinspect.bolt import BoltFile, Bucket, layout
from snapinspect.bolt.packing import Packing
from snapinspect.bolt.pages import Page, elements
from snapinspect.bolt.scan import slack_of
from snapinspect.etcd.facts import read_applied
from snapinspect.etcd.keyvalue import REVISION
from snapinspect.model import Data, Progress

_KEYS, _LEASES = b"key", b"lease"
_FILL = 0.9
_META_PAGES, _FIRST_PAGES = 2, 4
"""A new file begins with its metas, a freelist and a root; the first commit writes other ones in place of the latter two."""
_NO_SPACE = 1
"""``etcdserverpb.AlarmType``: the quota was exceeded, and etcd takes nothing that would need more room."""


@dataclass(frozen=True, slots=True)
class Space:
    """Sizes in bytes, of whole pages unless said otherwise.

    ``size`` is that of all pages ever used, which is what etcd holds against its quota, and ``in_use`` that of the pages
    that are reached, at whose ends ``unused`` bytes are left over. ``records`` and ``live`` are what all records, and the
    last ones of the live keys, take inside their pages, with their headers. ``defragmented`` is the size after
    defragmentation, ``compacted`` that after compaction up to the last revision and then defragmentation: both are
    estimated, by packing the elements into pages as etcd would. ``buckets`` has the pages of each bucket; a small one has
    none, and lies inside the page that names it.
    """

    page_size: int
    size: int
    in_use: int
    unused: int
    records: int
    live: int
    defragmented: int
    compacted: int
    buckets: dict[str, int]
    leases: int
    has_alarm: bool


class _Filling:
    """What one bucket takes: ``pages``, bytes ``unused`` at their ends, and its elements; ``kept`` are those that
    compaction leaves there.
    """

    def __init__(self, page_size: int) -> None:
        self.pages = self.unused = 0
        self.all = Packing(page_size, _FILL)
        self.kept = Packing(page_size, _FILL)


def measure_space(file: BoltFile, live: Container[int], progress: Progress) -> Space:
    """Looks at the headers of all pages and elements; ``live`` are the offsets of the live records' leaf elements.

    Raises Damaged.
    """
    page_size, freelist = file.meta.page_size, file.meta.freelist
    visited = file.unvisited()
    with progress("measuring pages", file.size) as advance:
        root = _fill(file, file.root(), visited, None)
        fillings = {}
        for name, bucket in file.root().buckets():
            fillings[name] = _fill(file, bucket, visited, live if name == _KEYS else None)
            advance(fillings[name].pages * page_size)
    parts = [root, *fillings.values()]
    keys, leases = fillings[_KEYS], fillings.get(_LEASES)
    listed = 0 if freelist == layout.NO_FREELIST else file.page(freelist).overflow + 1
    fixed = _FIRST_PAGES + root.pages + bool(listed)
    return Space(
        page_size=page_size,
        size=file.size,
        in_use=(_META_PAGES + listed + sum(part.pages for part in parts)) * page_size,
        unused=sum(part.unused for part in parts),
        records=keys.all.bytes,
        live=keys.kept.bytes,
        defragmented=(fixed + sum(part.all.pages(REVISION.size) for part in fillings.values())) * page_size,
        compacted=(fixed + sum(part.kept.pages(REVISION.size) for part in fillings.values())) * page_size,
        buckets={name.decode("utf-8", "backslashreplace"): part.pages * page_size for name, part in fillings.items()},
        leases=leases.all.elements if leases else 0,
        has_alarm=any(alarm == _NO_SPACE for _, alarm in read_applied(file).alarms),
    )


def _fill(file: BoltFile, bucket: Bucket, visited: bytearray, live: Container[int] | None) -> _Filling:
    """Walks one bucket; ``visited`` as in ``Bucket.pages``."""
    filling = _Filling(file.meta.page_size)
    for page in bucket.pages(visited):
        filling.pages += page.overflow + 1
        if page.flags == layout.LEAF_PAGE:
            filling.unused += page.end - page.body - _pack(file.data, page, live, filling)
        else:
            slack = slack_of(file.data, page)
            filling.unused += slack.end - slack.start
    if not filling.pages:
        for page in bucket.leaf_pages():
            _pack(file.data, page, live, filling)
    return filling


def _pack(data: Data, page: Page, live: Container[int] | None, filling: _Filling) -> int:
    """Takes the elements of a leaf page; gives the bytes that they fill of it."""
    step = layout.LEAF_ELEMENT.size
    if live is None:
        sizes = [step + each.end - each.key for each in elements(data, page)]
        kept = sizes
    else:
        # Where the records lie in their page was looked at when the live ones among them were found.
        offsets = range(page.body, page.headers_end(step), step)
        headers = layout.LEAF_ELEMENT.iter_unpack(data[offsets.start : offsets.stop])
        sizes = [step + key_size + value_size for _, _, key_size, value_size in headers]
        kept = [size for offset, size in zip(offsets, sizes, strict=True) if offset in live]
    filling.kept.extend(kept)
    return filling.all.extend(sizes)
