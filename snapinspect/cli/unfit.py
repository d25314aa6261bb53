"""Values that an option cannot take, or that it lacks: the line with one that it takes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from snapinspect.cli.line import typed
from snapinspect.cli.nearest import listing
from snapinspect.errors import UsageError

_EXAMPLES = {
    "CATALOG": "catalog",
    "DIR": "out",
    "GLOB": "web-*",
    "KEY": "app",
    "KIND": "deploy",
    "KIND[/NAME]": "events",
    "KIND|KIND/NAME|NS/": "events",
    "N": "1",
    "NS": "default",
    "NUMBER": "1",
    "PORT": "8001",
    "PREFIX": "/registry/",
    "SELECTOR": "app=web",
    "SIZE": "20G",
    "WHEN": "1m",
    "FORM": "json",
}
"""A value for each name that stands for one, where one fits whatever the snapshot is."""


def lacks_value(option: str, parameters: Sequence[Any]) -> UsageError:
    """``-n`` at the end of a line."""
    parameter = next(each for each in parameters if option in each.opts)
    if parameter.name == "namespace" and typed().arguments:
        return UsageError(f"{option} lacks its value", f"`{listing('namespaces')}` shows which there are.")
    return UsageError(f"{option} lacks its value", f"as in: `{typed().with_option(option, _example(parameter))}`")


def lacks_option(parameter: Any) -> UsageError:
    """An option that the command cannot do without."""
    option = parameter.opts[-1]
    line = typed().with_option(option, _example(parameter))
    return UsageError(f"{option} is missing", f"as in: `{line}`")


def no_number(value: str, parameter: Any) -> UsageError:
    """A value that is no number, or one out of bounds; the line without it."""
    least, most = getattr(parameter.type, "min", None), getattr(parameter.type, "max", None)
    option = next(option for option in parameter.opts if typed().value(option) is not None)
    bounds = "" if least is None else f" from {least} on" if most is None else f" from {least} to {most}"
    return UsageError(f"{option} {value} is no number{bounds}", f"without it: `{typed().without(*parameter.opts)}`")


def is_number(parameter: Any) -> bool:
    """Whether a parameter of Typer takes numbers alone."""
    return "int" in getattr(parameter.type, "name", "") or "float" in getattr(parameter.type, "name", "")


def no_subcommand(message: str) -> UsageError:
    """``cache ls``: the nearest command of the group, else what it has."""
    line = typed()
    wrong, near = line.arguments[0], re.search(r"Did you mean '([\w-]+)'", message)
    said = f"{line.command} has no command {wrong!r}"
    if near is None:
        return UsageError(said, f"`{line.program} {line.command} --help` lists them.")
    return UsageError(said, f"did you mean {near[1]}? `{line.with_arguments(near[1], *line.arguments[1:])}`")


_OF_OPTIONS = {"prefix": "/registry", "sort_by": ".metadata.name", "wal": "member/wal"}
"""A value for options that are named alike and take something else."""


def _example(parameter: Any) -> str:
    if parameter.name in _OF_OPTIONS:
        return _OF_OPTIONS[parameter.name]
    choices = [str(getattr(choice, "value", choice)) for choice in getattr(parameter.type, "choices", ())]
    if choices:
        return choices[0]
    name = str(parameter.metavar or parameter.name.upper())
    return _EXAMPLES.get(name, "1" if is_number(parameter) else name)
