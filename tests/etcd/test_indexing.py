"""An index that is put together from runs of pages is the one that a single walk gives."""

from __future__ import annotations

import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest
from bolt_writer import Image
from hypothesis import given, settings
from hypothesis import strategies as st
from written_snapshot import keyvalue

from snapinspect.bolt import BoltFile, Bucket
from snapinspect.errors import Damaged
from snapinspect.etcd.index import build_index
from snapinspect.etcd.indexing import index_of_runs

KEYS = st.sampled_from([b"/a", b"/b", b"/c/d", b"/c/e", b"/f"])
T = TypeVar("T")


def keys_of(data: bytes) -> Bucket:
    found = BoltFile(data).bucket(b"key")
    assert found is not None
    return found


def alone(data: bytes) -> tuple[object, ...]:
    index = build_index(data, keys_of(data), None, lambda _size: None)
    return list(index.elements.items()), index.records, index.last


def of_runs(data: bytes, runs: int) -> tuple[object, ...] | None:
    index = index_of_runs(data, keys_of(data), runs, lambda _size: None)
    return None if index is None else (list(index.elements.items()), index.records, index.last)


def written(changes: list[tuple[bytes, bool]]) -> bytes:
    """A database in which these keys were put or deleted, one a revision."""
    records = {}
    for main, (key, is_deleted) in enumerate(changes, 2):
        revision = struct.pack(">qcq", main, b"_", 0)
        if is_deleted:
            records[revision + b"t"] = keyvalue(key=key)
        else:
            records[revision] = keyvalue(key=key, value=b"{}", create_revision=main, mod_revision=main, version=1)
    image = Image(per_page=4, inline=False)
    return image.file(image.tree({b"key": records, b"meta": {}}))


@pytest.mark.parametrize("runs", [2, 3, 7])
@pytest.mark.parametrize("name", ["small", "history"])
def test_of_real_snapshots(name: str, runs: int, snapshot_file: Callable[[str], Path]) -> None:
    data = snapshot_file(name).read_bytes()
    assert of_runs(data, runs) == alone(data)


@settings(max_examples=60)
@given(changes=st.lists(st.tuples(KEYS, st.booleans()), min_size=8, max_size=60), runs=st.integers(2, 5))
def test_a_later_run_replaces_and_deletes_what_an_earlier_one_holds(
    changes: list[tuple[bytes, bool]], runs: int
) -> None:
    data = written(changes)
    assert of_runs(data, runs) == alone(data)


@settings(max_examples=60)
@given(data=st.data())
def test_what_is_damaged_is_put_together_only_where_it_makes_no_difference(
    data: st.DataObject, snapshot_file: Callable[[str], Path]
) -> None:
    damaged = bytearray(snapshot_file("history").read_bytes())
    page = data.draw(st.integers(2, len(damaged) // 4096 - 1)) * 4096
    damaged[page + data.draw(st.integers(0, 60))] ^= data.draw(st.integers(1, 255))
    found = unless_damaged(lambda: of_runs(bytes(damaged), 3))
    assert found is None or found == unless_damaged(lambda: alone(bytes(damaged)))


def test_where_the_other_process_is_killed_one_does_all(tmp_path: Path) -> None:
    # Its keys are more than a pipe holds, so that it cannot be done before.
    file = tmp_path / "long-keys.db"
    file.write_bytes(written([(b"/%03d/" % number + bytes(100_000), False) for number in range(40)]))
    program = [sys.executable, str(Path(__file__).with_name("killed_run.py")), str(file)]
    outcome = subprocess.run(program, capture_output=True, text=True, timeout=120, check=False)
    assert (outcome.stdout, outcome.stderr) == ("1 40\n", "")


def unless_damaged(build: Callable[[], T | None]) -> T | None:
    try:
        return build()
    except Damaged:
        return None
