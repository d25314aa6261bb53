"""A second snapshot of the benchmark's cluster, taken after one object in a hundred was changed: what ``diff`` is measured on."""

from __future__ import annotations

import random
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from bench.workload import load, running, tool
from snapinspect.etcd.database import Database

if TYPE_CHECKING:
    from collections.abc import Iterator

_SHARE = 100
_SEED = 0
_CHANGED = (b"/registry/configmaps/", b"/registry/secrets/")


def later(first: Path) -> Path:
    """The second snapshot, made beside the first if it is not there."""
    target = first.with_name(f"{first.stem}-later.db")
    if not target.exists():
        _make(first, target)
    return target


def _make(first: Path, target: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="snapinspect-bench-") as scratch:
        peer = ["--initial-cluster", "default=unix://peer:0", "--initial-advertise-peer-urls", "unix://peer:0"]
        restore = [tool("etcdutl"), "snapshot", "restore", str(first.resolve()), "--data-dir", "data", *peer]
        subprocess.run(restore, cwd=scratch, check=True, capture_output=True)
        with running(Path(scratch)) as endpoint:
            load(f"unix:{scratch}/{endpoint}", _changes(first))
            partial = target.with_suffix(".partial").resolve()
            save = [tool("etcdctl"), "--endpoints", f"unix://{endpoint}", "snapshot", "save", str(partial)]
            subprocess.run(save, cwd=scratch, check=True, capture_output=True)
    partial.replace(target)


def _changes(first: Path) -> Iterator[tuple[bytes, bytes]]:
    """ConfigMaps and Secrets with one letter of their data changed."""
    database = Database(first.read_bytes())
    live = sorted(database.keys())
    keys = [key for key in live if key.startswith(_CHANGED)]
    for key in random.Random(_SEED).sample(keys, len(live) // _SHARE):
        record = database.get(key)
        assert record is not None
        yield key, _with_another_letter(bytes(record.value))


def _with_another_letter(value: bytes) -> bytes:
    """The last letter that stands between two others becomes another one: lengths stay what they are."""
    at = next(at for at in range(len(value) - 2, 0, -1) if value[at - 1 : at + 2].isalpha())
    return value[:at] + (b"q" if value[at : at + 1] != b"q" else b"z") + value[at + 1 :]
