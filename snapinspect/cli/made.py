"""Commands as Typer makes them of their functions."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any

import typer

from snapinspect.cli.grouping import grouped
from snapinspect.cli.help import TaughtCommand

SETTINGS = {"help_option_names": ["-h", "--help"]}


@cache
def load(name: str) -> Any:
    """The command of this name as Typer has it."""
    module = import_module(f"snapinspect.cli.{name}")
    found = getattr(module, name)
    if isinstance(found, typer.Typer):
        return typer.main.get_command(found)
    return as_typer(found, getattr(module, "Command", TaughtCommand))


def as_typer(command: Callable[..., None], reader: type[TaughtCommand] = TaughtCommand) -> Any:
    """The function of a command as Typer has it, with what reads its words."""
    single = typer.Typer(add_completion=False, rich_markup_mode=None)
    single.command(command.__name__, cls=reader, context_settings=SETTINGS)(grouped(command))
    return typer.main.get_command(single)
