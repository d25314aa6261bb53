"""Writing one object, so that what was written once can be changed again.

Sources: ``k8s.io/apiserver/pkg/registry/generic/registry/store.go`` (Update: an apply to what is not there creates it,
whatever its resourceVersion; to what is there another resourceVersion is a conflict), ``pkg/endpoints/handlers/patch.go``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from snapinspect.clean.paths import update
from snapinspect.kube.cluster import ApiError, Unreachable
from snapinspect.kube.cluster.client import MANAGER
from snapinspect.recovery.restore.steps import Action
from snapinspect.write.json import dumps

if TYPE_CHECKING:
    from snapinspect.kube.cluster import Cluster
    from snapinspect.model import Body
    from snapinspect.recovery.restore.steps import Step

_OF_NOTHING: Final = "1"
"""A resourceVersion that no object has: an apply that bears it creates, and never changes what is there."""
_FINAL: Final = frozenset({401, 429, 503})
"""What would be answered to any other request, too."""


def write(cluster: Cluster, step: Step, *, force: bool = False, dry: bool = False) -> Body:
    """Carries out one step, or tries it. Raises ApiError, OutputError for what JSON cannot hold."""
    assert step.served is not None
    if step.action is Action.create:
        return _tried(cluster, step) if dry else _created(cluster, step)
    if step.action is Action.replace:
        return cluster.replace(step.served, step.wanted.namespace, step.wanted.name, dumps(step.body), dry=dry)
    return _merged(cluster, step, force=force, dry=dry)


def as_replaced(cluster: Cluster, step: Step) -> Body:
    """What the server would keep if the step's body took the place of the live object; nothing is written."""
    assert step.served is not None
    return cluster.replace(step.served, step.wanted.namespace, step.wanted.name, dumps(step.body), dry=True)


def _tried(cluster: Cluster, step: Step) -> Body:
    assert step.served is not None
    return cluster.create(step.served, step.wanted.namespace, dumps(step.body), dry=True)


def _created(cluster: Cluster, step: Step) -> Body:
    """By server-side apply, which makes the fields ours to change and to take away.

    What that refuses, as an account may not patch or a list names an item twice, is created as it is.
    """
    assert step.served is not None
    new = update(step.body, ["metadata", "resourceVersion"], lambda _: _OF_NOTHING)
    try:
        return cluster.merge(step.served, step.wanted.namespace, step.wanted.name, dumps(new))
    except Unreachable:
        raise
    except ApiError as error:
        if error.code in _FINAL:
            raise
        return cluster.create(step.served, step.wanted.namespace, dumps(step.body))


def _merged(cluster: Cluster, step: Step, *, force: bool, dry: bool) -> Body:
    """By server-side apply; fields that only we wrote in another way, by a creation or a replacement, are taken over."""
    assert step.served is not None
    content, namespace, name = dumps(step.body), step.wanted.namespace, step.wanted.name
    try:
        return cluster.merge(step.served, namespace, name, content, force=force, dry=dry)
    except ApiError as error:
        if not error.is_conflict_with(MANAGER):
            raise
    return cluster.merge(step.served, namespace, name, content, force=True, dry=dry)
