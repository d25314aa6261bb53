"""Records outside the tree: what etcd would have written is believed, and nothing else."""

from __future__ import annotations

import struct
from typing import Any

from descriptors import pool_of
from google.protobuf import message_factory
from hypothesis import given
from hypothesis import strategies as st

from snapinspect.bolt.scan import Region
from snapinspect.etcd.fragments import Copies, Fragment, read_told, region_fragments
from snapinspect.model import FREE, UNPROVEN

KeyValue: Any = message_factory.GetMessageClass(pool_of("etcd/schemas.binpb").FindMessageTypeByName("mvccpb.KeyValue"))


@st.composite
def records(draw: st.DrawFn) -> tuple[bytes, bytes]:
    """Revision and KeyValue of a record, of which etcd could have written any."""
    main = draw(st.integers(2, 1 << 40))
    revision = struct.pack(">qcq", main, b"_", draw(st.integers(0, 3)))
    key = draw(st.binary(min_size=1, max_size=300))
    if draw(st.booleans()):
        return revision + b"t", KeyValue(key=key).SerializeToString()
    create = draw(st.integers(1, main))
    version = 1 if create == main else draw(st.integers(2, main - create + 1))
    value, lease = draw(st.binary(max_size=300)), draw(st.integers(0, (1 << 62)))
    kv = KeyValue(key=key, create_revision=create, mod_revision=main, version=version, value=value, lease=lease)
    return revision, kv.SerializeToString()


@given(record=records(), before=st.binary(max_size=20), behind=st.binary(max_size=20))
def test_a_record_is_known(record: tuple[bytes, bytes], before: bytes, behind: bytes) -> None:
    revision, raw = record
    told = read_told(before + raw + behind, revision, len(before), len(before) + len(raw))
    kv = KeyValue.FromString(raw)
    assert told == (kv.key, kv.create_revision, kv.version)


@given(record=records(), cut=st.integers(1, 50))
def test_a_torn_record_is_none(record: tuple[bytes, bytes], cut: int) -> None:
    revision, raw = record
    torn = raw[:-cut]
    told = read_told(torn, revision, 0, len(torn))
    # Only a value, or a lease, that is empty or short can be lost without a trace; never the end of a text.
    assert told is None or KeyValue.FromString(torn).SerializeToString() == torn


@given(record=records(), other=st.integers(1, 1 << 40))
def test_another_revision_is_not_believed(record: tuple[bytes, bytes], other: int) -> None:
    revision, raw = record
    kv = KeyValue.FromString(raw)
    if kv.mod_revision and other != kv.mod_revision:
        assert read_told(raw, struct.pack(">q", other) + revision[8:], 0, len(raw)) is None


@given(st.lists(st.tuples(records(), st.booleans()), max_size=6), st.binary(max_size=30))
def test_records_without_headers_are_found(parts: list[tuple[tuple[bytes, bytes], bool]], noise: bytes) -> None:
    """Zeros between them, as behind the last element of a page, or another record at once."""
    data, expected = b"", []
    for (revision, raw), is_apart in parts:
        data += bytes(40) * is_apart + revision
        expected.append(Fragment(revision, len(data), len(data) + len(raw)))
        data += raw
    found = list(region_fragments(data + bytes(40), Region(0, len(data) + 40)))
    ends = {(fragment.start, fragment.end) for fragment in expected}
    assert {(fragment.start, fragment.end) for fragment in found} >= ends
    list(region_fragments(noise * 9, Region(0, len(noise) * 9)))


@given(record=records())
def test_equal_copies_are_one_and_others_are_doubted(record: tuple[bytes, bytes]) -> None:
    revision, raw = record
    changed = raw[:-1] + bytes([raw[-1] ^ 1])
    data = raw + raw + changed
    size = len(raw)
    copies = Copies(data)
    for number in range(2):
        copies.add(Fragment(revision, number * size, (number + 1) * size))
    assert list(copies.sourced()) == [(Fragment(revision, 0, size), FREE)]
    copies.add(Fragment(revision, 2 * size, 3 * size))
    assert [source for _, source in copies.sourced()] == [UNPROVEN, UNPROVEN]
    copies.known_in_tree(Fragment(revision, 0, size))
    assert list(copies.sourced()) == [(Fragment(revision, 2 * size, 3 * size), UNPROVEN)]
    copies.known_in_tree(Fragment(revision, 2 * size, 3 * size))
    assert not list(copies.sourced())
