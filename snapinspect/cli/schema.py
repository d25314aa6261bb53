"""``snapinspect schema``: what the JSON of each command is made of."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Annotated, Any

from snapinspect.cli import console as terminal
from snapinspect.cli.declared import Argument, Option
from snapinspect.cli.line import typed
from snapinspect.cli.shapes import DIALECT, OUTPUTS, schema_of
from snapinspect.errors import NotFound
from snapinspect.write import json


def schema(
    command: Annotated[
        list[str] | None,
        Argument(metavar="[COMMAND]...", help="The command whose JSON is meant: ls, catalog log; all without it."),
    ] = None,
    debug: Annotated[bool, Option("--debug", help="Show a traceback on errors.")] = False,  # noqa: ARG001
) -> None:
    """Print the JSON Schema of what a command prints with -o json; of -o jsonl each line is one item of that list."""
    name = " ".join(command or ())
    found = _of(name) if name else _all()
    with terminal.utf8_output() as stream:
        stream.write(json.dumps(found, indent=json.INDENT) + "\n")


def _of(name: str) -> dict[str, Any]:
    if name not in OUTPUTS:
        near = next(iter(get_close_matches(name, OUTPUTS, 1)), "ls")
        raise NotFound(
            f"{name} prints no JSON that a schema describes",
            f"`{typed().with_arguments(*near.split())}`; there are schemas of {', '.join(OUTPUTS)}.",
        )
    return schema_of(name)


def _all() -> dict[str, Any]:
    """One document, in which each output is a definition."""
    schemas = {name: schema_of(name) for name in OUTPUTS}
    shared = {name: each for one in schemas.values() for name, each in one.pop("$defs", {}).items()}
    outputs = {name: {key: value for key, value in one.items() if key != "$schema"} for name, one in schemas.items()}
    return {"$schema": DIALECT, "title": "snapinspect", "$defs": {**shared, **outputs}}
