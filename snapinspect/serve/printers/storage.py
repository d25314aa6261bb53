"""Volumes, claims and classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from snapinspect.serve.printers.values import UNSET, age, dig, given, items, mapping, number, text

if TYPE_CHECKING:
    from snapinspect.model import Body

_MODES = {"ReadWriteOnce": "RWO", "ReadOnlyMany": "ROX", "ReadWriteMany": "RWX", "ReadWriteOncePod": "RWOP"}
_DEFAULT = ("storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class")


def _modes(found: Any) -> str:
    given = set(map(str, items(found)))
    return ",".join(short for mode, short in _MODES.items() if mode in given)


def _class(body: Body) -> str:
    beta = dig(body, "metadata", "annotations", "volume.beta.kubernetes.io/storage-class")
    return text(body, "spec", "storageClassName") if beta is None else str(beta)


def _attributes(body: Body) -> str:
    return given(body, "spec", "volumeAttributesClassName", other=UNSET)


def claim(body: Body, now: int) -> list[Any]:
    spec, status = mapping(body.get("spec")), mapping(body.get("status"))
    phase = "Terminating" if dig(body, "metadata", "deletionTimestamp") else text(status, "phase")
    volume = text(spec, "volumeName")
    bound = [given(status, "capacity", "storage", other="0"), _modes(status.get("accessModes"))] if volume else ["", ""]
    mode = given(spec, "volumeMode", other=UNSET)
    return [phase, volume, *bound, _class(body), _attributes(body), age(body, now), mode]


def volume(body: Body, now: int) -> list[Any]:
    spec = mapping(body.get("spec"))
    phase = "Terminating" if dig(body, "metadata", "deletionTimestamp") else text(body, "status", "phase")
    holder = mapping(spec.get("claimRef"))
    return [
        given(spec, "capacity", "storage", other="0"),
        _modes(spec.get("accessModes")),
        text(spec, "persistentVolumeReclaimPolicy"),
        phase,
        f"{text(holder, 'namespace')}/{text(holder, 'name')}" if holder else "",
        _class(body),
        _attributes(body),
        text(body, "status", "reason"),
        age(body, now),
        given(spec, "volumeMode", other=UNSET),
    ]


def storage_class(body: Body, now: int) -> list[Any]:
    return [
        text(body, "provisioner"),
        given(body, "reclaimPolicy", other="Delete"),
        given(body, "volumeBindingMode", other="Immediate"),
        body.get("allowVolumeExpansion") is True,
        age(body, now),
    ]


def class_name(body: Body) -> str:
    """The name of a StorageClass, and whether it is the default one."""
    said = mapping(dig(body, "metadata", "annotations"))
    default = any(said.get(name) == "true" for name in _DEFAULT)
    return text(body, "metadata", "name") + (" (default)" if default else "")


def attachment(body: Body, now: int) -> list[Any]:
    spec = mapping(body.get("spec"))
    attached = dig(body, "status", "attached") is True
    name = text(spec, "source", "persistentVolumeName")
    return [text(spec, "attacher"), name, text(spec, "nodeName"), attached, age(body, now)]


def csi_node(body: Body, now: int) -> list[Any]:
    return [len(items(dig(body, "spec", "drivers"))), age(body, now)]


def csi_driver(body: Body, now: int) -> list[Any]:
    spec = mapping(body.get("spec"))
    asked = spec.get("tokenRequests")
    audiences = ",".join(text(each, "audience") for each in asked) if isinstance(asked, list) else UNSET
    modes = ",".join(map(str, items(spec.get("volumeLifecycleModes"))))
    return [
        spec.get("attachRequired", True),
        spec.get("podInfoOnMount", False),
        spec.get("storageCapacity", False),
        audiences,
        spec.get("requiresRepublish", False),
        modes or "<none>",
        age(body, now),
    ]


def attributes_class(body: Body, now: int) -> list[Any]:
    return [text(body, "driverName"), age(body, now)]


def priority_class(body: Body, now: int) -> list[Any]:
    shared = body.get("globalDefault", False)
    return [number(body, "value"), shared, age(body, now), text(body, "preemptionPolicy")]


PRINTERS = {
    ("", "PersistentVolumeClaim"): claim,
    ("", "PersistentVolume"): volume,
    ("storage.k8s.io", "StorageClass"): storage_class,
    ("storage.k8s.io", "VolumeAttachment"): attachment,
    ("storage.k8s.io", "CSINode"): csi_node,
    ("storage.k8s.io", "CSIDriver"): csi_driver,
    ("storage.k8s.io", "VolumeAttributesClass"): attributes_class,
    ("scheduling.k8s.io", "PriorityClass"): priority_class,
}
