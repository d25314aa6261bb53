"""What the README and the pages show of the program is what it prints of the snapshots that ship.

A ``console`` block with output is run, and held to it: ``…`` alone on a line stands for any lines, within one for any text.
``etcd-backup.db`` is the fixture that ``<!-- etcd-backup.db: NAME -->`` last named, and ``damaged.db`` the same without one page;
``monday.db``, ``tuesday.db`` and ``wednesday.db`` are earlier states of it. Lines without output are parsed.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import typer
from cli_program import ROOT, run

from snapinspect.cli.app import app

_PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
_BACKUP = re.compile(r"<!-- etcd-backup\.db: (\S+) -->")
_DEFAULT = "history"
_PROGRAM = "snapinspect"
_SECONDS = 60
_PAGE = 4096
NIGHTS = {"monday.db": "1500", "tuesday.db": "2800", "wednesday.db": "4171"}
_PREPARING = "snapinspect catalog build"
"""What others of its block stand on; how long it took is no two times the same."""
_LOST = 2000 * _PAGE


class Example(NamedTuple):
    line: int
    command: str
    shown: list[str]


class Block(NamedTuple):
    """The examples between two fences, one after the other in one directory."""

    page: str
    backup: str
    examples: list[Example]

    @property
    def place(self) -> str:
        return f"{self.page}:{self.examples[0].line}"


def blocks(page: Path) -> Iterator[Block]:
    backup, inside = _DEFAULT, None
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        if comment := _BACKUP.match(line):
            backup = comment[1]
        elif line.startswith("```"):
            if inside and inside.examples:
                yield inside
            inside = Block(str(page.relative_to(ROOT)), backup, []) if line == "```console" else None
        elif inside and line.startswith("$ "):
            inside.examples.append(Example(number, line[2:], []))
        elif inside and inside.examples[-1].command.endswith("\\"):
            last = inside.examples[-1]
            inside.examples[-1] = last._replace(command=last.command[:-1] + line.strip())
        elif inside:
            inside.examples[-1].shown.append(line)


def pattern(shown: list[str]) -> str:
    """A regular expression for the lines; ``…`` is what was left away."""
    return "".join(
        "(?:.*\n)*?" if line == "…" else ".*?".join(map(re.escape, line.split("…"))) + "\n" for line in shown
    )


def is_ours(example: Example) -> bool:
    """Clusters that it would change are not at hand."""
    return example.command.startswith(f"{_PROGRAM} ") and "| kubectl" not in example.command


_BLOCKS = [each for page in _PAGES for each in blocks(page)]
_SHOWN: dict[tuple[str, ...], list[Block]] = {}
"""By snapshot and commands, the blocks that show what comes of them: a page and its translation show the same."""
for _block in _BLOCKS:
    if any(is_ours(example) and example.shown for example in _block.examples):
        _SHOWN.setdefault((_block.backup, *(example.command for example in _block.examples)), []).append(_block)
_TOLD = [
    pytest.param(example, id=f"{each.page}:{example.line}")
    for each in _BLOCKS
    for example in each.examples
    if example.command.startswith(f"{_PROGRAM} ") and not (is_ours(example) and example.shown)
]


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    (tmp_path / "fixtures").symlink_to(ROOT / "fixtures")
    return tmp_path


@pytest.mark.parametrize("same", _SHOWN.values(), ids=lambda same: same[0].place)
def test_it_prints_what_is_shown(same: list[Block], desk: Path, snapshot_file: Callable[[str], Path]) -> None:
    _furnish(desk, snapshot_file(same[0].backup).read_bytes(), [example.command for example in same[0].examples])
    for examples in zip(*(block.examples for block in same), strict=True):
        command = examples[0].command
        shown = [example for example in examples if is_ours(example) and example.shown]
        if shown or command.startswith(_PREPARING):
            out, err = _said(command, desk)
            for example in shown:
                expected = pattern(example.shown)
                assert any(re.fullmatch(expected, said) for said in (out, err, out + err, err + out)), (
                    f"{[block.page for block in same]}: line {example.line} shows another thing than:\n{out}{err}"
                )


def _furnish(desk: Path, whole: bytes, commands: list[str]) -> None:
    (desk / "etcd-backup.db").write_bytes(whole)
    (desk / "damaged.db").write_bytes(whole[:_LOST] + bytes(_PAGE) + whole[_LOST + _PAGE :])
    if any(NIGHTS.keys() & set(command.split()) for command in commands):
        for night, revision in NIGHTS.items():
            assert run("rebuild", desk / "etcd-backup.db", desk / night, "--at", revision).code == 0


def _said(command: str, desk: Path) -> tuple[str, str]:
    """Standard output and error of a line as a user types it."""
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "TZ": "UTC"}
    done = subprocess.run(
        ["sh", "-c", command],
        cwd=desk,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=_SECONDS,
        check=False,
    )
    return done.stdout.decode(), done.stderr.decode()


@pytest.mark.parametrize("example", _TOLD)
def test_it_takes_what_is_told(example: Example) -> None:
    """Commands, options and their values exist; what they name need not."""
    _, *words = shlex.split(example.command, comments=True)
    if ends := [words.index(end) for end in ("|", ">", "&&", "--") if end in words]:
        words = words[: min(ends)]
    group: Any = typer.main.get_command(app)
    context = group.make_context(_PROGRAM, list(words), resilient_parsing=False)
    name, command, rest = group.resolve_command(context, [*context._protected_args, *context.args])
    command.make_context(name, rest, parent=context)
