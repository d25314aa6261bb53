"""``sql`` as people use it: at a prompt that remembers, and of a directory, a prefix or a pattern of snapshots."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cli_program import ROOT, SMALL, command, run
from object_store import ObjectStore

PATIENCE = 120
UP = b"\x1b[A"


@contextmanager
def prompt(state: Path) -> Iterator[int]:
    """A terminal at which the program asks for questions; it has ended when the block has."""
    ours, theirs = pty.openpty()
    environment = os.environ | {"XDG_STATE_HOME": str(state), "TERM": "xterm", "INPUTRC": "/dev/null"}
    process = subprocess.Popen(
        command("sql", SMALL), cwd=ROOT, env=environment, stdin=theirs, stdout=theirs, stderr=theirs, close_fds=True
    )
    os.close(theirs)
    try:
        yield ours
        process.wait(PATIENCE)
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def until(terminal: int, wanted: str) -> None:
    """Reads on until what is told matches."""
    told, end = "", time.monotonic() + PATIENCE
    while not re.search(wanted, told, re.DOTALL):
        assert time.monotonic() < end, told
        if select.select([terminal], [], [], 1)[0]:
            told += os.read(terminal, 4096).decode(errors="replace")


def test_what_was_typed_is_there_the_next_time_and_nobody_elses(tmp_path: Path) -> None:
    with prompt(tmp_path) as terminal:
        until(terminal, "sql> ")
        os.write(terminal, b"SELECT 6 * 7 AS answer\n")
        until(terminal, "42.*sql> ")
        os.write(terminal, b"\n")
    (kept,) = (tmp_path / "snapinspect").iterdir()
    assert (kept.stat().st_mode & 0o777, kept.stat().st_size > 0) == (0o600, True)
    assert "SELECT 6 * 7" in kept.read_text()
    with prompt(tmp_path) as terminal:
        until(terminal, "sql> ")
        os.write(terminal, UP + b"\n")
        until(terminal, "42.*sql> ")
        os.write(terminal, b"\x04")


def test_nothing_is_remembered_of_questions_that_nobody_types(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    asked = run("sql", SMALL, stdin=b"SELECT 6 * 7 AS answer\n\n")
    assert "42" in asked.out
    assert not list(tmp_path.iterdir())


def counted(*words: str | Path) -> list[str]:
    told = run("sql", *words, "SELECT snapshot, count(*) FROM objects GROUP BY 1 ORDER BY 1", "-o", "csv")
    assert told.code == 0, told.err
    return [line.rpartition(",")[0] for line in told.lines[1:]]


def test_a_directory_a_pattern_and_a_prefix_stand_for_their_snapshots(
    tmp_path: Path, object_store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.db", "b.db"):
        (tmp_path / name).write_bytes(SMALL.read_bytes())
        object_store.put(f"asked/{name}", SMALL.read_bytes())
    (tmp_path / "README").write_text("nightly\n")
    with zipfile.ZipFile(tmp_path / "notes.zip", "w") as packed:
        packed.writestr("notes.txt", "nothing of etcd")
    nights = [str(tmp_path / "a.db"), str(tmp_path / "b.db")]
    assert counted(tmp_path) == nights
    assert counted(tmp_path / "?.db") == nights
    assert counted(tmp_path / "b.db") == nights[1:]
    for name, value in (object_store.environment() | {"XDG_CACHE_HOME": str(tmp_path / "cache")}).items():
        monkeypatch.setenv(name, value)
    assert counted("s3://backups/asked/") == ["s3://backups/asked/a.db", "s3://backups/asked/b.db"]
    assert counted("s3://backups/asked/b*") == ["s3://backups/asked/b.db"]
    refused = run("sql", tmp_path / "none*", "SELECT 1 FROM objects")
    assert (refused.code, refused.err.count("\n")) == (1, 2)
