"""The index of a database, by two processes, the other of which is killed at once: ``python killed_run.py FILE``.

A test's own process may have threads, from which nothing is forked. Says how many were killed, and how many keys there are.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from snapinspect import jobs
from snapinspect.bolt import BoltFile
from snapinspect.etcd.index import build_index
from snapinspect.etcd.indexing import spread_index

killed: list[int] = []


def kill_the_other(_walked: int) -> None:
    if not killed:
        killed.extend(map(int, Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()))
        for pid in killed:
            os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    data = Path(sys.argv[1]).read_bytes()
    bucket = BoltFile(data).bucket(b"key")
    assert bucket is not None
    with jobs.allowing(2):
        found = spread_index(data, bucket, None, kill_the_other)
    assert found == build_index(data, bucket, None, lambda _size: None)
    sys.stdout.write(f"{len(killed)} {len(found.elements)}\n")
