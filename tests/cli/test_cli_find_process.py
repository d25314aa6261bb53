"""``find`` as the system sees it: its workers end with it, however it ends, and a terminal sees how far it is."""

from __future__ import annotations

import gzip
import os
import re
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from cli_program import ROOT, SMALL, command, finish, start, wait_until


@pytest.fixture
def many(tmp_path: Path, snapshot_file: Callable[[str], Path]) -> Path:
    """So many packed snapshots that it takes a while, each a file of its own."""
    directory = tmp_path / "many"
    directory.mkdir()
    packed = directory / "0.db.gz"
    packed.write_bytes(gzip.compress(snapshot_file("history").read_bytes(), 1))
    for number in range(1, 60):
        os.link(packed, directory / f"{number}.db.gz")
    return directory


@pytest.mark.parametrize("whole_group", [True, False], ids=["ctrl-c", "program"])
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 128 + signal.SIGTERM)])
def test_an_interruption_leaves_no_worker_and_no_file(
    tmp_path: Path, many: Path, number: signal.Signals, code: int, whole_group: bool
) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    process = subprocess.Popen(
        command("find", "deploy/api", many),
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(temporary)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    # Both workers unpack.
    wait_until(lambda: len(list(temporary.glob("snapinspect-[0-9]*/*"))) > 2)
    assert len(alive_in(process.pid)) > 2
    (os.killpg if whole_group else os.kill)(process.pid, number)
    outcome = finish(process)
    assert (outcome.code, outcome.out) == (code, "")
    assert outcome.err == ("interrupted\n" if number == signal.SIGINT else "")
    wait_until(lambda: not alive_in(process.pid))
    if list(temporary.iterdir()):
        # What a signal met between two steps of making it, the next run removes.
        next_run = command("ls", many / "0.db.gz", "cm")
        subprocess.run(
            next_run, cwd=ROOT, env={**os.environ, "TMPDIR": str(temporary)}, check=True, capture_output=True
        )
    assert list(temporary.iterdir()) == []


def test_workers_end_when_the_program_is_killed(many: Path) -> None:
    process = subprocess.Popen(
        command("find", "deploy/api", many),
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    wait_until(lambda: len(alive_in(process.pid)) > 2)
    process.kill()
    finish(process)
    wait_until(lambda: not alive_in(process.pid))


def alive_in(session: int) -> list[int]:
    """The processes of a session, but for those that only wait to be buried."""
    found = []
    for about in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _parent, _group, its_session = about.read_text().rpartition(")")[2].split()[:4]
        except (OSError, ValueError):
            continue
        if int(its_session) == session and state not in "ZX":
            found.append(int(about.parent.name))
    return found


def test_a_terminal_sees_how_far_it_is(many: Path) -> None:
    for packed in sorted(many.iterdir())[15:]:
        packed.unlink()
    reading, writing = os.openpty()
    with os.fdopen(writing, "wb") as terminal:
        process = start("find", "deploy/api", many, "--jobs", "1", stderr=terminal)
    seen = b""
    try:
        while part := os.read(reading, 65536):
            seen += part
    except OSError:
        pass  # Linux says so when the other end is closed.
    finally:
        os.close(reading)
    assert finish(process).code == 0
    assert b"reading 15 snapshots" in seen
    assert re.search(rb"[1-9][0-9]*%", seen)


def test_what_is_no_terminal_is_told_no_progress(tmp_path: Path) -> None:
    (tmp_path / "a.db").write_bytes(SMALL.read_bytes())
    assert finish(start("find", "deploy/api", tmp_path)).err == ""
