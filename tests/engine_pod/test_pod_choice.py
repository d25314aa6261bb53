"""Which image, which node: found in the cluster, unless it is said."""

from __future__ import annotations

from typing import Any

import pytest

from snapinspect.errors import SourceError
from snapinspect.sources.engines.pods.choice import PodOptions, choose

TOLERATION = {"key": "node-role.kubernetes.io/control-plane", "operator": "Exists"}
ETCD = "registry.k8s.io/etcd:3.6.4-0"


class Asked:
    """A cluster of two masters and a worker."""

    def __init__(self, *, may_see_nodes: bool = True) -> None:
        self._may_see_nodes = may_see_nodes

    def pods(self, namespace: str, labels: str = "") -> list[dict[str, Any]]:
        assert (namespace, labels) == ("kube-system", "component=etcd")
        return [_etcd("m1", "Pending"), _etcd("m2", "Running")]

    def nodes(self) -> list[dict[str, Any]]:
        if not self._may_see_nodes:
            raise SourceError("no right to list nodes")
        return [
            _node("m1", ETCD, "docker.io/library/nginx:1.27"),
            _node("m2", ETCD, "docker.io/library/nginx:1.27", "docker.io/library/busybox:1.36"),
            _node("w1", "rancher/hardened-etcd:v3.5.9", "docker.io/library/alpine:3.20"),
        ]


def _etcd(node: str, phase: str) -> dict[str, Any]:
    spec = {
        "nodeName": node,
        "containers": [{"name": "etcd", "image": ETCD, "command": ["/usr/local/bin/etcd"]}],
        "tolerations": [TOLERATION],
        "imagePullSecrets": [{"name": "registry"}],
    }
    return {"metadata": {"name": f"etcd-{node}"}, "spec": spec, "status": {"phase": phase}}


def _node(name: str, *images: str) -> dict[str, Any]:
    listed = [{"names": ["<none>@<none>"]}, *({"names": [f"{image}@sha256:0", image]} for image in images)]
    return {"metadata": {"name": name}, "status": {"images": listed}}


def test_the_etcd_that_runs_gives_image_node_and_how_to_get_there() -> None:
    place = choose(Asked(), PodOptions())
    assert (place.namespace, place.image, place.node, place.programs) == ("kube-system", ETCD, "m2", "/usr/local/bin")
    assert (place.tolerations, place.pull_secrets) == ((TOLERATION,), ({"name": "registry"},))
    assert place.copy_image == "docker.io/library/busybox:1.36"


def test_secrets_of_another_namespace_are_no_use() -> None:
    place = choose(Asked(), PodOptions(namespace="rescue"))
    assert (place.namespace, place.pull_secrets, place.image) == ("rescue", (), ETCD)


def test_another_node_is_taken_with_what_is_there() -> None:
    place = choose(Asked(), PodOptions(node="m1"))
    assert (place.node, place.copy_image) == ("m1", "docker.io/library/nginx:1.27")


def test_another_image_goes_to_a_node_that_has_it() -> None:
    place = choose(Asked(), PodOptions(image="rancher/hardened-etcd:v3.5.9"))
    assert (place.node, place.programs, place.copy_image) == ("w1", "", "docker.io/library/alpine:3.20")


@pytest.mark.parametrize("copy_image", ["", "my/tools:1"])
def test_who_may_not_see_nodes_gets_what_is_said_or_the_etcd_image_alone(copy_image: str) -> None:
    place = choose(Asked(may_see_nodes=False), PodOptions(copy_image=copy_image))
    assert (place.node, place.image, place.copy_image) == ("m2", ETCD, copy_image or ETCD)
