"""Rebuilt snapshots, and etcds that start from them."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from real_etcd import RealEtcd, binary

import snapinspect
from snapinspect.recovery.rebuild import Change, Rebuilt, rebuild

PEER = "unix://localhost:2"


@contextmanager
def restored_etcd(snapshot: Path) -> Iterator[RealEtcd]:
    """An etcd that was started from what ``etcdutl snapshot restore`` made of ``snapshot``, digest and all."""
    with tempfile.TemporaryDirectory(prefix="etcd-") as home:
        command = [binary("etcdutl"), "snapshot", "restore", snapshot, "--data-dir", "data", "--name", "tested"]
        command += ["--initial-cluster", f"tested={PEER}", "--initial-advertise-peer-urls", PEER]
        done = subprocess.run(list(map(str, command)), cwd=home, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        server = RealEtcd(Path(home))
        try:
            yield server
        finally:
            server.stop()


@pytest.fixture
def restored() -> Callable[[Path], AbstractContextManager[RealEtcd]]:
    return restored_etcd


@pytest.fixture
def rebuilt(tmp_path: Path) -> Callable[..., tuple[Path, Rebuilt]]:
    """``rebuilt(path, at=5)`` is where the new snapshot lies, and what was said of it."""

    def build(source: Path, **change: object) -> tuple[Path, Rebuilt]:
        target = tmp_path / f"rebuilt-{len(list(tmp_path.glob('rebuilt-*')))}.db"
        with snapinspect.open(str(source)) as snapshot:
            return target, rebuild(snapshot, target, Change(**change))  # type: ignore[arg-type]

    return build
