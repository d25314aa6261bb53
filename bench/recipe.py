"""What people do without a program like this: restore, start etcd, list, and get each object, which is then decoded."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from bench.measure import Usage
from bench.workload import running, tool


class Followed(NamedTuple):
    """What it took, and how many objects of how many were got."""

    usage: Usage
    objects: int


def follow_recipe(file: Path, namespace: str) -> Followed:
    """The objects of one namespace, each by an ``etcdctl get``, and all of them through ``snapinspect decode``."""
    began, before = time.perf_counter(), _cpu()
    with tempfile.TemporaryDirectory(prefix="snapinspect-bench-") as scratch:
        peer = ["--initial-cluster", "default=unix://peer:0", "--initial-advertise-peer-urls", "unix://peer:0"]
        restore = [tool("etcdutl"), "snapshot", "restore", str(file.resolve()), "--data-dir", "data", *peer]
        subprocess.run(restore, cwd=scratch, check=True, capture_output=True)
        with running(Path(scratch)) as endpoint:
            ask = [
                tool("etcdctl"),
                "--endpoints",
                f"unix://{endpoint}",
                "--dial-timeout",
                "30s",
                "--command-timeout",
                "60s",
            ]
            listed = _output([*ask, "get", "/registry/", "--prefix", "--keys-only"], scratch)
            keys = [key for key in listed.decode().split("\n") if f"/{namespace}/" in key]
            files = [Path(scratch, f"value-{number}") for number in range(len(keys))]
            for key, target in zip(keys, files, strict=True):
                target.write_bytes(_output([*ask, "get", key, "--print-value-only"], scratch))
        _output([sys.executable, "-m", "snapinspect", "decode", *map(str, files)], str(Path(__file__).parents[1]))
    return Followed(Usage(time.perf_counter() - began, _cpu() - before, 0, 0), len(keys))


def _output(command: list[str], directory: str) -> bytes:
    return subprocess.run(command, cwd=directory, check=True, capture_output=True, env=os.environ).stdout


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
