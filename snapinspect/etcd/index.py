"""The state at a revision: which record of each etcd key is the last one.

Source: go.etcd.io/etcd ``server/storage/mvcc/key_index.go``. A record of the ``key`` bucket is
a revision and an ``mvccpb.KeyValue``; the tree is ordered by revision, that is by time, so that a
single walk, later records replacing earlier ones and tombstones removing them, gives the state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from snapinspect.bolt import Bucket, layout
from snapinspect.bolt.pages import Page
from snapinspect.errors import Damaged
from snapinspect.etcd.keyvalue import (
    REVISION,
    find_value,
    pack_revision,
    parse_revision,
    read_key,
    read_keyvalue,
    value_in,
)
from snapinspect.etcd.store import KeyFilter, Stored
from snapinspect.model import Data, Record, Revision

# Final, as compiled code looks up whatever else a module names each time that it is asked for.
_ELEMENT: Final = 16
_unpack: Final = layout.LEAF_ELEMENT.unpack
_LAST = b"\xff" * REVISION.size
_LAST_SUB = (1 << 63) - 1
_AFTER_TOMBSTONE = b"u"
_REVISION_SIZE: Final = 17
_TOMBSTONE_SIZE: Final = 18
_FRONT: Final = 0x81
"""Bytes of a record that hold its key where the key's length takes one byte."""
_BEGINNING: Final = 364
"""Bytes behind a key that hold what a value says of itself."""
_NO_KEY = b""
"""The key of the one record that ``etcdutl snapshot restore --bump-revision`` adds: a revision, and nothing under it.

Source: go.etcd.io/etcd ``etcdutl/snapshot/v3_snapshot.go``, ``unsafeBumpBucketsRevision``.
"""


class Index(NamedTuple):
    """The live keys at a revision, each with the offset of its record's leaf element in the file."""

    elements: dict[bytes, int]
    records: int
    last: Revision | None


class Part(NamedTuple):
    """What some leaf pages that follow each other say: the live keys, how many records there are, first and last revision.

    ``is_cut`` is set where they go beyond the revision that was asked for.
    """

    elements: dict[bytes, int]
    records: int
    first: bytes
    last: bytes
    is_cut: bool


def build_index(data: Data, bucket: Bucket, at: int | None, advance: Callable[[int], object]) -> Index:
    """Walks ``bucket`` once, up to and including main revision ``at`` (None: the last); tells ``advance`` bytes walked.

    Raises Damaged when a record cannot be what it should, or stands before an earlier revision.
    """
    part = index_pages(data, bucket.leaf_pages(), end_of(at), advance)
    return Index(part.elements, part.records, revision_or_none(part.last))


def index_pages(
    data: Data, leaves: Iterator[Page], limit: bytes, advance: Callable[[int], object], ended: set[bytes] | None = None
) -> Part:
    """What ``leaves`` say of the keys, up to the first revision that is not below ``limit``; ``ended`` gets those that are deleted.

    Raises Damaged as ``build_index`` does.
    """
    elements: dict[bytes, int] = {}
    records = 0
    first = previous = b""
    step = layout.LEAF_ELEMENT.size
    unpack = layout.LEAF_ELEMENT.iter_unpack
    remove = elements.pop
    # What a Struct gives is anything to a compiler that is not told.
    flags: int
    position: int
    key_size: int
    value_size: int
    for page in leaves:
        element = page.body
        page_end = page.end
        headers_end = end = page.headers_end(step)
        for flags, position, key_size, value_size in unpack(data[element:headers_end]):
            start = element + position
            value = start + key_size
            if start < end or flags or (end := value + value_size) > page_end:
                raise Damaged(f"an element of page {page.id} overlaps another, reaches beyond its page or is no record")
            front = data[start : value + _FRONT]
            revision = front[:key_size]
            if not previous < revision < limit:
                if revision <= previous:
                    raise Damaged(f"the records of page {page.id} are not in the order of their revisions")
                return Part(elements, records, first, previous, is_cut=True)
            # Keys of up to 127 bytes, all but a few, have their length in one byte.
            if (
                value_size > 2
                and front[key_size] == 0x0A
                and (size := front[key_size + 1]) <= value_size - 2
                and size < 0x80
            ):
                key = front[key_size + 2 : key_size + 2 + size]
            else:
                key = read_key(data, value, end) if value_size else _NO_KEY
            if not value_size:
                _check_empty(data, element, headers_end, end)
            elif key_size == _REVISION_SIZE:
                elements[key] = element
            elif key_size == _TOMBSTONE_SIZE:
                remove(key, None)
                if ended is not None:
                    ended.add(key)
            else:
                parse_revision(revision)
            previous = revision
            records += 1
            element += step
        if not first and page.elements:
            first = _first_revision(data, page)
        advance(page_end - page.start)
    return Part(elements, records, first, previous, is_cut=False)


def _first_revision(data: Data, page: Page) -> bytes:
    """The revision of a page's first record, which was found to be within it."""
    _flags, position, key_size, _ = layout.LEAF_ELEMENT.unpack_from(data, page.body)
    start = page.body + position
    return data[start : start + key_size]


def end_of(at: int | None) -> bytes:
    """What every key of a record up to and including main revision ``at`` (None: the last) sorts before."""
    return _LAST if at is None else pack_revision(Revision(at, _LAST_SUB)) + _AFTER_TOMBSTONE


def _check_empty(data: Data, element: int, headers_end: int, end: int) -> None:
    """Raises Damaged unless the record of ``element``, which has no value and ends at ``end``, was written so."""
    _flags, position, key_size, _ = layout.LEAF_ELEMENT.unpack_from(data, element)
    start = element + position
    _, is_tombstone = parse_revision(data[start : start + key_size])
    follower = element + layout.LEAF_ELEMENT.size
    # bbolt leaves no room between elements: where there is some, the size is what is damaged.
    if is_tombstone or (
        follower < headers_end and follower + layout.LEAF_ELEMENT.unpack_from(data, follower)[1] != end
    ):
        raise Damaged(f"the record at offset {end} does not begin with its key")


def revision_or_none(raw: bytes) -> Revision | None:
    return parse_revision(raw)[0] if raw else None


def read_record(data: Data, view: memoryview, element: int) -> Record:
    """The record whose leaf element stands at offset ``element``."""
    _flags, position, key_size, value_size = layout.LEAF_ELEMENT.unpack_from(data, element)
    start = element + position
    value = start + key_size
    revision, tombstone = parse_revision(data[start:value])
    key, create, mod, version, lease, value_start, value_end = read_keyvalue(data, value, value + value_size)
    if mod != revision.main and not tombstone:
        raise Damaged(f"the record of revision {revision} says that it is of revision {mod}")
    return Record(key, view[value_start:value_end], revision, create, version, lease, tombstone)


def read_value(data: Data, view: memoryview, element: int, key: bytes) -> memoryview:
    """Only the value of the record of ``key`` whose leaf element stands at ``element``."""
    position: int
    key_size: int
    value_size: int
    _flags, position, key_size, value_size = _unpack(data[element : element + _ELEMENT])
    at = element + position + key_size
    start, end = find_value(data, at, at + value_size, len(key))
    return view[start:end]


def read_values(
    data: Data, view: memoryview, elements: dict[bytes, int], keys: Sequence[bytes]
) -> Iterator[tuple[bytes, memoryview]]:
    """Each of the ``keys`` with its value, which is found by ``elements``."""
    for key in keys:
        yield key, read_value(data, view, elements[key], key)


def read_fronts(
    data: Data, elements: dict[bytes, int], keys: Sequence[bytes]
) -> Iterator[tuple[bytes, bytes, int, int]]:
    """Each of the ``keys``, bytes in which its value begins, where in them it does, and the value's size."""
    position: int
    key_size: int
    value_size: int
    for key in keys:
        element = elements[key]
        _flags, position, key_size, value_size = _unpack(data[element : element + _ELEMENT])
        at = element + position + key_size
        end = at + value_size
        if len(key) < 0x80:
            key_end = at + 2 + len(key)
            # Cut once, as a map is locked anew for each part that is taken out of it.
            front = data[key_end : min(key_end + _BEGINNING, end)]
            placed = value_in(data, front, key_end, end)
            if placed is not None:
                yield key, front, placed[0], placed[1]
                continue
        start, end = find_value(data, at, end, len(key))
        yield key, data[start : min(start + _BEGINNING, end)], 0, end - start


def sampled(data: Data, view: memoryview, bucket: Bucket, most: int) -> Iterator[Record]:
    """Each n-th record that has a key, oldest first, n as small as gives no more than ``most``. Raises Damaged."""
    leaves = bucket.leaves()
    stride = sum(leaves.elements) // most + 1
    number = 0
    for page_id, count in zip(*leaves, strict=True):
        first = -number % stride
        number += count
        for place in range(first, count, stride):
            record = _record_in(data, view, bucket.page(page_id), place)
            if record is not None:
                yield record


def around(data: Data, view: memoryview, bucket: Bucket, revisions: Iterable[int]) -> Iterator[Record]:
    """The records that have a key in the leaf pages where these main revisions belong, which grow. Raises Damaged."""
    seeker = bucket.seeker()
    last = -1
    for revision in revisions:
        page = seeker.leaf(pack_revision(Revision(revision)))
        if page.id == last:
            continue
        last = page.id
        for place in range(page.elements):
            record = _record_in(data, view, page, place)
            if record is not None:
                yield record


def _record_in(data: Data, view: memoryview, page: Page, place: int) -> Record | None:
    """The record at the ``place`` in a leaf page, counted from 0; None for one that has no key."""
    step = layout.LEAF_ELEMENT.size
    element, headers_end = page.body + place * step, page.headers_end(step)
    _flags, position, key_size, value_size = layout.LEAF_ELEMENT.unpack_from(data, element)
    start = element + position
    if start < headers_end or start + key_size + value_size > page.end:
        raise Damaged(f"an element of page {page.id} reaches beyond its page")
    return read_record(data, view, element) if value_size else None


def walk_elements(data: Data, bucket: Bucket) -> Iterator[int]:
    """Offsets of the leaf elements of all records that have a key, oldest first, bounds checked."""
    step = layout.LEAF_ELEMENT.size
    for page in bucket.leaf_pages():
        headers_end = end = page.headers_end(step)
        for element in range(page.body, headers_end, step):
            _flags, position, key_size, value_size = layout.LEAF_ELEMENT.unpack_from(data, element)
            start = element + position
            if start < end or (end := start + key_size + value_size) > page.end:
                raise Damaged(f"an element of page {page.id} overlaps another or reaches beyond its page")
            if value_size:
                yield element


def walk_wanted(data: Data, bucket: Bucket, wanted: KeyFilter) -> Iterator[tuple[int, bytes]]:
    """What ``walk_elements`` gives of the keys that are ``wanted``, each with its key."""
    step = layout.LEAF_ELEMENT.size
    # What a Struct gives is anything to a compiler that is not told.
    position: int
    key_size: int
    value_size: int
    for page in bucket.leaf_pages():
        element = page.body
        page_end = page.end
        headers_end = end = page.headers_end(step)
        for _flags, position, key_size, value_size in layout.LEAF_ELEMENT.iter_unpack(data[element:headers_end]):
            start = element + position
            value = start + key_size
            if start < end or (end := value + value_size) > page_end:
                raise Damaged(f"an element of page {page.id} overlaps another or reaches beyond its page")
            front = data[value : min(value + _FRONT, end)]
            # As in ``index_pages``: most keys have their length in one byte.
            if value_size > 2 and front[0] == 0x0A and (size := front[1]) <= value_size - 2 and size < 0x80:
                key = front[2 : 2 + size]
            elif value_size:
                key = read_key(data, value, end)
            if value_size and wanted(key):
                yield element, key
            element += step


def walk_stored(data: Data, bucket: Bucket) -> Iterator[Stored]:
    """Revision and ``mvccpb.KeyValue`` of every record, as they stand there, oldest first, bounds checked."""
    step = layout.LEAF_ELEMENT.size
    for page in bucket.leaf_pages():
        headers_end = end = page.headers_end(step)
        element = page.body
        for flags, position, key_size, value_size in layout.LEAF_ELEMENT.iter_unpack(data[element:headers_end]):
            start = element + position
            value = start + key_size
            if start < end or flags or (end := value + value_size) > page.end:
                raise Damaged(f"an element of page {page.id} overlaps another, reaches beyond its page or is no record")
            yield Stored(data[start:value], data[value:end])
            element += step
