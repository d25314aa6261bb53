"""Walks an object along the fields that have a default, and what people sent beside it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

from snapinspect.clean.minimal.sent import sent_by_people
from snapinspect.clean.minimal.table import DEFAULTS, EMPTIED
from snapinspect.clean.paths import DROP, EACH, steps, suffix
from snapinspect.clean.rule import kind_key
from snapinspect.clean.subject import group_of
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
    root = _trees().get((group_of(body.get("apiVersion")), subject.kind))
    if root is None:
        return body, []
    changes: list[Change] = []
    lean = _Walk(body, changes).fields(root, body, sent_by_people(subject), "")
    return lean, changes


@cache
def _trees() -> dict[tuple[str, str], _Node]:
    trees = {}
    for kind, defaults in DEFAULTS.items():
        root = trees[kind_key(kind)] = _Node()
        for default in defaults:
            node = root
            for step in steps(default.path):
                node = node.fields.setdefault(step, _Node())
            node.default = default
    return trees


class _Walk:
    """One walk over an object."""

    def __init__(self, body: Body, changes: list[Change]) -> None:
        self._body = body
        self._changes = changes

    def fields(self, node: _Node, value: dict[str, Any], sent: Sent, path: str) -> dict[str, Any]:
        result = value
        for key, child in node.fields.items():
            if key not in value:
                continue
            place = path + suffix(key)
            kept = self._value(child, value[key], value, sent, key, place)
            if kept is DROP:
                result = {name: item for name, item in result.items() if name != key}
            elif kept is not value[key]:
                result = {**result, key: kept}
        return result

    def _value(self, node: _Node, value: Any, parent: dict[str, Any], sent: Sent, key: str, path: str) -> Any:
        was_sent = sent.has(key)
        if node.default and not was_sent and node.default.is_filled(value, parent, self._body):
            self._changes.append(Change(path, RULE, REASON))
            return DROP
        if isinstance(value, dict) and node.fields:
            kept = self.fields(node, value, sent.below(key), path)
            return DROP if value and not kept and key in EMPTIED and not was_sent else kept
        if isinstance(value, list) and EACH in node.fields:
            return self._items(node.fields[EACH], value, sent.below(key), path)
        return value

    def _items(self, node: _Node, value: list[Any], sent: Sent, path: str) -> list[Any]:
        items = [
            self.fields(node, item, sent.element(index, item), f"{path}[{index}]") if isinstance(item, dict) else item
            for index, item in enumerate(value)
        ]
        return value if all(new is old for new, old in zip(items, value, strict=True)) else items
