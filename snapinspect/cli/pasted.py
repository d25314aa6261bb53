"""A line to paste for the hint of an error that has none, as it is raised where nobody knows the line that was typed."""

from __future__ import annotations

import os
import shlex
from itertools import count
from pathlib import Path

from snapinspect.cli.arriving import is_endpoint
from snapinspect.cli.line import CommandLine, typed
from snapinspect.cli.lying import another, how_to_look, is_file, is_snapshot, kubeconfig
from snapinspect.cli.nearest import GROUPS, listing
from snapinspect.errors import Ambiguous, NotFound, OutputError, SnapinspectError, SourceError, UsageError
from snapinspect.sources.archive import SEPARATOR

_WRITES_TO = {"export": ("-d", "--directory"), "report": ("-o", "--output")}
"""Options that name what is written; ``rebuild`` and ``save`` have it as their last argument."""
_THIS_MACHINE = ("127.", "localhost", "[::1]")
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
    if isinstance(error, Ambiguous) and error.instead:
        mended = line.with_option("-n", error.instead) if line.command == "find" else _read_instead(line, error.instead)
        return f"As in: `{mended}`"
    if isinstance(error, SourceError):
        return _other_source(line)
    if isinstance(error, NotFound) and line.arguments and is_file(line.arguments[0]):
        return f"`{listing()}` shows what there is."
    return f"`{line.program} {line.command} --help` shows what it takes." if isinstance(error, UsageError) else ""


def _blamed(line: CommandLine, wrong: str) -> str:
    """The option that is named, or whose value is, in what is wrong."""
    said = {word.option: line.value(word.option) or "" for word in line.words if word.option}
    quoted = [option for option, value in said.items() if len(value) > 2 and value in wrong]
    return next(iter(quoted), "") or next((option for option in said if option in wrong.split()), "")


def without_cluster(otherwise: CommandLine) -> str:
    """What to do where no cluster is found: the line with a kubeconfig that lies here, else one that needs none."""
    found = kubeconfig()
    if found:
        return f"One lies here: `{typed().with_option('--kubeconfig', found)}`"
    return f"Without a cluster: `{otherwise}`"


def _other_source(line: CommandLine) -> str:
    """What cannot be opened: the line with a snapshot that lies near, else one that looks for some."""
    said = _snapshot_of(line)
    if said is None:
        return ""
    archive, mark, _ = said.partition(SEPARATOR)
    if mark and is_snapshot(archive):
        return f"The snapshot itself: `{_read_instead(line, archive)}`"
    found = another(said) if line.command != "save" else None
    if found:
        return f"Another lies here: `{_read_instead(line, found)}`"
    if is_endpoint(said):
        is_here = said.partition("://")[2].startswith(_THIS_MACHINE)
        shows = "`ss -ltn` shows what listens on this machine."
        return shows if is_here else f"`curl -kv {shlex.quote(said)}/health` shows how far one comes."
    return f"`{how_to_look(said)}` lists what may be a snapshot."


def _snapshot_of(line: CommandLine) -> str | None:
    """The first argument that names a snapshot; that of a group of commands, and of ``find``, is the second."""
    at = 1 if line.command in {"find", *GROUPS} else 0
    return next(iter(line.arguments[at:]), None)


def _read_instead(line: CommandLine, path: str) -> CommandLine:
    said = _snapshot_of(line)
    mended = line.with_arguments(*(path if each == said else each for each in line.arguments))
    # With nothing selected, get would only ask what is meant.
    return mended.of("ls") if line.command == "get" and len(line.words) == 1 else mended


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
