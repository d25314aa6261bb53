"""The shapes of one application: its container differs from every other's, its replicas' do not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from bench.shapes import Shape, fixture

if TYPE_CHECKING:
    from collections.abc import Callable

Body = dict[str, Any]

_DONOR = "/registry/deployments/infra-production/web"
_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")


class Family(NamedTuple):
    """An application of the fixtures, by the names of one of its pods."""

    namespace: str
    name: str
    template_hash: str
    suffix: str
    address: str


FAMILIES = (
    Family("team-a", "svc-a", "5cd975cb4d", "db4vv", "10.244.1.4"),
    Family("infra-production", "ssa-app", "7645b4d84c", "pksk2", "10.244.1.10"),
)


class Application:
    """A Deployment, its ReplicaSets in use and retired, its pods as they are created and as they run.

    Marked in them are ``namespace``, ``app``, ``hash``, and in pods ``suffix``, ``address``, ``node`` and ``host``.
    """

    def __init__(self, family: Family, environment: dict[str, str]) -> None:
        replica_set = f"{family.name}-{family.template_hash}"
        pod = f"{replica_set}-{family.suffix}"
        self._family, self._environment = family, environment
        self.deployment = self._shape("deployments", family.name)
        self.replica_set = self._shape("replicasets", replica_set)
        self.retired = self._shape("replicasets", replica_set, _retire)
        self.pending = self._shape("pods", pod, _unschedule)
        self.running = self._shape("pods", pod)

    def _shape(self, resource: str, name: str, change: Callable[[Body], None] | None = None) -> Shape:
        family = self._family
        key = f"/registry/{resource}/{family.namespace}/{name}"
        body = fixture(key)
        _equip(body, self._environment)
        marks = dict(zip(family, ("namespace", "app", "hash", "suffix", "address"), strict=True))
        if resource == "pods":
            marks |= {body["spec"]["nodeName"]: "node", body["status"]["hostIP"]: "host"}
        if change:
            change(body)
        return Shape(key, body, marks)


def _equip(body: Body, environment: dict[str, str]) -> None:
    """Gives the first container an environment and probes, and its manager the ownership of them."""
    donor, donor_owned = _container(fixture(_DONOR))
    container, owned = _container(body)
    for probe in _PROBES:
        container[probe], owned[f"f:{probe}"] = donor[probe], donor_owned[f"f:{probe}"]
    container["env"] = [{"name": name, "value": value} for name, value in environment.items()]
    owned["f:env"] = {".": {}} | {
        f"k:{json.dumps({'name': name}, separators=(',', ':'))}": {".": {}, "f:name": {}, "f:value": {}}
        for name in environment
    }


def _container(body: Body) -> tuple[Body, Body]:
    """The first container, and its fields that the first manager of containers owns."""
    spec = body["spec"].get("template", body)["spec"]
    for entry in body["metadata"]["managedFields"]:
        owned = entry["fieldsV1"].get("f:spec", {})
        containers = owned.get("f:template", {"f:spec": owned})["f:spec"].get("f:containers")
        if containers:
            return spec["containers"][0], next(iter(containers.values()))
    raise ValueError(f"nobody owns a container of {body['metadata']['name']}")


def _retire(body: Body) -> None:
    body["spec"]["replicas"] = 0
    body["status"] = {"replicas": 0, "observedGeneration": 2}


def _unschedule(body: Body) -> None:
    body["status"] = {"phase": "Pending", "qosClass": "Burstable"}
    del body["spec"]["nodeName"], body["metadata"]["managedFields"][1:]
