"""Files that are cut short, overwritten or replaced while they are read."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cli_program import ROOT, SMALL, command

TRUNCATED = "import os, sys; os.truncate(sys.argv[1], 0)"


def padded(path: Path, megabytes: int) -> Path:
    """The small snapshot with free room behind it, as a database that had more in it."""
    path.write_bytes(SMALL.read_bytes()[:-32] + bytes(megabytes << 20))
    return path


def half_way(path: Path, then: Callable[[], object], *words: str) -> tuple[int, bytes, str]:
    """A command that waits for the reader of its output while ``then`` happens to its input."""
    process = subprocess.Popen(
        command(words[0], path, *words[1:]), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0
    )
    assert process.stdout is not None
    first = process.stdout.read(100)
    then()
    out, err = process.communicate(timeout=60)
    return process.returncode, first + out, err.decode()


GET = ("get", "--all", "--raw")


@pytest.mark.parametrize("replaced", [False, True])
def test_a_small_file_that_changes_is_read_as_it_was(tmp_path: Path, replaced: bool) -> None:
    path = padded(tmp_path / "s1.db", 0)
    whole = subprocess.run(command(*GET[:1], path, *GET[1:]), cwd=ROOT, capture_output=True, check=True).stdout

    def change() -> None:
        if replaced:
            (tmp_path / "next").write_bytes(b"another")
            (tmp_path / "next").replace(path)
        else:
            os.truncate(path, 0)

    assert half_way(path, change, *GET) == (0, whole, "")


def test_a_large_file_that_is_cut_short_ends_with_an_error(tmp_path: Path) -> None:
    path = padded(tmp_path / "s1.db", 20)
    code, _, err = half_way(path, lambda: subprocess.run([sys.executable, "-c", TRUNCATED, path], check=True), *GET)
    assert code == 1
    said, hint = err.splitlines()
    assert said == f"error: {path} is being written to while it is read"
    assert hint.startswith("hint: Read it again")
    assert path.stat().st_size == 0


def test_an_export_of_a_large_file_that_is_cut_short_leaves_nothing(tmp_path: Path) -> None:
    path = padded(tmp_path / "s1.db", 20)
    out = tmp_path / "out"
    words = ("export", "--all", "--explain", "-d", str(out))
    process = subprocess.Popen(
        command(words[0], path, *words[1:]), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, bufsize=0
    )
    assert process.stderr is not None
    process.stderr.read(100)
    subprocess.run([sys.executable, "-c", TRUNCATED, path], check=True)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert b"is being written to while it is read\nhint: " in err
    assert list(tmp_path.iterdir()) == [path]
