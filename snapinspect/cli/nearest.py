"""What was meant by a command line that says something else: the nearest command, option or order, to be pasted."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from snapinspect.cli import habits
from snapinspect.cli.line import CommandLine, typed
from snapinspect.errors import NotHeld, SnapinspectError, SourceError, UsageError
from snapinspect.kube.kinds import KindTable

_LOOKED_AT = 200
"""Files of the working directory that are looked at for a snapshot."""
_ALIKE = 0.6
_SALVAGE = "--salvage"
_OFFERED = re.compile(r"(?<=try )--salvage\b|--salvage\b(?= reads)")
_MOMENTS = ("--at", "--from", "--to", "--since")


def unknown_command(word: str, commands: Collection[str]) -> UsageError:
    """There is no such command: the one that is meant, with all that follows."""
    line = typed()
    wrong = f"there is no command {word!r}"
    if word in habits.PROGRAM_OPTIONS:
        return UsageError(wrong, f"`{' '.join([line.program, habits.PROGRAM_OPTIONS[word], *line.arguments])}`")
    if _is_file(word):
        return UsageError(
            f"{word} stands where the command belongs", f"`{_said(line, 'ls', word)}` lists what is in it."
        )
    if _is_kind(word) and word.lower() not in habits.COMMANDS:
        hint = f"`{line.of('ls').with_arguments(*_ordered([*line.arguments, word]))}` lists them."
        return UsageError(f"{word!r} is a kind, and the command comes first", hint)
    near = (
        [habits.COMMANDS.get(word.lower(), "")]
        if word.lower() in habits.COMMANDS
        else get_close_matches(word.lower(), commands, 1, _ALIKE)
    )
    if near and near[0] in commands:
        meant = line.parse(line.program, [near[0], *line.texts], line.options_of)
        words = meant.arguments if near[0] == "find" and meant.arguments else _ordered(meant.arguments)
        return UsageError(wrong, f"did you mean {near[0]}? `{meant.with_arguments(*words)}`")
    return UsageError(wrong, f"`{line.program} --help` lists them.")


def unknown_option(name: str, known: Collection[str]) -> UsageError:
    """The command has no such option: what does the same, by another name or in another command."""
    line = typed()
    wrong = f"{line.command} has no option {name}"
    habit = habits.OPTIONS.get(name)
    if habit:
        return UsageError(wrong, f"{habit.says}: `{_mended(line, name, habit)}`")
    near = get_close_matches(name, [each for each in known if len(each) > 2], 1, _ALIKE) if len(name) > 2 else []
    if near:
        return UsageError(wrong, f"did you mean {near[0]}? `{line.renamed(name, near[0])}`")
    return UsageError(wrong, f"`{line.program} {line.command} --help` shows what it takes.")


def salvaging(hint: str) -> str:
    """The hint with the whole command in place of an offered ``--salvage``, where that makes a difference."""
    line = typed()
    if _SALVAGE not in line.options_of(line.command) or any(word.option == _SALVAGE for word in line.words):
        return hint
    return _OFFERED.sub(lambda _found: f"`{line.with_option(_SALVAGE)}`", hint)


def option_before_command(name: str, commands: Collection[str]) -> UsageError:
    """The program itself has no such option, and a command may have."""
    line = typed()
    words = [line.command, *line.texts]
    at = next((at for at, word in enumerate(words) if word in commands), None)
    if at is None:
        return UsageError(f"there is no option {name}", f"`{line.program} --help` shows what there is.")
    mended = line.parse(line.program, [*words[at:], *words[:at]], line.options_of)
    return UsageError(f"{name} stands before the command", f"options come behind it: `{mended}`")


def unknown_format(value: str, choices: Collection[str], option: str) -> UsageError | None:
    """An option has no such value: the one that is nearest, if any is."""
    line = typed()
    kind = value.partition("=")[0]
    near = (
        [habits.FORMATS[kind]]
        if habits.FORMATS.get(kind) in choices
        else get_close_matches(value.lower(), choices, 1, _ALIKE)
    )
    if not near:
        return None
    wrong = f"{line.command} has no {option} {value}; it has {', '.join(choices)}"
    return UsageError(wrong, f"did you mean {near[0]}? `{line.with_option(option, near[0])}`")


def missing_snapshot() -> UsageError:
    """Nothing was named at all."""
    line = typed()
    return UsageError(f"{line.command} needs a snapshot", f"name it: `{line.with_arguments(*_ordered([]))}`")


def misplaced_snapshot(path: str) -> SnapinspectError | None:
    """What stands where the snapshot belongs is a kind or an object, or almost the name of a file, if it is."""
    line = typed()
    if "://" in path or path == "-" or _is_file(path) or not line.command:
        return None
    others = [word for word in line.arguments if word != path and _is_file(word)]
    if others and (_is_kind(path) or not _is_kind(others[0])):
        return UsageError(
            f"{path} stands where the snapshot belongs",
            f"the snapshot comes first: `{line.with_arguments(*_ordered(line.arguments))}`",
        )
    if _is_kind(path):
        return UsageError(
            f"{path} is a kind, and no snapshot is named",
            f"the snapshot comes first: `{line.with_arguments(*_ordered(line.arguments))}`",
        )
    near = get_close_matches(Path(path).name, _beside(path), 1, _ALIKE)
    if near:
        right = str(Path(path).with_name(near[0]))
        mended = line.with_arguments(*(right if word == path else word for word in line.arguments))
        return SourceError(f"{path}: No such file or directory", f"did you mean {near[0]}? `{mended}`")
    return None


def other_moment(error: NotHeld) -> str:
    """The hint of a moment that is not held, with the command for one that is."""
    line = typed()
    said = [option for option in _MOMENTS if line.value(option) is not None]
    option = next((option for option in said if line.value(option) == error.asked), next(iter(said), None))
    return f"{error.hint} `{line.with_option(option, error.instead)}`" if option else error.hint


def listing(*kinds: str) -> CommandLine:
    """``ls`` of the snapshot that was named, read in the same way."""
    line = typed()
    narrower = ("-n", "--namespace", "-A", "-o", "--output", "-l", "--selector", "--name", "--key", "--exclude")
    snapshot = line.arguments[-1:] if line.command == "find" else line.arguments[:1]
    return line.of("ls").without(*narrower).with_arguments(*snapshot, *kinds)


def _mended(line: CommandLine, name: str, habit: habits.Habit) -> CommandLine:
    if habit.instead == habits.SNAPSHOT:
        return line.without(name).with_arguments(line.value(name) or habits.SNAPSHOT, *line.arguments)
    if habit.instead == "-o":
        value = line.value(name) or "name"
        return line.without(name).with_option("-o", value)
    if habit.command:
        line = line.of(habit.command)
    return line.renamed(name, habit.instead) if habit.instead else line if habit.command else line.without(name)


def _ordered(words: list[str]) -> list[str]:
    """The words with the snapshot first: the first that is a file, else one that lies here."""
    snapshot = next(filter(_is_file, words), None) or next(
        (word for word in words if word == "SNAPSHOT" or "://" in word), None
    )
    rest = [word for word in words if word != snapshot]
    return [snapshot or next(_lying_here(), "SNAPSHOT"), *rest]


def _said(line: CommandLine, command: str, *arguments: str) -> CommandLine:
    return line.of(command).with_arguments(*arguments, *line.arguments)


def _lying_here() -> Iterator[str]:
    """Files of the working directory that look like snapshots, the newest first."""
    from snapinspect.sources.file import head_of
    from snapinspect.sources.signatures import Kind, kind_of

    try:
        files = [path for _, path in zip(range(_LOOKED_AT), Path().iterdir(), strict=False) if path.is_file()]
        files.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    except OSError:
        return
    yield from (str(path) for path in files if kind_of(head_of(path)) is Kind.bolt)


def _beside(path: str) -> list[str]:
    """The names of what lies where ``path`` would."""
    try:
        return [each.name for _, each in zip(range(_LOOKED_AT), Path(path).parent.iterdir(), strict=False)]
    except (OSError, ValueError):
        return []


def _is_file(word: str) -> bool:
    try:
        return Path(word).exists()
    except (OSError, ValueError):
        return False


def _is_kind(word: str) -> bool:
    return bool(word) and KindTable.builtin().means_something(word.partition("/")[0].partition(",")[0])


def choices_of(parameter: Any) -> list[str]:
    """The values that a parameter of Typer takes, where they are counted."""
    return [str(getattr(choice, "value", choice)) for choice in getattr(parameter.type, "choices", ())]
