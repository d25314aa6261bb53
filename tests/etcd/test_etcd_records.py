"""Databases written by hand: any history reads as a plain model says, and damage is refused."""

from __future__ import annotations

import json
import struct
from contextlib import suppress
from functools import cache
from typing import Any

import pytest
from bolt_writer import Image, Tree
from descriptors import pool_of
from google.protobuf import message_factory
from hypothesis import given, settings
from hypothesis import strategies as st
from real_etcd import DIGEST_SIZE, EtcdFiles

from snapinspect.errors import Damaged, NotASnapshot, SnapinspectError
from snapinspect.etcd import Database

REVISIONS = [(1, 0), (2, 0), (2, 1), (2, 2), (7, 0), (300, 0), (300, 40), (2**40, 0)]
END = (2**63 - 1, 2**63 - 1)
KEYS = st.sampled_from([b"a", b"b", b"\n\xff", b"k" * 127, b"k" * 128, b"k" * 20_000])
PAGE = 4096

Damage = tuple[str, int, int, int, int]
"""A way, the page, another page, a place in the page and a byte to put there."""


@cache
def _keyvalue() -> Any:
    return message_factory.GetMessageClass(pool_of("etcd/schemas.binpb").FindMessageTypeByName("mvccpb.KeyValue"))


def keyvalue(key: bytes, mod_revision: int, **fields: Any) -> bytes:
    written: bytes = _keyvalue()(key=key, mod_revision=mod_revision, **fields).SerializeToString()
    return written


def revision_key(main: int, sub: int = 0, *, tombstone: bool = False) -> bytes:
    return struct.pack(">qcq", main, b"_", sub) + b"t" * tombstone


def file_of(records: Tree, **buckets: Tree) -> bytes:
    image = Image(1024, per_page=3)
    others = {name.encode(): bucket for name, bucket in buckets.items()}
    return image.file(image.tree({b"key": records, **others}))


def database_of(records: Tree, **buckets: Tree) -> Database:
    return Database(file_of(records, **buckets))


CHANGES = st.fixed_dictionaries(
    {
        "key": KEYS,
        "value": st.binary(max_size=300) | st.just(b"v" * 5000),
        "create_revision": st.integers(1, 2**63 - 1),
        "version": st.integers(1, 2**63 - 1),
        "lease": st.just(0) | st.integers(1, 2**63 - 1),
    }
)


@settings(max_examples=150)
@given(
    changes=st.lists(CHANGES | KEYS, max_size=len(REVISIONS)),
    at=st.sampled_from([main for main, _ in [*REVISIONS, END]]),
)
def test_state_is_what_the_last_changes_say(changes: list[Any], at: int) -> None:
    """Changes are puts (dictionaries) or deletions (keys), in the order of ``REVISIONS``."""
    records: dict[bytes, bytes] = {}
    live: dict[bytes, dict[str, Any]] = {}
    at_past: dict[bytes, dict[str, Any]] = {}
    for (main, sub), change in zip(REVISIONS, changes, strict=False):
        if isinstance(change, bytes):
            records[revision_key(main, sub, tombstone=True)] = keyvalue(change, 0)
            live.pop(change, None)
        else:
            records[revision_key(main, sub)] = keyvalue(mod_revision=main, **change)
            live[change["key"]] = {**change, "revision": (main, sub)}
        at_past = dict(live) if main <= at else at_past
    # Nothing can be asked that is later than the last revision.
    records[revision_key(*END)] = keyvalue(b"end", END[0])
    if at == END[0]:
        at_past[b"end"] = {"key": b"end", "value": b"", "create_revision": 0, "version": 0, "lease": 0, "revision": END}
    database = database_of(records)
    assert state(database, at) == at_past
    assert database.count_records() == len(records)


def state(database: Database, at: int | None) -> dict[bytes, dict[str, Any]]:
    found = {}
    for record in database.scan(lambda _key: True, at):
        found[record.key] = {
            "key": record.key,
            "value": bytes(record.value),
            "create_revision": record.create_revision,
            "version": record.version,
            "lease": record.lease,
            "revision": tuple(record.revision),
        }
    assert list(found) == sorted(found)
    assert {key: bytes(value) for key, value in database.values(lambda _key: True, at)} == {
        key: change["value"] for key, change in found.items()
    }
    return found


def test_an_etcd_in_which_nothing_was_written() -> None:
    database = database_of({}, meta={}, members={})
    assert (database.revision, database.compact_revision, database.count_records()) == (1, 0, 0)
    assert list(database.scan(lambda _key: True)) == list(database.newest(5)) == list(database.oldest(5)) == []
    facts = database.facts()
    assert (facts.term, facts.consistent_index, facts.cluster_version, facts.members) == (None, None, None, ())


class TestCompactRevision:
    @pytest.mark.parametrize(
        ("scheduled", "finished", "expected"),
        [(None, None, 0), (5, None, 5), (5, 5, 5), (9, 5, 9), (None, 5, 5)],
    )
    def test_what_has_begun_counts(self, scheduled: int | None, finished: int | None, expected: int) -> None:
        """Records up to there may be gone already, and an etcd that starts ends what had begun."""
        marks = {b"scheduledCompactRev": scheduled, b"finishedCompactRev": finished}
        meta = {name: revision_key(main) for name, main in marks.items() if main is not None}
        records = {revision_key(main): keyvalue(b"a", main) for main in (5, 9, 12)}
        assert database_of(records, meta=meta).compact_revision == expected

    def test_damaged(self) -> None:
        with pytest.raises(Damaged, match="is no revision"):
            _ = database_of({}, meta={b"finishedCompactRev": b"5"}).compact_revision


def test_facts_of_etcd_3_6() -> None:
    member = {"id": 1, "peerURLs": ["http://a:2380"], "name": "a", "clientURLs": ["http://a:2379"], "isLearner": True}
    facts = database_of(
        {},
        meta={b"consistent_index": struct.pack(">Q", 77), b"term": struct.pack(">Q", 3), b"storageVersion": b"3.6.0"},
        cluster={b"clusterVersion": b"3.6.0"},
        members={b"000000000000000a": json.dumps(member).encode(), b"000000000000000b": b"{}"},
    ).facts()
    assert (facts.consistent_index, facts.term, facts.storage_version, facts.cluster_version) == (
        77,
        3,
        "3.6.0",
        "3.6.0",
    )
    learner, nameless = facts.members
    assert (learner.id, learner.name, learner.is_learner) == ("000000000000000a", "a", True)
    assert (learner.peer_urls, learner.client_urls) == (("http://a:2380",), ("http://a:2379",))
    assert (nameless.id, nameless.name, nameless.peer_urls) == ("000000000000000b", "", ())


FINE = keyvalue(b"a", 2)
DAMAGED_RECORDS: dict[str, Tree] = {
    "no revision": {b"not a revision": FINE},
    "a mark that is no tombstone's": {revision_key(2) + b"x": FINE},
    "a longer mark": {revision_key(2) + b"tt": FINE},
    "no underscore": {struct.pack(">qcq", 2, b"-", 0): FINE},
    "a bucket": {revision_key(2): {b"a": b"1"}},
    "a deletion of nothing": {revision_key(2) + b"t": b""},
    "no key": {revision_key(2): keyvalue(b"", 2)},
    "a key that is cut off": {revision_key(2): b"\n\x05abc"},
    "a key of endless length": {revision_key(2): b"\n" + b"\xff" * 12},
    "a value that is cut off": {revision_key(2): FINE + b"\x2a\x05abc"},
    "a number that is cut off": {revision_key(2): FINE + b"\x20\x80"},
    "another message": {revision_key(2): FINE + b"\x7a\x01a"},
    "another record's revision": {revision_key(3): FINE},
}


@pytest.mark.parametrize("damage", DAMAGED_RECORDS)
def test_damaged_records_are_refused(damage: str) -> None:
    with pytest.raises(Damaged) as raised:
        list(database_of(DAMAGED_RECORDS[damage]).scan(lambda _key: True))
    assert raised.value.hint


def test_a_record_that_lost_its_size_is_no_bumped_revision() -> None:
    image = Image()
    page = image.leaf((0, revision_key(2), FINE), (0, revision_key(3), keyvalue(b"b", 3)))
    root = image.leaf((1, b"key", struct.pack("<QQ", page, 0)))
    data = bytearray(image.file(root))
    at = data.index(struct.pack("<II", 17, len(FINE)))
    data[at + 4 : at + 8] = bytes(4)
    with pytest.raises(Damaged):
        _ = Database(bytes(data)).revision


@pytest.mark.parametrize("second", [revision_key(4), revision_key(5), revision_key(3, 9)])
def test_revisions_must_grow(second: bytes) -> None:
    image = Image()
    records = image.leaf((0, revision_key(5), keyvalue(b"a", 5)), (0, second, keyvalue(b"a", 4)))
    root = image.leaf((1, b"key", struct.pack("<QQ", records, 0)))
    with pytest.raises(Damaged, match="not in the order of their revisions"):
        _ = Database(image.file(root)).revision


def test_a_bolt_file_of_another_program() -> None:
    image = Image()
    with pytest.raises(NotASnapshot, match="no bucket `key`"):
        Database(image.file(image.tree({b"registry": {b"a": b"1"}})))


@pytest.mark.parametrize("member", [b"", b"text", b"\xff", b"[" * 100_000, b"9" * 10_000])
def test_members_that_are_no_json(member: bytes) -> None:
    with pytest.raises(Damaged, match="not described in JSON"):
        database_of({}, members={b"1": member}).facts()


def test_two_buckets_that_share_their_pages_are_hashed_once() -> None:
    """A file that claims endless content must not take endless time."""
    image = Image()
    shared = struct.pack("<QQ", image.tree({revision_key(2): FINE}), 0)
    data = image.file(image.leaf(*((1, name, shared) for name in (b"auth", b"key", b"lease"))))
    with pytest.raises(Damaged, match="reached twice"):
        Database(data).facts()


def read_all(data: bytes) -> None:
    database = Database(data)
    reads = [
        lambda: list(database.scan(lambda _key: True)),
        lambda: list(database.values(lambda _key: True)),
        lambda: list(database.scan(lambda _key: True, database.compact_revision)),
        lambda: list(database.revisions(lambda _key: True)),
        lambda: [*database.newest(5), *database.oldest(5)],
        database.facts,
    ]
    for read in reads:
        with suppress(SnapinspectError):
            read()


def damages(pages: int) -> st.SearchStrategy[list[Damage]]:
    ways = st.sampled_from(["byte", "byte", "zero", "copy", "cut"])
    number = st.integers(0, pages - 1)
    # Headers stand at the beginning of a page, where a changed byte does most.
    places = st.integers(0, 120) | st.integers(0, PAGE - 1)
    return st.lists(st.tuples(ways, number, number, places, st.integers(0, 255)), min_size=1, max_size=4)


def damaged(data: bytes, what: list[Damage]) -> bytes:
    out = bytearray(data)
    for way, page, other, place, byte in what:
        own = slice(page * PAGE, (page + 1) * PAGE)
        if way == "byte":
            out[page * PAGE + place] = byte
        elif way == "zero":
            out[own] = bytes(PAGE)
        elif way == "copy":
            out[own] = out[other * PAGE : (other + 1) * PAGE]
    cuts = [page * PAGE + place for way, page, _, place, _ in what if way == "cut"]
    return bytes(out[: min(cuts, default=len(out))])


@settings(max_examples=300)
@given(data=st.data())
def test_a_damaged_real_database_raises_nothing_but_our_errors(etcd_files: EtcdFiles, data: st.DataObject) -> None:
    whole = etcd_files.snapshot.read_bytes()[:-DIGEST_SIZE]
    with suppress(SnapinspectError):
        read_all(damaged(whole, data.draw(damages(len(whole) // PAGE))))
