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
from bench.readme import replace_between
from bench.recipe import follow_recipe
from bench.shapes import FIXTURES
from bench.workload import OBJECTS, WORK, snapshot, tool

BEGIN, END = "<!-- figures -->\n", "<!-- end of figures -->\n"
_MEGABYTE = 1_000_000
_PER_KEY, _FLAT = 300, 150 * _MEGABYTE
_EXPORTED, _REBUILT, _OUTPUT = WORK / "exported", WORK / "rebuilt.db", WORK / "output"
LS, CODES = "ls", (0, 1)
"""``diff`` ends with 1 when something differs."""
STATUS, DUMPS, RECIPE = (
    "etcdutl snapshot status",
    "json.dumps of the same objects",
    "restore, etcd, and `etcdctl get` of each",
)
RAW_LINES, RAW_YAML, EXPORT, TWO = "get --all --raw -o jsonl", "get --all --raw -o yaml", "export --all", "--jobs 2"
_NAMES = {STATUS: "status", RECIPE: "the recipe", RAW_YAML: "--jobs 1", EXPORT: "--jobs 1"}


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``factor`` times the wall time of what has the label ``peer``, the CPU of ``DUMPS`` or, without a peer, a second."""

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
    into, one, two = ("-d", str(_EXPORTED)), ("--jobs", "1"), ("--jobs", "2")
    raw_yaml = ("get", file, "--all", "--raw", "-o", "yaml")
    return [
        Task(LS, ("ls", file, *one), Limit(STATUS, 1.7)),
        Task(f"{LS} {TWO}", ("ls", file, *two), Limit(STATUS, 1.2)),
        Task("ls -o json", ("ls", file, "-o", "json", *one)),
        Task("get pod/NAME -n NS", ("get", file, f"pod/{pod}", "-n", namespace), Limit(STATUS, 0.36)),
        Task("get -n NS --raw", ("get", file, "-n", namespace, "--raw"), Limit(RECIPE, 0.1)),
        Task(RAW_YAML, (*raw_yaml, *one), Limit(DUMPS, 2.6)),
        Task(f"{RAW_YAML} {TWO}", (*raw_yaml, *two), Limit(RAW_YAML, 0.59)),
        Task(RAW_LINES, ("get", file, "--all", "--raw", "-o", "jsonl", *one), Limit(DUMPS, 1.7)),
        Task("export --all --raw", ("export", file, "--all", "--raw", *into, *one), Limit(DUMPS, 3.5)),
        Task(EXPORT, ("export", file, "--all", *into, *one), Limit(DUMPS, 4.5)),
        Task(f"{EXPORT} {TWO}", ("export", file, "--all", *into, *two), Limit(EXPORT, 0.59)),
        Task("verify", ("verify", file, *one)),
        Task(f"verify {TWO}", ("verify", file, *two), Limit(STATUS, 10)),
        Task("info", ("info", file)),
        Task("stats", ("stats", file, *one)),
        Task(f"stats {TWO}", ("stats", file, *two)),
        Task("ls --carve", ("ls", file, "--carve"), Limit(LS, 3)),
        Task("ls --salvage", ("ls", file, "--salvage"), Limit(LS, 3)),
        Task("history pod/NAME -n NS", ("history", file, f"pod/{pod}", "-n", namespace), Limit(STATUS, 0.5)),
        Task("diff, 1 % changed", ("diff", file, str(later(Path(file)))), Limit(LS, 2.5)),
        Task("log", ("log", file), Limit(LS, 3)),
        Task("rebuild", ("rebuild", file, str(_REBUILT)), Limit(STATUS, 3)),
        Task("ls, of 3 MB", ("ls", small), Limit("", 0.13)),
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
        replace_between(BEGIN, END, figures)
    return 0


def _figures(file: Path, runs: int) -> str:
    """The facts and the table. All is measured in each round, so that what slows the machine slows the peers too."""
    namespace, pod = _some_pod(file)
    measured = tasks(str(file), namespace, pod)
    recipe = follow_recipe(file, namespace)
    rounds = [_round(file, measured, number + 1) | {RECIPE: recipe.usage} for number in range(runs)]
    used = {label: best([each[label] for each in rounds]) for label in rounds[0]}
    lines = [
        *_facts(file),
        "| command | wall s | CPU s | peak RSS MB | beyond the file MB | ratio | limit |",
        "|---|--:|--:|--:|--:|--:|--:|",
        f"| {STATUS} | {_columns(used[STATUS])} | | |",
        f"| {DUMPS} | | {used[DUMPS].cpu:.2f} | | | | |",
        f"| {RECIPE} of {recipe.objects} objects of one namespace | {_columns(used[RECIPE])} | | |",
        *(_row(task, used) for task in measured),
    ]
    return "".join(f"{line}\n" for line in lines)


def _round(file: Path, measured: list[Task], number: int) -> dict[str, Usage]:
    used = {STATUS: measure([tool("etcdutl"), "snapshot", "status", str(file)], _OUTPUT)}
    for task in measured:
        print(f"round {number}: {task.label}", file=sys.stderr)
        used[task.label] = measure([sys.executable, "-m", "snapinspect", *task.arguments], _OUTPUT, CODES)
        if task.label == RAW_LINES:
            seconds = _dumps(_OUTPUT)
            used[DUMPS] = Usage(seconds, seconds, 0, 0)
        shutil.rmtree(_EXPORTED, ignore_errors=True)
        _REBUILT.unlink(missing_ok=True)
    return used


def _row(task: Task, used: dict[str, Usage]) -> str:
    own = used[task.label]
    cells = f"| snapinspect {task.label} | {_columns(own)} |"
    if task.limit is None:
        return f"{cells} | |"
    factor = task.limit.factor
    peer = task.limit.peer
    if not peer:
        return f"{cells} {own.wall:.2f} s | {factor} s |"
    if peer == DUMPS:
        return f"{cells} {own.cpu / used[DUMPS].cpu:.2f} of dumps' CPU | {factor} |"
    return f"{cells} {own.wall / used[peer].wall:.2f} of {_NAMES.get(peer, peer)} | {factor} |"


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
    own = subprocess.run([sys.executable, "-m", "snapinspect", "--version"], capture_output=True, text=True, check=True)
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    return [
        f"{own.stdout.strip()} on {machine}, {packages}, etcdutl {etcdutl}. Load of the machine: {load}.",
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
