"""Workloads that an autoscaler sizes."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Final

from snapinspect.clean.paths import update
from snapinspect.clean.subject import dig, group_of, text
from snapinspect.kube.cluster import ApiError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from snapinspect.kube.cluster import Cluster
    from snapinspect.model import Body
    from snapinspect.recovery.restore.wanted import Wanted

_AUTOSCALER: Final = "HorizontalPodAutoscaler"
_AUTOSCALING: Final = ("autoscaling/v2", "autoscaling/v1")


class Autoscaled:
    """Which workloads have an autoscaler, live or among the wanted objects. ``say`` is told what may not be asked."""

    def __init__(self, cluster: Cluster, wanted: Iterable[Wanted], say: Callable[[str], object]) -> None:
        self._cluster = cluster
        self._say = say
        self._targets = {_target(each.body) for each in wanted if each.kind == _AUTOSCALER}
        self._asked: set[str] = set()
        self._lock = Lock()

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
        with self._lock:
            if namespace not in self._asked:
                self._asked.add(namespace)
                self._targets.update(map(_target, self._live(namespace)))
            return wanted.target in self._targets

    def _live(self, namespace: str) -> list[Body]:
        served = next(filter(None, (self._cluster.served(version, _AUTOSCALER) for version in _AUTOSCALING)), None)
        try:
            return self._cluster.list(served, namespace) if served else []
        except ApiError as error:
            if error.code != 403:
                raise
            self._say(f"whether an autoscaler sizes what is in {namespace} may not be seen: replicas are as restored")
            return []


def _target(autoscaler: Body) -> tuple[str, str, str, str]:
    """Group, kind, namespace and name of what an autoscaler sizes."""
    reference = dig(autoscaler, "spec", "scaleTargetRef")
    group = group_of(dig(reference, "apiVersion"))
    namespace = text(dig(autoscaler, "metadata", "namespace"))
    return group, text(dig(reference, "kind")), namespace, text(dig(reference, "name"))
