"""Fixtures for all tests: the real snapshots with what is true of them, and a running etcd."""

from __future__ import annotations

import atexit
import gc
import gzip
import json
import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from compacted import Written, live_and_compact
from hypothesis import settings
from object_store import ObjectStore, running_object_store
from real_etcd import ETCDS, STAYING, EtcdFiles, RealEtcd, killed, live_a_life, running_etcd

for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    # Whoever started the tests by nohup or in the background had signals ignored, and the programs that they start would inherit it.
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)

_COLLECT_AFTER = 50_000
_LONGEST_TMPDIR = 40
"""Characters, so that a path of some 100, which a socket's may have, can lie below."""
_SHORT = ("/tmp", "/var/tmp", "/dev/shm")

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures" / "k8s-1.36"

# What holds for random data holds on slow and busy machines too.
settings.register_profile("snapinspect", deadline=None)
settings.load_profile("snapinspect")


def pytest_configure() -> None:
    """Gives all that is started a place for temporary files where a socket can be, wherever TMPDIR is."""
    # Looking for circles costs a twentieth of the time where so much is alive; the program itself looks less often still.
    gc.set_threshold(_COLLECT_AFTER)
    if len(tempfile.gettempdir()) <= _LONGEST_TMPDIR:
        return
    place = next(directory for directory in _SHORT if os.access(directory, os.W_OK | os.X_OK))
    os.environ["TMPDIR"] = tempfile.tempdir = tempfile.mkdtemp(prefix="s-", dir=place)
    atexit.register(shutil.rmtree, tempfile.tempdir, ignore_errors=True)


def pytest_report_header() -> str:
    """Which etcds the tests run: the package's always, Debian's 3.4 where it is installed, as in CI."""
    return f"etcd: {', '.join(str(directory) for directory in ETCDS.values())}"


@pytest.fixture(scope="session")
def snapshot_file(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """``snapshot_file("cbor")`` is the path of that real snapshot; the gzipped ones are unpacked once."""
    unpacked = tmp_path_factory.mktemp("snapshots")

    def path_of(name: str) -> Path:
        plain = FIXTURES / f"{name}.db"
        if plain.exists():
            return plain
        path = unpacked / f"{name}.db"
        if not path.exists():
            path.write_bytes(gzip.decompress((FIXTURES / f"{name}.db.gz").read_bytes()))
        return path

    return path_of


@pytest.fixture(scope="session")
def facts() -> Callable[[str], list[dict[str, Any]]]:
    """``facts("small.truth")`` are the lines of that ``.jsonl.gz`` beside the snapshots."""

    def lines(name: str) -> list[dict[str, Any]]:
        raw = gzip.decompress((FIXTURES / f"{name}.jsonl.gz").read_bytes())
        return [json.loads(line) for line in raw.splitlines()]

    return lines


@pytest.fixture(scope="session")
def status() -> Callable[[str], dict[str, Any]]:
    """``status("small")`` is what etcdutl 3.6 printed for that snapshot."""

    def read(name: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((FIXTURES / f"{name}.status.json").read_text())
        return found

    return read


@pytest.fixture(scope="session")
def etcd() -> Iterator[RealEtcd]:
    """A real etcd that all tests write to; its revisions only ever grow."""
    with running_etcd() as server:
        yield server


@pytest.fixture(scope="session")
def object_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectStore]:
    """A real S3 server."""
    with running_object_store(tmp_path_factory.mktemp("store")) as store:
        yield store


@pytest.fixture(scope="session")
def etcd_files(tmp_path_factory: pytest.TempPathFactory) -> EtcdFiles:
    """The snapshot and the database file of a real etcd that met most of what one can meet."""
    with running_etcd() as server:
        return live_a_life(server, tmp_path_factory.mktemp("etcd"))


@pytest.fixture(scope="session")
def compacted(tmp_path_factory: pytest.TempPathFactory) -> Written:
    """Snapshots of a real etcd after compaction, with all that was ever written to it."""
    with running_etcd() as server:
        return live_and_compact(server, tmp_path_factory.mktemp("compacted"))


@pytest.fixture(scope="session")
def killed_etcd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data directory of an etcd that was killed after fifty puts, all of which are in its log alone."""
    with running_etcd(*STAYING) as server:
        for number in range(50):
            server.put(b"key %02d" % number, b"value %d " % number * 30)
        directory = killed(server, tmp_path_factory.mktemp("killed") / "data")
    (segment,) = (directory / "member" / "wal").glob("*.wal")
    # etcd makes room for 64 MB.
    segment.write_bytes(segment.read_bytes().rstrip(b"\0"))
    return directory
