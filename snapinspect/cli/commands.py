"""The commands by their names, and what each takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

from snapinspect.cli.declared import Parameter, parameters
from snapinspect.cli.line import Options, options_in

COMMANDS = (
    "ls",
    "get",
    "export",
    "info",
    "verify",
    "save",
    "rebuild",
    "history",
    "deleted",
    "log",
    "report",
    "browse",
    "sql",
    "catalog",
    "serve",
    "diff",
    "stats",
    "find",
    "deps",
    "restore",
    "keys",
    "rules",
    "decode",
    "cache",
    "pod",
    "schema",
)
"""Each is the function, or the group of commands, of its name in the module of its name, imported when it is asked for.

A module's ``Command`` reads the words of its command line, where that is not what others do."""


def function_of(name: str) -> Callable[..., None] | None:
    """The function of a command, or None of a group of commands and of one that reads its words in its own way."""
    module = import_module(f"snapinspect.cli.{name}")
    found: Any = getattr(module, name)
    return None if hasattr(found, "registered_commands") or hasattr(module, "Command") else found


def declared_by(name: str) -> list[Parameter] | None:
    """What a command takes, or None where only Typer can tell."""
    function = function_of(name)
    return None if function is None else parameters(function)


def parameters_of(name: str) -> Sequence[Any]:
    """What a command takes, as it is declared or, where only Typer can tell, as Typer has it."""
    declared = declared_by(name)
    if declared is not None:
        return declared
    # Imported here, as most commands declare what they take.
    from snapinspect.cli.made import load

    found: list[Any] = load(name).params
    return found


def options_of(name: str) -> Options:
    """The options of a command; of a group of commands, those of all of them."""
    known = name if name in COMMANDS else "get"
    declared = declared_by(known)
    if declared is not None:
        return options_in(declared)
    # Imported here, as most commands declare what they take.
    from snapinspect.cli.made import load

    loaded = load(known)
    within = getattr(loaded, "commands", {}).values()
    return options_in([parameter for each in (loaded, *within) for parameter in each.params])
