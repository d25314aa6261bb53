"""Events in the form in which they are asked for: as ``v1`` or as ``events.k8s.io/v1``, whatever they are stored as.

Source: kubernetes ``pkg/apis/events/v1/conversion.go``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snapinspect.model import Body

_NAMES = {
    "involvedObject": "regarding",
    "message": "note",
    "source": "deprecatedSource",
    "firstTimestamp": "deprecatedFirstTimestamp",
    "lastTimestamp": "deprecatedLastTimestamp",
    "count": "deprecatedCount",
    "reportingComponent": "reportingController",
}
"""What the fields of ``v1`` are called in ``events.k8s.io``."""
_BACK = {new: old for old, new in _NAMES.items()}


def event_as(body: Body, api_version: str) -> Body:
    """The event in that version; ``body`` may be of either."""
    names = _BACK if api_version == "v1" else _NAMES
    return {**{names.get(name, name): value for name, value in body.items()}, "apiVersion": api_version}
