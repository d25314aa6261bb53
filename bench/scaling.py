"""How time and memory grow with the snapshot: ``python -m bench.scaling [--objects N]`` measures N, N/2 and N/4 objects.

Prints the table and, for the full workload, writes it into ``bench/README.md``.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from bench.measure import measure
from bench.readme import replace_between
from bench.workload import OBJECTS, WORK, snapshot

BEGIN, END = "<!-- scaling -->\n", "<!-- end of scaling -->\n"
_MEGABYTE = 1_000_000
_COMMANDS = (
    ("ls", "{file}", "--jobs", "1"),
    ("ls", "{file}", "--jobs", "2"),
    ("get", "{file}", "--all", "--raw", "--jobs", "1"),
    ("get", "{file}", "--all", "--raw", "--jobs", "2"),
)


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure snapshots of one, two and four times the objects.")
    parser.add_argument("--objects", type=int, default=OBJECTS)
    options = parser.parse_args()
    files = {count: snapshot(count) for count in (options.objects // 4, options.objects // 2, options.objects)}
    table = "".join(f"{line}\n" for line in _lines(files))
    sys.stdout.write(table)
    if options.objects == OBJECTS:
        replace_between(BEGIN, END, table)
    return 0


def _lines(files: dict[int, Path]) -> list[str]:
    lines = [
        "| command | objects | file MB | wall s | CPU s | most memory of a process beyond the file, MB |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for command in _COMMANDS:
        for count, file in files.items():
            arguments = [part.format(file=file) for part in command]
            used = measure([sys.executable, "-m", "snapinspect", *arguments], WORK / "output")
            label = " ".join(part for part in command if part != "{file}")
            size, most = file.stat().st_size / _MEGABYTE, used.anonymous / _MEGABYTE
            lines.append(f"| {label} | {count} | {size:.0f} | {used.wall:.2f} | {used.cpu:.2f} | {most:.0f} |")
    return lines


if __name__ == "__main__":
    sys.exit(main())
