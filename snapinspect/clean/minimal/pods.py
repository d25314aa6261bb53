"""Defaults of Pods and of their templates (``pkg/apis/core/v1/defaults.go``, and marks in ``core/v1/types.go``).

What upstream fills into Pods alone, and not into templates, stands in ``ITSELF``.
"""

from __future__ import annotations

from typing import Any, Final

from snapinspect.clean.minimal.default import NOTHING, Default, Place, below
from snapinspect.clean.minimal.image import LATEST, tag_of
from snapinspect.clean.subject import dig, mapping

CONTAINERS: Final = ("initContainers", "containers", "ephemeralContainers")
OWN_CONTAINERS: Final = ("initContainers", "containers")
PROBES: Final = ("livenessProbe", "readinessProbe", "startupProbe")
HOOKS: Final = ("postStart", "preStop")


def _pull_policy(image: Any) -> Any:
    tag = tag_of(image) if isinstance(image, str) else None
    return NOTHING if tag is None else "Always" if tag == LATEST else "IfNotPresent"


def pull_policy(place: Place) -> Any:
    """An image without a tag, or tagged latest, is always pulled."""
    return _pull_policy(place.beside.get("image"))


def volume_pull_policy(place: Place) -> Any:
    return _pull_policy(place.beside.get("reference", ""))


def same_account(place: Place) -> Any:
    """``serviceAccount`` is the old name of ``serviceAccountName``, and is written along with it."""
    return place.beside.get("serviceAccountName") or NOTHING


def has_one_account(place: Place) -> bool:
    """The old name would be taken for the account where it were left alone."""
    return "serviceAccount" not in place.beside


def limits(place: Place) -> Any:
    """What a container may use at most is what it asks for, unless it asks for something else."""
    return mapping(place.beside.get("limits"))


def host_port(place: Place) -> Any:
    return place.beside.get("containerPort") if dig(place.body, "spec", "hostNetwork") is True else NOTHING


HTTP: Final = (Default(".httpGet.path", "/"), Default(".httpGet.scheme", "HTTP"))
PROBE: Final = (
    *HTTP,
    Default(".failureThreshold", 3),
    Default(".grpc.service", ""),
    Default(".periodSeconds", 10),
    Default(".successThreshold", 1),
    Default(".timeoutSeconds", 1),
)
CONTAINER: Final = (
    Default(".env[].valueFrom.fieldRef.apiVersion", "v1"),
    Default(".env[].valueFrom.fileKeyRef.optional", value=False),
    Default(".imagePullPolicy", reckon=pull_policy),
    Default(".ports[].protocol", "TCP"),
    Default(".resources", {}),
    Default(".terminationMessagePath", "/dev/termination-log"),
    Default(".terminationMessagePolicy", "File"),
    *(row for probe in PROBES for row in below(f".{probe}", *PROBE)),
    *(row for hook in HOOKS for row in below(f".lifecycle.{hook}", *HTTP)),
)
HELD_ANYWHERE: Final = (
    Default(".azureDisk.cachingMode", "ReadWrite"),
    Default(".azureDisk.fsType", "ext4"),
    Default(".azureDisk.kind", "Shared"),
    Default(".azureDisk.readOnly", value=False),
    Default(".hostPath.type", ""),
    Default(".iscsi.iscsiInterface", "default"),
    Default(".rbd.keyring", "/etc/ceph/keyring"),
    Default(".rbd.pool", "rbd"),
    Default(".rbd.user", "admin"),
    Default(".scaleIO.fsType", "xfs"),
    Default(".scaleIO.storageMode", "ThinProvisioned"),
)
"""Sources that a Pod's volume and a PersistentVolume both may have."""
VOLUME: Final = (
    *HELD_ANYWHERE,
    Default(".configMap.defaultMode", 420),
    Default(".downwardAPI.defaultMode", 420),
    Default(".downwardAPI.items[].fieldRef.apiVersion", "v1"),
    Default(".ephemeral.volumeClaimTemplate.metadata", {}),
    Default(".ephemeral.volumeClaimTemplate.spec.volumeMode", "Filesystem"),
    Default(".image.pullPolicy", reckon=volume_pull_policy),
    Default(".projected.defaultMode", 420),
    Default(".projected.sources[].downwardAPI.items[].fieldRef.apiVersion", "v1"),
    Default(".projected.sources[].serviceAccountToken.expirationSeconds", 3600),
    Default(".secret.defaultMode", 420),
)
POD: Final = (
    Default(".dnsPolicy", "ClusterFirst"),
    Default(".restartPolicy", "Always"),
    Default(".schedulerName", "default-scheduler"),
    Default(".securityContext", {}),
    Default(".serviceAccount", reckon=same_account),
    Default(".terminationGracePeriodSeconds", 30),
    *below(".volumes[]", *VOLUME),
    *(row for sort in CONTAINERS for row in below(f".{sort}[]", *CONTAINER)),
)
TEMPLATE: Final = (Default(".metadata", {}), *below(".spec", *POD))
ITSELF: Final = below(
    ".spec",
    *POD,
    Default(".enableServiceLinks", value=True),
    Default(".priority", 0),
    Default(".serviceAccountName", "default", when=has_one_account),
    *(Default(f".{sort}[].ports[].hostPort", reckon=host_port) for sort in OWN_CONTAINERS),
    *(Default(f".{sort}[].resources.requests", reckon=limits, by_entry=True) for sort in OWN_CONTAINERS),
)
"""With the priority of no class and the service account that admission gives."""
