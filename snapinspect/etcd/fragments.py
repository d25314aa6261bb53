"""Records found outside the tree, each proven to be one before it is believed.

What etcd writes is known to the byte, so that chance cannot imitate it: the revision stands in the key and again in
the value. Sources: go.etcd.io/etcd ``api/mvccpb/kv.pb.go`` (fields in order, zero ones left out),
``server/storage/mvcc/kvstore_txn.go`` (a tombstone holds its key alone).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from snapinspect.bolt import layout
from snapinspect.bolt.pages import Page
from snapinspect.bolt.scan import Region
from snapinspect.etcd.keyvalue import REVISION, parse_revision, read_keyvalue
from snapinspect.model import FREE, UNPROVEN, Data, Record
from snapinspect.protobuf import whole

_KEY_TAG = 0x0A
_CONTINUED = 0x80
_REVISION = re.compile(rb"[\x00-\x3f].{7}_[\x00-\x7f].{7}t?", re.DOTALL)
_KEY_SIZES = {REVISION.size, REVISION.size + 1}
_VARINT = rb"((?:[\x80-\xff]{1,9}[\x01-\x7f])|[\x00-\x7f])"
_NUMBERS = re.compile(rb"\x10%b\x18%b\x20%b(?:\x2a%b)?" % ((_VARINT,) * 4))
_LEASE = re.compile(rb"\x30%b" % _VARINT)
_LOOSE = re.compile(rb"_\0\0\0\0.{4}t?\n", re.DOTALL)
"""The end of a revision, whose sub revision is less than 2**32, and the tag of the key that follows it."""
_BEFORE_MARK = 8
_MOST_NUMBERS = 4 * (1 + 10)
"""Bytes that what ``_NUMBERS`` finds takes at most."""


class Fragment(NamedTuple):
    """A record: its revision as etcd writes it, and the offsets between which its KeyValue lies."""

    revision: bytes
    start: int
    end: int


class Told(NamedTuple):
    """A record's key, create revision and version, the last two 0 in a tombstone."""

    key: bytes
    create_revision: int
    version: int


def leaf_fragments(data: Data, page: Page) -> Iterator[Fragment]:
    """The records in a leaf page; where not each element is one, also what stands in it without a header of its own.

    So are those of a small bucket found, which bbolt keeps in the page that names it, when the name or a header is damaged.
    """
    found = list(page_fragments(data, page))
    yield from found
    first = min((each.start - len(each.revision) for each in found), default=0)
    if len(found) != page.elements or first != page.body + page.elements * layout.LEAF_ELEMENT.size:
        known = {each.start for each in found}
        yield from (each for each in region_fragments(data, Region(page.body, page.end)) if each.start not in known)


def page_fragments(data: Data, page: Page) -> Iterator[Fragment]:
    """The elements of a leaf page that are records and lie wholly in it."""
    size = layout.LEAF_ELEMENT.size
    headers_end = min(page.body + page.elements * size, page.end)
    headers_end -= (headers_end - page.body) % size
    at = page.body
    for flags, position, key_size, value_size in layout.LEAF_ELEMENT.iter_unpack(data[at:headers_end]):
        start = at + position
        value = start + key_size
        at += size
        if flags or key_size not in _KEY_SIZES or start < headers_end or value + value_size > page.end:
            continue
        fragment = Fragment(data[start:value], value, value + value_size)
        if read_told(data, *fragment) is not None:
            yield fragment


def region_fragments(data: Data, region: Region) -> Iterator[Fragment]:
    """The records in a part of the file that has no element headers."""
    at = region.start
    while (mark := _LOOSE.search(data, at, region.end)) is not None:
        at = mark.start() + 1
        start = mark.start() - _BEFORE_MARK
        if start < region.start:
            continue
        value = mark.end() - 1
        revision = data[start:value]
        end = _end_of(data, value, region.end, tombstone=len(revision) > REVISION.size)
        fragment = Fragment(revision, value, end)
        if end and read_told(data, *fragment) is not None:
            yield fragment
            at = end


def element_fragment(data: Data, at: int) -> Fragment:
    """The element of a leaf page whose header stands at offset ``at``."""
    _, position, key_size, value_size = layout.LEAF_ELEMENT.unpack_from(data, at)
    value = at + position + key_size
    return Fragment(data[at + position : value], value, value + value_size)


class Copies:
    """Records outside the tree by their revision, equal copies once.

    etcd never changes a record: of copies that differ one at least is damaged, and all are kept as ``unproven``.
    """

    def __init__(self, data: Data) -> None:
        self._data = data
        self._found: dict[bytes, list[Fragment]] = {}
        self._doubted: set[bytes] = set()

    def __len__(self) -> int:
        return len(self._found)

    def __contains__(self, revision: bytes) -> bool:
        return bool(self._found) and revision[: REVISION.size] in self._found

    def add(self, fragment: Fragment) -> None:
        copies = self._found.setdefault(_number(fragment), [])
        if not any(self._equal(copy, fragment) for copy in copies):
            copies.append(fragment)

    def known_in_tree(self, fragment: Fragment) -> None:
        """Takes away the copies of what the tree holds, but for those that say something else."""
        revision = _number(fragment)
        differing = [copy for copy in self.of(revision) if not self._equal(copy, fragment)]
        if differing:
            self._found[revision] = differing
            self._doubted.add(revision)
        else:
            self._found.pop(revision, None)

    def of(self, revision: bytes) -> list[Fragment]:
        """The copies of one revision."""
        return self._found.get(revision[: REVISION.size], [])

    @property
    def newest(self) -> bytes:
        """The last revision of which there is a copy; empty when there is none."""
        return max(self._found, default=b"")

    @property
    def clashes(self) -> set[bytes]:
        """The revisions of which copies differ, in the tree or outside."""
        return self._doubted | {revision for revision, copies in self._found.items() if len(copies) > 1}

    def sourced(self) -> Iterator[tuple[Fragment, str]]:
        """All of them, oldest first, each with its source: ``free``, or ``unproven`` where copies differ."""
        clashes = self.clashes
        for revision in sorted(self._found):
            source = UNPROVEN if revision in clashes else FREE
            yield from ((copy, source) for copy in self._found[revision])

    def _equal(self, one: Fragment, other: Fragment) -> bool:
        same = one.revision == other.revision and one.end - one.start == other.end - other.start
        return same and self._data[one.start : one.end] == self._data[other.start : other.end]


def _number(fragment: Fragment) -> bytes:
    """The revision without a tombstone's mark, so that a record and a tombstone at one revision are seen to clash."""
    return fragment.revision[: REVISION.size]


def read_told(data: Data, revision: bytes, start: int, end: int) -> Told | None:
    """What the record of ``revision`` between these offsets says; None when it is not what etcd would have written."""
    if _REVISION.fullmatch(revision) is None:
        return None
    key, behind = _first_field(data, start, end)
    if key is None:
        return None
    if len(revision) > REVISION.size:
        return Told(key, 0, 0) if behind == end else None
    numbers = _numbers(data, behind, end)
    if numbers is None or _value_end(data, behind, numbers, end) != end:
        return None
    first, last, count, _ = numbers.groups()
    main = int.from_bytes(revision[:8])
    if first == last:
        return Told(key, main, 1) if count == b"\1" and whole(last) == main else None
    create, version = whole(first), whole(count)
    possible = 0 < create < main and 1 < version <= main - create + 1
    return Told(key, create, version) if possible and whole(last) == main else None


def read_fragment(data: Data, view: memoryview, fragment: Fragment, source: str) -> Record:
    """The record in a fragment."""
    revision, tombstone = parse_revision(fragment.revision)
    kv = read_keyvalue(data, fragment.start, fragment.end)
    value = view[kv.start : kv.end]
    return Record(kv.key, value, revision, kv.create_revision, kv.version, kv.lease, tombstone, source)


def _first_field(data: Data, at: int, end: int) -> tuple[bytes | None, int]:
    """The key, which etcd writes first and which is never empty, and the offset behind it."""
    if at + 2 >= end or data[at] != _KEY_TAG:
        return None, 0
    size, start = data[at + 1], at + 2
    if size >= _CONTINUED:
        size, start = size & 0x7F | data[at + 2] << 7, at + 3
        if data[at + 2] >= _CONTINUED or size < _CONTINUED:
            return None, 0
    if not size or start + size > end:
        return None, 0
    return data[start : start + size], start + size


def _numbers(data: Data, at: int, end: int) -> re.Match[bytes] | None:
    """The numbers of the record whose key ends at ``at``, in bytes of their own: a map is locked anew for each part of a match."""
    return _NUMBERS.match(data[at : min(at + _MOST_NUMBERS, end)])


def _value_end(data: Data, behind: int, numbers: re.Match[bytes], end: int) -> int:
    """Where the record ends whose numbers and value's length were matched at ``behind``; -1 when they cannot be."""
    size = numbers[4]
    if size == b"\0":
        return -1
    at = behind + numbers.end() + (whole(size) if size is not None else 0)
    lease = _LEASE.match(data, at, end) if at < end else None
    return lease.end() if lease is not None else at


def _end_of(data: Data, at: int, end: int, *, tombstone: bool) -> int:
    """Where a record that begins at ``at`` ends; 0 when that cannot be told."""
    key, behind = _first_field(data, at, end)
    if key is None or tombstone:
        return behind
    numbers = _numbers(data, behind, end)
    last = _value_end(data, behind, numbers, end) if numbers is not None else 0
    return max(last, 0) if last <= end else 0
