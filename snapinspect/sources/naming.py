"""Errors that name what the user named."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from snapinspect.errors import SnapinspectError
from snapinspect.sources.archive import SEPARATOR

if TYPE_CHECKING:
    from collections.abc import Iterator

KEPT = "backup"
"""The name that hints give to a file of the user's own."""


@contextmanager
def as_it_is_called(file: str, called: str) -> Iterator[None]:
    """Nobody knows the temporary file."""
    try:
        yield
    except SnapinspectError as error:
        error.args = (str(error).replace(file, called),)
        raise


@contextmanager
def as_it_is_typed(file: str, typed: str) -> Iterator[None]:
    """Hints name no temporary ``file``: what lies in it is had by what was ``typed``, and all else needs a file of the user's own."""
    try:
        yield
    except SnapinspectError as error:
        inside = re.sub(rf"'?{re.escape(file + SEPARATOR)}([^'`]*)'?", rf"-- '{typed}{SEPARATOR}\1'", error.hint)
        own = re.sub(rf"'?{re.escape(file)}(\.\w+)?'?", rf"{KEPT}\1", inside)
        error.hint = own if own == inside else f"Put it into a file first (`cat > {KEPT}`). {own}"
        raise
