"""From the words that were typed to the command that they mean: plain lines without Typer, which explains all others."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial

from snapinspect.cli.commands import COMMANDS, function_of, options_of, parameters_of
from snapinspect.cli.ending import Ended
from snapinspect.cli.faults import explaining
from snapinspect.cli.line import CommandLine, called, remember
from snapinspect.cli.plain import call

COMPLETE = "__complete"
"""The word with which shells and kubectl ask for completion, as of every program that is made with cobra."""


def run() -> None:
    """Runs the command that the arguments name, and exits."""
    words = sys.argv[1:]
    if words[:1] == [COMPLETE]:
        complete(words[1:])
        return
    gc.freeze()
    try:
        with explaining():
            command = _plain(words)
        if command is None:
            # Imported here, as most lines are plain.
            from snapinspect.cli.app import app

            app(obj=_heed_writers)
        else:
            remember(lambda: CommandLine.parse(called(_program()), words, options_of))
            _heed_writers()
            with explaining():
                command()
    except Ended as end:
        sys.exit(end.code)
    finally:
        # What is left goes with the process, and need not be searched for circles before.
        gc.freeze()


def _plain(words: Sequence[str]) -> Callable[[], None] | None:
    """The command with all that is said, where the line is plain."""
    if not words or words[0] not in COMMANDS:
        return None
    function = function_of(words[0])
    return None if function is None else call(function, words[1:])


def _program() -> str:
    """The name by which the program was started, as Typer tells it."""
    package = sys.modules["__main__"].__package__
    return f"python -m {package}" if package else os.path.basename(sys.argv[0])  # noqa: PTH119


def _heed_writers() -> None:
    """What a program begins with before its command; those that import the command line keep their signals."""
    # Imported here, as --version and help read no snapshot.
    from snapinspect.sources.mapping import heed_writers

    heed_writers()


def complete(typed: list[str]) -> None:
    """Prints what could stand in place of the last of the words ``typed``; whatever goes wrong, nothing is said."""
    from snapinspect.cli.completion import offer

    with suppress(Exception):
        sys.stdout.write(str(offer(typed, {name: partial(parameters_of, name) for name in COMMANDS})))
