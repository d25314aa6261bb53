"""The command line, run in this process, or as a program of its own where that makes a difference."""

from __future__ import annotations

import glob
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, NamedTuple

from typer.testing import CliRunner

from snapinspect.cli.app import app

ROOT = Path(__file__).resolve().parents[2]
SMALL = ROOT / "fixtures" / "k8s-1.36" / "small.db"
_PIPE = subprocess.PIPE


class Outcome(NamedTuple):
    """What a run left behind: its exit code, standard output and standard error."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        """Standard output by lines, which end with a line feed only: names may hold other breaks."""
        return self.out.split("\n")[:-1]


def run(*args: str | Path, stdin: bytes = b"") -> Outcome:
    """``run("ls", SMALL)`` through the one place that maps errors to exit codes."""
    result = CliRunner().invoke(app, [str(arg) for arg in args], input=stdin, prog_name="snapinspect")
    return Outcome(result.exit_code, result.stdout_bytes.decode(), result.stderr)


def command(*args: str | Path) -> list[str]:
    """The words that start the program, in the project's directory."""
    return [sys.executable, "-m", "snapinspect", *map(str, args)]


def start(*args: str | Path, stdout: int | IO[Any] = _PIPE, stderr: int | IO[Any] = _PIPE) -> subprocess.Popen[bytes]:
    """The program in a process of its own, buffered as a user's is."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    return subprocess.Popen(
        command(*args), cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr
    )


def finish(process: subprocess.Popen[bytes]) -> Outcome:
    """Waits for the end of a started program."""
    out, err = process.communicate(timeout=60)
    return Outcome(process.returncode, (out or b"").decode(), (err or b"").decode())


def wait_until(true: Callable[[], bool]) -> None:
    """Raises AssertionError when it does not come true in 30 seconds."""
    end = time.monotonic() + 30
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


def below(directory: Path, pattern: str) -> list[str]:
    """What matches at any depth, while a program writes there: what vanishes meanwhile is passed over, unlike by rglob."""
    return glob.glob(f"**/{pattern}", root_dir=directory, recursive=True, include_hidden=True)  # noqa: PTH207


def patched(path: Path, old: bytes, new: bytes) -> Path:
    """The small snapshot with ``old`` replaced by as many other bytes wherever it stands, without the digest."""
    data = SMALL.read_bytes()[:-32]
    assert len(old) == len(new)
    assert old in data
    path.write_bytes(data.replace(old, new))
    return path
