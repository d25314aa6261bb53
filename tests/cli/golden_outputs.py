"""What commands print for the small real snapshot, kept in ``tests/golden`` and read by a person at each change.

``python tests/cli/golden_outputs.py`` writes the files anew; ``git diff`` then shows what to review.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from cli_program import ROOT, run

GOLDEN = ROOT / "tests" / "golden"
_SNAPSHOT = "fixtures/k8s-1.36/small.db"

LISTS = {
    "ls.txt": ("ls", _SNAPSHOT),
    "ls-wide.txt": ("ls", _SNAPSHOT, "-o", "wide", "-n", "infra-staging"),
    "ls.json": ("ls", _SNAPSHOT, "-o", "json", "-n", "infra-staging"),
    "ls.jsonl": ("ls", _SNAPSHOT, "-o", "jsonl", "-n", "team-b"),
    "ls.yaml": ("ls", _SNAPSHOT, "-o", "yaml", "-n", "team-b"),
    "ls-name.txt": ("ls", _SNAPSHOT, "-o", "name", "-n", "infra-production"),
    "info.txt": ("info", _SNAPSHOT),
    "info-detail.txt": ("info", _SNAPSHOT, "--detail"),
    "info.json": ("info", _SNAPSHOT, "--detail", "-o", "json"),
    "info.yaml": ("info", _SNAPSHOT, "-o", "yaml"),
    "stats.txt": ("stats", _SNAPSHOT),
    "stats.json": ("stats", _SNAPSHOT, "--top", "3", "-o", "json"),
}
"""File below ``tests/golden``, and the command whose standard output it is, run in the project's directory."""

_NARROWED = {
    "configmaps": ("--name", "[!b]*"),  # all but one, which holds nothing but 700 KB of the same
    "events": ("-n", "kube-system"),
    "clusterroles": ("--name", "[!s]*"),
    "clusterrolebindings": ("--name", "[!s]*"),
}
"""Options for kinds with a great many objects that are all alike."""


def clean_outputs() -> dict[str, tuple[str, ...]]:
    """The clean YAML of each kind in the snapshot, as in ``LISTS``."""
    table = run("ls", ROOT / _SNAPSHOT).lines[1:]
    kinds = sorted({line.split()[1] for line in table})
    return {
        f"clean/{kind}.yaml": ("get", _SNAPSHOT, kind, *_NARROWED.get(kind, ()), *_every_namespace(kind))
        for kind in kinds
    }


def _every_namespace(kind: str) -> tuple[str, ...]:
    return () if "-n" in _NARROWED.get(kind, ()) else ("-A",)


def screens() -> dict[str, str]:
    """What ``screens.py`` says, the names of files below ``tests/golden`` before it."""
    program = [sys.executable, Path(__file__).with_name("screens.py")]
    said = json.loads(subprocess.run(program, capture_output=True, text=True, check=True).stdout)
    return {f"screens/{name}.txt": text for name, text in said.items()}


def regenerate() -> None:
    os.chdir(ROOT)
    for file, text in screens().items():
        Path(GOLDEN, file).parent.mkdir(parents=True, exist_ok=True)
        Path(GOLDEN, file).write_text(text, newline="\n")
    for file, command in {**LISTS, **clean_outputs()}.items():
        outcome = run(*command)
        assert outcome.code == 0, outcome
        Path(GOLDEN, file).parent.mkdir(parents=True, exist_ok=True)
        Path(GOLDEN, file).write_text(outcome.out, newline="\n")


if __name__ == "__main__":
    regenerate()
