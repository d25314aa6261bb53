"""``-o custom-columns``: a table whose cells the user's expressions find in each object.

Source: kubectl ``pkg/cmd/get/customcolumn.go``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

from snapinspect.errors import UsageError
from snapinspect.write.jsonpath import Template, go_text, parse_relaxed
from snapinspect.write.table import EMPTY, draw, printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from snapinspect.model import Body


@dataclass(frozen=True, slots=True)
class CustomColumns:
    """Headings, and under each what its expression finds; made by ``parse``."""

    headings: tuple[str, ...]
    cells: tuple[Template, ...]

    @classmethod
    def parse(cls, text: str) -> CustomColumns:
        """``NAME:.metadata.name,IMAGE:.spec.containers[*].image``. Raises UsageError for anything else."""
        pairs = [_pair(part) for part in text.split(",")]
        return cls(tuple(heading for heading, _ in pairs), tuple(cell for _, cell in pairs))

    def write(self, bodies: Iterable[Body], stream: TextIO, *, headings: bool = True) -> None:
        """All objects, one a line. Raises UsageError where one is of another shape than an expression needs."""
        rows = [tuple(_cell(cell, body) for cell in self.cells) for body in bodies]
        draw([tuple(map(printable, self.headings)), *rows] if headings else rows, stream)


def _pair(part: str) -> tuple[str, Template]:
    heading, colon, expression = part.partition(":")
    if not colon:
        raise UsageError(
            f"unexpected custom-columns spec: {part!r}, expected <header>:<json-path-expr>",
            "As in -o custom-columns=NAME:.metadata.name,KIND:.kind.",
        )
    return heading, parse_relaxed(expression)


def _cell(template: Template, body: Body) -> str:
    found = template.find(body)
    values = [printable(go_text(value)) for part in found for value in part]
    return ",".join(values if found and found[0] else [EMPTY, *values])
