"""Measures catalogs of many snapshots: ``python -m bench.catalog [--nights 30] [--most 1000]``.

Prints the tables and writes them into ``bench/README.md``. The S3 server is the tests' own, SeaweedFS on this machine.
"""

from __future__ import annotations

import argparse
import importlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from bench.readme import replace_between
from bench.shapes import FIXTURES
from bench.workload import WORK, snapshot
from snapinspect.snapshot import open_snapshot

if TYPE_CHECKING:
    from collections.abc import Sequence

BEGIN, END = "<!-- catalog -->\n", "<!-- end of catalog -->\n"
_OBJECTS = 2_000
"""So many make a snapshot of some 15 MB."""
_TOOL = (sys.executable, "-m", "snapinspect")
_QUERY = "SELECT kind, count(*) AS states FROM objects GROUP BY kind ORDER BY states DESC"
_DROPPED = (
    *(
        "events",
        "clusterroles",
        "clusterrolebindings",
        "serviceaccounts",
        "apiservices",
        "widgets",
        "pods",
        "flowschemas",
    ),
    *(
        "persistentvolumes",
        "persistentvolumeclaims",
        "prioritylevelconfigurations",
        "replicasets",
        "roles",
        "rolebindings",
    ),
    *("endpoints", "endpointslices", "customresourcedefinitions", "controllerrevisions", "leases", "nodes"),
)
"""What small snapshots lack."""
_PERIOD = 0.02
_MEGABYTE, _TICKS = 1_000_000, os.sysconf("SC_CLK_TCK")


class Taken(NamedTuple):
    """Seconds: ``own`` is the CPU of the program itself, ``cpu`` that of its processes, too."""

    wall: float
    cpu: float
    own: float


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure catalogs of many snapshots.")
    parser.add_argument("--nights", type=int, default=30)
    parser.add_argument("--most", type=int, default=1_000)
    options = parser.parse_args()
    sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "sources"))
    store: Any = importlib.import_module("object_store")
    with tempfile.TemporaryDirectory(prefix="snapinspect-bench-") as scratch:
        os.environ |= {"XDG_CACHE_HOME": f"{scratch}/cache", "XDG_CONFIG_HOME": f"{scratch}/config"}
        lines = [*_of_nights(_nights(options.nights), Path(scratch)), ""]
        server = Path(scratch) / "server"
        server.mkdir()
        with store.running_object_store(server) as bucket:
            os.environ |= bucket.environment()
            lines += _growing(_small(options.most), bucket, Path(scratch))
    table = f"{load()}\n\n" + "".join(f"{line}\n" for line in lines)
    sys.stdout.write(table)
    replace_between(BEGIN, END, table)
    return 0


def load() -> str:
    """What else the machine does, in words."""
    return f"{os.cpu_count()} CPUs; load average while it was measured: {os.getloadavg()[1]:.0f}."


def _of_nights(nights: Sequence[Path], scratch: Path) -> list[str]:
    size = sum(each.stat().st_size for each in nights)
    one = _take("catalog", "build", *nights, "--to", scratch / "one", "--jobs", "1")
    two = _take("catalog", "build", *nights, "--to", scratch / "two", "--jobs", "2")
    rows = {
        f"build of {len(nights)} snapshots, {size / _MEGABYTE:.0f} MB, --jobs 1": one,
        "the same, --jobs 2": two,
        "a second build, nothing new": _take("catalog", "build", *nights, "--to", scratch / "one"),
        "query, states by kind": _take("catalog", "query", scratch / "one", _QUERY),
        "log of an object": _take("catalog", "log", scratch / "one", "ns/kube-system"),
    }
    gain = one.cpu / (two.own + (two.cpu - two.own) / 2)
    return [
        "| command | wall s | CPU s | of that the program itself |",
        "|---|--:|--:|--:|",
        *(f"| {what} | {each.wall:.2f} | {each.cpu:.2f} | {each.own:.2f} |" for what, each in rows.items()),
        "",
        f"Two processes by CPU, as on two idle cores: {gain:.2f} times as fast; by wall, as measured: {one.wall / two.wall:.2f}.",
        f"The catalog takes {_size(scratch / 'one') / _MEGABYTE:.1f} MB, {_size(scratch / 'one') / size:.1%} of the snapshots.",
    ]


def _growing(small: Sequence[Path], bucket: Any, scratch: Path) -> list[str]:
    lines = [
        "| snapshots | MB | build on files: CPU s | second | query | catalog MB | build on S3: CPU s | second | query |",
        "|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    count = 1
    while count <= len(small):
        some = small[:count]
        here, there = scratch / f"here-{count}", f"s3://backups/catalog-{count}/"
        directory = scratch / f"some-{count}"
        directory.mkdir()
        for each in some:
            os.link(each, directory / each.name)
            bucket.put(f"of-{count}/{each.name}", each.read_bytes())
        told = []
        for source, to in ((directory, here), (f"s3://backups/of-{count}/", there)):
            words = ("catalog", "build", source, "--to", to, "--jobs", "2")
            told += [_take(*words), _take(*words), _take("catalog", "query", to, _QUERY)]
        cells = [f"{each.cpu:.2f}" for each in told]
        size = sum(each.stat().st_size for each in some) / _MEGABYTE
        cells.insert(3, f"{_size(here) / _MEGABYTE:.2f}")
        lines.append(f"| {count} | {size:.1f} | {' | '.join(cells)} |")
        count *= 10
    return lines


def _nights(count: int) -> list[Path]:
    """The benchmark's cluster at so many moments of its last third, made if they are not there."""
    whole = snapshot(_OBJECTS)
    with open_snapshot(str(whole)) as opened:
        last = opened.revision
    made = []
    for number in range(count):
        night = WORK / "nights" / f"{number:02}.db"
        night.parent.mkdir(exist_ok=True)
        if not night.exists():
            revision = last - (count - 1 - number) * last // 3 // count
            subprocess.run(
                [*_TOOL, "rebuild", str(whole), str(night), "--at", str(revision)], check=True, capture_output=True
            )
        made.append(night)
    return made


def _small(count: int) -> list[Path]:
    """So many copies of a small snapshot, each under its own name."""
    first = WORK / "small.db"
    if not first.exists():
        dropped = [word for kind in _DROPPED for word in ("--drop", kind)]
        rebuild = [*_TOOL, "rebuild", str(FIXTURES / "small.db"), str(first), "--compact", *dropped]
        subprocess.run(rebuild, check=True, capture_output=True)
    made = []
    directory = WORK / "copies"
    directory.mkdir(exist_ok=True)
    for number in range(count):
        made.append(directory / f"{number:04}.db")
        if not made[-1].exists():
            shutil.copyfile(first, made[-1])
    return made


def _take(*words: str | Path) -> Taken:
    """Runs the program once. Raises SystemExit when it fails."""
    began = time.perf_counter()
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen([*_TOOL, *map(str, words)], stdout=subprocess.DEVNULL, stderr=errors)
        own = 0.0
        while True:
            with suppress(OSError, IndexError):
                fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(") ")[2].split()
                own = (int(fields[11]) + int(fields[12])) / _TICKS
            pid, status, used = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            time.sleep(_PERIOD)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            errors.seek(0)
            raise SystemExit(f"{words}: exit code {process.returncode}\n{errors.read().decode()}")
    return Taken(time.perf_counter() - began, used.ru_utime + used.ru_stime, own)


def _size(directory: Path) -> int:
    return sum(path.stat().st_size for path in directory.rglob("*.parquet"))


if __name__ == "__main__":
    sys.exit(main())
