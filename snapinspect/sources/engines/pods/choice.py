"""Where the pod goes: the image of the cluster's own etcd, a node that has it, and an image there that has a shell."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

from snapinspect.errors import SourceError
from snapinspect.sources.engines.pods.manifest import Place

Body = dict[str, Any]

_ETCD_PODS = ("kube-system", "component=etcd")
_WITH_SHELL = ("busybox", "alpine", "toybox", "debian", "ubuntu", "nginx", "redis", "postgres", "bitnami", "flannel")
"""Words in the names of images that have a shell, best first."""
_HINT = (
    "Name an image of etcd with --image; `kubectl get pods -A -o wide` shows what runs "
    "(RKE2 and others give their etcd other labels). Or leave out --engine pod."
)
_SECONDS = 4 * 3600


@dataclass(frozen=True, slots=True)
class PodOptions:
    """What a person says about the pod; "" is what is to be found out.

    ``keep`` leaves it there at the end, for at most ``seconds``. ``user`` and ``password`` are for a snapshot of an
    etcd that had users.
    """

    kubeconfig: Path | None = None
    context: str = ""
    namespace: str = _ETCD_PODS[0]
    image: str = ""
    copy_image: str = ""
    node: str = ""
    keep: bool = False
    seconds: int = _SECONDS
    user: str = ""
    password: str = ""


class Asked(Protocol):
    """As much of the cluster as a choice needs."""

    def pods(self, namespace: str, labels: str = "") -> list[Body]: ...

    def nodes(self) -> list[Body]: ...


def choose(cluster: Asked, options: PodOptions) -> Place:
    """Raises SourceError when the cluster shows no etcd and none is named."""
    source = _etcd_pod(cluster, options)
    container = _etcd_container(source) if source else {}
    image = options.image or str(container.get("image", ""))
    if not image:
        raise SourceError("no pod of an etcd is found by the label component=etcd in kube-system", _HINT)
    is_same = image == container.get("image")
    images = {} if options.node and options.copy_image else _images(cluster)
    node = options.node or (_node_of(source) if is_same else "") or _node_with(image, images)
    spec = source.get("spec", {}) if source else {}
    is_beside = options.namespace == _ETCD_PODS[0]
    return Place(
        namespace=options.namespace,
        image=image,
        copy_image=options.copy_image or _image_with_shell(image, images.get(node, ())),
        node=node,
        programs=_programs(container) if is_same else "",
        tolerations=tuple(spec.get("tolerations") or ()),
        # Secrets are found in their own namespace only.
        pull_secrets=tuple(spec.get("imagePullSecrets") or ()) if is_beside else (),
    )


def _etcd_pod(cluster: Asked, options: PodOptions) -> Body:
    """The etcd pod on the wanted node or, of all, the first that runs; nothing when there is none."""
    try:
        found = cluster.pods(*_ETCD_PODS)
    except SourceError:
        if not options.image:
            raise
        return {}
    found.sort(key=lambda pod: (_node_of(pod) != options.node, pod.get("status", {}).get("phase") != "Running"))
    return next((pod for pod in found if _etcd_container(pod)), {})


def _etcd_container(pod: Body) -> Body:
    containers: list[Body] = pod.get("spec", {}).get("containers") or []
    named = [one for one in containers if one.get("name") == "etcd"] or [
        one for one in containers if "etcd" in one.get("image", "")
    ]
    return named[0] if named else {}


def _programs(container: Body) -> str:
    """The directory of etcd when the pod names it, else ""."""
    command = container.get("command") or [""]
    program = PurePosixPath(command[0])
    return str(program.parent) if program.is_absolute() and program.name == "etcd" else ""


def _node_of(pod: Body) -> str:
    return str(pod.get("spec", {}).get("nodeName", ""))


def _images(cluster: Asked) -> dict[str, list[str]]:
    """The names of the images on each node; nothing for those who may not see nodes."""
    try:
        nodes = cluster.nodes()
    except SourceError:
        return {}
    return {node["metadata"]["name"]: list(_names(node.get("status", {}).get("images") or ())) for node in nodes}


def _names(images: Iterable[Body]) -> Iterable[str]:
    """One name for each image, that with a tag where there is one."""
    for image in images:
        names = [str(name) for name in image.get("names") or () if "<none>" not in name]
        if names:
            yield min(names, key=lambda name: "@" in name)


def _node_with(image: str, images: dict[str, list[str]]) -> str:
    return next((node for node, names in images.items() if any(_is_same(image, name) for name in names)), "")


def _is_same(wanted: str, name: str) -> bool:
    return name == wanted or name.endswith(f"/{wanted}")


def _image_with_shell(etcd: str, there: Iterable[str]) -> str:
    """That of etcd when it has a shell or when none is known that has."""
    candidates = [etcd, *there]
    ranked = ((word, name) for word in _WITH_SHELL for name in candidates)
    if any(word in etcd for word in _WITH_SHELL):
        return etcd
    return next((name for word, name in ranked if word in name.partition("@")[0]), etcd)
