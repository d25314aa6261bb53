"""What servers write on every change, so that it says nothing of what was changed.

Less than what cleaning for recovery strips: a diff must show an owner, a deletion that has begun, or a rule that a
controller gathered, as somebody may have forged them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from snapinspect.model import Body

COUNTERS: Final = frozenset({"generation", "managedFields", "resourceVersion"})
"""Fields of the metadata that change whenever anything does."""
SERVER_METADATA: Final = COUNTERS | {"creationTimestamp", "selfLink", "uid"}
GENERATED_ANNOTATIONS: Final = frozenset(
    {
        "autoscaling.alpha.kubernetes.io/conditions",
        "autoscaling.alpha.kubernetes.io/current-metrics",
        "control-plane.alpha.kubernetes.io/leader",
        "deployment.kubernetes.io/revision",
        "deprecated.daemonset.template.generation",
        "kubectl.kubernetes.io/last-applied-configuration",
    }
)


def without_noise(body: Body) -> Body:
    """The object without its status, the server's metadata and annotations that were generated."""
    kept = _with_metadata(body, SERVER_METADATA)
    kept.pop("status", None)
    metadata = kept.get("metadata")
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    if isinstance(metadata, dict) and isinstance(annotations, dict):
        meant = _without(annotations, GENERATED_ANNOTATIONS)
        others = _without(metadata, frozenset({"annotations"}))
        kept["metadata"] = {**others, "annotations": meant} if meant else others
    return kept


def without_counters(body: Body) -> Body:
    """The object, status and all, without what changes whenever anything does."""
    return _with_metadata(body, COUNTERS)


def _with_metadata(body: Body, dropped: frozenset[str]) -> Body:
    """A copy without these fields of the metadata."""
    metadata = body.get("metadata")
    return {**body, "metadata": _without(metadata, dropped)} if isinstance(metadata, dict) else dict(body)


def _without(fields: dict[str, Any], dropped: frozenset[str]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name not in dropped}
