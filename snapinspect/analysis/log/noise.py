"""What happens all the time and is counted rather than told, unless it is asked for."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from snapinspect.model import Head

KINDS: Final = {
    ("coordination.k8s.io", "Lease"): "renewals of leases",
    ("coordination.k8s.io", "LeaseCandidate"): "renewals of leases",
    ("", "Event"): "events",
    ("events.k8s.io", "Event"): "events",
    ("", "Endpoints"): "changes of endpoints",
    ("discovery.k8s.io", "EndpointSlice"): "changes of endpoints",
    ("apiserverinternal.k8s.io", "StorageVersion"): "reports of storage versions",
    ("storage.k8s.io", "CSIStorageCapacity"): "reports of storage capacity",
    ("metrics.k8s.io", "NodeMetrics"): "reports of metrics",
    ("metrics.k8s.io", "PodMetrics"): "reports of metrics",
    ("cilium.io", "CiliumEndpoint"): "changes of endpoints",
}
"""By group and kind, under which word."""
EVENTS: Final = frozenset({("", "Event"), ("events.k8s.io", "Event")})
STATUS: Final = "changes of status alone"
"""Updates that change nothing but what controllers report."""


def noise_of(head: Head) -> str:
    """The word under which everything about such an object is counted; empty when its kind is no noise."""
    return _word(head.api_version, head.kind)


def is_event(head: Head) -> bool:
    """Whether it is one of Kubernetes' own Events."""
    return head.kind == "Event" and (head.group, head.kind) in EVENTS


@lru_cache(maxsize=4096)
def _word(api_version: str, kind: str) -> str:
    return KINDS.get((api_version.rpartition("/")[0], kind), "")
