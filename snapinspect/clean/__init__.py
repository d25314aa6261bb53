"""Cleaning: what an object must lose so that it applies and does no harm, and what recovery leaves out.

The rules are data, one table (``rules``), which ``engine`` applies; ``order`` says what to apply first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from snapinspect.clean.engine import Engine
from snapinspect.clean.order import apply_order
from snapinspect.clean.rule import Exclusion, Notice
from snapinspect.clean.rules import TABLE
from snapinspect.clean.served import NEWEST, parse_release

if TYPE_CHECKING:
    from snapinspect.model import Body, Cleaned, Lookup, Omission

__all__ = [
    "ENDING",
    "NEWEST",
    "OWNED",
    "REMEDIES",
    "TABLE",
    "USUAL",
    "Engine",
    "Fact",
    "apply_order",
    "clean",
    "omission",
    "parse_release",
    "rules",
]

USUAL: Final = Engine(TABLE)
"""The engine of the table."""

OWNED: Final = frozenset(rule.id for rule in TABLE if isinstance(rule, Exclusion) and rule.sort == "owned")
"""Ids of the omissions of what a controller would make again."""

REMEDIES: Final = {rule.reason: rule.remedy for rule in TABLE if isinstance(rule, Notice) and rule.droppable}
"""By what people are told: a file of rules that drops what it is about."""

ENDING: Final = frozenset({"terminating-pod"})
"""Ids of the omissions of what was being deleted, as all that is gone was in its last state."""


class Fact(NamedTuple):
    """A rule in words. ``kinds`` are ``Kind.group``, or ``*`` for every object.

    ``acts`` says what it does as a file of rules says it; empty where no file can.
    """

    id: str
    kinds: tuple[str, ...]
    does: str
    reason: str
    trap: str
    acts: dict[str, Any]


def clean(body: Body, lookup: Lookup, release: int | None = None) -> Cleaned:
    """The object as Kubernetes 1.``release`` takes it, every change with its rule, and what people should know.

    Without ``release`` it is for the newest one, and for a cluster that serves what the snapshot's did, such as
    alpha versions that were switched on.
    ``body`` is not changed; what no rule touches is shared with the result. Never raises on an object of
    an unexpected shape: what a rule cannot understand stays as it is.
    """
    return USUAL.clean(body, lookup, release)


def omission(body: Body, lookup: Lookup) -> Omission | None:
    """Why recovery leaves the object out if neither its kind nor its name was asked for; None if it does not."""
    return USUAL.omission(body, lookup)


def rules(kind: str | None = None) -> list[Fact]:
    """The rules that concern ``kind`` (``Service``, ``job``, ``Job.batch``), or all of them.

    Those for every object come first.
    """
    wanted = None if kind is None else kind.casefold()
    return [
        Fact(rule.id, rule.kinds, rule.does, rule.reason, rule.trap, getattr(rule, "acts", {}))
        for rule in TABLE
        if wanted is None or any(_means(wanted, concerned) for concerned in rule.kinds)
    ]


def _means(wanted: str, concerned: str) -> bool:
    concerned = concerned.casefold()
    return concerned in ("*", wanted) or concerned.partition(".")[0] == wanted
