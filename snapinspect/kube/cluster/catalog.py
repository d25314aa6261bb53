"""All that a cluster serves, and who answers for it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from snapinspect.kube.cluster.discovery import Served, read_groups, read_resources, root_of
from snapinspect.kube.cluster.failures import ApiError, Unreachable

if TYPE_CHECKING:
    from snapinspect.kube.cluster.client import Cluster
    from snapinspect.model import Body

Identity = tuple[str, str]
"""A group and a kind."""

_CORE: Final = "v1"
_API_SERVICE: Final = Served("apiregistration.k8s.io/v1", "APIService", "apiservices", namespaced=False)
_MADE_UP: Final = frozenset({"metrics.k8s.io", "custom.metrics.k8s.io", "external.metrics.k8s.io"})
"""Groups that always come from another server, which measures what it answers (``k8s.io/metrics``)."""


@dataclass(frozen=True, slots=True)
class Catalog:
    """The versions in which each kind is served, by group and kind, the one that the cluster prefers first.

    ``elsewhere`` are the groups that the API server passes on to another one, which may keep them anywhere or nowhere.
    ``unread`` says of groups why what is in them could not be asked, ``notes`` what else a person should know.
    """

    kinds: dict[Identity, tuple[Served, ...]]
    elsewhere: frozenset[str]
    unread: dict[str, str]
    notes: tuple[str, ...] = ()

    def version(self, group: str, kind: str, api_version: str) -> Served | None:
        """The kind in this version of it; None if it is not served in it."""
        return next((one for one in self.kinds.get((group, kind), ()) if one.api_version == api_version), None)


def read_catalog(cluster: Cluster) -> Catalog:
    """Asks for every group in every version. Raises ApiError when the cluster cannot be asked at all."""
    kinds: dict[Identity, list[Served]] = defaultdict(list)
    unread: dict[str, str] = {}
    for api_version in [_CORE, *read_groups(cluster.read("/apis"))]:
        try:
            listed = cluster.read(root_of(api_version))
        except ApiError as error:
            if isinstance(error, Unreachable) or error.code == 401:
                raise
            unread[api_version.rpartition("/")[0]] = str(error)
            continue
        for served in read_resources(listed, api_version):
            kinds[served.group, served.kind].append(served)
    elsewhere, notes = _elsewhere(cluster)
    return Catalog({identity: tuple(versions) for identity, versions in kinds.items()}, elsewhere, unread, notes)


def _elsewhere(cluster: Cluster) -> tuple[frozenset[str], tuple[str, ...]]:
    """The groups whose APIService names a service (kube-aggregator ``pkg/apis/apiregistration/v1/types.go``)."""
    try:
        listed = [item.body for page in cluster.pages(_API_SERVICE, None) for item in page.items]
    except ApiError as error:
        if error.code not in {403, 404}:
            raise
        return _MADE_UP, (f"which groups other servers answer for cannot be told: {error}",)
    return _MADE_UP | {str(spec.get("group")) for spec in map(_spec, listed) if spec.get("service")}, ()


def _spec(body: Body) -> dict[str, Any]:
    spec = body.get("spec")
    return spec if isinstance(spec, dict) else {}
