"""Slips that the words alone give away, whatever else went wrong: each with the line as it should be.

Looked for only where a line has failed, so that nothing that works is ever doubted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from pathlib import Path

from snapinspect.cli.addresses import written_otherwise
from snapinspect.cli.keyboard import latin
from snapinspect.cli.line import CommandLine, Word, typed
from snapinspect.cli.lying import beside, is_file, is_snapshot
from snapinspect.cli.nearest import MOMENTS, is_kind, misplaced_snapshot
from snapinspect.cli.running import unparted
from snapinspect.errors import SnapinspectError, UsageError

_LONGEST_MOMENT = 4
"""Words of the longest time that people say: ``2026-11-22 11:25 am UTC``."""
_VERSION = re.compile(r"v[0-9]+((alpha|beta)[0-9]+)?")
_FILES = (
    *("--encryption-config", "--static-resources", "--token-file", "--rules", "--kubeconfig", "--wal"),
    *("--cacert", "--cert", "--cert-key"),
)
"""Options whose value is the path of something that is there."""
_NAMES_ALIKE = 0.6
_GROUPS = frozenset({"apps", "autoscaling", "batch", "extensions", "policy"})
"""API groups whose names have no dot."""
_NAMESPACES = frozenset({"namespace", "namespaces", "ns"})
_KINDS_TO_PARSE = frozenset({"get", "restore", "history", "log", "ls", "export", "deleted", "deps"})
"""Commands with kinds and names behind the snapshot."""

_OF_ONE_SNAPSHOT = frozenset({"info", "verify", "stats", "keys", "rebuild", "report"})
"""Others that begin with one."""

Slip = Callable[[CommandLine], Iterator[SnapinspectError]]


def slip() -> SnapinspectError | None:
    """What was mistyped, if the words tell."""
    line = typed()
    return unparted(line) or next((found for look in _SLIPS for found in look(line)), None)


def dash() -> UsageError | None:
    """The same of dashes alone: where an option is not known, what follows it may be its value."""
    line = typed()
    return unparted(line) or next(_one_dash(line), None)


def _one_dash(line: CommandLine) -> Iterator[UsageError]:
    """``-at 600`` is read as ``-a t``."""
    known = line.options_of(line.command)
    for word in line.words:
        text = word.texts[0]
        name = f"-{text.partition('=')[0]}"
        if text.startswith("-") and not text.startswith("--") and len(name) > 3 and name in known:
            texts = [f"-{each}" if each == text else each for each in line.texts]
            mended = line.parse(line.program, [line.command, *texts], line.options_of)
            yield UsageError(f"{text} lacks a dash", f"long options have two: `{mended}`")


def _other_keyboard(line: CommandLine) -> Iterator[UsageError]:
    """``вуздщн`` for ``deploy``, and a long dash for two short ones."""
    known = line.options_of(line.command)
    for word in line.arguments:
        for other in () if is_file(word) else latin(word):
            name = other.partition("=")[0]
            if name in known if other.startswith("-") else is_kind(other):
                texts = [other if each == word else each for each in line.texts]
                mended = line.parse(line.program, [line.command, *texts], line.options_of)
                yield UsageError(f"{word} was typed on another keyboard, or by a text program", f"plainly: `{mended}`")


def _quoted_together(line: CommandLine) -> Iterator[UsageError]:
    """``'deploy/web -n shop'``: quotes around what are several words."""
    if line.command == "sql":
        return
    for word in line.arguments:
        parts = word.split()
        if len(parts) > 1 and not is_file(word) and (is_kind(parts[0]) or is_file(parts[0])):
            texts = [part for each in line.texts for part in (parts if each == word else [each])]
            mended = line.parse(line.program, [line.command, *texts], line.options_of)
            yield UsageError(
                f"{word!r} is one word for the shell, and means {len(parts)}", f"without quotes: `{mended}`"
            )


def _second_snapshot(line: CommandLine) -> Iterator[UsageError]:
    """``get a.db b.db deploy``, and what a shell makes of ``*.db``."""
    files = [word for word in line.arguments[1:] if is_snapshot(word)]
    if (
        files
        and is_file(line.arguments[0])
        and line.command in _KINDS_TO_PARSE - {"log"} | _OF_ONE_SNAPSHOT - {"rebuild", "report"}
    ):
        mended = line.with_arguments(*(each for each in line.arguments if each not in files))
        last = f"{line.command} reads one snapshot, and {files[0]} is a second"
        yield UsageError(last, f"one after the other: `{mended}`")


def _moment_of_words(line: CommandLine) -> Iterator[UsageError]:
    """``--at 10 minutes ago``: the shell gives the option the first word only."""
    for at, word in enumerate(line.words):
        if word.option not in MOMENTS:
            continue
        following = _arguments_from(line.words[at + 1 :])
        for count in range(min(len(following), _LONGEST_MOMENT), 0, -1):
            said = " ".join([*word.texts[1:], *following[:count]])
            if len(word.texts) == 2 and _is_moment(said) and not any(map(is_file, following[:count])):
                whole = Word((word.option, said), word.option)
                words = (*line.words[:at], whole, *line.words[at + 1 + count :])
                mended = CommandLine(line.program, line.command, words, line.options_of)
                yield UsageError(f"{word.option} takes one word, and {said!r} is {count + 1}", f"quoted: `{mended}`")


def _arguments_from(words: tuple[Word, ...]) -> list[str]:
    found = []
    for word in words:
        if word.option:
            break
        found.append(word.texts[0])
    return found


def _is_moment(text: str) -> bool:
    from snapinspect.snapshot.when import parse

    try:
        parse(text, 0)
    except UsageError:
        return False
    return True


def _no_such_file(line: CommandLine) -> Iterator[UsageError]:
    for word in line.words:
        if word.option not in _FILES:
            continue
        path = line.value(word.option) or ""
        near = [] if is_file(path) else get_close_matches(Path(path).name, beside(path), 1, _NAMES_ALIKE)
        if near:
            mended = line.with_option(word.option, str(Path(path).with_name(near[0])))
            yield UsageError(f"{word.option} {path}: No such file or directory", f"did you mean {near[0]}? `{mended}`")


def _no_such_snapshot(line: CommandLine) -> Iterator[SnapinspectError]:
    if line.command in _KINDS_TO_PARSE | _OF_ONE_SNAPSHOT and line.arguments:
        wrong = misplaced_snapshot(line.arguments[0])
        if wrong is not None:
            yield wrong


def _all_and_some(line: CommandLine) -> Iterator[UsageError]:
    places, everywhere = ("-n", "--namespace"), ("-A", "--all-namespaces")
    if all(any(line.value(name) is not None for name in names) for names in (places, everywhere)):
        yield UsageError("-n and -A contradict each other", f"give one of them: `{line.without(*everywhere)}`")


def _etcd_key(line: CommandLine) -> Iterator[UsageError]:
    """A key of etcd where objects are named, or a prefix without its slash."""
    for word in _named(line):
        if word.startswith("/") and word.count("/") > 1 and "--key" in line.options_of(line.command):
            mended = _without_argument(line, word).with_option("--key", word)
            yield UsageError(f"{word} is a key of etcd", f"keys are named by their beginning, with --key: `{mended}`")
    key = line.value("--key")
    if key and not key.startswith("/"):
        yield UsageError(f"no key begins with {key!r}", f"most begin with /: `{line.with_option('--key', f'/{key}')}`")


def _api_path(line: CommandLine) -> Iterator[UsageError]:
    """``apps/v1/deployments``, ``apps/v1/Deployment/web``, ``Deployment.apps/v1``."""
    for word in _named(line):
        parts = word.split("/")
        if len(parts) == 3 and _VERSION.fullmatch(parts[1]) and is_kind(parts[0]) and not is_kind(parts[2]):
            kind = f"{parts[0]}/{parts[2]}"
        elif len(parts) in {3, 4} and _VERSION.fullmatch(parts[1]):
            kind = "/".join([f"{parts[2]}.{parts[0]}", *parts[3:]])
        elif len(parts) in {2, 3} and _VERSION.fullmatch(parts[0]) and is_kind(parts[1]):
            kind = "/".join(parts[1:])
        elif len(parts) == 2 and "." in parts[0] and _VERSION.fullmatch(parts[1]):
            kind = parts[0]
        elif len(parts) == 2 and parts[0] in _GROUPS and is_kind(parts[1]):
            kind = parts[1]
        else:
            continue
        mended = line.with_arguments(*(kind if each == word else each for each in line.arguments))
        yield UsageError(f"{word!r} is not of the form KIND/NAME", f"a kind is written PLURAL.GROUP: `{mended}`")


def _odd_commas(line: CommandLine) -> Iterator[UsageError]:
    """``deploy,,cm``, ``deploy , cm`` and ``''``: commas that part nothing, and words without anything in them."""
    named = line.arguments[1:]
    if line.command not in _KINDS_TO_PARSE or not any("" in word.split(",") for word in named):
        return
    spaced = any(set(word) <= {","} for word in named if word)
    words = [",".join(named)] if spaced else named
    kinds = [",".join(filter(None, word.split(","))) for word in words]
    wrong = "an empty word names no kind" if "" in named else "a comma stands between kinds, without blanks"
    mended = line.with_arguments(*line.arguments[:1], *filter(None, kinds))
    # With nothing selected, get would only ask what is meant.
    yield UsageError(wrong, f"`{mended.of('ls') if line.command == 'get' and not any(kinds) else mended}`")


def _everything(line: CommandLine) -> Iterator[UsageError]:
    """``'*'`` in place of kinds."""
    if "*" in _named(line)[:1] and "-A" in line.options_of(line.command):
        yield UsageError(
            "'*' is no kind", f"every kind is meant with -A: `{_without_argument(line, '*').with_option('-A')}`"
        )


def _other_sign(line: CommandLine) -> Iterator[UsageError]:
    """``deploy:web``, ``deploy=web``, ``deploy.web``, ``deploy/``, ``/web``."""
    takes = line.options_of(line.command)
    for word in _named(line) if line.command in _KINDS_TO_PARSE else ():
        kind, sign, name = _parted(word)
        if sign == "/" and not name and is_kind(kind):
            mended = line.with_arguments(*(kind if each == word else each for each in line.arguments))
            yield UsageError(f"{word!r} lacks a name behind the /", f"all of the kind: `{mended}`")
        elif sign == "/" and not kind and name and "--name" in line.options_of(line.command):
            mended = _without_argument(line, word).with_option("--name", name)
            yield UsageError(f"{word!r} lacks a kind before the /", f"of every kind: `{mended}`")
        elif sign == "/" and not is_kind(kind) and kind not in _GROUPS and is_kind(name) and "-n" in takes:
            mended = line.with_arguments(*(name if each == word else each for each in line.arguments))
            hint = f"the namespace is named with -n: `{mended.with_option('-n', kind)}`"
            yield UsageError(f"{word!r} is not of the form KIND/NAME", hint)
        elif sign and sign != "/" and name and is_kind(kind) and not is_kind(word):
            mended = line.with_arguments(*(f"{kind}/{name}" if each == word else each for each in line.arguments))
            yield UsageError(f"{word!r} is not of the form KIND/NAME", f"kind and name are parted by a /: `{mended}`")


def _parted(word: str) -> tuple[str, str, str]:
    """A kind, what stands behind it, and a name; no sign where there are several."""
    found = re.fullmatch(r"([\w-]*)([/:=.])([^/:=.]*)", word)
    return (found[1], found[2], found[3]) if found else (word, "", "")


def _namespace_in_name(line: CommandLine) -> Iterator[UsageError]:
    """``shop/deploy/web`` and ``deploy/shop/web``."""
    for word in _named(line) if "-n" in line.options_of(line.command) else ():
        parts = word.split("/")
        if len(parts) != 3 or not all(parts) or any(map(_VERSION.fullmatch, parts)):
            continue
        first, second, name = parts
        if first.lower() in _NAMESPACES and is_kind(name):
            mended = line.with_arguments(*(name if each == word else each for each in line.arguments))
            hint = f"the namespace is named with -n: `{mended.with_option('-n', second)}`"
            yield UsageError(f"{word!r} is not of the form KIND/NAME", hint)
        if is_kind(second) or is_kind(first):
            kind, namespace = (second, first) if is_kind(second) else (first, second)
            words = (f"{kind}/{name}" if each == word else each for each in line.arguments)
            mended = line.with_arguments(*words).with_option("-n", namespace)
            yield UsageError(f"{word!r} is not of the form KIND/NAME", f"the namespace is named with -n: `{mended}`")


def _joined(line: CommandLine) -> Iterator[UsageError]:
    """``deploy/api,deploy/web``: kinds are joined by commas, objects are not."""
    for word in _named(line):
        parts = word.split(",")
        if len(parts) > 1 and any("/" in part for part in parts) and all(parts):
            objects = _each_whole(parts)
            words = [each for given in line.arguments for each in (objects if given == word else [given])]
            yield UsageError(
                f"{word} names several objects in one word", f"one by one: `{line.with_arguments(*words)}`"
            )


def _each_whole(parts: list[str]) -> list[str]:
    """``deploy,sts/web`` is that name of both kinds, ``deploy/api,web`` are two of one kind."""
    if not any("/" in part for part in parts[:-1]):
        *others, last = parts
        kind, _, name = last.partition("/")
        return [f"{each}/{name}" for each in [*others, kind]]
    return [_whole(part, parts[0].partition("/")[0]) for part in parts]


def _mixed(line: CommandLine) -> Iterator[UsageError]:
    """``deploy/api web``, ``deploy/api sts`` and ``deploy,sts web``."""
    named = _named(line)
    if not named or line.command not in _KINDS_TO_PARSE:
        return
    first = named[0]
    if "/" in first and any("/" not in word for word in named):
        kind = first.partition("/")[0]
        words = [_whole(word, kind) for word in named]
        wrong = f"{next(word for word in named if '/' not in word)!r} stands beside arguments of the form KIND/NAME"
        yield UsageError(wrong, f"each in that form: `{line.with_arguments(line.arguments[0], *words)}`")
    elif "," in first and "/" not in first and len(named) > 1 and not any(map(is_kind, named[1:])):
        words = [f"{kind}/{name}" for name in named[1:] for kind in first.split(",")]
        wrong = f"names cannot follow several kinds ({first})"
        yield UsageError(wrong, f"each with its kind: `{line.with_arguments(line.arguments[0], *words)}`")


def _whole(word: str, kind: str) -> str:
    if "/" in word:
        return word
    return f"{word}/*" if is_kind(word) else f"{kind}/{word}"


def _directory(line: CommandLine) -> Iterator[UsageError]:
    """The directory of an export as an argument."""
    if line.command == "export" and line.value("-d") is None and line.value("--directory") is None:
        words = line.arguments[1:]
        for word in words:
            is_path = word.startswith(("/", "./", "../", "~")) or (word.endswith("/") and word.count("/") == 1)
            if is_path or (word == words[-1] and "/" not in word and not _is_kind_of(line.arguments[0], word)):
                mended = _without_argument(line, word).with_option("-d", word)
                yield UsageError("nothing says where to write", f"the directory is named with -d: `{mended}`")


def _is_kind_of(path: str, word: str) -> bool:
    """Whether the snapshot has a kind of that name, or cannot be asked."""
    from snapinspect.snapshot import open_snapshot

    try:
        with open_snapshot(path) as snapshot:
            return all(snapshot.kinds.means_something(each) for each in word.split(","))
    except SnapinspectError:
        return True


def _named(line: CommandLine) -> list[str]:
    """What is named behind the snapshot."""
    return [word for word in line.arguments[1:] if not is_file(word)]


def _without_argument(line: CommandLine, word: str) -> CommandLine:
    return line.with_arguments(*(each for each in line.arguments if each != word))


_SLIPS: tuple[Slip, ...] = (
    _one_dash,
    _other_keyboard,
    _quoted_together,
    _moment_of_words,
    _no_such_file,
    _directory,
    _second_snapshot,
    _all_and_some,
    written_otherwise,
    _everything,
    _etcd_key,
    _api_path,
    _other_sign,
    _odd_commas,
    _joined,
    _namespace_in_name,
    _mixed,
    _no_such_snapshot,
)
