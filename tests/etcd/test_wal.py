"""What a killed etcd left in its log is what the same etcd answers when it is started again."""

from __future__ import annotations

import random
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import grpc  # type: ignore[import-untyped]
import pytest
from real_etcd import STAYING, binary, killed, message, running_etcd
from wal_histories import Writer, told

from snapinspect.errors import SourceError, UsageError
from snapinspect.etcd import Database
from snapinspect.etcd.wal.store import LoggedDatabase
from snapinspect.model import UNCOMMITTED, WAL, Record, silent
from snapinspect.sources import Source, open_source
from snapinspect.sources.recovery import examined, open_carved, open_salvaged, unhurt

OPENERS = {"plain": open_source, "carved": open_carved, "salvaged": open_salvaged}


PAGE = 4096


def everything(_key: bytes) -> bool:
    return True


def read(records: Iterator[Record]) -> dict[bytes, tuple[Any, ...]]:
    return {
        each.key: (bytes(each.value), each.create_revision, each.mod_revision, each.version, each.lease)
        for each in records
    }


def wal_of(home: Path) -> Path:
    return home / "member" / "wal"


@contextmanager
def opened(path: Path, how: str = "plain") -> Iterator[Source]:
    source = OPENERS[how](str(path), silent)
    try:
        yield source
    finally:
        source.close()


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("options", [STAYING, ()], ids=["all in the log", "some in the log"])
def test_state_is_the_one_with_which_etcd_starts(seed: int, options: tuple[str, ...], tmp_path: Path) -> None:
    with running_etcd(*options) as etcd:
        Writer(etcd, seed).write(150)
        directory = killed(etcd, tmp_path / "data")
        etcd.start()
        now, revision = told(etcd), int(etcd.range().header.revision)
        with opened(directory) as source:
            store = source.store
            assert store.revision == revision
            assert read(store.scan(everything)) == now
            assert read(record for key in now if (record := store.get(key))) == now
            assert dict(store.values(everything)) == {key: value for key, (value, *_) in now.items()}
            assert set(store.keys()) == set(now)
            assert store.losses(everything) is not None
            assert not list(store.losses(everything))  # type: ignore[attr-defined]
            for at in range(max(1, revision - 60), revision + 1):
                try:
                    then = told(etcd, at)
                except grpc.RpcError:
                    continue  # compacted there
                assert read(store.scan(everything, at)) == then, f"revision {at}"
        for how in ("carved", "salvaged"):
            with opened(directory, how) as source:
                assert read(source.store.scan(everything)) == now


def test_what_is_new_is_marked_and_said(tmp_path: Path) -> None:
    with running_etcd(*STAYING) as etcd:
        for number in range(10):
            etcd.put(b"key %d" % number, b"value")
        directory = killed(etcd, tmp_path / "data")
    with opened(directory) as source:
        assert isinstance(source.store, LoggedDatabase)
        assert {record.source for record in source.store.scan(everything)} == {WAL}
        assert [record.mod_revision for record in source.store.revisions(everything)] == list(range(2, 12))
        assert [record.mod_revision for record in source.store.newest(3)] == [11, 10, 9]
        assert [record.mod_revision for record in source.store.oldest(3)] == [2, 3, 4]
        assert source.store.count_records() == 10
        assert any(
            note.startswith("the write-ahead log has what the database lacks") and note.endswith("changes: 10")
            for note in source.notes
        )
        with pytest.raises(UsageError, match="after the snapshot's last"):
            list(source.store.scan(everything, 12))


def test_the_log_goes_on_behind_what_is_left_of_a_damaged_database(tmp_path: Path) -> None:
    """Found while it is open, as the browser does, it is the same as opened as damaged."""
    with running_etcd(*STAYING) as etcd:
        for number in range(60):
            etcd.put(b"key %03d" % number, bytes(1_000))
        database = etcd.save(tmp_path / "base.db")
        etcd.put(b"key 000", b"changed")
        etcd.put(b"new", b"value")
        directory = killed(etcd, tmp_path / "data")
    data = bytearray(database.read_bytes())
    data[:PAGE] = bytes(PAGE)
    database.write_bytes(data)
    with closing(open_source(str(database), silent, wal_of(directory))) as source:
        assert isinstance(source.store, LoggedDatabase)
        found = examined(source, silent)
        assert isinstance(found, LoggedDatabase)
        with closing(open_salvaged(str(database), silent, wal_of(directory))) as salvaged:
            assert read(found.scan(everything)) == read(salvaged.store.scan(everything))
            assert unhurt(salvaged) is None
        assert found.revision == 63
        assert (found.segments, found.replayed) == (source.store.segments, source.store.replayed)
        states = read(found.scan(everything))
        assert (len(states), states[b"new"][0], states[b"key 000"][0]) == (61, b"value", b"changed")
        assert [loss.subject for loss in found.losses(everything)] == ["page 0"]


def test_a_database_of_which_nothing_is_damaged_is_read_as_it_is_with_its_log(killed_etcd: Path) -> None:
    with opened(killed_etcd, "salvaged") as salvaged, opened(killed_etcd) as plain:
        found = unhurt(salvaged)
        assert isinstance(found, LoggedDatabase)
        assert isinstance(found.base, Database)
        assert read(found.scan(everything)) == read(plain.store.scan(everything))
        assert [each.revision for each in found.revisions(everything)] == [
            each.revision for each in plain.store.revisions(everything)
        ]
        assert unhurt(plain) is None


def test_log_of_a_lone_database(tmp_path: Path) -> None:
    with running_etcd(*STAYING) as etcd:
        etcd.put(b"key", b"value")
        directory = killed(etcd, tmp_path / "data")
    database = tmp_path / "copied.db"
    shutil.copyfile(directory / "member" / "snap" / "db", database)
    source = open_source(str(database), silent)
    assert not list(source.store.keys())
    source.close()
    source = open_source(str(database), silent, wal_of(directory))
    assert list(source.store.keys()) == [b"key"]
    source.close()
    with pytest.raises(SourceError, match="holds no segment"):
        open_source(str(database), silent, tmp_path)


def test_log_of_another_cluster_is_not_applied(killed_etcd: Path, tmp_path: Path) -> None:
    with running_etcd("--initial-cluster-token", "another") as etcd:
        etcd.put(b"mine", b"value")
        database = etcd.save(tmp_path / "other.db")
    source = open_source(str(database), silent, wal_of(killed_etcd))
    assert list(source.store.keys()) == [b"mine"]
    assert [record.key for record in source.store.revisions(everything)] == [b"mine"]
    (problem,) = source.store.losses(everything)  # type: ignore[attr-defined]
    assert "another cluster" in problem.reason
    source.close()


def test_log_of_a_cluster_that_was_made_anew_under_the_same_names_is_not_applied(
    killed_etcd: Path, tmp_path: Path
) -> None:
    """Its members and terms are numbered alike; what it wrote is not what the database holds."""
    with running_etcd() as etcd:
        for number in range(20):
            etcd.put(b"another %02d" % number, b"value")
        database = etcd.save(tmp_path / "other.db")
    source = open_source(str(database), silent, wal_of(killed_etcd))
    assert len(list(source.store.keys())) == len(list(source.store.revisions(everything))) == 20
    assert any("another cluster" in problem.reason for problem in source.store.losses(everything))  # type: ignore[attr-defined]
    source.close()


def test_an_older_database_comes_up_to_date_by_a_log_that_goes_back_to_it(tmp_path: Path) -> None:
    """Also when raft has made snapshots of its own since."""
    with running_etcd("--snapshot-count", "50") as etcd:
        for number in range(20):
            etcd.put(b"key %03d" % number, b"value")
        early = etcd.save(tmp_path / "early.db")
        for number in range(20, 220):
            etcd.put(b"key %03d" % number, b"value")
        directory = killed(etcd, tmp_path / "data")
    source = open_source(str(early), silent, wal_of(directory))
    assert len(list(source.store.keys())) == 220
    assert not list(source.store.losses(everything))  # type: ignore[attr-defined]
    source.close()


def test_a_log_that_ends_before_the_database_is_named(killed_etcd: Path, tmp_path: Path) -> None:
    with running_etcd() as etcd:
        for number in range(80):
            etcd.put(b"key %02d" % (number % 50), b"value %d " % (number % 50) * 30)
        database = etcd.save(tmp_path / "newer.db")
    source = open_source(str(database), silent, wal_of(killed_etcd))
    assert source.store.revision == 81
    assert any("ends at entry" in problem.reason for problem in source.store.losses(everything))  # type: ignore[attr-defined]
    source.close()


def test_what_lies_behind_a_gap_of_zeros_is_said(killed_etcd: Path, tmp_path: Path) -> None:
    def gap(data: bytes) -> bytes:
        at = data.index(b"value 30 ") // 8 * 8 - 400
        return data[:at] + bytes(1200) + data[at + 1200 :]

    directory = changed(killed_etcd, tmp_path, gap)
    with opened(directory) as source:
        live = set(source.store.keys())
        assert live == {b"key %02d" % number for number in range(len(live))}
        assert any("gap of zeros" in note or "checksum" in note or "reaches" in note for note in source.notes) or list(
            source.store.losses(everything)  # type: ignore[attr-defined]
        )


def test_log_from_before_a_restore_is_not_applied(killed_etcd: Path, tmp_path: Path) -> None:
    """The members have new numbers since."""
    with running_etcd() as etcd:
        for number in range(50):
            etcd.put(b"key %02d" % number, b"value")
        snapshot = etcd.save(tmp_path / "snapshot.db")
    restore = [str(binary("etcdutl")), "snapshot", "restore", str(snapshot), "--data-dir", str(tmp_path / "restored")]
    token = ["--initial-cluster-token", "after-the-restore"]
    subprocess.run([*restore, *token], check=True, capture_output=True)
    source = open_source(str(tmp_path / "restored" / "member" / "snap" / "db"), silent, wal_of(killed_etcd))
    assert source.store.losses(everything) is not None
    assert any("after it was restored" in problem.reason for problem in source.store.losses(everything))  # type: ignore[attr-defined]
    source.close()
    with opened(tmp_path / "restored") as source:
        assert len(list(source.store.keys())) == 50
        assert not list(source.store.losses(everything))  # type: ignore[attr-defined]


class Members:
    """Three members of one cluster on Unix sockets."""

    def __init__(self, home: Path) -> None:
        self.home = home
        peers = ",".join(f"m{number}=unix://localhost:1{number}" for number in range(3))
        self.processes = [self._start(number, peers) for number in range(3)]

    def _start(self, number: int, peers: str) -> subprocess.Popen[bytes]:
        client, peer = f"unix://localhost:2{number}", f"unix://localhost:1{number}"
        command = [
            *(str(binary("etcd")), "--data-dir", f"data{number}", "--name", f"m{number}", "--log-level", "error"),
            *("--listen-client-urls", client, "--advertise-client-urls", client),
            *("--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", peers),
            *("--heartbeat-interval", "30", "--election-timeout", "300", *STAYING),
        ]
        with (self.home / "log").open("ab") as log:
            return subprocess.Popen(command, cwd=self.home, stdout=log, stderr=log)

    def ctl(self, number: int, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
        command = [str(binary("etcdctl")), "--endpoints", f"unix://localhost:2{number}", *arguments]
        return subprocess.run(command, cwd=self.home, capture_output=True, text=True, check=False, **options)

    def kill(self, number: int) -> None:
        self.processes[number].kill()
        self.processes[number].wait(20)

    def leader(self) -> int:
        for _ in range(100):
            for number in range(3):
                answer = self.ctl(number, "endpoint", "status", "-w", "fields").stdout
                fields = dict(line.split(" : ", 1) for line in answer.splitlines() if " : " in line)
                if fields.get('"MemberID"') and fields.get('"MemberID"') == fields.get('"Leader"'):
                    return number
        raise AssertionError((self.home / "log").read_text())


@pytest.fixture
def members() -> Iterator[Members]:
    with tempfile.TemporaryDirectory(prefix="etcd-") as home:
        cluster = Members(Path(home))
        try:
            yield cluster
        finally:
            for number in range(3):
                cluster.kill(number)


def test_uncommitted_changes_are_shown_as_such_and_never_as_live(members: Members) -> None:
    leader = members.leader()
    assert members.ctl(leader, "put", "key", "agreed").returncode == 0
    assert members.ctl(leader, "put", "other", "agreed").returncode == 0
    for number in {0, 1, 2} - {leader}:
        members.kill(number)
    alone = members.ctl(leader, "--command-timeout", "1s", "put", "key", "never agreed on")
    assert alone.returncode
    members.kill(leader)
    with opened(members.home / f"data{leader}") as source:
        live = read(source.store.scan(everything))
        assert {key: value for key, (value, *_) in live.items()} == {b"key": b"agreed", b"other": b"agreed"}
        last = list(source.store.revisions(everything))[-1]
        assert (last.key, bytes(last.value), last.source) == (b"key", b"never agreed on", UNCOMMITTED)
        assert any("not known to be committed" in note for note in source.notes)


def segment_of(directory: Path) -> Path:
    (segment,) = wal_of(directory).glob("*.wal")
    return segment


def changed(killed_etcd: Path, out: Path, change: Any) -> Path:
    directory = out / "data"
    shutil.copytree(killed_etcd, directory)
    segment = segment_of(directory)
    segment.write_bytes(change(segment.read_bytes()))
    return directory


@pytest.mark.parametrize("sectors", [1, 2, 3, 9])
def test_torn_tail_is_normal(killed_etcd: Path, tmp_path: Path, sectors: int) -> None:
    """Whole sectors were not written, as when the power fails."""

    def tear(data: bytes) -> bytes:
        return data[: (len(data) // 512 - sectors) * 512] + bytes(4096)

    with opened(changed(killed_etcd, tmp_path, tear)) as source:
        live = set(source.store.keys())
        assert live == {b"key %02d" % number for number in range(len(live))}
        assert 50 > len(live) > 50 - 3 - 2 * sectors
        assert not list(source.store.losses(everything))  # type: ignore[attr-defined]
        assert any("not written whole" in note for note in source.notes)


def test_damage_is_named_and_ends_what_can_be_applied(killed_etcd: Path, tmp_path: Path) -> None:
    def flip(data: bytes) -> bytes:
        at = data.index(b"value 30 ")
        return data[:at] + b"V" + data[at + 1 :]

    with opened(changed(killed_etcd, tmp_path, flip)) as source:
        assert set(source.store.keys()) == {b"key %02d" % number for number in range(30)}
        reasons = [problem.reason for problem in source.store.losses(everything)]  # type: ignore[attr-defined]
        assert any("checksum" in reason for reason in reasons)
        assert any("nothing behind them can be applied" in reason for reason in reasons)


def test_any_damage_is_survived(killed_etcd: Path, tmp_path: Path) -> None:
    """Whatever is done to the log, what is read of it was written."""
    whole = segment_of(killed_etcd).read_bytes()
    truth = {b"key %02d" % number: b"value %d " % number * 30 for number in range(50)}
    directory = changed(killed_etcd, tmp_path, lambda data: data)
    segment = segment_of(directory)
    for seed in range(300):
        chance = random.Random(seed)
        data = bytearray(whole)
        for _ in range(chance.randrange(1, 4)):
            at = chance.randrange(len(data))
            match chance.randrange(4):
                case 0:
                    data[at] ^= 1 << chance.randrange(8)
                case 1:
                    data[at : at + 8] = chance.randbytes(8)
                case 2:
                    del data[at:]
                case _:
                    data[at : at + 600] = bytes(min(600, len(data) - at))
            data = data or bytearray(whole[:1])
        segment.write_bytes(data)
        with opened(directory) as source:
            for record in source.store.revisions(everything):
                assert bytes(record.value) == truth[record.key], f"seed {seed}"


def test_missing_segments_are_named(tmp_path: Path) -> None:
    with running_etcd(*STAYING) as etcd:
        for number in range(75):
            etcd.put(b"key %02d" % number, bytes(1_000_000))
        directory = killed(etcd, tmp_path / "data")
    segments = sorted(wal_of(directory).glob("*.wal"))
    assert len(segments) == 2
    with opened(directory) as source:
        assert len(set(source.store.keys())) == 75
    segments[0].unlink()
    with opened(directory) as source:
        assert not set(source.store.keys())
        (problem,) = source.store.losses(everything)  # type: ignore[attr-defined]
        assert "are missing" in problem.reason


def test_a_user_without_permissions_is_said(tmp_path: Path) -> None:
    with running_etcd() as etcd:
        etcd.put(b"before")
        for command in (["user", "add", "root:secret"], ["user", "grant-role", "root", "root"], ["auth", "enable"]):
            etcd.ctl(*command)
        etcd.kill()
        etcd_put = ["--user", "root:secret", "put", "key", "value"]
        with pytest.raises(AssertionError, match="user name is empty"):
            etcd.start(*STAYING)
        etcd.ctl(*etcd_put)
        directory = killed(etcd, tmp_path / "data")
    with opened(directory) as source:
        assert set(source.store.keys()) == {b"before", b"key"}
        assert any("permissions" in note for note in source.notes)


@pytest.mark.parametrize("alarm", ["NOSPACE", "CORRUPT"])
def test_alarm_keeps_changes_out(alarm: str, tmp_path: Path) -> None:
    """What an etcd has in its log, and refused because of an alarm."""
    with running_etcd(*STAYING) as etcd:
        etcd.put(b"key", b"before")
        etcd.call("Maintenance", "Alarm", message("AlarmRequest", action="ACTIVATE", memberID=1, alarm=alarm))
        puts = [message("RequestOp", request_put=message("PutRequest", key=b"key", value=b"refused"))]
        for refused in (
            ("KV", "Put", message("PutRequest", key=b"key", value=b"refused")),
            ("KV", "Txn", message("TxnRequest", success=puts)),
            ("Lease", "LeaseGrant", message("LeaseGrantRequest", ID=7, TTL=100)),
        ):
            with pytest.raises(grpc.RpcError):
                etcd.call(*refused)
        if alarm == "NOSPACE":
            etcd.delete(b"key")
            etcd.call("Maintenance", "Alarm", message("AlarmRequest", action="DEACTIVATE", memberID=1, alarm=alarm))
            etcd.put(b"key", b"after")
        revision = 4 if alarm == "NOSPACE" else 2
        directory = killed(etcd, tmp_path / "data")
    with opened(directory) as source:
        assert source.store.revision == revision
        ((key, value, version),) = [
            (each.key, bytes(each.value), each.version) for each in source.store.scan(everything)
        ]
        assert (key, value) == (b"key", b"after" if alarm == "NOSPACE" else b"before")
        assert version == 1
