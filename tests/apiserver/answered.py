"""What a real API server adds when it answers, although it is not stored.

Seen of a 1.36 API server; the claims' type comes from ``pkg/apis/apps/v1/conversion.go``, nulls from fields whose Go type
is a slice or pointer without ``omitempty``.
"""

from __future__ import annotations

import copy
from typing import Any

from snapinspect.model import Number

Body = dict[str, Any]


def answered(plural: str, body: Body) -> Body:
    """A copy of the object as it is answered."""
    shown = copy.deepcopy(body)
    if plural == "statefulsets":
        for claim in shown.get("spec", {}).get("volumeClaimTemplates") or ():
            claim |= {"apiVersion": "v1", "kind": "PersistentVolumeClaim"}
            claim.setdefault("status", {"phase": "Pending"})
    elif plural == "endpointslices":
        shown.setdefault("ports", None)
    elif plural == "workloads":
        for group in shown.get("spec", {}).get("podGroupTemplates") or ():
            group.setdefault("schedulingConstraints", None)
    return shown


def without_negative_zero(value: Any) -> Any:
    """A custom resource's numbers as they come out of the server's own, to which -0 is 0."""
    if isinstance(value, dict):
        return {key: without_negative_zero(item) for key, item in value.items()}
    if isinstance(value, list):
        return [without_negative_zero(item) for item in value]
    return 0 if isinstance(value, Number) and value.text == "-0" else value
