"""An object of a built-in kind without what an API server makes up when it answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from snapinspect.clean.subject import dig

if TYPE_CHECKING:
    from snapinspect.model import Body

_FILLED_IN: Final = frozenset({"apiVersion", "kind"})
"""What a server adds to the claims inside a StatefulSet when it answers (``pkg/apis/apps/v1/conversion.go``)."""

_DEEPEST: Final = 200
"""Levels that are looked into for nulls."""


def settled(body: Body) -> Body:
    """The object without nulls, which its kind takes for nothing, and without the type of embedded claims."""
    bare: Body = _without_nulls(body)
    return _without_filled_in(bare) if body.get("kind") == "StatefulSet" else bare


def _without_filled_in(body: Body) -> Body:
    claims = dig(body, "spec", "volumeClaimTemplates")
    if not isinstance(claims, list):
        return body
    bare = [
        {key: value for key, value in claim.items() if key not in _FILLED_IN} if isinstance(claim, dict) else claim
        for claim in claims
    ]
    return {**body, "spec": {**body["spec"], "volumeClaimTemplates": bare}}


def _without_nulls(value: Any, depth: int = 0) -> Any:
    """Where nothing stands, storage keeps nothing, and a server may write null: to a kind of its own it is the same."""
    if depth > _DEEPEST:
        return value
    if isinstance(value, dict):
        return {key: _without_nulls(item, depth + 1) for key, item in value.items() if item is not None}
    return [_without_nulls(item, depth + 1) for item in value] if isinstance(value, list) else value
