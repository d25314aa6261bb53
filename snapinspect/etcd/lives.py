"""Whether records tell one story: each key created, changed and deleted in turn.

Source: go.etcd.io/etcd ``server/storage/mvcc/key_index.go``, ``kvstore_txn.go``. A record whose key was damaged into
another key shows itself here, and no other way: pages have no checksum.
"""

from __future__ import annotations

from snapinspect.etcd.fragments import Told

_DELETED = (0, 0)


class Lives:
    """Takes records oldest first. Up to ``compacted``, the revision that compaction reached, a key has one at most."""

    def __init__(self, compacted: int) -> None:
        self._compacted = compacted
        self._last: dict[bytes, tuple[int, int]] = {}

    def add(self, told: Told, revision: int, *, whole: bool) -> bool:
        """Whether this can be what etcd wrote next; ``whole`` when no record before it is lost."""
        key, create, version = told
        before = self._last.get(key)
        fits = (
            self._fits(before, create, version, revision)
            if whole
            else before is None or _may_follow(before, create, version)
        )
        if fits:
            self._last[key] = (create, version)
        return fits

    def _fits(self, before: tuple[int, int] | None, create: int, version: int, revision: int) -> bool:
        if revision <= self._compacted:
            return before is None
        if not version:
            return before is not None and before != _DELETED
        if version == 1:
            return before is None or before == _DELETED
        return before == (create, version - 1)


def _may_follow(before: tuple[int, int], create: int, version: int) -> bool:
    """A life that goes on counts up, and a new one begins later than the one before."""
    return not version or (create, version) > before
