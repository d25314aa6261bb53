"""How far a selection reaches into one kind, before any object of it is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from snapinspect.kube.kinds import Kind
    from snapinspect.select import Names, Selection, Wanted

_NAMESPACE: Final = ("", "Namespace")
_MOST_NAMES: Final = 16
"""So many single objects are asked for one by one; of more, all of their kind is listed."""

Scope = tuple[str | None, str]
"""A namespace (None: all, or the cluster) and a name (empty: all)."""


def may_mean(selection: Selection, kind: Kind) -> bool:
    """Whether an object of the kind can be selected."""
    wanted = _wanted(selection, kind)
    if selection.wanted and not wanted:
        return False
    if selection.namespaces and not kind.namespaced and all(each.swept for each in wanted):
        return bool(not wanted and _identity(kind) == _NAMESPACE)
    return not selection.keys or any(
        _overlap(key, start) for key in selection.keys for start in _starts(selection, kind)
    )


def is_named(selection: Selection, kind: Kind) -> bool:
    """Whether all that is selected of the kind was asked for by kind, name or key, or everything was."""
    if selection.everything or selection.names or selection.keys:
        return True
    return any(not each.swept for each in _wanted(selection, kind))


def scopes(selection: Selection, kind: Kind) -> list[Scope]:
    """Which parts of the kind hold everything that is selected of it."""
    wanted = _wanted(selection, kind)
    names = {each.name if each.name and each.is_one_name else "" for each in wanted}
    if not wanted and selection.namespaces and _identity(kind) == _NAMESPACE:
        names = _single(selection.namespaces) or {""}
    if "" in names or not 0 < len(names) <= _MOST_NAMES:
        names = {""}
    namespaces = sorted(_single(selection.namespaces)) if kind.namespaced else []
    return [(namespace, name) for namespace in namespaces or (None,) for name in sorted(names)]


def _single(names: Names) -> set[str]:
    """The names one by one; none where a pattern stands for some of them."""
    return set() if names.has_patterns else set(names.literals)


def _wanted(selection: Selection, kind: Kind) -> list[Wanted]:
    return [each for each in selection.wanted if _identity(kind) in each.identities]


def _starts(selection: Selection, kind: Kind) -> list[bytes]:
    return [f"{prefix}/{path}/".encode() for prefix in selection.space.prefixes for path in kind.paths]


def _overlap(key: bytes, start: bytes) -> bool:
    return key.startswith(start) or start.startswith(key)


def _identity(kind: Kind) -> tuple[str, str]:
    return kind.group, kind.kind
