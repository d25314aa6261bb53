"""A plan as far as the snapshot tells it: no cluster is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snapinspect.kube.kinds import KindTable
from snapinspect.recovery.restore.plan import Plan, defines
from snapinspect.recovery.restore.steps import Action, Policy, State, Step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from snapinspect.recovery.restore.wanted import Wanted


def offline_plan(wanted: Sequence[Wanted], policy: Policy) -> Plan:
    """All would be created, in this order; ``notes`` say what a cluster must have for it."""
    namespaces = {each.name for each in wanted if each.target[:2] == ("", "Namespace")}
    defined = {defines(each) for each in wanted if each.kind == "CustomResourceDefinition"}
    steps = tuple(_step(each, namespaces, defined) for each in wanted)
    needed = sorted({each.namespace for each in wanted if each.namespace} - namespaces)
    builtin = {(kind.group, kind.kind) for kind in KindTable.builtin()}
    kinds = sorted({each.target[:2] for each in wanted} - builtin - defined)
    notes = []
    if needed:
        notes.append(f"the cluster must have namespace {', '.join(needed)}")
    if kinds:
        notes.append(f"the cluster must serve {', '.join('.'.join((kind, group)) for group, kind in kinds)}")
    return Plan("", "", "", None, policy, steps, (), tuple(notes))


def _step(wanted: Wanted, namespaces: set[str], defined: set[tuple[str, str]]) -> Step:
    comes_after = wanted.namespace in namespaces or wanted.target[:2] in defined
    return Step(wanted, State.comes_after if comes_after else State.unchecked, Action.create, wanted.body)
