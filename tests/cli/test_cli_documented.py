"""Nothing that the program offers is a secret."""

from __future__ import annotations

import re
import runpy
import shlex
from typing import Any, NamedTuple

import pytest
import typer
from cli_program import ROOT, run

from snapinspect import __version__
from snapinspect.cli.app import COMMANDS, app

README = (ROOT / "README.md").read_text()
_group: Any = typer.main.get_command(app)


class Example(NamedTuple):
    """A command that the README shows on a file that ships with the project, and what it shows of its output."""

    words: list[str]
    shown: list[str]


def examples() -> list[Example]:
    found = []
    for block in re.findall(r"```console\n(.*?)```", README, re.DOTALL):
        for command, output in re.findall(r"^\$ (snapinspect [^\n]*)\n((?:(?!\$ )[^\n]*\n)*)", block, re.MULTILINE):
            words = shlex.split(command, comments=True)
            if "fixtures/" in command and output:
                found.append(Example(words[1:], output.splitlines()))
    return found


def options(command: str) -> list[str]:
    """The long names of a command's options."""
    found = [name for parameter in _group.get_command(None, command).params for name in parameter.opts]
    return [name for name in found if name.startswith("--")]


OPTIONS = sorted({option for command in COMMANDS for option in options(command)})


def test_all_commands_have_options() -> None:
    assert _group.list_commands(None) == list(COMMANDS)
    assert {"--namespace", "--raw", "--directory", "--detail"} <= set(OPTIONS)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_tells_each_option(command: str) -> None:
    for word in ("--help", "-h"):
        outcome = run(command, word)
        assert (outcome.code, outcome.err) == (0, "")
        assert outcome.out.startswith(f"Usage: snapinspect {command} ")
        for option in options(command):
            assert re.search(rf"{option}\b.*\w", outcome.out), option


def test_the_program_tells_its_commands_and_version() -> None:
    shown = run("--help").out
    for command in COMMANDS:
        assert re.search(rf"^  {command}  +\w.*", shown, re.MULTILINE)
    assert run("--version").out in {f"snapinspect {__version__} ({form})\n" for form in ("interpreted", "compiled")}


@pytest.mark.parametrize("command", COMMANDS)
def test_readme_shows_each_command(command: str) -> None:
    assert re.search(rf"snapinspect {command}\b", README)


def test_the_reference_is_what_help_says() -> None:
    """`make docs` writes it anew."""
    module = runpy.run_path(str(ROOT / "docs" / "reference.py"))
    assert (ROOT / "docs" / "cli.md").read_text() == module["reference"]()


@pytest.mark.parametrize("option", OPTIONS)
def test_the_reference_names_each_option(option: str) -> None:
    assert re.search(rf"(?<![\w-]){option}(?![\w-])", (ROOT / "docs" / "cli.md").read_text())


def test_readme_names_no_option_that_there_is_none() -> None:
    named = set(re.findall(r"snapinspect [^\n|`]*", README))
    used = {option for line in named for option in re.findall(r"(?<![\w-])--[a-z-]+", line)}
    assert used - set(OPTIONS) - {"--help", "--show-completion", "--version"} == set()


@pytest.mark.parametrize("example", examples(), ids=lambda example: " ".join(example.words))
def test_readme_shows_real_output(example: Example, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between lines that are left out (…) each line that is shown follows the one before."""
    monkeypatch.chdir(ROOT)
    outcome = run(*example.words)
    told, said = outcome.out.splitlines(), outcome.err.splitlines()
    at, elided = 0, False
    for line in example.shown:
        if line == "…":
            elided = True
        elif line not in said:
            at = told.index(line, at) if elided else at
            assert told[at] == line
            at, elided = at + 1, False
    assert elided or at == len(told)


def test_readme_has_examples_of_all_three_places_of_deleted_objects() -> None:
    assert len(examples()) >= 8
