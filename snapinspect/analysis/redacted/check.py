"""Whether a file, in every byte of it, still holds a value of a snapshot's Secrets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from snapinspect.analysis.redacted.needles import Needles

if TYPE_CHECKING:
    from snapinspect.model import Data, Progress

_WINDOW = 8 << 20
_OVERLAP = 2 << 20
"""Bytes that windows share: as long as a value of etcd's usually is, so that none is cut in two."""


class Found(NamedTuple):
    """A place in the file, in bytes from its beginning, where a secret value stands, ``packed`` with gzip or not."""

    offset: int
    packed: bool


def check_redacted(data: Data, secrets: set[bytes], progress: Progress) -> list[Found]:
    """Every place in ``data`` at which one of ``secrets`` stands, as it is, in base64 or in gzip."""
    needles = Needles(secrets)
    found: set[Found] = set()
    with progress("looking for secrets", len(data)) as advance:
        for start in range(0, len(data), _WINDOW):
            window = bytes(data[start : start + _WINDOW + _OVERLAP])
            found.update(_in_window(needles, window, start))
            advance(min(_WINDOW, len(data) - start))
    return sorted(found)


def _in_window(needles: Needles, window: bytes, start: int) -> Iterator[Found]:
    for span in needles.spans(window):
        yield Found(start + span.start, packed=False)
    for span in needles.packed_spans(window):
        yield Found(start + span.start, packed=True)
