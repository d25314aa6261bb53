"""The subresource ``scale``: how many instances an object wants and has, in the form that is the same for all kinds.

Source: k8s.io/api ``autoscaling/v1/types.go``; kubernetes ``pkg/registry/apps/*/storage/storage.go``; for custom resources
apiextensions-apiserver ``pkg/registry/customresource/etcd.go``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from snapinspect.serve.offered import NAME, Column, Resource
from snapinspect.serve.printers.values import dig, labels_text, mapping, number, terms, text

if TYPE_CHECKING:
    from snapinspect.model import Body

SCALE = Resource(
    "autoscaling",
    "v1",
    "Scale",
    "scales",
    "scale",
    True,
    (),
    (),
    (NAME, Column("Desired", "integer"), Column("Available", "integer"), Column("Age")),
    (),
)


class _Paths(NamedTuple):
    """Where a kind keeps what is wanted, what there is, and its pods' selector."""

    wanted: tuple[str, ...] = ("spec", "replicas")
    found: tuple[str, ...] = ("status", "replicas")
    selector: tuple[str, ...] = ("spec", "selector")


_BUILTIN = {
    ("", "ReplicationController"),
    ("apps", "Deployment"),
    ("apps", "ReplicaSet"),
    ("apps", "StatefulSet"),
}
_KEPT = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")


def scale_of(body: Body, resource: Resource) -> Body | None:
    """An object's ``Scale``; None where its kind has none."""
    paths = _paths(resource)
    if paths is None:
        return None
    metadata = mapping(body.get("metadata"))
    status: dict[str, Any] = {"replicas": number(body, *paths.found)}
    if selector := _selector(dig(body, *paths.selector), resource):
        status["selector"] = selector
    return {
        "kind": SCALE.kind,
        "apiVersion": SCALE.api_version,
        "metadata": {name: metadata[name] for name in _KEPT if name in metadata},
        "spec": {"replicas": number(body, *paths.wanted)},
        "status": status,
    }


def has_scale(resource: Resource) -> bool:
    return _paths(resource) is not None


def _paths(resource: Resource) -> _Paths | None:
    if (resource.group, resource.kind) in _BUILTIN:
        return _Paths()
    scale = resource.subresources.get("scale")
    if not isinstance(scale, dict):
        return None
    given = (text(scale, name) for name in ("specReplicasPath", "statusReplicasPath", "labelSelectorPath"))
    return _Paths(*(tuple(path.strip(".").split(".")) for path in given))


def _selector(found: Any, resource: Resource) -> str:
    if isinstance(found, str):
        return found
    # The oldest of these kinds has the labels themselves in place of a selector.
    return terms(found) if resource.group else labels_text(found)
