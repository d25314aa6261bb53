"""Owners that are still there, and workloads that an autoscaler sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from snapinspect.clean.paths import update
from snapinspect.clean.subject import dig, group_of, text
from snapinspect.kube.cluster import ApiError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from snapinspect.kube.cluster import Cluster
    from snapinspect.model import Body
    from snapinspect.recovery.restore.wanted import Wanted

_AUTOSCALER: Final = "HorizontalPodAutoscaler"
_AUTOSCALING: Final = ("autoscaling/v2", "autoscaling/v1")


def with_live_owners(wanted: Wanted, cluster: Cluster) -> Wanted:
    """The object with those ownerReferences whose owner is live under that very UID.

    Any other would make the garbage collector delete the object.
    """
    kept = [owner for owner in wanted.owners if _is_live(owner, wanted.namespace, cluster)]
    if not kept:
        return wanted
    return wanted.having(update(wanted.body, ["metadata", "ownerReferences"], lambda _: kept))


def _is_live(owner: Body, namespace: str | None, cluster: Cluster) -> bool:
    try:
        served = cluster.served(text(owner.get("apiVersion")), text(owner.get("kind")))
        live = served and cluster.get(served, namespace, text(owner.get("name")))
    except ApiError as error:
        if error.code == 403:
            return False
        raise
    uid = dig(live, "metadata", "uid")
    return bool(uid) and uid == owner.get("uid")


class Autoscaled:
    """Which workloads have an autoscaler, live or among the wanted objects."""

    def __init__(self, cluster: Cluster, wanted: Iterable[Wanted]) -> None:
        self._cluster = cluster
        self._targets = {_target(each.body) for each in wanted if each.kind == _AUTOSCALER}
        self._asked: set[str] = set()

    def with_live_replicas(self, wanted: Wanted, live: Body) -> Wanted:
        """The object with the live one's number of replicas, if an autoscaler chose it."""
        replicas = dig(live, "spec", "replicas")
        same = replicas == dig(wanted.body, "spec", "replicas")
        if same or not isinstance(replicas, int) or not self._holds(wanted):
            return wanted
        body = update(wanted.body, ["spec", "replicas"], lambda _: replicas)
        return wanted.having(body, f"an autoscaler sizes it: its live number of replicas, {replicas}, stays")

    def _holds(self, wanted: Wanted) -> bool:
        namespace = wanted.namespace or ""
        if namespace not in self._asked:
            self._asked.add(namespace)
            self._targets.update(map(_target, self._live(namespace)))
        return wanted.target in self._targets

    def _live(self, namespace: str) -> list[Body]:
        served = next(filter(None, (self._cluster.served(version, _AUTOSCALER) for version in _AUTOSCALING)), None)
        return self._cluster.list(served, namespace) if served else []


def _target(autoscaler: Body) -> tuple[str, str, str, str]:
    """Group, kind, namespace and name of what an autoscaler sizes."""
    reference = dig(autoscaler, "spec", "scaleTargetRef")
    group = group_of(dig(reference, "apiVersion"))
    namespace = text(dig(autoscaler, "metadata", "namespace"))
    return group, text(dig(reference, "kind")), namespace, text(dig(reference, "name"))
