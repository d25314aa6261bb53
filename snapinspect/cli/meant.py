"""Which snapshots a command's words mean where it takes several: each word's own, or all of a directory, a prefix or a pattern."""

from __future__ import annotations

import glob
import os
from collections.abc import Sequence

from snapinspect.errors import NotASnapshot, SnapinspectError
from snapinspect.snapshot import open_snapshot
from snapinspect.sources.cloud import is_object


def meant(words: Sequence[str]) -> list[str]:
    """The snapshots in the order named; what names one, or nothing that there is, is itself, and opening it tells more.

    Of what lies in a directory and need be no snapshot, that which is none is left out. Raises SourceError, UsageError.
    """
    return [path for word in words for path in (_several(word) or [word])]


def _several(word: str) -> list[str]:
    """What a directory, a prefix or a pattern stands for; nothing where ``word`` is none of them."""
    is_pattern = glob.has_magic(word) and not os.path.lexists(word)
    if not is_pattern and not (word.endswith("/") if is_object(word) else os.path.isdir(word)):  # noqa: PTH112
        return []
    # Imported here, as most words are a file's name.
    from snapinspect.analysis.find.places import snapshots_at

    if not is_pattern and _refusal(word) is None:
        return [word]
    places = snapshots_at([word])
    return [path for path in places.paths if path not in places.perhaps or not isinstance(_refusal(path), NotASnapshot)]


def _refusal(path: str) -> SnapinspectError | None:
    """Why it cannot be opened as one snapshot; None where it can."""
    try:
        open_snapshot(path).close()
    except SnapinspectError as error:
        return error
    return None
