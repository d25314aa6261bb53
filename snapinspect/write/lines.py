"""YAML whose lines know to which field they belong, so that a diff never takes one field for another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from snapinspect.write.yaml import TooDeep, dump, in_reading_order, leaf, level_at

if TYPE_CHECKING:
    from collections.abc import Callable

    from snapinspect.model import Body

    Names = Callable[[str, list[Any]], list[str]]


class Line(NamedTuple):
    """One line, and the path of the field that it writes."""

    path: str
    text: str


def yaml_lines(body: Body, names: Names) -> list[Line]:
    """The lines of ``yaml.dump(body)``. ``names(field, items)`` gives each item of a list its name in the path.

    One that is nested too deep for them is one line of no path. Raises OutputError as ``yaml.dump`` does.
    """
    if not body:
        return [Line("", "{}")]
    walk = _Walk(names)
    try:
        walk.mapping(in_reading_order(body), 0, "")
    except TooDeep:
        return [Line("", dump(body).rstrip("\n"))]
    return walk.lines


class _Walk:
    """The lines so far."""

    def __init__(self, names: Names) -> None:
        self.lines: list[Line] = []
        self._names = names

    def mapping(self, fields: Body, depth: int, path: str) -> None:
        at = level_at(depth)
        for key, value in fields.items():
            place = f"{path}.{key}"
            start = at.key(key)
            if isinstance(value, str):
                self._add(place, start + at.string(value))
            elif isinstance(value, dict) and value:
                self._add(place, start)
                self.mapping(value, depth + 1, place)
            elif isinstance(value, list) and value:
                self._add(place, start)
                self.sequence(value, depth, place, key)
            else:
                self._add(place, start + leaf(value))

    def sequence(self, items: list[Any], depth: int, path: str, field: str) -> None:
        at = level_at(depth)
        for item, name in zip(items, self._names(field, items), strict=True):
            place = path + name
            if isinstance(item, str):
                self._add(place, at.dash + at.string(item))
            elif isinstance(item, dict | list) and item:
                self._nested(item, depth + 1, place, at.dash[1:])
            else:
                self._add(place, at.dash + leaf(item))

    def _nested(self, item: Body | list[Any], depth: int, path: str, dash: str) -> None:
        """An item that nests begins on the line of its dash."""
        first = len(self.lines)
        if isinstance(item, dict):
            self.mapping(item, depth, path)
        else:
            self.sequence(item, depth, path, "")
        place, text = self.lines[first]
        self.lines[first] = Line(place, f"{dash} {text[len(dash) + 1 :]}")

    def _add(self, path: str, text: str) -> None:
        """What the writer gives begins with a line break."""
        if text.rfind("\n"):
            self.lines += [Line(path, line) for line in text.split("\n")[1:]]
        else:
            self.lines.append(Line(path, text[1:]))
