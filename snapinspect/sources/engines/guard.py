"""Runs a program that must not outlive its starter: ``guard.py DIRECTORY PROGRAM ARGUMENT…``, in that directory.

The guard's standard input is a pipe that ends when the starter closes it or dies, however it dies. Then
the program is killed and the directory removed. Needs the standard library alone.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import threading

_PR_SET_PDEATHSIG = 1


def main() -> int:
    directory, *command = sys.argv[1:]
    guard = os.getpid()
    program = subprocess.Popen(  # noqa: S603
        command,
        cwd=directory,
        stdin=subprocess.DEVNULL,
        preexec_fn=lambda: _die_with(guard),  # noqa: PLW1509 - no thread runs yet
    )
    forsaken = threading.Event()
    threading.Thread(target=_watch, args=(program, forsaken), daemon=True).start()
    status = program.wait()
    if forsaken.is_set():
        shutil.rmtree(directory, ignore_errors=True)
    return status if status >= 0 else 128 - status


def _watch(program: subprocess.Popen[bytes], forsaken: threading.Event) -> None:
    os.read(0, 1)
    forsaken.set()
    program.kill()


def _die_with(guard: int) -> None:
    """Has the kernel kill the program with its guard, for when both are killed; Linux alone can."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != guard:
            os._exit(1)


if __name__ == "__main__":
    sys.exit(main())
