"""What the user may do: read everything, and nothing else.

Source: k8s.io/api ``authorization/v1/types.go`` and ``authentication/v1/types.go``.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from snapinspect.errors import Undecodable
from snapinspect.kube.decode import decode
from snapinspect.serve.refusal import NO_PROCESS, READ_ONLY, Refusal

if TYPE_CHECKING:
    from snapinspect.model import Body

_TAKEN = ("application/json", "application/vnd.kubernetes.protobuf")
_READING = ("get", "list", "watch")
_USER = {"username": "snapinspect", "groups": ["system:authenticated"]}


def review(plural: str, api_version: str, body: bytes, content_type: str) -> Body | None:
    """The answer to a POST of a review, in JSON or protobuf; None for what is no review. Raises Refusal."""
    kind, answer = _REVIEWS.get(plural, ("", None))
    if answer is None:
        return None
    taken = content_type.partition(";")[0].strip()
    if taken and taken not in _TAKEN:
        raise Refusal(
            415,
            f"the body of the request was in an unknown format - accepted media types include: {', '.join(_TAKEN)}",
        )
    spec = _read(body).get("spec")
    spec = spec if isinstance(spec, dict) else {}
    return {"kind": kind, "apiVersion": api_version, "metadata": {}, "spec": spec, "status": answer(spec)}


def _read(body: bytes) -> Body:
    """What was sent. JSON need not say its kind, as Headlamp's does not: the path does."""
    try:
        read = json.loads(body) if body.lstrip().startswith(b"{") else decode(body).body
    except (Undecodable, ValueError, RecursionError) as error:
        raise Refusal(400, f"the body of the request is no review: {error}") from None
    return read if isinstance(read, dict) else {}


def _access(spec: Body) -> dict[str, Any]:
    attributes = spec.get("resourceAttributes") or spec.get("nonResourceAttributes") or {}
    attributes = attributes if isinstance(attributes, dict) else {}
    refused = NO_PROCESS.get(str(attributes.get("subresource")))
    if refused is None and attributes.get("verb") not in _READING:
        refused = READ_ONLY
    return {"allowed": False, "reason": refused} if refused else {"allowed": True}


def _rules(_spec: Body) -> dict[str, Any]:
    return {
        "resourceRules": [{"verbs": list(_READING), "apiGroups": ["*"], "resources": ["*"]}],
        "nonResourceRules": [{"verbs": ["get"], "nonResourceURLs": ["*"]}],
        "incomplete": False,
    }


def _user(_spec: Body) -> dict[str, Any]:
    return {"userInfo": _USER}


_REVIEWS = {
    "selfsubjectaccessreviews": ("SelfSubjectAccessReview", _access),
    "localsubjectaccessreviews": ("LocalSubjectAccessReview", _access),
    "selfsubjectrulesreviews": ("SelfSubjectRulesReview", _rules),
    "selfsubjectreviews": ("SelfSubjectReview", _user),
}
