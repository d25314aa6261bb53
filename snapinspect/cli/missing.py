"""What a person is told of what was not found: what became of it, and the command that was meant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from difflib import get_close_matches
from typing import TYPE_CHECKING

from snapinspect.analysis.whereabouts import End, Whereabouts
from snapinspect.cli.beyond import Beyond, is_compacted, places_beyond
from snapinspect.cli.line import CommandLine, typed
from snapinspect.cli.lying import is_file
from snapinspect.cli.misplaced import Answer, namespace_among_names, unknown_exclusion, without_kind
from snapinspect.cli.nearest import listing
from snapinspect.errors import Ambiguous, NotFound, NotHeld, SnapinspectError, UsageError
from snapinspect.select import Target, is_pattern, parse_targets
from snapinspect.snapshot import Snapshot, open_snapshot

if TYPE_CHECKING:
    from snapinspect.model import Head

_OF_ONE_OBJECT = frozenset({"deps", "history", "find"})
_NARROWER = ("--exclude", "-l", "--selector", "--field-selector", "--name", "--key")
"""Options that may rule out what is named."""
_KINDS_MEANT = {
    **dict.fromkeys(("claim", "claims", "disk", "disks"), "pvc"),
    **dict.fromkeys(("volume", "volumes"), "pv"),
    **dict.fromkeys(("container", "containers", "images"), "pods"),
    **dict.fromkeys(("project", "projects"), "namespaces"),
    **dict.fromkeys(("permission", "permissions", "rights"), "rolebindings"),
}
"""Words for kinds that no API has."""
_RELEASES = frozenset({"helm", "release", "releases", "helmrelease", "helmreleases"})
"""Words for what Helm keeps, where Flux's kind is not there."""


def explained(
    error: NotFound | Ambiguous, view: Snapshot, targets: Sequence[Target], namespaces: Sequence[str]
) -> SnapinspectError:
    """The same error with what is known of what was meant, where anything is."""
    search = Search(view, targets, namespaces, typed())
    answer = next(search.several() if isinstance(error, Ambiguous) else search.answers(), None)
    return error if answer is None else type(error)(*answer)


def hint_for(view: Snapshot, target: Target, namespace: str) -> str:
    """What to do where the object is not found: the hint alone."""
    answers = Search(view, [target], [namespace] if namespace else [], typed()).answers()
    return next(answers, Answer("", f"`{listing(target.word)}` shows which there are.")).hint


def moment_of_objects(error: NotHeld, view: Snapshot) -> None:
    """Puts in place of a moment before the first that is held one at which what is named is there."""
    try:
        targets = parse_targets(typed().arguments[1:])
        first = int(error.instead)
    except (UsageError, ValueError):
        return
    if first >= view.store.revision or not any(target.name for target in targets):
        return
    where = Whereabouts(view.at(first))
    later = [where.first_revision(target, ()) for target in where.missing(targets, ())]
    if later and None not in later:
        error.instead = str(max(filter(None, later)))
        error.hint = (
            f"The first that is held with {_listed([str(target) for target in targets])} is revision {error.instead}."
        )


def nothing_found(view: Snapshot, targets: Sequence[Target], namespaces: Sequence[str]) -> NotFound:
    """The error of a selection that matches nothing."""
    search = Search(view, targets, namespaces, typed())
    shown = f"`{listing()}` shows what is there."
    if typed().value("-l") or typed().value("--selector"):
        kinds = [target.word for target in targets]
        shown = f"`{listing(*kinds).with_option('--show-labels')}` shows which labels there are."
    return NotFound(*next(search.places(targets), Answer("nothing in the snapshot matches", shown)))


def absent_namespace(view: Snapshot, namespaces: Sequence[str]) -> NotFound | None:
    """The error of the first namespace that is not there, if any is not."""
    answer = next(Search(view, (), namespaces, typed()).places(()), None)
    return answer and NotFound(*answer)


def places_in_doubt(view: Snapshot, namespaces: Sequence[str]) -> Iterator[str]:
    """Of several namespaces each that is not there, with those of names like it."""
    where = Whereabouts(view)
    for name in where.absent_namespaces(namespaces):
        alike = where.like_namespace(name.strip("*?"))
        meant = f"; did you mean {_listed(alike)}?" if alike else ""
        yield (f"no namespace is like {name!r}" if is_pattern(name) else f"there is no namespace {name!r}") + meant


class Search:
    """Looks for what was asked for with ``line``, and tells it in the words of the user."""

    def __init__(self, view: Snapshot, targets: Sequence[Target], namespaces: Sequence[str], line: CommandLine) -> None:
        self._view = view
        self._where = Whereabouts(view)
        self._targets = targets
        self._namespaces = namespaces
        self._line = line

    def answers(self) -> Iterator[Answer]:
        """Of the first that is missing: what became of it, the likeliest answer first."""
        yield from unknown_exclusion(self._view, self._where, self._line)
        missing = self._where.missing(self._targets, self._namespaces)
        if not missing:
            yield from self._let_through()
            return
        target = missing[0]
        if not self._view.kinds.means_something(target.word):
            yield from self._unknown_kind(target)
            return
        yield from self._alive(target)
        yield from self._gone(target)
        yield from self._held_elsewhere(target)
        yield from self._not_yet(target)
        yield from namespace_among_names(self._where, self._namespaces, self._line)
        yield from self._elsewhere(target, missing)
        yield from self.places(missing)
        yield from self._other_name(target, missing)
        yield Answer(_not_found(missing), f"`{listing(target.word)}` shows which there are.{self._may_be_beyond()}")

    def _let_through(self) -> Iterator[Answer]:
        """It is there, and another option rules it out."""
        ruling = [option for option in _NARROWER if self._line.value(option) is not None]
        if ruling and self._targets:
            named = _listed([str(target) for target in self._targets])
            wrong = f"nothing is left of {named} with {' and '.join(ruling)}"
            yield Answer(wrong, f"without it: `{self._line.without(*ruling)}`")

    def several(self) -> Iterator[Answer]:
        """Of the first name that lies in several namespaces: where."""
        for target in self._targets:
            places = self._where.namespaces_of(target) if target.name else []
            if len(places) > 1:
                every = "" if self._line.command in _OF_ONE_OBJECT else f", or `{self._all_over()}`"
                wrong = f"{target} is found in {len(places)} namespaces: {_listed(places)}"
                yield Answer(wrong, f"say which: `{self._in(places[0])}`{every}")

    def places(self, targets: Sequence[Target]) -> Iterator[Answer]:
        """Namespaces that are not there, and where what was asked for is."""
        for name in self._where.absent_namespaces(self._namespaces):
            end = self._where.end_of_namespace(name)
            if end is not None:
                yield Answer(
                    f"namespace {name} was deleted{_when(end)}", f"`{self._deleted()}` recovers what is held of it."
                )
            alike = self._where.like_namespace(name.strip("*?"))
            wrong = f"no namespace is like {name!r}" if is_pattern(name) else f"there is no namespace {name!r}"
            if alike:
                yield Answer(wrong, f"did you mean {_listed(alike)}? `{self._in(alike[0], instead_of=name)}`")
            yield Answer(wrong, f"`{listing('namespaces')}` shows which there are.")
        for target in targets if self._namespaces else ():
            places = self._where.namespaces_of(target)
            if places:
                wrong = f"no {target} is in {_listed(self._namespaces)}"
                yield Answer(wrong, f"they are in {_listed(places)}: `{self._in(places[0])}`")

    def _alive(self, target: Target) -> Iterator[Answer]:
        """Asked for as deleted, and there."""
        if self._line.value("--deleted") is None and self._line.command != "deleted":
            return
        live = Whereabouts(self._view.seen_as(Snapshot))
        if not live.missing([target], self._namespaces):
            line = self._line.of("get") if self._line.command == "deleted" else self._line.without("--deleted")
            yield Answer(f"{target} is not deleted", f"it is there: `{line}`")

    def _gone(self, target: Target) -> Iterator[Answer]:
        end = self._where.end_of(target, self._namespaces)
        if end is None:
            return
        wrong = f"{target} was deleted{_when(end)}"
        if self._line.command == "deps":
            yield Answer(wrong, f"as it was before: `{self._placed(target, end).with_option('--at', str(end.last))}`")
        else:
            yield Answer(wrong, f"its last state is still held: `{self._placed(target, end).with_option('--deleted')}`")

    def _held_elsewhere(self, target: Target) -> Iterator[Answer]:
        """What the log beside the database, or its free pages, hold of it, where looking takes no longer than reading did."""
        for place in places_beyond(self._view, self._line):
            with suppress(SnapinspectError), open_snapshot(self._view.source.path, opener=place.opener) as beyond:
                where = Whereabouts(beyond)
                if not where.missing([target], self._namespaces):
                    line = self._line.with_option(*place.option)
                    yield Answer(f"{target} is not in the database yet", f"{place.holds} it: `{line}`")
                    return
                end = where.end_of(target, self._namespaces)
                if end is not None:
                    wrong = f"{target} was deleted{_when(end)}{place.why}"
                    yield Answer(wrong, f"{place.holds} its last state: `{self._recovery(target, end, place)}`")
                    return

    def _recovery(self, target: Target, end: End, place: Beyond) -> CommandLine:
        line = self._placed(target, end).with_option(*place.option)
        match line.command:
            case "find":
                return line.of("get").with_arguments(self._view.source.path, str(target)).with_option("--deleted")
            case "deps" if place.tells_moments:
                return line.with_option("--at", str(end.last))
            case "deps":
                return line.of("get").with_option("--deleted")
            case "history":
                return line
        return line.with_option("--deleted")

    def _may_be_beyond(self) -> str:
        """The line that would look further, where that takes long."""
        far = next((place for place in places_beyond(self._view, self._line, soon=False)), None)
        if far is None or not is_compacted(self._view):
            return ""
        revision = self._view.store.compact_revision
        line = self._deleted().with_option(*far.option)
        return f" What was deleted before revision {revision} was compacted away, and {far.may_hold} it: `{line}`"

    def _not_yet(self, target: Target) -> Iterator[Answer]:
        first = self._where.first_revision(target, self._namespaces)
        if first is not None:
            wrong = f"{target} is not there at revision {self._view.revision}: it first exists at revision {first}"
            yield Answer(wrong, f"`{self._line.with_option('--at', str(first))}`")

    def _elsewhere(self, target: Target, missing: Sequence[Target]) -> Iterator[Answer]:
        places = self._where.namespaces_of(target) if self._namespaces else []
        if places:
            nearest = get_close_matches(self._namespaces[0], places, n=1, cutoff=0.0)[0]
            absent = self._where.absent_namespaces(self._namespaces)
            wrong = (
                f"there is no namespace {absent[0]!r}"
                if absent
                else f"{_not_found(missing)} in {_listed(self._namespaces)}"
            )
            yield Answer(wrong, f"{target} is in {_listed(places)}: `{self._in(nearest)}`")

    def _other_name(self, target: Target, missing: Sequence[Target]) -> Iterator[Answer]:
        name = target.name or ""
        if self._view.kinds.means_something(name):
            kinds = self._line.with_arguments(self._line.arguments[0], f"{target.word},{name}")
            yield Answer(_not_found(missing), f"{name!r} is a kind, too: `{kinds}`")
        alike = self._where.like_name(target, self._namespaces)
        if alike:
            names = list(dict.fromkeys(head.name for head in alike))
            yield Answer(_not_found(missing), f"did you mean {_listed(names)}? `{self._object(target.word, alike[0])}`")

    def _unknown_kind(self, target: Target) -> Iterator[Answer]:
        word = target.word
        wrong = f"no kind is called {word!r} in this snapshot"
        if self._where.kind_is_gone(word):
            yield Answer(f"the definition of {word} was deleted", f"what is held of it: `{self._deleted()}`")
        if word.lower() in _RELEASES:
            line = self._with_kind(word, "helm").of("get" if target.name else "ls")
            yield Answer(wrong, f"what Helm keeps of its releases: `{line}`")
        near = [_KINDS_MEANT[word.lower()]] if word.lower() in _KINDS_MEANT else self._view.kinds.suggest(word)
        if near:
            yield Answer(wrong, f"did you mean {' or '.join(near)}? `{self._with_kind(word, near[0])}`")
        yield from namespace_among_names(self._where, self._namespaces, self._line)
        objects = self._where.of_any_kind(word)
        if objects:
            kinds = list(dict.fromkeys(self._view.kind_of(head).directory for head in objects))
            line = self._object(kinds[0], objects[0])
            yield Answer(wrong, f"{word} is a name, of {_listed(kinds)}: `{line}`")
        yield from without_kind(word, self._line)
        yield Answer(wrong, f"`{listing()}` shows what there is.")

    def _deleted(self) -> CommandLine:
        return self._line.with_option("--deleted")

    def _in(self, namespace: str, instead_of: str = "") -> CommandLine:
        """The same in another namespace, next to the others that were named."""
        others = [name for name in self._namespaces if name != instead_of] if instead_of else []
        line = self._line.without("-n", "--namespace", "-A", "--all-namespaces")
        return line.with_option("-n", ",".join([*others, namespace]))

    def _all_over(self) -> CommandLine:
        return self._line.with_option("-A")

    def _placed(self, target: Target, end: End) -> CommandLine:
        """The command for this object alone."""
        line = self._naming(str(target))
        return line if end.namespace is None or is_pattern(target.name or "*") else _in_namespace(line, end.namespace)

    def _object(self, word: str, head: Head) -> CommandLine:
        line = self._naming(f"{word}/{head.name}")
        return line if head.namespace is None else _in_namespace(line, head.namespace)

    def _with_kind(self, word: str, other: str) -> CommandLine:
        def mended(argument: str) -> str:
            kind, slash, name = argument.partition("/")
            return ",".join(other if each == word else each for each in kind.split(",")) + slash + name

        if self._line.command == "find":
            return self._naming(mended(self._line.arguments[0]))
        first, *rest = self._line.arguments
        return self._line.with_arguments(first, *map(mended, rest))

    def _naming(self, word: str) -> CommandLine:
        """The command with this alone behind the snapshot; of ``find``, before the snapshots."""
        arguments = self._line.arguments
        if self._line.command == "find":
            return self._line.with_arguments(word, *arguments[1:])
        return self._line.with_arguments(*_snapshots(self._line), word)


def _snapshots(line: CommandLine) -> list[str]:
    """The snapshots that stand first: one, or two where a command takes two."""
    first, *rest = line.arguments
    return [first, *(rest[:1] if line.command in {"diff", "log"} and rest and is_file(rest[0]) else [])]


def _in_namespace(line: CommandLine, namespace: str) -> CommandLine:
    return line.without("-n", "--namespace", "-A", "--all-namespaces").with_option("-n", namespace)


def _not_found(missing: Sequence[Target]) -> str:
    return f"not found: {_listed([str(target) for target in missing])}"


def _when(end: End) -> str:
    if end.revision is None:
        return f" after revision {end.last}"
    return f" at {end.moment} (revision {end.revision})" if end.moment else f" at revision {end.revision}"


def _listed(words: Sequence[str], most: int = 20) -> str:
    more = f" and {len(words) - most} more" if len(words) > most else ""
    return ", ".join(words[:most]) + more
