"""The manifest of the pod: a container that receives the snapshot, one that restores it, and the etcd that serves it.

Today's etcd images hold etcd's programs and nothing else, so a container with a shell shares the volume with them.
It runs under the restricted pod-security profile.
Sources: go.etcd.io/etcd ``etcdutl/etcdutl/snapshot_command.go``, ``server/embed/config.go`` (flags),
``server/etcdserver/api/etcdhttp/health.go`` (``/readyz``), ``k8s.io/pod-security-admission/policy`` (the profile).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

VOLUME = "/snapinspect"
RECEIVER, RESTORER, SERVER = "receive", "restore", "etcd"
"""Its containers."""
CLIENT_PORT, HEALTH_PORT = 2379, 2381
LABELS = {"app.kubernetes.io/name": "snapinspect", "app.kubernetes.io/component": "temporary-etcd"}
FAILED = "snapinspect-failed"
SELECTOR = ",".join(f"{name}={value}" for name, value in LABELS.items())

_USER = 65532
"""The one of distroless images' nonroot; etcdutl makes a directory that only its own user can enter."""
_LOG_SPACE = 320 << 20
"""Bytes of disk for etcd's write-ahead log, which it takes in advance, and for what containers print."""
_MEMORY, _LEAST_MEMORY = 384 << 20, 96 << 20
_PEER = "http://127.0.0.1:2380"
_TAG = re.compile(r":v?(\d+)\.(\d+)\.(\d+)[^/]*$")
_READYZ_SINCE = ((3, 4, 29), (3, 5, 11))
_PART = f"{VOLUME}/part"
_ARRIVED = f"{VOLUME}/arrived"
_WAIT = f"trap 'exit 1' TERM; until [ -e {_ARRIVED} ]; do sleep 0.2 || sleep 1 || exit 1; done"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the pod runs and from which images; ``programs`` is the directory of etcd's, "" for the image's PATH.

    ``tolerations`` and ``pull_secrets`` are as a pod's specification has them. ``node`` is "" for any.
    """

    namespace: str
    image: str
    copy_image: str
    node: str = ""
    programs: str = ""
    tolerations: tuple[dict[str, Any], ...] = ()
    pull_secrets: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Load:
    """The snapshot that it is for: ``size`` in bytes, and whether a digest stands at its end."""

    size: int
    has_digest: bool


def manifest(name: str, place: Place, load: Load, seconds: int) -> dict[str, Any]:
    """A v1 Pod that ends by itself after ``seconds``."""
    spec = {
        "restartPolicy": "Never",
        "activeDeadlineSeconds": seconds,
        "terminationGracePeriodSeconds": 1,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": _USER,
            "runAsGroup": _USER,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        # Named rather than scheduled, as the scheduler of a cluster in trouble may be down.
        **({"nodeName": place.node} if place.node else {}),
        **({"tolerations": list(place.tolerations)} if place.tolerations else {}),
        **({"imagePullSecrets": list(place.pull_secrets)} if place.pull_secrets else {}),
        "initContainers": [
            _container(RECEIVER, place.copy_image, ["sh", "-c", _WAIT], load),
            {
                **_container(RESTORER, place.image, _restoring(place, load), load),
                "env": [{"name": "ETCDCTL_API", "value": "3"}],
            },
        ],
        "containers": [
            {
                **_container(SERVER, place.image, _serving(place), load),
                "readinessProbe": {
                    "httpGet": {"path": _health(place.image), "port": HEALTH_PORT},
                    "periodSeconds": 1,
                    "timeoutSeconds": 5,
                },
            },
        ],
        "volumes": [{"name": "data", "emptyDir": {"sizeLimit": str(_disk(load))}}],
    }
    metadata = {"name": name, "namespace": place.namespace, "labels": LABELS}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


def receiving(size: int) -> str:
    """The shell command that takes ``size`` bytes from its input, or says why not and prints ``FAILED``.

    Then it reads on, as a command that ends with its input unread may leave its caller without a status for ever.
    What it says goes to its output from inside a group: a command that closes its own standard error, as
    ``exec 2>&1`` does, has its input cut by containerd (``internal/cri/io/exec_io.go``, attachOutput).
    """
    return f"{{ head -c {size} > {_PART} || {{ echo {FAILED}; cat > /dev/null; exit 1; }}; }} 2>&1"


def proving() -> str:
    """The shell command that prints the size in bytes and the SHA-256 of what arrived. It reads no input."""
    return f"{{ wc -c < {_PART} && sha256sum {_PART}; }} 2>&1"


def releasing() -> str:
    """The shell command that gives what arrived its name and lets the next container begin."""
    return f"mv {_PART} {VOLUME}/snapshot && : > {_ARRIVED}"


def _container(name: str, image: str, command: list[str], load: Load) -> dict[str, Any]:
    limits = {"memory": str(_MEMORY + 2 * load.size), "ephemeral-storage": str(_disk(load))}
    requests = {"cpu": "10m", "memory": str(_LEAST_MEMORY), "ephemeral-storage": str(2 * load.size)}
    return {
        "name": name,
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "command": command,
        "resources": {"limits": limits, "requests": requests},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
        },
        "volumeMounts": [{"name": "data", "mountPath": VOLUME}],
    }


def _restoring(place: Place, load: Load) -> list[str]:
    """``snapshot restore`` came to etcdutl with 3.5."""
    version = _version(place.image)
    program = "etcdctl" if version and version < (3, 5) else "etcdutl"
    unchecked = [] if load.has_digest else ["--skip-hash-check"]
    command = [_program(place, program), "snapshot", "restore", f"{VOLUME}/snapshot"]
    return [*command, "--data-dir", f"{VOLUME}/data", *unchecked]


def _serving(place: Place) -> list[str]:
    client = f"http://127.0.0.1:{CLIENT_PORT}"
    return [
        *(_program(place, "etcd"), "--data-dir", f"{VOLUME}/data"),
        *("--logger", "zap", "--log-outputs", "stderr", "--log-level", "warn"),
        *("--listen-client-urls", client, "--advertise-client-urls", client, "--listen-peer-urls", _PEER),
        # The kubelet asks from outside the pod; nothing that is stored is told here.
        *("--listen-metrics-urls", f"http://0.0.0.0:{HEALTH_PORT}"),
    ]


def _program(place: Place, name: str) -> str:
    return f"{place.programs}/{name}" if place.programs else name


def _health(image: str) -> str:
    """Older ones have no ``/readyz``; their ``/health`` fails with alarms that a snapshot may bring along."""
    version = _version(image)
    since = next((first for first in _READYZ_SINCE if first[:2] == version[:2]), (3, 6, 0))
    return "/readyz" if not version or version >= since else "/health?exclude=NOSPACE&exclude=CORRUPT"


def _version(image: str) -> tuple[int, ...]:
    """That in the image's tag; nothing when it tells none."""
    found = _TAG.search(image.partition("@")[0])
    return tuple(map(int, found.groups())) if found else ()


def _disk(load: Load) -> int:
    """Bytes for the snapshot, for what is restored from it, and for the log."""
    return 2 * load.size + load.size // 4 + _LOG_SPACE
