"""What an API server answers when it refuses, and when it cannot be asked at all.

SnapinspectError
└── ApiError        the server's own words, verbatim
    └── Unreachable no answer came: whether the request was carried out is not known
"""

from __future__ import annotations

import json
from typing import Any, Final, NamedTuple

from snapinspect.errors import SnapinspectError

_LONGEST = 2_000
_HINTS: Final = {
    401: "The credentials are not valid, or no longer: log in again, or name others with --kubeconfig or --context.",
    403: "Your account lacks a permission: `kubectl auth can-i --list` shows what it has.",
}
_NOT_DRY = "does not support dry run"


class Cause(NamedTuple):
    """One of several reasons of a refusal (``k8s.io/apimachinery/pkg/apis/meta/v1``, StatusCause)."""

    reason: str
    message: str


class ApiError(SnapinspectError):
    """A refusal: ``code`` is the HTTP status, ``reason`` the machine's word for it (``AlreadyExists``).

    ``causes`` are the single reasons with their words, where the server gave some.
    """

    def __init__(self, message: str, code: int = 0, reason: str = "", causes: tuple[Cause, ...] = ()) -> None:
        super().__init__(message, _HINTS.get(code, ""))
        self.code = code
        self.reason = reason
        self.causes = causes

    @property
    def already_exists(self) -> bool:
        return self.reason == "AlreadyExists"

    def is_conflict_with(self, manager: str) -> bool:
        """Whether fields of this manager are all that a server-side apply would take away.

        The words are those of ``k8s.io/apimachinery/pkg/util/managedfields/internal/conflict.go``.
        """
        mine = f'conflict with "{manager}"'
        return bool(self.causes) and all(
            cause.reason == "FieldManagerConflict" and cause.message.startswith(mine) for cause in self.causes
        )

    @property
    def cannot_dry_run(self) -> bool:
        """Whether only the dry run is refused, as an admission webhook has side effects.

        The words are those of ``k8s.io/apiserver/pkg/admission/plugin/webhook/errors`` (NewDryRunUnsupportedErr).
        """
        return self.code == 400 and _NOT_DRY in str(self)


class Unreachable(ApiError):
    """No answer came."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


def refusal(status: int, content: bytes) -> ApiError:
    """The error in an answer: a ``v1 Status``, or whatever a proxy in between wrote."""
    text = content[:_LONGEST].decode("utf-8", "replace").strip()
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        body = None
    if isinstance(body, dict) and body.get("kind") == "Status":
        message, reason = body.get("message"), body.get("reason")
        if isinstance(message, str) and message:
            return ApiError(message, status, reason if isinstance(reason, str) else "", _causes(body.get("details")))
    return ApiError(f"the server answered with status {status}: {text or 'nothing'}", status)


def _causes(details: Any) -> tuple[Cause, ...]:
    listed = details.get("causes") if isinstance(details, dict) else None
    causes = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    return tuple(Cause(str(one.get("reason", "")), str(one.get("message", ""))) for one in causes)
