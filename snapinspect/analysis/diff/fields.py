"""Which fields differ between two states of an object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from snapinspect.analysis.diff.merge_keys import names_by_key
from snapinspect.clean.paths import suffix
from snapinspect.write.align import align

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator


class _Absent:
    def __repr__(self) -> str:
        return "absent"


ABSENT: Final = _Absent()
"""Stands for the value of a field that is not there, which is not the same as null."""
_DEEPEST = 200
"""Levels that are looked into; what lies deeper differs as a whole."""


class FieldChange(NamedTuple):
    """One field: ``path`` as in ``.spec.template.spec.containers[name=web].image``; either value may be ABSENT.

    When the items of a list only stand in another order, ``old`` and ``new`` are their names.
    """

    path: str
    old: Any
    new: Any

    def as_json(self) -> dict[str, Any]:
        """A value that is absent is null."""
        old, new = (None if value is ABSENT else value for value in (self.old, self.new))
        return {"path": self.path, "old": old, "new": new}


def changes(old: Any, new: Any, path: str = "", field: str = "", depth: int = 0) -> Iterator[FieldChange]:
    """The fields that differ, as deep as both sides have them; nothing when both are the same JSON."""
    if depth > _DEEPEST:
        yield FieldChange(path, old, new)
    elif isinstance(old, dict) and isinstance(new, dict):
        for key in {**old, **new}:
            before, after = old.get(key, ABSENT), new.get(key, ABSENT)
            if before is after or (type(before) is str and before == after):
                continue
            if before is ABSENT or after is ABSENT:
                yield FieldChange(path + suffix(key), before, after)
            else:
                yield from changes(before, after, path + suffix(key), key, depth + 1)
    elif isinstance(old, list) and isinstance(new, list):
        named = names_by_key(field, old, new) if old and new else None
        found = _by_name(old, new, named, path, depth) if named else _in_order(old, new, path, depth)
        yield from found
    elif not _same(old, new):
        yield FieldChange(path, old, new)


def _by_name(old: list[Any], new: list[Any], named: list[str], path: str, depth: int) -> Iterator[FieldChange]:
    before = dict(zip(named[: len(old)], old, strict=True))
    after = dict(zip(named[len(old) :], new, strict=True))
    yield from (FieldChange(path + name, item, ABSENT) for name, item in before.items() if name not in after)
    for name, item in after.items():
        if name in before:
            yield from changes(before[name], item, path + name, "", depth + 1)
        else:
            yield FieldChange(path + name, ABSENT, item)
    stayed, stay = [name for name in before if name in after], [name for name in after if name in before]
    if stayed != stay:
        yield FieldChange(path, stayed, stay)


def _in_order(old: list[Any], new: list[Any], path: str, depth: int) -> Iterator[FieldChange]:
    """Items without names: equal ones belong together, and between them each to the one in its place."""
    at_old = at_new = 0
    pairs = align([_frozen(item, depth) for item in old], [_frozen(item, depth) for item in new])
    for one, other in [*pairs, (len(old), len(new))]:
        while at_old < one and at_new < other:
            yield from changes(old[at_old], new[at_new], f"{path}[{at_old}]", "", depth + 1)
            at_old, at_new = at_old + 1, at_new + 1
        yield from (FieldChange(f"{path}[{at}]", old[at], ABSENT) for at in range(at_old, one))
        yield from (FieldChange(f"{path}[{at}]", ABSENT, new[at]) for at in range(at_new, other))
        at_old, at_new = one + 1, other + 1


def _frozen(value: Any, depth: int) -> Hashable:
    """What is equal for the same JSON only; two values that nest too deep are never equal."""
    if depth > _DEEPEST:
        return object()
    if isinstance(value, dict):
        return dict, frozenset((key, _frozen(item, depth + 1)) for key, item in value.items())
    if isinstance(value, list):
        return list, tuple(_frozen(item, depth + 1) for item in value)
    return type(value) is bool, value


def _same(old: Any, new: Any) -> bool:
    """Whether two values, one of which does not nest, are the same: to Python, true equals 1."""
    return isinstance(old, bool) is isinstance(new, bool) and bool(old == new)
