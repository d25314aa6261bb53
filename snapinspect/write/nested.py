"""Text of values that nest, written without taking more of the stack the deeper they do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple


class Nested(NamedTuple):
    """A value that nests further, and what opens a line around it where lines are opened."""

    value: Any
    line: str = ""


def written(nested: Nested, pieces: Callable[[Nested], Iterator[str | Nested]]) -> str:
    """The text of a value; ``pieces`` gives that of one level, and in their places the values inside that nest."""
    parts: list[str] = []
    levels = [pieces(nested)]
    while levels:
        for piece in levels[-1]:
            if isinstance(piece, str):
                parts.append(piece)
            else:
                levels.append(pieces(piece))
                break
        else:
            levels.pop()
    return "".join(parts)
