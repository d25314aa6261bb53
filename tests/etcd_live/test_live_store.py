"""A live etcd answers as its own database file does when that is read directly."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from asking import state, told, unordered
from real_etcd import RealEtcd, message, running_etcd

from snapinspect.errors import SourceError, UsageError
from snapinspect.etcd import Database
from snapinspect.etcd.live import LiveStore
from snapinspect.model import silent
from snapinspect.sources.live import open_live


@pytest.fixture
def server() -> Iterator[RealEtcd]:
    with running_etcd() as running:
        yield running


def live(server: RealEtcd) -> LiveStore:
    source = open_live(f"unix:{server.home}/localhost:1", silent)
    assert source is not None
    assert isinstance(source.store, LiveStore)
    return source.store


def write_history(server: RealEtcd) -> int:
    """Puts, deletions, new lives, transactions, leases, odd keys; the revision in the middle of it."""
    for number in range(30):
        server.put(b"/registry/pods/shop/web-%d" % number, b"first" * number)
    server.put(b"\0", b"the least key there is")
    server.put(b"\xff\xfe", b"")
    server.put(b"leased", b"for an hour", server.grant())
    middle = server.delete(b"/registry/pods/shop/web-7")
    server.put(b"/registry/pods/shop/web-7", b"again")
    puts = [message("PutRequest", key=b"txn/%d" % number, value=b"x") for number in range(5)]
    server.txn(*puts, message("DeleteRangeRequest", key=b"/registry/pods/shop/web-2"))
    for number in range(10):
        server.put(b"often", b"%d" % number)
    return middle


def assert_equal(found: LiveStore, file: Database) -> None:
    """All that can be asked; the sub revision is told only of what was written after the compaction."""
    assert (found.revision, found.compact_revision) == (file.revision, file.compact_revision)
    assert sorted(found.keys()) == sorted(file.keys())
    assert state(found) == state(file)
    recent = file.compact_revision
    for mine, its in (
        (found.revisions, file.revisions),
        (lambda _all: found.newest(12), lambda _all: file.newest(12)),
        (lambda _all: found.oldest(12), lambda _all: file.oldest(12)),
    ):
        told_live, told_file = list(mine(lambda _key: True)), list(its(lambda _key: True))
        assert sorted(map(unordered, told_live)) == sorted(map(unordered, told_file))
        late = [told(record) for record in told_file if record.revision.main > recent]
        assert [told(record) for record in told_live if record.revision.main > recent] == late
    assert found.count_records() == file.count_records()


def no_compaction(_server: RealEtcd, _middle: int) -> None:
    """History is whole."""


def compaction_in_the_middle(server: RealEtcd, middle: int) -> None:
    server.compact(middle)


def compaction_of_everything(server: RealEtcd, _middle: int) -> None:
    server.compact(server.put(b"last", b"change"))


def compaction_of_a_last_deletion(server: RealEtcd, _middle: int) -> None:
    server.compact(server.delete(b"often"))


@pytest.mark.parametrize(
    "compact", [no_compaction, compaction_in_the_middle, compaction_of_everything, compaction_of_a_last_deletion]
)
def test_state_and_history_are_those_of_the_file(server: RealEtcd, compact: Callable[[RealEtcd, int], None]) -> None:
    compact(server, write_history(server))
    store = live(server)
    assert_equal(store, Database(server.snapshot()))
    store.close()


def test_an_etcd_that_was_never_written_to_is_empty(server: RealEtcd) -> None:
    store = live(server)
    assert (store.revision, store.compact_revision, list(store.keys())) == (1, 0, [])
    assert [list(store.newest(3)), list(store.oldest(3)), list(store.scan(lambda _key: True))] == [[], [], []]
    assert store.count_records() == 0
    store.close()


def test_the_revision_is_pinned_while_others_write(server: RealEtcd) -> None:
    write_history(server)
    store = live(server)
    before = Database(server.snapshot())
    server.put(b"often", b"changed since")
    server.delete(b"/registry/pods/shop/web-1")
    server.put(b"new", b"since")
    assert_equal(store, before)
    assert store.get(b"new") is None
    store.close()


def test_an_earlier_revision_can_be_asked_for_until_it_is_compacted(server: RealEtcd) -> None:
    middle = write_history(server)
    store, file = live(server), Database(server.snapshot())
    assert state(store, middle) == state(file, middle)
    assert store.get(b"often", middle) is None
    with pytest.raises(UsageError, match=f"revision {store.revision + 1} is after"):
        store.keys(store.revision + 1)
    store.close()
    server.compact(middle + 1)
    store = live(server)
    with pytest.raises(UsageError, match=f"revision {middle} is before {middle + 1}, up to which"):
        store.keys(middle)
    store.close()


def test_only_what_is_wanted_is_read_in_the_order_of_the_keys(server: RealEtcd) -> None:
    write_history(server)
    store = live(server)
    found = [record.key for record in store.scan(lambda key: key.endswith((b"3", b"often")))]
    pods = [b"/registry/pods/shop/web-%d" % number for number in (13, 23, 3)]
    assert found == [*pods, b"often", b"txn/3"]
    store.close()


def test_every_key_can_be_asked_for_alone(server: RealEtcd) -> None:
    write_history(server)
    store, file = live(server), Database(server.snapshot())
    for key in [*file.keys(), b"none", b"", b"\xff\xff\xff"]:
        expected = file.get(key)
        found = store.get(key)
        assert (found and unordered(found)) == (expected and unordered(expected))
    store.close()


def test_many_keys_are_listed_in_pages(server: RealEtcd) -> None:
    for start in range(0, 2_500, 100):
        puts = [message("PutRequest", key=b"%05d" % number, value=bytes(100)) for number in range(start, start + 100)]
        server.txn(*puts)
    store = live(server)
    assert list(store.keys()) == [b"%05d" % number for number in range(2_500)]
    assert state(store) == state(Database(server.snapshot()))
    store.close()


def test_the_endpoint_its_member_and_its_leader_are_told(server: RealEtcd) -> None:
    server.put(b"a")
    store = live(server)
    facts = store.facts()
    (endpoint,) = facts.endpoints
    (member,) = facts.members
    assert (endpoint.error, endpoint.member_id, endpoint.is_leader) == ("", member.id, True)
    assert endpoint.version.startswith("3.5")
    assert (member.name, member.client_urls) == ("tested", ("unix://localhost:1",))
    assert facts.db_size == server.database.stat().st_size
    store.close()


def test_what_is_compacted_while_it_is_read_is_an_error_that_says_so(server: RealEtcd) -> None:
    write_history(server)
    store = live(server)
    store.keys()
    server.compact(server.put(b"later"))
    with pytest.raises(SourceError, match="compacted away the revision") as failed:
        list(store.scan(lambda _key: True))
    assert "save" in failed.value.hint
    store.close()


def test_a_live_etcd_is_no_file(tmp_path: Path) -> None:
    assert open_live(str(tmp_path / "https"), silent) is None
