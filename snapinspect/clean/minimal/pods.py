"""Defaults of Pods and of their templates (``pkg/apis/core/v1/defaults.go``)."""

from __future__ import annotations

from typing import Any, Final

from snapinspect.clean.minimal.default import Default, below
from snapinspect.clean.subject import text

CONTAINERS: Final = ("initContainers", "containers", "ephemeralContainers")
PROBES: Final = ("livenessProbe", "readinessProbe", "startupProbe")
HOOKS: Final = ("postStart", "preStop")


def pull_policy(value: Any, parent: dict[str, Any], _body: dict[str, Any]) -> bool:
    """An image without a tag, or tagged latest, is always pulled."""
    image = text(parent.get("image"))
    name, digest, _ = image.partition("@")
    tag = name.rpartition("/")[2].partition(":")[2]
    return bool(image) and value == ("Always" if not digest and tag in ("", "latest") else "IfNotPresent")


def same_account(value: Any, parent: dict[str, Any], _body: dict[str, Any]) -> bool:
    """``serviceAccount`` is the old name of ``serviceAccountName``, and is written along with it."""
    return bool(value) and value == parent.get("serviceAccountName")


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
    Default(".imagePullPolicy", fills=pull_policy),
    Default(".ports[].protocol", "TCP"),
    Default(".resources", {}),
    Default(".securityContext.procMount", "Default"),
    Default(".terminationMessagePath", "/dev/termination-log"),
    Default(".terminationMessagePolicy", "File"),
    *(row for probe in PROBES for row in below(f".{probe}", *PROBE)),
    *(row for hook in HOOKS for row in below(f".lifecycle.{hook}", *HTTP)),
)
VOLUME: Final = (
    Default(".azureDisk.cachingMode", "ReadWrite"),
    Default(".azureDisk.fsType", "ext4"),
    Default(".azureDisk.kind", "Shared"),
    Default(".azureDisk.readOnly", value=False),
    Default(".configMap.defaultMode", 420),
    Default(".downwardAPI.defaultMode", 420),
    Default(".downwardAPI.items[].fieldRef.apiVersion", "v1"),
    Default(".ephemeral.volumeClaimTemplate.spec.volumeMode", "Filesystem"),
    Default(".hostPath.type", ""),
    Default(".iscsi.iscsiInterface", "default"),
    Default(".projected.defaultMode", 420),
    Default(".projected.sources[].downwardAPI.items[].fieldRef.apiVersion", "v1"),
    Default(".projected.sources[].serviceAccountToken.expirationSeconds", 3600),
    Default(".rbd.keyring", "/etc/ceph/keyring"),
    Default(".rbd.pool", "rbd"),
    Default(".rbd.user", "admin"),
    Default(".scaleIO.fsType", "xfs"),
    Default(".scaleIO.storageMode", "ThinProvisioned"),
    Default(".secret.defaultMode", 420),
)
POD: Final = (
    Default(".dnsPolicy", "ClusterFirst"),
    Default(".enableServiceLinks", value=True),
    Default(".restartPolicy", "Always"),
    Default(".schedulerName", "default-scheduler"),
    Default(".securityContext", {}),
    Default(".serviceAccount", fills=same_account),
    Default(".terminationGracePeriodSeconds", 30),
    *below(".volumes[]", *VOLUME),
    *(row for sort in CONTAINERS for row in below(f".{sort}[]", *CONTAINER)),
)
