"""What the log tells of the time before compaction is what was written, at the revisions at which it was."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from real_etcd import RealEtcd, message, running_etcd

from snapinspect.etcd.wal.store import LoggedDatabase
from snapinspect.model import INFERRED, Record, silent
from snapinspect.sources import Source, open_source


class Truth(NamedTuple):
    """A change as etcd answered for it; the value is None for a deletion."""

    key: bytes
    value: bytes | None
    create: int
    version: int


class Live(NamedTuple):
    create: int
    version: int
    mod: int
    lease: int


@dataclass
class ApiServers:
    """Write as API servers do, some of them with a stale cache; ``truth`` is by revision and sub revision."""

    etcd: RealEtcd
    chance: random.Random
    truth: dict[tuple[int, int], Truth] = field(default_factory=dict)
    live: dict[bytes, Live] = field(default_factory=dict)
    stale: dict[bytes, int] = field(default_factory=dict)
    leases: list[int] = field(default_factory=list)
    count: int = 0

    def act(self, times: int) -> None:
        acts = (self.update, self.update, self.update, self.create, self.delete, self.conflict, self.event, self.expire)
        for _ in range(times):
            self.chance.choice(acts)()

    def value(self) -> bytes:
        self.count += 1
        return b"value %d " % self.count * self.chance.randrange(1, 30)

    def transact(self, key: bytes, required: int, value: bytes | None, lease: int = 0) -> bool:
        change: dict[str, Any] = (
            {"request_delete_range": message("DeleteRangeRequest", key=key)}
            if value is None
            else {"request_put": message("PutRequest", key=key, value=value, lease=lease)}
        )
        compare = message("Compare", key=key, target="MOD", result="EQUAL", mod_revision=required)
        answer = self.etcd.call(
            "KV",
            "Txn",
            message(
                "TxnRequest",
                compare=[compare],
                success=[message("RequestOp", **change)],
                failure=[message("RequestOp", request_range=message("RangeRequest", key=key))],
            ),
        )
        if answer.succeeded:
            self.happened(int(answer.header.revision), key, value, lease=lease)
        return bool(answer.succeeded)

    def happened(self, revision: int, key: bytes, value: bytes | None, sub: int = 0, lease: int = 0) -> None:
        before = self.live.pop(key, Live(revision, 0, 0, 0))
        self.stale[key] = before.mod
        if value is None:
            self.truth[revision, sub] = Truth(key, None, 0, 0)
        else:
            self.truth[revision, sub] = Truth(key, value, before.create, before.version + 1)
            self.live[key] = Live(before.create, before.version + 1, revision, lease)

    def create(self) -> None:
        key = b"/registry/things/%d" % self.chance.randrange(40)
        is_new = key not in self.live
        assert self.transact(key, 0, self.value()) is is_new

    def update(self) -> None:
        if self.live:
            key = self.chance.choice(sorted(self.live))
            assert self.transact(key, self.live[key].mod, self.value())

    def delete(self) -> None:
        if self.live:
            key = self.chance.choice(sorted(self.live))
            assert self.transact(key, self.live[key].mod, None)

    def conflict(self) -> None:
        """A client that did not know of the last change, nor perhaps of the deletion; then it may try again."""
        if self.stale:
            key = self.chance.choice(sorted(self.stale))
            if not self.stale[key]:
                return
            assert not self.transact(key, self.stale[key], self.chance.choice([self.value(), None]))
            if key in self.live and self.chance.random() < 0.8:
                assert self.transact(key, self.live[key].mod, self.value())

    def event(self) -> None:
        if not self.leases or self.chance.random() < 0.2:
            self.leases.append(self.etcd.grant())
        assert self.transact(b"/registry/events/%d" % self.count, 0, self.value(), self.chance.choice(self.leases))

    def expire(self) -> None:
        if not self.leases:
            return
        lease = self.leases.pop(self.chance.randrange(len(self.leases)))
        answer = self.etcd.call("Lease", "LeaseRevoke", message("LeaseRevokeRequest", ID=lease))
        for sub, key in enumerate(sorted(key for key, live in self.live.items() if live.lease == lease)):
            self.happened(int(answer.header.revision), key, None, sub)


def read(directory: Path) -> Source:
    source = open_source(str(directory), silent)
    assert isinstance(source.store, LoggedDatabase)
    return source


def revision_of(record: Record) -> tuple[int, int]:
    return record.revision.main, record.revision.sub


def inferred(source: Source) -> Iterator[Record]:
    return (record for record in source.store.revisions(lambda _key: True) if record.source == INFERRED)


def told(record: Record) -> Truth:
    return Truth(record.key, None if record.tombstone else bytes(record.value), record.create_revision, record.version)


def kept(etcd: RealEtcd, out: Path) -> Path:
    """The data directory of an etcd that was stopped in peace, after which its database has everything."""
    etcd.stop()
    shutil.copytree(etcd.home / "data", out)
    return out


@pytest.mark.parametrize("seed", range(8))
def test_revisions_are_right_where_writers_name_what_they_replace(seed: int, tmp_path: Path) -> None:
    with running_etcd() as etcd:
        servers = ApiServers(etcd, random.Random(seed))
        servers.act(400)
        etcd.compact(max(servers.truth)[0])
        etcd.ctl("defrag")
        servers.act(30)
        etcd.compact(max(servers.truth)[0] - 10)
        directory = kept(etcd, tmp_path / "data")
    source = read(directory)
    held = {revision_of(record): told(record) for record in source.store.revisions(lambda _key: True)}
    from_log = {revision_of(record): told(record) for record in inferred(source)}
    source.close()
    assert held == servers.truth
    assert len(from_log) > 250


def test_a_log_whose_beginning_is_gone_tells_what_it_holds(tmp_path: Path) -> None:
    """Of keys that were written before it nothing is known at first, so that some refusals are not seen."""
    with running_etcd("--snapshot-count", "100000") as etcd:
        servers = ApiServers(etcd, random.Random(1))
        servers.act(300)
        for number in range(70):
            etcd.put(b"filling %d" % number, bytes(1_000_000))
            servers.act(2)
        servers.act(300)
        etcd.compact(max(servers.truth)[0])
        directory = kept(etcd, tmp_path / "data")
    min((directory / "member" / "wal").glob("*.wal")).unlink()
    source = read(directory)
    records = [record for record in inferred(source) if not record.key.startswith(b"filling")]
    assert [record.revision for record in records] == sorted({record.revision for record in records})
    right = [record for record in records if told(record)[:2] == servers.truth.get(revision_of(record), ())[:2]]
    assert len(right) > 0.9 * len(records) > 180
    for record in right:
        truth = servers.truth[revision_of(record)]
        assert record.version in {0, truth.version}
        assert record.create_revision in {0, truth.create}
    assert sum(1 for record in right if record.version or record.tombstone) > len(right) / 2
    values = {truth.value for truth in servers.truth.values()}
    assert sum(bytes(record.value) not in values for record in records if not record.tombstone) < 0.05 * len(records)
    source.close()


def test_unconditional_writes_come_in_their_order_with_their_values(tmp_path: Path) -> None:
    """As a person with etcdctl makes them: what was refused cannot always be told, what was written can."""
    with running_etcd() as etcd:
        chance = random.Random(0)
        written: list[tuple[int, bytes, bytes]] = []
        for number in range(200):
            key = b"key %d" % chance.randrange(5)
            if chance.random() < 0.2:
                etcd.delete(key)
            else:
                value = b"value %d" % number
                written.append((etcd.put(key, value), key, value))
        etcd.compact(written[-1][0])
        directory = kept(etcd, tmp_path / "data")
    source = read(directory)
    puts = [record for record in source.store.revisions(lambda _key: True) if not record.tombstone]
    assert [(record.key, bytes(record.value)) for record in puts] == [(key, value) for _, key, value in written]
    # Deletions of keys that were not there take no revision: the state that was followed from the beginning tells.
    assert [record.mod_revision for record in puts] == [revision for revision, _, _ in written]
    source.close()


def test_nothing_of_what_the_database_holds_is_given_twice(tmp_path: Path) -> None:
    with running_etcd() as etcd:
        servers = ApiServers(etcd, random.Random(2))
        servers.act(100)
        directory = kept(etcd, tmp_path / "data")
    source = read(directory)
    assert not list(inferred(source))
    assert {revision_of(record) for record in source.store.revisions(lambda _key: True)} == servers.truth.keys()
    source.close()
