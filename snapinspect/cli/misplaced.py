"""Words that stand where they mean something else: a namespace's name in two, or behind kinds, and what nothing is left out by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from snapinspect.analysis.whereabouts import Whereabouts
from snapinspect.cli.line import CommandLine

if TYPE_CHECKING:
    from snapinspect.snapshot import Snapshot

_NAMESPACE = ("-n", "--namespace")
_EXCLUDE = "--exclude"
_OF_ONE_OBJECT = frozenset({"deps", "find", "history"})
_PLACES = frozenset({"namespace", "namespaces", "ns"})


class Answer(NamedTuple):
    """The two lines: what is wrong, and what to do about it."""

    wrong: str
    hint: str


def namespace_among_names(where: Whereabouts, namespaces: Sequence[str], line: CommandLine) -> Iterator[Answer]:
    """``-n infra production`` for ``infra-production``, ``-n team-a team-b`` for both, ``deploy infra-production`` for ``-n``."""
    if not {"-n"} & set(line.options_of(line.command)) or not line.arguments:
        return
    names = where.namespaces
    for word in line.arguments[1:]:
        others = [each for each in line.arguments if each != word]
        # Of `ns shop deploy` what is left is deploy.
        rest = line.with_arguments(*(each for each in others if len(others) < 3 or each.lower() not in _PLACES))
        for name in namespaces:
            whole = next((f"{name}{sign}{word}" for sign in ("-", "") if f"{name}{sign}{word}" in names), None)
            if whole:
                yield Answer(f"there is no namespace {name!r}", f"did you mean {whole}? `{_within(rest, whole)}`")
        if word in names and (namespaces or len(line.arguments) > 2):
            mended = _within(rest, ",".join([*namespaces, word]))
            yield Answer(f"{word} is a namespace, and stands among the names", f"it is named with -n: `{mended}`")


def unknown_exclusion(view: Snapshot, where: Whereabouts, line: CommandLine) -> Iterator[Answer]:
    """``--exclude`` of a word that is no kind: the kind, namespace or object that is meant, else the line without it."""
    for word in line.values(_EXCLUDE):
        kind, slash, name = word.partition("/")
        if view.kinds.means_something(kind) or (slash and not name):
            continue
        wrong = f"no kind is called {kind!r} in this snapshot"
        for near in view.kinds.suggest(kind)[:1]:
            mended = line.with_value(_EXCLUDE, word, f"{near}{slash}{name}")
            yield Answer(wrong, f"did you mean {near}? `{mended}`")
        if word in where.namespaces:
            yield Answer(wrong, f"{word} is a namespace: `{line.with_value(_EXCLUDE, word, f'{word}/')}`")
        for head in where.of_any_kind(word)[:1]:
            whole = f"{view.kind_of(head).directory}/{word}"
            yield Answer(wrong, f"{word} is a name: `{line.with_value(_EXCLUDE, word, whole)}`")
        yield Answer(wrong, f"without it: `{line.with_value(_EXCLUDE, word, None)}`")


def without_kind(word: str, line: CommandLine) -> Iterator[Answer]:
    """Of several kinds that are named the one that nobody knows."""
    if line.command in _OF_ONE_OBJECT:
        return
    first, *rest = line.arguments
    others = [",".join(each for each in named.split(",") if each != word) for named in rest]
    mended = [named for named in others if named and named.partition("/")[0] != word]
    if mended:
        yield Answer(
            f"no kind is called {word!r} in this snapshot", f"without it: `{line.with_arguments(first, *mended)}`"
        )


def _within(line: CommandLine, namespace: str) -> CommandLine:
    return line.without(*_NAMESPACE, "-A", "--all-namespaces").with_option("-n", namespace)
