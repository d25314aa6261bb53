"""YAML whose lines know to which field they belong, so that a diff never takes one field for another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from snapinspect.errors import OutputError
from snapinspect.write.scalars import key_text, string_text
from snapinspect.write.yaml import MAX_LEVELS, in_reading_order, leaf

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from snapinspect.model import Body

    Names = Callable[[str, list[Any]], list[str]]


class Line(NamedTuple):
    """One line, and the path of the field that it writes."""

    path: str
    text: str


def yaml_lines(body: Body, names: Names) -> list[Line]:
    """The lines of ``yaml.dump(body)``. ``names(field, items)`` gives each item of a list its name in the path.

    Raises OutputError as ``yaml.dump`` does.
    """
    if not body:
        return [Line("", "{}")]
    return list(_Walk(names).mapping(in_reading_order(body), 0, ""))


class _Walk:
    def __init__(self, names: Names) -> None:
        self._names = names

    def mapping(self, fields: Body, depth: int, path: str) -> Iterator[Line]:
        indent = _indent(depth)
        for key, value in fields.items():
            place = f"{path}.{key}"
            start = f"{indent}{key_text(key, indent)}:"
            if isinstance(value, dict) and value:
                yield from _split(place, start)
                yield from self.mapping(value, depth + 1, place)
            elif isinstance(value, list) and value:
                yield from _split(place, start)
                yield from self.sequence(value, depth, place, key)
            else:
                yield from _split(place, start + _scalar(value, depth + 1))

    def sequence(self, items: list[Any], depth: int, path: str, field: str) -> Iterator[Line]:
        dash = f"{_indent(depth)}-"
        for item, name in zip(items, self._names(field, items), strict=True):
            place = path + name
            if isinstance(item, dict | list) and item:
                first, *others = self._nested(item, depth + 1, place)
                # The item begins on the line of its dash.
                yield Line(first.path, f"{dash} {first.text[len(dash) + 1 :]}")
                yield from others
            else:
                yield from _split(place, dash + _scalar(item, depth + 1))

    def _nested(self, item: Body | list[Any], depth: int, path: str) -> Iterator[Line]:
        return self.mapping(item, depth, path) if isinstance(item, dict) else self.sequence(item, depth, path, "")


def _indent(depth: int) -> str:
    if depth >= MAX_LEVELS:
        raise OutputError(f"an object is nested more than {MAX_LEVELS} levels deep", "Read it with get -o json.")
    return "  " * depth


def _scalar(value: object, depth: int) -> str:
    return f" {string_text(value, '  ' * depth)}" if isinstance(value, str) else leaf(value)


def _split(path: str, text: str) -> list[Line]:
    return [Line(path, line) for line in text.split("\n")]
