"""Nothing that the program offers is a secret."""

from __future__ import annotations

import re
import runpy
from typing import Any

import pytest
import typer
from cli_program import ROOT, run

from snapinspect import __version__
from snapinspect.cli.app import app
from snapinspect.cli.commands import COMMANDS

README = (ROOT / "README.md").read_text()
_group: Any = typer.main.get_command(app)


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
    outcome = run(command, "--help-all")
    assert (outcome.code, outcome.err) == (0, "")
    assert run(command, "-h").out == run(command, "--help").out
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


@pytest.mark.parametrize("writer", ["reference", "outputs", "api"])
def test_pages_are_what_is_written_of_the_code(writer: str) -> None:
    """`make docs` writes them anew."""
    module = runpy.run_path(str(ROOT / "docs" / f"{writer}.py"))
    assert module["TARGET"].read_text() == module["page"]()


@pytest.mark.parametrize("option", OPTIONS)
def test_the_reference_names_each_option(option: str) -> None:
    assert re.search(rf"(?<![\w-]){option}(?![\w-])", (ROOT / "docs" / "cli.md").read_text())


def test_readme_names_no_option_that_there_is_none() -> None:
    named = set(re.findall(r"snapinspect [^\n|`]*", README))
    used = {option for line in named for option in re.findall(r"(?<![\w-])--[a-z-]+", line)}
    assert used - set(OPTIONS) - {"--help", "--help-all", "--show-completion", "--version"} == set()
