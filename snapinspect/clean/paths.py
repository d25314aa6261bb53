"""Paths into an object, written as a person would: ``.spec.ports[].nodePort``.

Keys that are no plain word stand in quotes: ``.metadata.annotations["example.com/x"]``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

DROP: Final = object()
"""What a change gives for a value that goes."""
EACH: Final = "[]"
"""The step that stands for every element of a list."""
_WORD = re.compile(r"[A-Za-z0-9_-]+")
_STEP = re.compile(r'\.(?P<word>[A-Za-z0-9_-]+)|\["(?P<quoted>[^"]*)"\]|(?P<each>\[\])')


def steps(path: str) -> list[str]:
    """The keys that a path goes through, ``[]`` for every element of a list.

    Raises ValueError for a path that does not follow the form.
    """
    found: list[str] = []
    position = 0
    while position < len(path):
        match = _STEP.match(path, position)
        if match is None:
            raise ValueError(f"{path!r} is no path at {path[position:]!r}")
        found.append(match["word"] or match["quoted"] or EACH)
        position = match.end()
    return found


def suffix(step: str) -> str:
    """A key as it stands in a path."""
    return f".{step}" if _WORD.fullmatch(step) else f'["{step}"]'


def reach(value: Any, path: list[str]) -> Iterator[Any]:
    """Every value at the path (as ``steps`` gives it) that is there and not null."""
    if not path:
        if value is not None:
            yield value
    elif path[0] == EACH:
        for item in value if isinstance(value, list) else ():
            yield from reach(item, path[1:])
    elif isinstance(value, dict):
        yield from reach(value.get(path[0]), path[1:])


def update(value: Any, path: list[str], change: Callable[[Any], Any]) -> Any:
    """``value`` with what stands at the path replaced by what ``change`` makes of it.

    ``change`` gets None where nothing stands, and gives None for nothing, DROP for what goes. Only the way to
    a change is copied; mappings on the way are made where they are missing. Where a value of another shape
    stands on the way, nothing changes.
    """
    if not path:
        return change(value)
    if path[0] == EACH:
        return _update_items(value, path[1:], change) if isinstance(value, list) else value
    if value is not None and not isinstance(value, dict):
        return value
    fields: dict[str, Any] = value or {}
    old = fields.get(path[0])
    new = update(old, path[1:], change)
    if new is old or (new is DROP and path[0] not in fields):
        return value
    if new is DROP:
        return {key: item for key, item in fields.items() if key != path[0]}
    return {**fields, path[0]: new}


def _update_items(value: list[Any], path: list[str], change: Callable[[Any], Any]) -> Any:
    items = [update(item, path, change) for item in value]
    if all(new is old for new, old in zip(items, value, strict=True)):
        return value
    return [item for item in items if item is not DROP]
