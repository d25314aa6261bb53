"""Errors that name what the user named."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from snapinspect.errors import SnapinspectError


@contextmanager
def as_it_is_called(file: str, called: str) -> Iterator[None]:
    """Nobody knows the temporary file."""
    try:
        yield
    except SnapinspectError as error:
        error.args = (str(error).replace(file, called),)
        raise
