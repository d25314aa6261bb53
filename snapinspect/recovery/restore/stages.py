"""Which steps of a plan may be taken side by side."""

from __future__ import annotations

from collections import defaultdict
from itertools import groupby
from typing import TYPE_CHECKING

from snapinspect.clean.order import apply_order

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from snapinspect.recovery.restore.steps import Step
    from snapinspect.recovery.restore.wanted import Wanted


def stages(steps: Sequence[Step]) -> Iterator[list[Step]]:
    """The steps, which are in apply order; those together that need none of each other, and owners before what they own."""
    by_uid = {step.wanted.uid: step.wanted for step in steps if step.wanted.uid}
    for _, same_class in groupby(steps, key=lambda step: apply_order(step.wanted.body)):
        by_depth = defaultdict(list)
        for step in same_class:
            by_depth[_depth(step.wanted, by_uid)].append(step)
        for depth in sorted(by_depth):
            yield by_depth[depth]


def _depth(wanted: Wanted, by_uid: dict[str, Wanted]) -> int:
    """How many owners of its own class stand above an object; a ring of owners ends where it closes."""
    rank, depth, above = apply_order(wanted.body), 0, {wanted.uid}
    level = [wanted]
    while level:
        owners = [by_uid[uid] for one in level for uid in one.owner_uids if uid in by_uid and uid not in above]
        level = [owner for owner in owners if apply_order(owner.body) == rank]
        above |= {owner.uid for owner in level}
        depth += bool(level)
    return depth
