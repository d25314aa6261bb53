"""What the same bytes gave before: replicas repeat their specs and managedFields byte for byte."""

from __future__ import annotations

from typing import Any

from snapinspect.model import Shared

SMALLEST, LARGEST = 24, 16_384
"""Sizes in bytes between which remembering pays: below, decoding is as quick; above, nothing repeats."""
_TRIAL = 128
_REST = 1_024
_WORTH = 8
_ENTRIES = 512
_BYTES = 1_000_000


class Memo:
    """Decoded messages of one field by their bytes, or that these are right.

    It is bounded: full, it starts anew. When fewer than one look-up in eight was answered in a trial, it
    rests: the next ``resting`` messages should not be looked up. A message that is met again becomes ``Shared``.
    """

    __slots__ = ("_bytes", "_hits", "_known", "_lookups", "resting")

    def __init__(self) -> None:
        self.resting = 0
        self._known: dict[bytes, Any] = {}
        self._bytes = self._hits = self._lookups = 0

    def get(self, raw: bytes) -> Any:
        """What ``raw`` gave before, or None."""
        self._lookups += 1
        found = self._known.get(raw)
        if found is None:
            return None
        self._hits += 1
        if type(found) is dict:
            found = self._known[raw] = Shared(found)
        return found

    def put(self, raw: bytes, value: Any) -> None:
        if self._lookups >= _TRIAL:
            if self._hits * _WORTH < self._lookups:
                self.resting = _REST
            self._lookups = self._hits = 0
        if len(self._known) >= _ENTRIES or self._bytes > _BYTES:
            self._known.clear()
            self._bytes = 0
        self._known[raw] = value
        self._bytes += len(raw)
