"""Walks an object along the fields that have a default, and what people sent beside it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

from snapinspect.clean.minimal.default import NOTHING, Place
from snapinspect.clean.minimal.sent import sent_by_people
from snapinspect.clean.minimal.table import DEFAULTS
from snapinspect.clean.paths import DROP, EACH, steps, suffix
from snapinspect.clean.subject import mapping, text
from snapinspect.model import Change

if TYPE_CHECKING:
    from snapinspect.clean.minimal.default import Default
    from snapinspect.clean.minimal.sent import Sent
    from snapinspect.clean.subject import Subject
    from snapinspect.model import Body

RULE: Final = "default"
REASON: Final = "The API server fills it in, and no person is known to have sent it."


class _Node:
    """A field that has a default, or leads to one."""

    __slots__ = ("default", "fields")

    def __init__(self) -> None:
        self.default: Default | None = None
        self.fields: dict[str, _Node] = {}


def minimize(body: Body, subject: Subject) -> tuple[Body, list[Change]]:
    """The object without the defaults that no person sent, and what was taken away.

    ``subject`` is the object as it is stored: it tells what was sent. An object without a default is given back
    itself; an empty value that was there stays, whatever it means.
    """
    root = _trees().get((text(body.get("apiVersion")), subject.kind))
    if root is None:
        return body, []
    walk = _Walk(body, subject.body)
    lean = walk.fields(root, body, sent_by_people(subject), "")
    return lean, walk.changes


@cache
def _trees() -> dict[tuple[str, str], _Node]:
    trees = {}
    for api_version, kinds in DEFAULTS.items():
        for kind, defaults in kinds.items():
            root = trees[api_version, kind] = _Node()
            for default in defaults:
                node = root
                for step in steps(default.path):
                    node = node.fields.setdefault(step, _Node())
                node.default = default
    return trees


class _Walk:
    """One walk over an object, and what it took away."""

    def __init__(self, body: Body, stored: Body) -> None:
        self._body = body
        self._stored = stored
        self.changes: list[Change] = []

    def fields(self, node: _Node, value: dict[str, Any], sent: Sent, path: str) -> dict[str, Any]:
        result = value
        for key, child in node.fields.items():
            if key not in value:
                continue
            place = path + suffix(key)
            kept = self._value(child, result, sent, key, place)
            if kept is DROP:
                result = {name: item for name, item in result.items() if name != key}
            elif kept is not value[key]:
                result = {**result, key: kept}
        return result

    def _value(self, node: _Node, beside: dict[str, Any], sent: Sent, key: str, path: str) -> Any:
        value = beside[key]
        kept = self._inside(node, value, sent.below(key), path)
        if node.default is None:
            return kept
        filled = node.default.filled(Place(beside, self._body, self._stored))
        if node.default.by_entry and filled is not NOTHING:
            kept = self._entries(kept, mapping(filled), sent.below(key), path)
            filled = {}
        if sent.has(key) or type(kept) is not type(filled) or kept != filled:
            return kept
        if kept is value:
            self.changes.append(Change(path, RULE, REASON))
        return DROP

    def _inside(self, node: _Node, value: Any, sent: Sent, path: str) -> Any:
        if isinstance(value, dict):
            return self.fields(node, value, sent, path)
        if isinstance(value, list) and EACH in node.fields:
            return self._items(node.fields[EACH], value, sent, path)
        return value

    def _entries(self, value: Any, filled: dict[str, Any], sent: Sent, path: str) -> Any:
        if not isinstance(value, dict):
            return value
        kept = {key: item for key, item in value.items() if sent.has(key) or filled.get(key, NOTHING) != item}
        self.changes += [Change(path + suffix(key), RULE, REASON) for key in value if key not in kept]
        return kept

    def _items(self, node: _Node, value: list[Any], sent: Sent, path: str) -> list[Any]:
        items = [
            self.fields(node, item, sent.element(index, item), f"{path}[{index}]") if isinstance(item, dict) else item
            for index, item in enumerate(value)
        ]
        return value if all(new is old for new, old in zip(items, value, strict=True)) else items
