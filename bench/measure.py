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
    from collections.abc import Sequence

_PERIOD = 0.01


@dataclass(frozen=True, slots=True)
class Usage:
    """Seconds and bytes. ``resident`` counts pages of mapped files, ``anonymous`` is the memory beyond them."""

    wall: float
    cpu: float
    resident: int
    anonymous: int


def best(usages: Sequence[Usage]) -> Usage:
    """The least times and the most memory."""
    return Usage(
        min(usage.wall for usage in usages),
        min(usage.cpu for usage in usages),
        max(usage.resident for usage in usages),
        max(usage.anonymous for usage in usages),
    )


def measure(command: Sequence[str], output: Path, right: Sequence[int] = (0,)) -> Usage:
    """Runs the command once with standard output into a file. Raises SystemExit unless its exit code is ``right``."""
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
    if process.returncode not in right:
        raise SystemExit(f"{' '.join(command)}: exit code {process.returncode}\n{errors.read_text()[-2000:]}")
    return Usage(wall, used.ru_utime + used.ru_stime, sampler.peak["VmHWM"], sampler.peak["RssAnon"])


class _Sampler(threading.Thread):
    """Looks at a process's memory, and at that of those that it forks, every 10 ms until it is gone: the most of any.

    The kernel's own maximum, ``ru_maxrss``, would not do: a child begins with that of its parent.
    """

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.peak = {"VmHWM": 0, "RssAnon": 0}
        self._pid = pid

    def run(self) -> None:
        while (lines := self._lines()) is not None:
            for line in lines:
                name, _, rest = line.partition(":")
                if name in self.peak:
                    self.peak[name] = max(self.peak[name], int(rest.split()[0]) * 1024)
            time.sleep(_PERIOD)

    def _lines(self) -> list[str] | None:
        """What the kernel says of all of them; None when the process has ended."""
        own = _read(f"/proc/{self._pid}/status")
        children = _read(f"/proc/{self._pid}/task/{self._pid}/children").split()
        return (
            [line for text in (own, *(_read(f"/proc/{pid}/status") for pid in children)) for line in text.splitlines()]
            if own
            else None
        )


def _read(path: str) -> str:
    """Nothing when the process has ended."""
    try:
        return Path(path).read_text()
    except OSError:
        return ""
