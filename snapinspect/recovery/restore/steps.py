"""What would happen to one object, and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snapinspect.kube.cluster import Served
    from snapinspect.model import Body
    from snapinspect.recovery.restore.wanted import Wanted


class Policy(Enum):
    """``--on-conflict``: what becomes of an object that is there already and differs."""

    skip = "skip"
    fail = "fail"
    merge = "merge"
    replace = "replace"


class State(StrEnum):
    """How an object stands to the cluster.

    ``conflict``: the server refuses it as things stand. ``comes-after``: its namespace or CRD is made first.
    ``no-namespace``: it has none to go into. ``unchecked``: a dry run is impossible.
    """

    create = "create"
    identical = "identical"
    differs = "differs"
    conflict = "conflict"
    being_deleted = "being-deleted"
    not_served = "not-served"
    comes_after = "comes-after"
    no_namespace = "no-namespace"
    unchecked = "unchecked"


class Action(Enum):
    """What is done; ``give-up`` counts as a failure, ``leave`` does not."""

    create = "create"
    merge = "merge"
    replace = "replace"
    leave = "leave"
    give_up = "give-up"


@dataclass(frozen=True, slots=True)
class Step:
    """One object of a plan.

    ``body`` is what would be written. ``before`` and ``after`` are the live object and what it would become, cleaned
    alike, where both are known and differ. ``reason`` is the server's own message where it gave one.
    """

    wanted: Wanted
    state: State
    action: Action
    body: Body
    reason: str = ""
    served: Served | None = None
    before: Body | None = None
    after: Body | None = None

    @property
    def writes(self) -> bool:
        return self.action in {Action.create, Action.merge, Action.replace}

    @property
    def gives_up(self) -> bool:
        return self.action is Action.give_up

    def __str__(self) -> str:
        return str(self.wanted)
