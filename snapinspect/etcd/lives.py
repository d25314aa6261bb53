"""Whether records tell one story: each key created, changed and deleted in turn.

Source: go.etcd.io/etcd ``server/storage/mvcc/key_index.go``, ``kvstore_txn.go``. A record whose key was damaged into
another key shows itself here, and no other way: pages have no checksum.
"""

from __future__ import annotations

from snapinspect.etcd.fragments import Told


class Lives:
    """Takes records oldest first. Up to ``compacted``, the revision that compaction reached, a key has one at most."""

    def __init__(self, compacted: int) -> None:
        self._compacted = compacted
        self._last: dict[bytes, tuple[int, int]] = {}
        self._born: dict[int, bytes] = {}

    def add(self, told: Told, revision: int, whole_until: int | None) -> bool:
        """Whether this can be what etcd wrote next; from ``whole_until`` on records are lost, None when none is."""
        key, create, version = told
        before = self._last.get(key)
        if whole_until is None:
            fits = self._follows(before, create, version, revision)
        else:
            fits = self._may_follow(before, create, version, whole_until) and not self._is_of_another(
                key, create, version
            )
        if fits:
            # A deletion is held as the beginning of what has no version: a later life begins later.
            self._last[key] = (create, version) if version else (revision, 0)
        return fits

    def take_back(self, key: bytes) -> None:
        """The last record of this key was none: nothing is known of it."""
        del self._last[key]

    def _follows(self, before: tuple[int, int] | None, create: int, version: int, revision: int) -> bool:
        if revision <= self._compacted:
            return before is None
        lives = before is not None and before[1] > 0
        if version <= 1:
            return lives != bool(version)
        return before == (create, version - 1)

    def _may_follow(self, before: tuple[int, int] | None, create: int, version: int, whole_until: int) -> bool:
        """A life goes on counting up, and a new one begins later; where all is held, its beginning is."""
        if not version:
            return True
        if self._compacted <= whole_until and create <= whole_until:
            return before is not None and before[0] == create and version > before[1]
        return before is None or (create, version) > before

    def _is_of_another(self, key: bytes, create: int, version: int) -> bool:
        """Whether this goes on with the life of another key, for which its own was mistaken."""
        if not self._born:
            self._born = {born: other for other, (born, count) in self._last.items() if count}
        other = self._born.setdefault(create, key) if version else key
        return other != key and self._last.get(other) == (create, version - 1)
