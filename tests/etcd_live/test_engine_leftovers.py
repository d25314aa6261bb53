"""Nothing of a temporary etcd outlives the run that started it, however that ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from asking import processes_below
from real_etcd import ETCDS

RUN = """
import sys
from pathlib import Path
from snapinspect.model import silent
from snapinspect.sources import open_source
from snapinspect.sources.engines.local import open_restored
source = open_restored(open_source(sys.argv[1], silent), Path(sys.argv[2]))
print(source.store.revision, flush=True)
END
"""
WAIT = "sys.stdin.read()"
PATIENCE = 10.0


@pytest.fixture
def scratch() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="t-") as directory:
        yield Path(directory)


def run(snapshot: Path, scratch: Path, end: str) -> subprocess.Popen[str]:
    """A program that has read a revision from a temporary etcd and comes to its ``end``."""
    environ = {**os.environ, "TMPDIR": str(scratch), "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    script = RUN.replace("END", end)
    program = subprocess.Popen(
        [sys.executable, "-c", script, snapshot, ETCDS["packaged"]],
        env=environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert program.stdout is not None
    assert program.stdout.readline() == "1175\n"
    return program


def eventually(condition: Callable[[], bool]) -> bool:
    end = time.monotonic() + PATIENCE
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return condition()


def etcd_of(scratch: Path) -> list[int]:
    return [process.pid for process in processes_below(scratch) if process.name == "etcd"]


def secrets_in(scratch: Path) -> list[Path]:
    """Every file but the locks, which say nothing."""
    return [path for path in scratch.rglob("*") if path.is_file() and path.name != "lock"]


@pytest.mark.parametrize("end", ["source.close()", "pass", "1 / 0", "sys.exit(3)", "raise KeyboardInterrupt"])
def test_a_run_that_ends_takes_everything_with_it(
    snapshot_file: Callable[[str], Path], scratch: Path, end: str
) -> None:
    program = run(snapshot_file("small"), scratch, end)
    program.communicate(timeout=PATIENCE)
    assert list(scratch.iterdir()) == []
    assert processes_below(scratch) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_a_killed_run_leaves_no_process_and_no_content(
    snapshot_file: Callable[[str], Path], scratch: Path, number: signal.Signals
) -> None:
    program = run(snapshot_file("small"), scratch, WAIT)
    assert len(etcd_of(scratch)) == 1
    program.send_signal(number)
    program.communicate(timeout=PATIENCE)
    assert eventually(lambda: processes_below(scratch) == [])
    assert eventually(lambda: secrets_in(scratch) == [])
    # The empty rest goes with the next run.
    run(snapshot_file("small"), scratch, "pass").communicate(timeout=PATIENCE)
    assert list(scratch.iterdir()) == []


def test_when_its_guard_is_killed_with_it_the_kernel_ends_etcd_and_the_next_run_removes_the_rest(
    snapshot_file: Callable[[str], Path], scratch: Path
) -> None:
    program = run(snapshot_file("small"), scratch, WAIT)
    guards = [process.pid for process in processes_below(scratch) if process.name.startswith("python")]
    assert len(guards) == 1
    for pid in (program.pid, *guards):
        os.kill(pid, signal.SIGKILL)
    program.communicate(timeout=PATIENCE)
    assert eventually(lambda: processes_below(scratch) == [])
    assert secrets_in(scratch) != []
    run(snapshot_file("small"), scratch, "pass").communicate(timeout=PATIENCE)
    assert list(scratch.iterdir()) == []


def test_a_run_beside_another_leaves_it_alone(snapshot_file: Callable[[str], Path], scratch: Path) -> None:
    first = run(snapshot_file("small"), scratch, "sys.stdin.read(); assert len(list(source.store.keys())) == 637")
    second = run(snapshot_file("small"), scratch, WAIT)
    assert len(etcd_of(scratch)) == 2
    second.communicate("", timeout=PATIENCE)
    _, errors = first.communicate("", timeout=PATIENCE)
    assert (first.returncode, errors) == (0, "")
    assert list(scratch.iterdir()) == []
