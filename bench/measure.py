"""What a command takes: wall time, CPU and memory of the child process."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_PERIOD = 0.01


@dataclass(frozen=True, slots=True)
class Usage:
    """Seconds and bytes. ``anonymous`` is the greatest RssAnon seen: memory beyond mapped files."""

    wall: float
    cpu: float
    resident: int
    anonymous: int


def best_of(runs: int, command: Sequence[str], output: Path, before: Callable[[], None]) -> Usage:
    """The least times and the most memory of some runs, each after a call of ``before``."""
    usages = []
    for _ in range(runs):
        before()
        usages.append(measure(command, output))
    return Usage(
        min(usage.wall for usage in usages),
        min(usage.cpu for usage in usages),
        max(usage.resident for usage in usages),
        max(usage.anonymous for usage in usages),
    )


def measure(command: Sequence[str], output: Path) -> Usage:
    """Runs the command once with standard output into a file. Raises SystemExit with its messages if it fails."""
    errors = output.with_suffix(".err")
    with output.open("wb") as stdout, errors.open("wb") as stderr:
        began = time.perf_counter()
        process = subprocess.Popen(command, stdout=stdout, stderr=stderr)
        sampler = _Sampler(process.pid)
        sampler.start()
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    sampler.join()
    if process.returncode:
        raise SystemExit(f"{' '.join(command)}: exit code {process.returncode}\n{errors.read_text()[-2000:]}")
    return Usage(wall, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024, sampler.peak)


class _Sampler(threading.Thread):
    """Looks at a process's RssAnon every 10 ms until it is gone."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.peak = 0
        self._status = Path(f"/proc/{pid}/status")

    def run(self) -> None:
        while (size := self._anonymous()) is not None:
            self.peak = max(self.peak, size)
            time.sleep(_PERIOD)

    def _anonymous(self) -> int | None:
        """Bytes; None when the process has ended."""
        try:
            lines = self._status.read_text().splitlines()
        except OSError:
            return None
        return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("RssAnon:")), None)
