"""How a rebuilt snapshot is to differ from its source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snapinspect.select import Selection


@dataclass(frozen=True, slots=True)
class Change:
    """What the new snapshot leaves away or adds; without any it holds what the source holds.

    ``at`` is the main revision up to which records are taken. ``compact`` takes the last record of each live key alone.
    ``drop`` are selections whose objects go, in every revision. ``with_unproven`` brings what a damaged file does not
    prove. ``bump`` is by how many revisions etcd's clients are to find it later than it was. ``redact`` puts keyed hashes
    in place of what is secret; ``strict`` looks for it in ConfigMaps, too.
    """

    at: int | None = None
    compact: bool = False
    drop: tuple[Selection, ...] = ()
    with_unproven: bool = False
    bump: int = 0
    redact: bool = False
    strict: bool = False

    @property
    def is_none(self) -> bool:
        """Whether the result holds what the source holds."""
        return self == Change(with_unproven=self.with_unproven)
