"""The version of a kind in which an object is written: a stable one, where the cluster serves one that fits."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Final

from snapinspect.clean.served import span, stability
from snapinspect.clean.subject import group_of, mappings
from snapinspect.kube.cluster import ApiError, Unreachable
from snapinspect.write.json import dumps

if TYPE_CHECKING:
    from snapinspect.kube.cluster import Cluster, Served
    from snapinspect.recovery.restore.wanted import Wanted

_STABLE: Final = 2
_UNFIT: Final = frozenset({400, 422})
"""How a server answers to fields that a version does not have, or that it needs."""


class Versions:
    """Finds it for built-in kinds; a custom resource's versions are its maker's, and are left as they are."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._stable: dict[tuple[str, str], list[Served]] = {}
        self._lock = Lock()

    def settle(self, wanted: Wanted) -> Wanted:
        """The object in the newest stable version in which the server would take it; else as it is."""
        stage, *_ = stability(wanted.api_version)
        if stage >= _STABLE or not span(wanted.api_version, wanted.kind):
            return wanted
        for served in self._found(group_of(wanted.api_version), wanted.kind):
            body = {**wanted.body, "apiVersion": served.api_version}
            if self._fits(served, wanted.namespace, dumps(body)):
                return wanted.having(body, f"{wanted.api_version} is written as {served.api_version}")
        return wanted

    def _found(self, group: str, kind: str) -> list[Served]:
        """The stable versions in which the cluster serves the kind, the newest first."""
        with self._lock:
            if (group, kind) not in self._stable:
                named = sorted(self._versions(group), key=stability, reverse=True)
                stable = [name for name in named if stability(name)[0] == _STABLE]
                self._stable[group, kind] = [found for name in stable if (found := self._cluster.served(name, kind))]
            return self._stable[group, kind]

    def _versions(self, group: str) -> list[str]:
        """Those of a group, as ``group/version``; none where there is no such group."""
        try:
            listed = self._cluster.read(f"/apis/{group}").get("versions")
        except Unreachable:
            raise
        except ApiError as error:
            if error.code == 401:
                raise
            return []
        return [str(one.get("groupVersion")) for one in mappings(listed)]

    def _fits(self, served: Served, namespace: str | None, content: str) -> bool:
        try:
            self._cluster.create(served, namespace, content, dry=True)
        except Unreachable:
            raise
        except ApiError as error:
            return error.code not in _UNFIT
        return True
