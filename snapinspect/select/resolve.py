"""From the user's words to a selection, and what to say when they mean nothing or too much."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from snapinspect.errors import Ambiguous, NotFound, UsageError
from snapinspect.select.names import Names, is_pattern
from snapinspect.select.selection import Excluded, Selection, Wanted
from snapinspect.select.targets import Target, parse_each

if TYPE_CHECKING:
    from collections.abc import Iterable

    from snapinspect.kube.keys import KeySpace
    from snapinspect.kube.kinds import KindTable
    from snapinspect.model import Head
    from snapinspect.select.fields import FieldSelector
    from snapinspect.select.labels import LabelSelector

_LISTED = 20
_NOT_IN_ALL = (
    "'all' is kubectl's category of workloads: it has no ConfigMaps, Secrets, ServiceAccounts, "
    "PersistentVolumeClaims, Ingresses, NetworkPolicies, Roles or custom resources; "
    "for these give -n NAMESPACE without a kind, or --all"
)


def select(
    space: KeySpace,
    targets: Iterable[Target | str] = (),
    *,
    namespaces: Iterable[str] = (),
    all_namespaces: bool = False,
    selector: str = "",
    names: Iterable[str] = (),
    keys: Iterable[str] = (),
    everything: bool = False,
    exclude: Iterable[str] = (),
    fields: str = "",
) -> Selection:
    """The objects that all of these conditions hold for.

    ``targets`` are kinds or ``KIND/NAME`` (``["deploy", "svc/api"]``) or what ``parse_targets`` returned;
    ``selector`` is a label selector; ``keys`` are prefixes of etcd keys; ``fields`` is a field selector; ``exclude`` are ``KIND``, ``KIND/NAME`` and
    ``NAMESPACE/`` of what is not meant. Names and namespaces may be globs (``*``, ``?``, ``[…]``). A cluster-scoped kind that is named is not bound to ``namespaces``; without kinds,
    ``namespaces`` bring their Namespace objects, too, but nothing else that is cluster-scoped.

    Raises UsageError for a malformed target or selector, NotFound for a kind that the snapshot lacks.
    """
    chosen = Names(tuple(dict.fromkeys(namespaces)))
    if chosen and all_namespaces:
        raise UsageError("-n and -A contradict each other", "give one of them")
    wanted = tuple(_wanted(space.table, target) for target in _targets(targets))
    return Selection(
        space,
        wanted,
        chosen,
        all_namespaces,
        _labels(selector) if selector else None,
        Names(tuple(names)),
        tuple(key.encode("utf-8", "surrogateescape") for key in keys),
        everything,
        _excluded(space.table, exclude),
        tuple(notice for each in wanted for notice in _notices(space.table, each)),
        _fields(fields, space.table, wanted) if fields else None,
    )


def _excluded(table: KindTable, words: Iterable[str]) -> Excluded:
    """``events``, ``deploy/web``, ``'cm/*'``, ``team-a/``. Raises UsageError and NotFound for what means nothing."""
    given = list(words)
    places = tuple(word.removesuffix("/") for word in given if _is_place(word))
    others = [word for word in given if not _is_place(word)]
    return Excluded(tuple(_wanted(table, target) for target in _targets(others)), Names(places))


def _is_place(word: str) -> bool:
    return word.endswith("/") and word.count("/") == 1 and len(word) > 1


def _labels(selector: str) -> LabelSelector:
    # Imported here, as most commands select by no label, and the grammar takes a while to compile.
    from snapinspect.select.labels import LabelSelector

    return LabelSelector.parse(selector)


def _fields(text: str, table: KindTable, wanted: Iterable[Wanted]) -> FieldSelector:
    """What is asked for has to be there for each kind that is named, or for any kind where none is."""
    from snapinspect.select.fields import FieldSelector

    selector = FieldSelector.parse(text)
    for kinds in [each.kinds for each in wanted] or [tuple(table)]:
        selector.check(kinds)
    return selector


def check_names(selection: Selection, heads: Iterable[Head]) -> None:
    """Whether each ``KIND/NAME`` of ``selection`` stands for one object among those selected.

    Raises Ambiguous when it lies in several namespaces and neither namespaces nor all of them were asked
    for, NotFound when it is not there at all.
    """
    found = _places(selection, heads)
    for wanted in selection.wanted:
        namespaces = {namespace for namespace in found.get(wanted.target, ()) if namespace is not None}
        if wanted.is_one_name and len(namespaces) > 1 and not (selection.namespaces or selection.all_namespaces):
            raise Ambiguous(
                f"{wanted.target} is found in {len(namespaces)} namespaces: {_listing(sorted(namespaces))}",
                "say which with -n, or take all of them with -A",
            )
    missing = [wanted for wanted in selection.wanted if wanted.name is not None and wanted.target not in found]
    if missing:
        raise NotFound(f"not found: {_listing([str(wanted.target) for wanted in missing])}", _hint(selection, missing))


def _places(selection: Selection, heads: Iterable[Head]) -> dict[Target, set[str | None]]:
    """Where the objects of each named target lie, by namespace; None is the cluster."""
    named: dict[tuple[str, str], list[Wanted]] = defaultdict(list)
    for wanted in selection.wanted:
        if wanted.name is not None:
            for identity in wanted.identities:
                named[identity].append(wanted)
    found: dict[Target, set[str | None]] = defaultdict(set)
    for head in heads:
        for wanted in named.get((head.group, head.kind), ()):
            if head.name in wanted.names:
                found[wanted.target].add(head.namespace)
    return found


def _targets(targets: Iterable[Target | str]) -> list[Target]:
    found: list[Target] = []
    for target in targets:
        found += [target] if isinstance(target, Target) else parse_each([target])
    return list(dict.fromkeys(found))


def _wanted(table: KindTable, target: Target) -> Wanted:
    kinds = table.resolve(target.word)
    if not kinds:
        near = table.suggest(target.word)
        raise NotFound(
            f"no kind is called {target.word!r} in this snapshot",
            f"did you mean {' or '.join(near)}?" if near else "Its kinds are what ls lists.",
        )
    return Wanted(target, kinds, swept=_sweeps(target) and kinds == table.category(target.word))


def _sweeps(target: Target) -> bool:
    return target.name is None or is_pattern(target.name)


def _notices(table: KindTable, wanted: Wanted) -> list[str]:
    word = wanted.target.word
    if wanted.swept:
        return [_NOT_IN_ALL] if word.lower() == "all" else []
    notices = []
    others = table.others(word)
    if others:
        names = _listing([kind.qualified for kind in others])
        notices.append(f"{word!r} stands for {wanted.kinds[0].qualified} here; {names} must be written in full")
    if not any(kind.paths for kind in wanted.kinds):
        notices.append(f"{wanted.kinds[0].plural} are made up by the API server when asked for and never stored")
    return notices


def _hint(selection: Selection, missing: list[Wanted]) -> str:
    """A name that is really a kind is the likeliest slip: ``get SNAP deploy svc``."""
    for wanted in missing:
        if wanted.name is not None and selection.space.table.resolve(wanted.name):
            return f"{wanted.name!r} is a kind, too: for several kinds write {wanted.target.word},{wanted.name}"
    return f"'snapinspect ls SNAPSHOT {missing[0].target.word}' shows which there are"


def _listing(words: list[str]) -> str:
    shown = ", ".join(words[:_LISTED])
    return f"{shown} and {len(words) - _LISTED} more" if len(words) > _LISTED else shown
