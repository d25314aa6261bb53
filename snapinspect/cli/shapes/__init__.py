"""What ``-o json`` of each command is made of, and the JSON Schemas that say so."""

from typing import Any

from snapinspect.cli.shapes.notation import DIALECT, described
from snapinspect.cli.shapes.reports import REPORTS
from snapinspect.cli.shapes.rows import ROWS
from snapinspect.cli.shapes.shared import SHARED

OUTPUTS = {name: {**ROWS, **REPORTS}[name] for name in sorted({**ROWS, **REPORTS})}
"""By the command's words behind the program; ``export`` stands for the lines of its ``index.jsonl``."""

__all__ = ["DIALECT", "OUTPUTS", "schema_of"]


def schema_of(name: str) -> dict[str, Any]:
    """The JSON Schema of an output that ``OUTPUTS`` names."""
    return described(name, OUTPUTS[name], SHARED)
