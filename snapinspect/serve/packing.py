"""Answers packed with gzip for those who ask for it, where there is enough to save.

Source: apiserver ``pkg/endpoints/handlers/responsewriters/writers.go``.
"""

from __future__ import annotations

import zlib
from itertools import chain
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_LEAST = 128 << 10
"""Bytes below which an answer goes as it is."""
_QUICKEST = 1
_GZIP = 16 + zlib.MAX_WBITS


def takes_gzip(accepted: bytes) -> bool:
    """Whether an ``Accept-Encoding`` names gzip and does not refuse it."""
    for part in accepted.decode("latin-1").lower().split(","):
        name, _, quality = part.replace(" ", "").partition(";q=")
        if name == "gzip":
            return quality.strip("0.") != "" or not quality
    return False


def packed(pieces: Iterable[bytes]) -> tuple[bool, Iterable[bytes]]:
    """Whether it is worth while, and the pieces as they are sent: little is looked at before the first goes."""
    ahead, rest, size = [], iter(pieces), 0
    for piece in rest:
        ahead.append(piece)
        size += len(piece)
        if size >= _LEAST:
            return True, _gzip(chain(ahead, rest))
    return False, ahead


def _gzip(pieces: Iterable[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(_QUICKEST, zlib.DEFLATED, _GZIP)
    for piece in pieces:
        yield packer.compress(piece)
    yield packer.flush()
