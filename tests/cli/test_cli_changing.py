"""Files that are cut short, overwritten or replaced while they are read."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from cli_program import ROOT, SMALL, command, finish, run, start

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
    assert said == f"error: {path} was cut short while it was read, or its disk failed"
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
    assert b"was cut short while it was read, or its disk failed\nhint: " in err
    assert list(tmp_path.iterdir()) == [path]


LOST = """
import mmap, os, signal, sys
from pathlib import Path
from snapinspect.errors import Withdrawn
from snapinspect.sources import mapping
mapping.heed_writers()
path = Path(sys.argv[1])
data = mapping.map_file(path)
os.truncate(path, 0)
try:
    data[:100]
    sum(data[place] for place in range(0, len(data), mmap.PAGESIZE))
except Withdrawn as error:
    print(error)
print(mapping.written_meanwhile() == [path])
sys.stdout.flush()
os.kill(os.getpid(), signal.SIGBUS)
os.kill(os.getpid(), signal.SIGBUS)
"""


def test_a_lost_page_unwinds_and_any_other_bus_error_still_ends_the_program(tmp_path: Path) -> None:
    path = padded(tmp_path / "s1.db", 20)
    done = subprocess.run([sys.executable, "-c", LOST, path], check=False, cwd=ROOT, capture_output=True, text=True)
    assert done.stderr == ""
    assert done.stdout == f"{path} was cut short while it was read, or its disk failed\nTrue\n"
    assert done.returncode == -signal.SIGBUS


@pytest.mark.parametrize("words", [("ls", "-A"), ("verify",), ("find", "deploy/api"), ("history", "deploy/api")])
def test_every_command_survives_a_file_that_is_cut_short_at_any_moment(tmp_path: Path, words: tuple[str, ...]) -> None:
    """Two snapshots, so that ``find`` reads them in processes of its own; nobody who truncates is held up."""
    paths = [padded(tmp_path / f"s{number}.db", 20) for number in (1, 2)]
    named = (words[1], *paths) if words[0] == "find" else (paths[0], *words[1:])
    process = start(words[0], *named)
    deadline = time.monotonic() + 20
    while not any(str(path) in Path(f"/proc/{process.pid}/maps").read_text() for path in paths):
        if words[0] == "find" or process.poll() is not None or time.monotonic() > deadline:
            break
    for path in paths:
        os.truncate(path, 0)
    outcome = finish(process)
    assert outcome.code in (0, 1, 3), outcome
    assert "Traceback" not in outcome.err
    assert "died" not in outcome.err


def test_a_large_file_that_is_written_to_is_told(tmp_path: Path) -> None:
    path = padded(tmp_path / "s1.db", 20)

    def write() -> None:
        with path.open("r+b") as file:
            file.seek(21 << 20)
            file.write(b"later")

    code, _, err = half_way(path, write, *GET)
    assert code == 3
    assert "written to while it was read" in err


def test_many_pages_that_are_lost_in_one_read_are_told_once(tmp_path: Path) -> None:
    """What is told of the first may not be lost while the next is replaced."""
    lines = (
        "import os, sys; from pathlib import Path; from snapinspect.sources import mapping",
        "from snapinspect.errors import Withdrawn",
        "path = Path(sys.argv[1]); path.touch(); os.truncate(path, 100 << 20)",
        "mapping.heed_writers(); data = mapping.map_file(path); os.truncate(path, 0)",
        "try: print(len(data[: 90 << 20]))",
        "except Withdrawn: print('told')",
    )
    words = [sys.executable, "-c", "\n".join(lines), str(tmp_path / "file")]
    done = subprocess.run(words, capture_output=True, text=True, cwd=ROOT, check=True)
    assert (done.stdout, done.stderr) == ("told\n", "")


def test_who_runs_a_command_from_within_keeps_its_signals() -> None:
    before = signal.signal(signal.SIGIO, signal.SIG_IGN)
    try:
        assert run("ls", SMALL).code == 0
        assert signal.getsignal(signal.SIGIO) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGIO, before)
