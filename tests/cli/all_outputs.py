"""What the commands say of every fixture, as JSON: ``python all_outputs.py FILE``; `make test-both` holds both forms to the same.

Each line has the arguments, the exit code, and digests of standard output and standard error.
"""

from __future__ import annotations

import json
import os
import sys
from hashlib import sha256
from importlib import import_module
from pathlib import Path

from forking_runs import MODULES, outcome

ROOT = Path(__file__).resolve().parents[2]
_KINDS = {".db", ".gz", ".sql", ".zip", ".lzw", ".zlib"}
_WAYS = (
    ("ls", "-o", "json"),
    ("info", "--detail", "-o", "json"),
    ("get", "-A"),
    ("get", "--all", "--raw", "-o", "json"),
    ("get", "-A", "--salvage", "--undecoded", "fields", "-o", "jsonl"),
    ("stats", "-o", "json"),
    ("verify", "-o", "json"),
    ("deleted", "-o", "json"),
    ("log", "--show-secrets", "-o", "json"),
    ("log", "--all", "--patch", "--show-secrets"),
)


def lines() -> list[list[str]]:
    places = (path for path in (ROOT / "fixtures").rglob("*") if path.suffix in _KINDS or path.name == "db")
    files = sorted(str(path.relative_to(ROOT)) for path in places if path.is_file() and ".truth." not in path.name)
    return [[way[0], file, *way[1:]] for file in files for way in _WAYS]


def main() -> None:
    os.chdir(ROOT)
    for name in MODULES:
        import_module(f"snapinspect.cli.{name}")
    found = []
    for line in lines():
        code, out, err = outcome(line)
        found.append(json.dumps([line, code, *(sha256(text.encode()).hexdigest() for text in (out, err))]))
    Path(sys.argv[1]).write_text("\n".join(found) + "\n")


if __name__ == "__main__":
    main()
