"""A whole template: text, expressions and loops, and what it makes of an object."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from snapinspect.write.jsonpath.steps import Path
from snapinspect.write.jsonpath.text import json_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from snapinspect.write.jsonpath.steps import Values


@dataclass(frozen=True, slots=True)
class Loop:
    """``{range path}body{end}``: the body for each value of the path."""

    path: Path
    body: tuple[str | Path | Loop, ...]


@dataclass(frozen=True, slots=True)
class Template:
    """Made by ``parse``. Both methods raise UsageError where an object is of another shape than the template needs."""

    parts: tuple[str | Path | Loop, ...]

    def find(self, value: Any) -> list[Values]:
        """What each expression finds, in the order in which the template writes them."""
        return list(_found(self.parts, value))

    def text(self, value: Any) -> str:
        """What the template writes: the values of one expression are set apart by spaces."""
        return "".join(" ".join(map(json_text, values)) for values in self.find(value))


def _found(parts: Sequence[str | Path | Loop], value: Any) -> Iterator[Values]:
    for part in parts:
        if isinstance(part, str):
            yield [part]
        elif isinstance(part, Path):
            yield part.walk([value])
        else:
            for item in part.path.walk([value]):
                yield from _found(part.body, item)
