"""A line to paste for the hint of an error that has none, as it is raised where nobody knows the line that was typed."""

from __future__ import annotations

import os
from itertools import count
from pathlib import Path

from snapinspect.cli.line import CommandLine, typed
from snapinspect.cli.nearest import is_file, listing
from snapinspect.errors import NotFound, OutputError, SnapinspectError, SourceError, UsageError

_WRITES_TO = {"export": ("-d", "--directory"), "report": ("-o", "--output")}
"""Options that name what is written; ``rebuild`` and ``save`` have it as their last argument."""
_LAST = frozenset({"rebuild", "save"})


def with_a_line(error: SnapinspectError) -> str:
    """The error's hint, and behind it the line that does without what is wrong, else one that shows what there is."""
    hint = error.hint or ""
    line = _line(error)
    if not line:
        return hint
    return f"{hint} {line}".strip() if not hint or hint.endswith((".", "?")) else f"{hint}. {line}"


def _line(error: SnapinspectError) -> str:
    line = typed()
    if not line.command:
        return ""
    if isinstance(error, OutputError):
        mended = _elsewhere(line)
        return f"`{mended}`" if mended else ""
    blamed = _blamed(line, str(error))
    if blamed and isinstance(error, UsageError | NotFound | SourceError):
        return f"Without it: `{line.without(blamed)}`"
    if isinstance(error, NotFound) and line.arguments and is_file(line.arguments[0]):
        return f"`{listing()}` shows what there is."
    return f"`{line.program} {line.command} --help` shows what it takes." if isinstance(error, UsageError) else ""


def _blamed(line: CommandLine, wrong: str) -> str:
    """The option that is named, or whose value is, in what is wrong."""
    said = {word.option: line.value(word.option) or "" for word in line.words if word.option}
    quoted = [option for option, value in said.items() if len(value) > 2 and value in wrong]
    return next(iter(quoted), "") or next((option for option in said if option in wrong.split()), "")


def _elsewhere(line: CommandLine) -> CommandLine | None:
    """The same into a place that is free."""
    option = next((each for each in _WRITES_TO.get(line.command, ()) if line.value(each)), "")
    if option:
        return line.without(option).with_option(option, free_beside(Path(line.value(option) or "")))
    if line.command in _LAST and len(line.arguments) > 1:
        *others, target = line.arguments
        return line.with_arguments(*others, free_beside(Path(target)))
    return None


def free_beside(target: Path) -> str:
    """A name like it that is not taken: beside it where it is there, else here."""
    directory = target.parent if os.path.lexists(target) else Path()
    if not os.path.lexists(directory / target.name):
        return target.name
    names = (directory / f"{target.stem}-{number}{target.suffix}" for number in count(2))
    return str(next(name for name in names if not os.path.lexists(name)))
