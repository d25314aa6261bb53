"""Measures every command on the benchmark's snapshot: ``python -m bench.run [--objects N] [--runs 3]``.

Prints the table and, for the full workload, writes it into ``bench/README.md``.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from bench.measure import Usage, best_of
from bench.shapes import FIXTURES
from bench.workload import OBJECTS, WORK, snapshot, tool

README = Path(__file__).parent / "README.md"
BEGIN, END = "<!-- figures -->\n", "<!-- end of figures -->\n"
_MEGABYTE = 1_000_000
_PER_KEY, _FLAT = 300, 150 * _MEGABYTE
_OUT = WORK / "exported"


@dataclass(frozen=True, slots=True)
class Limit:
    """A figure must be at most ``factor`` times that of the peer; ``peer`` is empty for seconds."""

    peer: str
    factor: float


@dataclass(frozen=True, slots=True)
class Task:
    """A command as people type it, its arguments, and what it must reach, if anything."""

    label: str
    arguments: list[str]
    limit: Limit | None = None


STATUS, DUMPS = "status", "dumps"


def tasks(file: str, pod: tuple[str, str]) -> list[Task]:
    """What is measured, in the table's order. ``pod`` is a namespace and a name."""
    namespace, name = pod
    small = str(FIXTURES / "small.db")
    return [
        Task("ls", ["ls", file], Limit(STATUS, 1.2)),
        Task("ls -o json", ["ls", file, "-o", "json"]),
        Task("get pod/NAME -n NS", ["get", file, f"pod/{name}", "-n", namespace], Limit(STATUS, 0.7)),
        Task("get --all --raw -o yaml", ["get", file, "--all", "--raw", "-o", "yaml"], Limit(DUMPS, 3)),
        Task("get --all --raw -o jsonl", ["get", file, "--all", "--raw", "-o", "jsonl"]),
        Task("export --all --raw", ["export", file, "--all", "--raw", "-d", str(_OUT)], Limit(DUMPS, 4.5)),
        Task("export --all", ["export", file, "--all", "-d", str(_OUT)]),
        Task("info", ["info", file]),
        Task("ls, of 3 MB", ["ls", small], Limit("", 0.25)),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure every command.")
    parser.add_argument("--objects", type=int, default=OBJECTS)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    file = snapshot(options.objects)
    figures = _measured(file, options.runs)
    print(figures)
    if options.objects == OBJECTS:
        head, _, rest = README.read_text().partition(BEGIN)
        README.write_text(head + BEGIN + figures + END + rest.partition(END)[2])
    return 0


def _measured(file: Path, runs: int) -> str:
    """The table and the facts above it."""
    live = WORK / "live.json"
    status = best_of(runs, [tool("etcdutl"), "snapshot", "status", str(file), "-w", "json"], live, _nothing)
    facts = json.loads(live.read_text())
    rows: list[tuple[Task, Usage]] = []
    keys = 0
    dumps = 0.0
    for task in tasks(str(file), _some_pod(file)):
        command = [sys.executable, "-m", "snapinspect", *task.arguments]
        output = WORK / "output"
        rows.append((task, best_of(runs, command, output, _clear)))
        if task.label.endswith("jsonl"):
            keys = sum(1 for _ in output.open("rb"))
            dumps = min(_dumps(output) for _ in range(runs))
    _clear()
    peers = {STATUS: status.wall, DUMPS: dumps, "": 1.0}
    lines = [
        *_facts(file, facts, keys),
        "| command | wall s | CPU s | peak RSS MB | beyond the file MB | ratio | limit |",
        "|---|--:|--:|--:|--:|--:|--:|",
        f"| etcdutl snapshot status | {_columns(status)} | | |",
        f"| json.dumps of the same objects | | {dumps:.2f} | | | | |",
        *(_row(task, usage, peers) for task, usage in rows),
    ]
    return "".join(f"{line}\n" for line in lines)


def _row(task: Task, usage: Usage, peers: dict[str, float]) -> str:
    cells = f"| snapinspect {task.label} | {_columns(usage)} |"
    if task.limit is None:
        return f"{cells} | |"
    peer, factor = task.limit.peer, task.limit.factor
    reached = (usage.cpu if peer == DUMPS else usage.wall) / peers[peer]
    unit = {STATUS: " x status", DUMPS: " x dumps (CPU)", "": " s"}[peer]
    return f"{cells} {reached:.2f}{unit} | {factor}{unit} |"


def _columns(usage: Usage) -> str:
    memory = f"{usage.resident / _MEGABYTE:.0f} | {usage.anonymous / _MEGABYTE:.0f}"
    return f"{usage.wall:.2f} | {usage.cpu:.2f} | {memory}"


def _facts(file: Path, facts: dict[str, int], keys: int) -> list[str]:
    packages = ", ".join(f"{name} {version(name)}" for name in ("protobuf", "PyYAML", "typer"))
    etcdutl = subprocess.run([tool("etcdutl"), "version"], capture_output=True, text=True, check=True).stdout.split()[2]
    budget = (_PER_KEY * keys + _FLAT) / _MEGABYTE
    machine = f"{os.cpu_count()} CPUs, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
    snapshot_size = f"{file.stat().st_size / _MEGABYTE:.0f} MB, {facts['totalKey']} records, {keys} live objects"
    return [
        f"{machine}, {packages}, etcdutl {etcdutl}.",
        f"The snapshot: {snapshot_size}; memory beyond the file may be {budget:.0f} MB.",
        "",
    ]


def _some_pod(file: Path) -> tuple[str, str]:
    """A pod from the middle of the snapshot."""
    command = [sys.executable, "-m", "snapinspect", "ls", str(file), "pods", "-o", "jsonl"]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    pod = json.loads(lines[len(lines) // 2])
    return pod["namespace"], pod["name"]


def _dumps(objects: Path) -> float:
    command = [sys.executable, "-m", "bench.baseline", str(objects)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def _clear() -> None:
    shutil.rmtree(_OUT, ignore_errors=True)


def _nothing() -> None:
    pass


if __name__ == "__main__":
    sys.exit(main())
