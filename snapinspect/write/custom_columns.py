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
        """All objects, one a line. Raises UsageError where all are of another shape than an expression needs."""
        found = [tuple(_cell(cell, body) for cell in self.cells) for body in bodies]
        for column in zip(*found, strict=True):
            if isinstance(column[0], UsageError) and not any(isinstance(cell, str) for cell in column):
                raise column[0]
        rows = [tuple(cell if isinstance(cell, str) else EMPTY for cell in row) for row in found]
        draw([tuple(map(printable, self.headings)), *rows] if headings else rows, stream)


def _pair(part: str) -> tuple[str, Template]:
    heading, colon, expression = part.partition(":")
    if not colon:
        raise UsageError(
            f"unexpected custom-columns spec: {part!r}, expected <header>:<json-path-expr>",
            "As in -o custom-columns=NAME:.metadata.name,KIND:.kind.",
        )
    return heading, parse_relaxed(expression)


def _cell(template: Template, body: Body) -> str | UsageError:
    """The cell, or why the object is of another shape than the expression needs."""
    try:
        found = template.find(body)
    except UsageError as error:
        return error
    values = [printable(go_text(value)) for part in found for value in part]
    return ",".join(values if found and found[0] else [EMPTY, *values])
