"""What was meant by a command line that says something else: the nearest command, option or order, to be pasted."""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from snapinspect.cli import habits, running
from snapinspect.cli.arriving import is_endpoint
from snapinspect.cli.keyboard import latin
from snapinspect.cli.line import CommandLine, typed
from snapinspect.cli.lying import beside, how_to_look, is_file, lying_here
from snapinspect.errors import NotHeld, SnapinspectError, SourceError, UsageError
from snapinspect.kube.kinds import KindTable
from snapinspect.select import Target, is_pattern
from snapinspect.sources.archive import SEPARATOR

_ALIKE = 0.6
_COMMANDS_ALIKE = 0.67
"""More, as every short word is somewhat like another."""
_OUTPUT = ("-o", "--output")
_FORMS = frozenset({"json", "yaml", "jsonl", "csv", "wide", "table"})
_OBJECTS_FORMS = frozenset({"yaml", "json", "jsonl", "name"})
GROUPS = frozenset({"cache", "catalog", "pod"})
"""Commands that have commands."""
_EXAMPLES = {
    "ENDPOINT": "https://127.0.0.1:2379",
    "FILE": "etcd-backup.db",
    "NEW.db": "new.db",
    "'SELECT'": "SELECT count(*) FROM objects",
    "'SELECT ...'": "SELECT count(*) FROM objects",
    "CATALOG": "catalog",
    "DIR": "catalog",
}
"""What may stand for an argument, where it is not the snapshot."""
_NEEDED = {"export": ("-d", "out"), "report": ("-o", "report.html"), "diff": ("--from", "1m")}
"""An option without which a command has nothing to do with one snapshot."""
_OF_OBJECTS = frozenset({"get", "history", "deps", "restore"})
_SALVAGE = "--salvage"
_OFFERED = re.compile(r"(?<=try )--salvage\b|--salvage\b(?= reads)")
_NARROWING = (
    *("-n", "--namespace", "-A", "-o", "--output", "-l", "--selector", "--name", "--key", "--exclude"),
    *("--field-selector", "--sort-by"),
)
"""Options that a list of all does without."""
MOMENTS = ("--at", "--from", "--to", "--since", "--until")
"""Options whose value is a moment."""


def unknown_command(word: str, commands: Collection[str]) -> UsageError:
    """There is no such command: the one that is meant, with all that follows."""
    line = typed()
    wrong = f"there is no command {word!r}"
    in_two = habits.IN_TWO.get((word, next(iter(line.arguments), "")))
    if in_two:
        rest = line.with_arguments(*_ordered(line.arguments[1:]))
        mended = _with_own_options(line.parse(line.program, [in_two, *rest.texts], line.options_of))
        return UsageError(wrong, f"did you mean {in_two}? `{mended}`")
    if word in running.LACKS:
        return running.lacking(word, line, *_ordered(line.arguments))
    meant = next((other for other in latin(word) if other in commands), None)
    if meant:
        return UsageError(
            wrong, f"did you mean {meant}? `{line.parse(line.program, [meant, *line.texts], line.options_of)}`"
        )
    if word in habits.PROGRAM_OPTIONS:
        return UsageError(wrong, f"`{' '.join([line.program, habits.PROGRAM_OPTIONS[word], *line.arguments])}`")
    if is_file(word):
        return UsageError(
            f"{word} stands where the command belongs", f"`{_said(line, 'ls', word)}` lists what is in it."
        )
    if is_kind(word) and word.lower() not in habits.COMMANDS:
        hint = f"`{line.of('ls').with_arguments(*_ordered([*line.arguments, word]))}` lists them."
        return UsageError(f"{word!r} is a kind, and the command comes first", hint)
    near = (
        [habits.COMMANDS.get(word.lower(), "")]
        if word.lower() in habits.COMMANDS
        else get_close_matches(word.lower(), commands, 1, _COMMANDS_ALIKE)
    )
    if near and near[0] in commands:
        mended = _with_own_options(line.parse(line.program, [near[0], *line.texts], line.options_of))
        words = mended.arguments if near[0] == "find" and mended.arguments else _ordered(mended.arguments)
        return UsageError(wrong, f"did you mean {near[0]}? `{mended.with_arguments(*words)}`")
    return UsageError(wrong, f"`{line.program} --help` lists them.")


def unknown_option(name: str, known: Collection[str]) -> UsageError:
    """The command has no such option: what does the same, by another name or in another command."""
    line = typed()
    wrong = f"{line.command} has no option {name}"
    other = next((each for each in _other_cases(name) if each in known), None)
    if other:
        texts = [other if text == name else text for text in line.texts]
        return UsageError(
            wrong, f"did you mean {other}? `{line.parse(line.program, [line.command, *texts], line.options_of)}`"
        )
    habit = habits.of(line.command, name)
    form = name.removeprefix("--")
    if "-o" in known and form in _FORMS:
        return UsageError(
            wrong, f"the format is named with -o: `{line.without(name, *_OUTPUT).with_option('-o', form)}`"
        )
    if line.command == "export" and name in _OUTPUT and line.value(name) in _OBJECTS_FORMS:
        return UsageError(wrong, f"export writes files, and get to standard output: `{line.of('get')}`")
    if habit:
        return UsageError(wrong, f"{habit.says}: `{_mended(line, name, habit)}`")
    long = {each.strip("-"): each for each in known if len(each) > 2}
    takes = line.options_of(line.command)
    at = next((at for at, text in enumerate(line.texts) if text.partition("=")[0] == name), -1)
    is_valued = "=" in line.texts[at] or not [*line.texts, "-"][at + 1].startswith("-")
    fitting = [short for short, whole in long.items() if is_valued or not takes.get(whole, False)]
    near = get_close_matches(name.strip("-"), fitting, 1, _ALIKE) if len(name) > 2 else []
    if near:
        return UsageError(wrong, f"did you mean {long[near[0]]}? `{line.renamed(name, long[near[0]])}`")
    return UsageError(wrong, f"`{line.program} {line.command} --help` shows what it takes.")


def _other_cases(name: str) -> Iterator[str]:
    """``-N`` for ``-n``, ``-a`` for ``-A``, and what another keyboard makes of them."""
    yield from latin(name)
    yield name.swapcase() if len(name) == 2 else name.lower()


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


def unknown_format(value: str, choices: Collection[str], option: str) -> UsageError:
    """An option has no such value: the line with the nearest that there is, else with one that there is."""
    line = typed()
    kind, _, filled = value.removeprefix("=").partition("=")
    bare = {choice.removesuffix("=…"): choice for choice in choices}
    wrong = f"{line.command} has no {option} {shlex.quote(value)}; it has {', '.join(choices)}"
    if line.command == "get" and kind in habits.LISTS:
        return UsageError(wrong, f"ls has it: `{line.of('ls')}`")
    whole = [choice for choice, spelled in bare.items() if choice == spelled]
    near = (
        [habits.FORMATS[kind]]
        if habits.FORMATS.get(kind) in whole
        else get_close_matches(kind.lower(), [choice for choice in whole if choice != kind or filled], 1, _ALIKE)
    )
    if near:
        return UsageError(wrong, f"did you mean {near[0]}? `{_with_value(line, option, near[0])}`")
    shown = "json" if "json" in whole else whole[0]
    return UsageError(wrong, f"as in: `{_with_value(line, option, shown)}`")


def missing_arguments(required: list[str]) -> UsageError:
    """Arguments that a command cannot do without; ``required`` are all of them, in words."""
    line = typed()
    # Of a group of commands, the command is an argument, too.
    group = line.arguments[:1] if line.command in GROUPS else []
    given = line.arguments[len(group) :]
    wrong = f"{' '.join([line.command, *group])} needs {' and '.join(required[len(given) :])}"
    if line.command == "find" and given and is_file(given[0]):
        return UsageError("find needs an object", f"It comes first, as KIND/NAME; `{listing()}` shows which there are.")
    lacking = [name.rstrip("….") for name in required[len(given) :]]
    words = [_example(name) for name in lacking]
    return UsageError(wrong, f"name it: `{line.with_arguments(*group, *given, *words)}`")


def _example(name: str) -> str:
    """What may stand for an argument of this name."""
    if name.startswith("SNAPSHOT") or name == "SRC":
        return next(lying_here(), "SNAPSHOT")
    return _EXAMPLES.get(name, name)


def required_of(context: Any) -> list[str]:
    """What a command's arguments are called that it cannot do without."""
    parameters = context.command.params
    return [str(each.metavar) for each in parameters if each.param_type_name == "argument" and each.required]


def one_argument_too_many(extra: Collection[str]) -> UsageError:
    """What a command does not take behind its arguments."""
    line = typed()
    words = [word for word in line.arguments if word not in extra]
    few = f"{line.with_arguments(*words)}"
    wrong = f"{line.command} takes no {' '.join(extra)}"
    if line.command in {"info", "verify", "keys"} and all(map(is_kind, extra)):
        return UsageError(wrong, f"it is of the whole snapshot: `{few}`; `{listing(*extra)}` lists the objects")
    return UsageError(wrong, f"`{few}`")


def flag_with_value(option: str) -> UsageError:
    """``--dry-run=client``: what is switched on has no value."""
    line = typed()
    words = [option if text.partition("=")[0] == option else text for text in line.texts]
    mended = line.parse(line.program, [line.command, *words], line.options_of)
    return UsageError(f"{option} takes no value", f"`{mended}`")


def missing_snapshot() -> UsageError:
    """Nothing was named at all."""
    line = typed()
    # Of a group of commands, the command is an argument, too.
    group = line.arguments[:1] if line.command in GROUPS else []
    words = [*group, *_ordered([])]
    look = "" if "SNAPSHOT" not in words else f"; `{how_to_look()}` lists what may be one"
    return UsageError(
        f"{' '.join([line.command, *group])} needs a snapshot",
        f"name it: `{_whole(line.with_arguments(*words))}`{look}",
    )


def _whole(line: CommandLine) -> CommandLine:
    """With what else the command needs; ``ls`` where that is an object, which it shows."""
    if line.command in _OF_OBJECTS and len(line.words) == 1:
        return line.of("ls")
    option = _NEEDED.get(line.command)
    return line if option is None or line.value(option[0]) is not None else line.with_option(*option)


def misplaced_snapshot(path: str) -> SnapinspectError | None:
    """What stands where the snapshot belongs is a kind or an object, or the name of no file, if it is."""
    line = typed()
    name = path.partition(SEPARATOR)[0]
    if is_endpoint(path) or "://" in path or name == "-" or is_file(name) or not line.command:
        return None
    others = [word for word in line.arguments if word != path and is_file(word)]
    if others and line.command in {"serve", "sql"}:
        return UsageError(f"{path} is no snapshot", f"`{line.with_arguments(*others)}` is the line without it.")
    if others and (is_kind(path) or not is_kind(others[0])):
        return UsageError(
            f"{path} stands where the snapshot belongs",
            f"the snapshot comes first: `{line.with_arguments(*_ordered(line.arguments))}`",
        )
    if is_kind(path):
        return UsageError(
            f"{path} is a kind, and no snapshot is named",
            f"the snapshot comes first: `{line.with_arguments(*_ordered(line.arguments))}`",
        )
    return no_such_file(path)


def no_such_file(path: str) -> SourceError:
    """There is no such file: the one that is nearest, or another that lies here."""
    line = typed()
    wrong = f"{path}: No such file or directory"
    near = get_close_matches(Path(path).name, beside(path), 1, _ALIKE)
    right = str(Path(path).with_name(near[0])) if near else next(lying_here(), None)
    if right is None:
        return SourceError(wrong, f"Is the path right? `{how_to_look()}` lists what may be a snapshot.")
    mended = line.with_arguments(*(right if word == path else word for word in line.arguments))
    if line.command == "get" and len(line.words) == 1:
        # With nothing selected, get would only ask what is meant.
        mended = mended.of("ls")
    return SourceError(wrong, f"did you mean {near[0]}? `{mended}`" if near else f"{right} lies here: `{mended}`")


def without_moment(when: str) -> str:
    """What is shown without the moment that means nothing, as an end to a hint."""
    line = typed()
    option = next((option for option in MOMENTS if line.value(option) == when), None)
    match option:
        case None:
            return ""
        case "--at":
            return f" The end of the snapshot: `{line.without(option)}`"
        case "--from":
            return f" As in: `{line.with_option(option, '1m')}`"
    return f" Without it: `{line.without(option)}`"


def other_moment(error: NotHeld) -> str:
    """The hint of a moment that is not held, with the command for one that is."""
    line = typed()
    said = [option for option in MOMENTS if line.value(option) is not None]
    option = next((option for option in said if line.value(option) == error.asked), next(iter(said), None))
    if option in {"--since", "--until"}:
        return f"Without it: `{line.without(option)}`"
    return f"{error.hint} `{line.with_option(option, error.instead)}`" if option else error.hint


def listing(*kinds: str) -> CommandLine:
    """``ls`` of the snapshot that was named, read in the same way."""
    line = typed()
    snapshot = line.arguments[-1:] if line.command == "find" else line.arguments[:1]
    return line.of("ls").without(*_NARROWING).with_arguments(*snapshot, *kinds)


def _with_value(line: CommandLine, option: str, value: str) -> CommandLine:
    """The option under the name with which it was typed."""
    return line.without(*_OUTPUT).with_option(option, value) if option in _OUTPUT else line.with_option(option, value)


def naming_one(targets: Collection[Target]) -> str:
    """The hint where one object belongs: the first of several that are named, else a list of those that there are."""
    line = typed()
    first = next((target for target in targets if target.name and not is_pattern(target.name)), None)
    if first is not None:
        return f"Name one of them: `{line.with_arguments(line.arguments[0], str(first))}`"
    kinds = list(dict.fromkeys(target.word for target in targets if is_kind(target.word)))
    names = [target.word for target in targets if not is_kind(target.word)]
    shown = listing(*kinds)
    for name in names:
        shown = shown.with_option("--name", name)
    return f"Name it as KIND/NAME; `{shown}` shows which there are."


def _with_own_options(line: CommandLine) -> CommandLine:
    """The line with what the command has in place of the options that it lacks, as far as that is known."""
    known = line.options_of(line.command)
    for name in {word.option for word in line.words if word.option and word.option not in known}:
        habit = habits.of(line.command, name)
        line = _mended(line, name, habit) if habit and not habit.command else line
    return line


def _mended(line: CommandLine, name: str, habit: habits.Habit) -> CommandLine:
    if habit.instead == habits.SNAPSHOT:
        return line.without(name).with_arguments(line.value(name) or habits.SNAPSHOT, *line.arguments)
    if habit.instead == habits.ARGUMENT:
        return line.without(name).with_arguments(*line.arguments, line.value(name) or "FILE")
    if "=" in habit.instead:
        return line.without(name).with_option(habit.instead)
    if habit.instead == "-o":
        value = line.value(name) or "name"
        return line.without(name).with_option("-o", value)
    if habit.command and not habit.instead:
        return line.of(habit.command)
    renamed = line.renamed(name, habit.instead) if habit.instead else line.without(name)
    return renamed.of(habit.command) if habit.command else renamed


def _ordered(words: list[str]) -> list[str]:
    """The words with the snapshot first: the first that is a file, else one that lies here."""
    snapshot = next(filter(is_file, words), None) or next(
        (word for word in words if word == "SNAPSHOT" or "://" in word), None
    )
    rest = [word for word in words if word != snapshot]
    return [snapshot or next(lying_here(), "SNAPSHOT"), *rest]


def _said(line: CommandLine, command: str, *arguments: str) -> CommandLine:
    return line.of(command).with_arguments(*arguments, *line.arguments)


def is_kind(word: str) -> bool:
    return bool(word) and KindTable.builtin().means_something(word.partition("/")[0].partition(",")[0])
