"""What a request gets that cannot be answered: the server's ``Status``.

Source: apimachinery ``pkg/apis/meta/v1/types.go`` (Status, StatusReason) and ``pkg/api/errors``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from snapinspect.model import Body

_REASONS = {
    400: "BadRequest",
    401: "Unauthorized",
    404: "NotFound",
    405: "MethodNotAllowed",
    406: "NotAcceptable",
    410: "Expired",
    413: "RequestEntityTooLarge",
    415: "UnsupportedMediaType",
    422: "Invalid",
    500: "InternalError",
    504: "Timeout",
}
NO_PROCESS = {
    "log": "a snapshot holds no logs: they lie on the nodes",
    "exec": "a snapshot runs no containers",
    "attach": "a snapshot runs no containers",
    "portforward": "a snapshot runs no containers",
    "proxy": "a snapshot runs nothing that a proxy could reach",
}
"""Subresources that only a cluster has, and why."""
READ_ONLY = "a snapshot is read-only"


class Refusal(Exception):
    """An answer with HTTP status ``code`` that says why; ``details`` and ``metadata`` are those of the ``Status``."""

    def __init__(
        self, code: int, message: str, details: dict[str, Any] | None = None, metadata: dict[str, Any] | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.details = details or {}
        self.metadata = metadata or {}

    @property
    def body(self) -> Body:
        return {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": self.metadata,
            "status": "Failure",
            "message": str(self),
            "reason": _REASONS.get(self.code, ""),
            "details": self.details,
            "code": self.code,
        }


def no_object(plural: str, group: str, name: str) -> Refusal:
    """The object is not there."""
    resource = f"{plural}.{group}" if group else plural
    return Refusal(404, f'{resource} "{name}" not found', {"name": name, "group": group, "kind": plural})


def no_resource() -> Refusal:
    """Nothing is served there, in the server's words."""
    return Refusal(404, "the server could not find the requested resource")
