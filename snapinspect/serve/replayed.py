"""A snapshot's view of what a replay has come to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snapinspect.snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Iterable

    from snapinspect.model import Record


class Replayed(Snapshot):
    """What ``state`` holds under each key, at revision ``moment``."""

    state: dict[bytes, Record]
    moment: int

    @property
    def revision(self) -> int:
        return self.moment

    def known_keys(self) -> Iterable[bytes]:
        return self.state.keys()

    def record(self, key: bytes) -> Record | None:
        return self.state.get(key)
