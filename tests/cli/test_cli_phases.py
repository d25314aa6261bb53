"""No phase of long work is silent on a terminal: each has a bar of its own, which moves, and leaves nothing behind."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
from collections.abc import Callable
from itertools import groupby
from pathlib import Path

import pytest
from cli_program import ROOT

_AT_ONCE = """
import sys
from snapinspect.cli import bar
bar._LARGE = bar._PATIENCE = bar._PAUSE = 0
sys.argv[0] = "snapinspect"
from snapinspect.__main__ import main
main()
"""
"""The program, whose bars are drawn at each step however quick the work is: how fast the machine is makes no difference."""


def drawn(*words: str | Path) -> list[tuple[str, list[str]]]:
    """The label of each bar that a terminal saw, in order, and the states that it went through."""
    frames = [frame for frame in at_a_terminal(*words).split("\r\x1b[K") if frame and "\n" not in frame]
    parts = [re.fullmatch(r"(.+?)  (\S.*)", frame) for frame in frames]
    told = [(part[1], part[2]) for part in parts if part]
    return [(label, [state for _, state in states]) for label, states in groupby(told, key=lambda each: each[0])]


def at_a_terminal(*words: str | Path) -> str:
    """What is written to a terminal on standard error, by a run that ends well; of `diff`, one that finds something."""
    reading, writing = os.openpty()
    with os.fdopen(writing, "wb") as terminal:
        process = subprocess.Popen(
            [sys.executable, "-c", _AT_ONCE, *map(str, words)],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=terminal,
        )
    seen = b""
    try:
        while part := os.read(reading, 1 << 16):
            seen += part
    except OSError:
        pass  # Linux says so when the other end is closed.
    finally:
        os.close(reading)
        process.wait()
    assert process.returncode == (1 if words[0] == "diff" else 0), seen
    return seen.decode().replace("\r\n", "\n")


@pytest.fixture
def archive(snapshot_file: Callable[[str], Path], tmp_path: Path) -> Path:
    path = tmp_path / "backup.tar.gz"
    with tarfile.open(path, "w:gz", compresslevel=1) as packed:
        packed.add(snapshot_file("history"), "backup/etcd.db")
    return path


PHASES: list[tuple[tuple[str, ...], list[str]]] = [
    (
        ("export", "ARCHIVE", "-A", "-d", "OUT"),
        ["unpacking …", "reading revisions", "checking the digest", "writing objects"],
    ),
    (
        ("export", "SNAPSHOT", "-A", "-d", "OUT", "--jobs", "2"),
        ["reading revisions", "checking the digest", "writing objects"],
    ),
    (("verify", "SNAPSHOT"), ["looking at every page", "decoding every value"]),
    (("log", "SNAPSHOT"), ["reading revisions", "reading what happened"]),
    (("log", "SNAPSHOT", "-p", "-n", "infra-production"), ["reading revisions", "reading what happened"]),
    (("log", "EARLIER", "SNAPSHOT", "deploy"), ["reading revisions", "reading what happened"]),
    (("get", "SNAPSHOT", "pods", "-A"), ["reading revisions", "writing objects"]),
    (("get", "SNAPSHOT", "pods", "-A", "--sort-by", ".metadata.name"), ["reading revisions", "writing objects"]),
    (("diff", "SNAPSHOT", "--from", "2000"), ["reading revisions", "comparing", "writing what differs"]),
    (("rebuild", "SNAPSHOT", "OUT"), ["writing", "hashing"]),
    (("find", "deploy/api", "SNAPSHOT", "ARCHIVE"), ["reading 2 snapshots"]),
]
"""Words of a line, and what a terminal sees of it, in order."""


@pytest.mark.parametrize(("words", "labels"), PHASES, ids=[" ".join(words) for words, _ in PHASES])
def test_each_phase_has_a_bar_that_moves(
    words: tuple[str, ...], labels: list[str], archive: Path, snapshot_file: Callable[[str], Path], tmp_path: Path
) -> None:
    meant = {
        "ARCHIVE": archive,
        "EARLIER": snapshot_file("small"),
        "SNAPSHOT": snapshot_file("history"),
        "OUT": tmp_path / "out",
    }
    seen = drawn(*(meant.get(word, word) for word in words))
    assert [f"{label.split()[0]} …" if label.startswith("unpacking ") else label for label, _ in seen] == labels
    for label, states in seen:
        assert len(set(states)) > 2, f"{label} stands still at {states}"


def test_a_terminal_is_left_as_it_was(snapshot_file: Callable[[str], Path], tmp_path: Path) -> None:
    written = at_a_terminal("export", snapshot_file("history"), "deploy", "-d", tmp_path / "out")
    assert re.sub(r"[^\n]*\r\x1b\[K", "", written) == f"wrote 3 objects to {tmp_path / 'out'}\n"
