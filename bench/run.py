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

from bench.later import later
from bench.measure import Usage, best, measure
from bench.shapes import FIXTURES
from bench.workload import OBJECTS, WORK, snapshot, tool

README = Path(__file__).parent / "README.md"
BEGIN, END = "<!-- figures -->\n", "<!-- end of figures -->\n"
_MEGABYTE = 1_000_000
_PER_KEY, _FLAT = 300, 150 * _MEGABYTE
_EXPORTED, _REBUILT, _OUTPUT = WORK / "exported", WORK / "rebuilt.db", WORK / "output"
LS, CODES = "ls", (0, 1)
"""``diff`` ends with 1 when something differs."""
STATUS, DUMPS, RAW_LINES = "etcdutl snapshot status", "json.dumps of the same objects", "get --all --raw -o jsonl"


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``factor`` times the wall time of ``STATUS`` or ``LS``, the CPU of ``DUMPS`` or, without a peer, a second."""

    peer: str
    factor: float


@dataclass(frozen=True, slots=True)
class Task:
    """What people type, the arguments that it stands for, and what it must reach, if anything."""

    label: str
    arguments: tuple[str, ...]
    limit: Limit | None = None


def tasks(file: str, namespace: str, pod: str) -> list[Task]:
    """What is measured of snapinspect, in the table's order."""
    small = str(FIXTURES / "small.db")
    into = ("-d", str(_EXPORTED))
    return [
        Task(LS, ("ls", file), Limit(STATUS, 1.2)),
        Task("ls -o json", ("ls", file, "-o", "json")),
        Task("get pod/NAME -n NS", ("get", file, f"pod/{pod}", "-n", namespace), Limit(STATUS, 0.7)),
        Task("get --all --raw -o yaml", ("get", file, "--all", "--raw", "-o", "yaml"), Limit(DUMPS, 3)),
        Task(RAW_LINES, ("get", file, "--all", "--raw", "-o", "jsonl")),
        Task("export --all --raw", ("export", file, "--all", "--raw", *into), Limit(DUMPS, 4.5)),
        Task("export --all", ("export", file, "--all", *into)),
        Task("info", ("info", file)),
        Task("stats", ("stats", file)),
        Task("ls --carve", ("ls", file, "--carve"), Limit(LS, 3)),
        Task("ls --salvage", ("ls", file, "--salvage"), Limit(LS, 3)),
        Task("history pod/NAME -n NS", ("history", file, f"pod/{pod}", "-n", namespace)),
        Task("diff, 1 % changed", ("diff", file, str(later(Path(file)))), Limit(LS, 2.5)),
        Task("log", ("log", file), Limit(LS, 3)),
        Task("rebuild", ("rebuild", file, str(_REBUILT)), Limit(STATUS, 3)),
        Task("ls, of 3 MB", ("ls", small), Limit("", 0.25)),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure every command.")
    parser.add_argument("--objects", type=int, default=OBJECTS)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    file = snapshot(options.objects)
    figures = _figures(file, options.runs)
    print(figures)
    if options.objects == OBJECTS:
        head, _, rest = README.read_text().partition(BEGIN)
        README.write_text(head + BEGIN + figures + END + rest.partition(END)[2])
    return 0


def _figures(file: Path, runs: int) -> str:
    """The facts and the table. All is measured in each round, so that what slows the machine slows the peers too."""
    measured = tasks(str(file), *_some_pod(file))
    rounds = [_round(file, measured, number + 1) for number in range(runs)]
    used = {label: best([each[label] for each in rounds]) for label in rounds[0]}
    lines = [
        *_facts(file),
        "| command | wall s | CPU s | peak RSS MB | beyond the file MB | ratio | limit |",
        "|---|--:|--:|--:|--:|--:|--:|",
        f"| {STATUS} | {_columns(used[STATUS])} | | |",
        f"| {DUMPS} | | {used[DUMPS].cpu:.2f} | | | | |",
        *(_row(task, used) for task in measured),
    ]
    return "".join(f"{line}\n" for line in lines)


def _round(file: Path, measured: list[Task], number: int) -> dict[str, Usage]:
    used = {STATUS: measure([tool("etcdutl"), "snapshot", "status", str(file)], _OUTPUT)}
    for task in measured:
        print(f"round {number}: {task.label}", file=sys.stderr)
        used[task.label] = measure([sys.executable, "-m", "snapinspect", *task.arguments], _OUTPUT, CODES)
        if task.label == RAW_LINES:
            used[DUMPS] = Usage(0, _dumps(_OUTPUT), 0, 0)
        shutil.rmtree(_EXPORTED, ignore_errors=True)
        _REBUILT.unlink(missing_ok=True)
    return used


def _row(task: Task, used: dict[str, Usage]) -> str:
    own = used[task.label]
    cells = f"| snapinspect {task.label} | {_columns(own)} |"
    if task.limit is None:
        return f"{cells} | |"
    factor = task.limit.factor
    if task.limit.peer == STATUS:
        return f"{cells} {own.wall / used[STATUS].wall:.2f} of status | {factor} |"
    if task.limit.peer == LS:
        return f"{cells} {own.wall / used[LS].wall:.2f} of ls | {factor} |"
    if task.limit.peer == DUMPS:
        return f"{cells} {own.cpu / used[DUMPS].cpu:.2f} of dumps' CPU | {factor} |"
    return f"{cells} {own.wall:.2f} s | {factor} s |"


def _columns(usage: Usage) -> str:
    memory = f"{usage.resident / _MEGABYTE:.0f} | {usage.anonymous / _MEGABYTE:.0f}"
    return f"{usage.wall:.2f} | {usage.cpu:.2f} | {memory}"


def _facts(file: Path) -> list[str]:
    """The machine, the versions and the snapshot."""
    command = [sys.executable, "-m", "snapinspect", "info", str(file), "-o", "json"]
    info = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    etcdutl = subprocess.run([tool("etcdutl"), "version"], capture_output=True, text=True, check=True).stdout.split()[2]
    packages = ", ".join(f"{name} {version(name)}" for name in ("protobuf", "typer"))
    machine = f"{os.cpu_count()} CPUs, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
    size = f"{file.stat().st_size / _MEGABYTE:.0f} MB, {info['records']} records, {info['liveKeys']} live keys"
    budget = (_PER_KEY * info["liveKeys"] + _FLAT) / _MEGABYTE
    return [
        f"{machine}, {packages}, etcdutl {etcdutl}.",
        f"The snapshot: {size}; memory beyond the file may be {budget:.0f} MB.",
        "",
    ]


def _some_pod(file: Path) -> tuple[str, str]:
    """Namespace and name of a pod from the middle of the snapshot."""
    command = [sys.executable, "-m", "snapinspect", "ls", str(file), "pods", "-o", "jsonl"]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    pod = json.loads(lines[len(lines) // 2])
    return pod["namespace"], pod["name"]


def _dumps(objects: Path) -> float:
    command = [sys.executable, "-m", "bench.baseline", str(objects)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


if __name__ == "__main__":
    sys.exit(main())
