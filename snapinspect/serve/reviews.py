"""What the user may do: read everything, and nothing else.

Source: k8s.io/api ``authorization/v1/types.go`` and ``authentication/v1/types.go``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from snapinspect.errors import Undecodable
from snapinspect.kube.decode import decode
from snapinspect.serve.refusal import READ_ONLY, Refusal

if TYPE_CHECKING:
    from snapinspect.model import Body

_READING = ("get", "list", "watch")
_USER = {"username": "snapinspect", "groups": ["system:authenticated"]}


def review(plural: str, api_version: str, body: bytes) -> Body | None:
    """The answer to a POST of a review, in JSON or protobuf; None for what is no review."""
    answer = _ANSWERS.get(plural)
    if answer is None:
        return None
    try:
        asked = decode(body).body
    except Undecodable as error:
        raise Refusal(400, f"the body of the request is no review: {error}") from None
    spec = asked.get("spec")
    spec = spec if isinstance(spec, dict) else {}
    return {"kind": asked["kind"], "apiVersion": api_version, "metadata": {}, "spec": spec, "status": answer(spec)}


def _access(spec: Body) -> dict[str, Any]:
    attributes = spec.get("resourceAttributes") or spec.get("nonResourceAttributes") or {}
    verb = attributes.get("verb") if isinstance(attributes, dict) else None
    return {"allowed": True} if verb in _READING else {"allowed": False, "reason": READ_ONLY}


def _rules(_spec: Body) -> dict[str, Any]:
    return {
        "resourceRules": [{"verbs": list(_READING), "apiGroups": ["*"], "resources": ["*"]}],
        "nonResourceRules": [{"verbs": ["get"], "nonResourceURLs": ["*"]}],
        "incomplete": False,
    }


def _user(_spec: Body) -> dict[str, Any]:
    return {"userInfo": _USER}


_ANSWERS = {
    "selfsubjectaccessreviews": _access,
    "localsubjectaccessreviews": _access,
    "selfsubjectrulesreviews": _rules,
    "selfsubjectreviews": _user,
}
