"""Which word is asked for, and what could stand there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from snapinspect.cli.completion.candidates import Offer, beginning
from snapinspect.cli.line import CommandLine, options_in


def offer(typed: Sequence[str], commands: Mapping[str, Callable[[], Any]]) -> Offer:
    """What could stand in place of the last of the words ``typed``, which may be empty.

    ``commands`` gives what each takes, by its name.
    """
    *before, current = typed or [""]
    command, *words = before or [""]
    if not before:
        return beginning(current, commands)
    if command not in commands:
        return Offer([])
    # Imported here, as the command itself needs no snapshot to be offered.
    from snapinspect.cli.completion.asked import Asked

    parameters = commands[command]()
    return Asked(CommandLine.parse("", before, lambda _: options_in(parameters)), parameters, words).offer(current)
