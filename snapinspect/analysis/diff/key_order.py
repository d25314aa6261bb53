"""Two states of an object with their keys in one order, as an API server answers in another one than storage has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from snapinspect.model import Body

_DEEPEST: Final = 200
"""Levels that are put in order; what lies deeper stays as it is."""

Shape = dict[str, Any]
"""The keys at a place in their order, each with the shape of what lies under it; all elements of a list share one."""


def in_one_order(old: Body, new: Body) -> tuple[Body, Body]:
    """Both with their keys in the order of ``old``, then those that only ``new`` has."""
    shape: Shape = {}
    _learn(shape, old, 0)
    _learn(shape, new, 0)
    return _arranged(old, shape, 0), _arranged(new, shape, 0)


def _learn(shape: Shape, value: Any, depth: int) -> None:
    if depth > _DEEPEST:
        return
    if isinstance(value, dict):
        for key, item in value.items():
            _learn(shape.setdefault(key, {}), item, depth + 1)
    elif isinstance(value, list):
        for item in value:
            _learn(shape, item, depth + 1)


def _arranged(value: Any, shape: Shape, depth: int) -> Any:
    if depth > _DEEPEST:
        return value
    if isinstance(value, dict):
        return {key: _arranged(value[key], below, depth + 1) for key, below in shape.items() if key in value}
    return [_arranged(item, shape, depth + 1) for item in value] if isinstance(value, list) else value
