"""What tests of restoring share: objects, and a cluster to put them into."""

from __future__ import annotations

import time
from typing import Any

from apiserver import ApiServer

from snapinspect.kube.cluster import Cluster
from snapinspect.recovery.restore import Applier, Outcome, Plan, Planner, Policy, Result, Wanted

Body = dict[str, Any]


class Nothing:
    """A snapshot in which no rule finds another object."""

    def find(self, *_: object) -> None:
        return None

    def holds(self, *_: object) -> bool:
        return False


class Paused:
    """Pauses, and notes for how many seconds."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        time.sleep(seconds)


class Target:
    """The server, its client, whose pauses are only counted, and restoring with them."""

    def __init__(self, server: ApiServer, cluster: Cluster) -> None:
        self.server = server
        self.cluster = cluster
        self.pauses: list[float] = []
        cluster.pause = self.pauses.append

    def plan(
        self, *bodies: Body | Wanted, policy: Policy = Policy.skip, force: bool = False, moved: bool = False
    ) -> Plan:
        wanted = [body if isinstance(body, Wanted) else Wanted(body) for body in bodies]
        planner = Planner(self.cluster, Nothing(), 36, policy, force=force)
        return planner.plan(wanted, "same", moved=moved)

    def apply(
        self, plan: Plan, *, force: bool = False, release_volumes: bool = False, patience: float = 5, parallel: int = 1
    ) -> list[Result]:
        applier = Applier(self.cluster, Nothing(), 36, force=force, patience=patience, parallel=parallel)
        return list(applier.run(plan, release_volumes=release_volumes))

    def outcomes(self, plan: Plan, **options: Any) -> list[Outcome]:
        return [result.outcome for result in self.apply(plan, **options)]

    def add(self, *bodies: Body) -> None:
        for body in bodies:
            self.server.store.add(body)

    def live(self, plural: str, name: str) -> Body:
        return next(one for one in self.server.store.objects(plural) if one["metadata"]["name"] == name)

    def writes(self) -> list[tuple[str, str]]:
        """The requests that were meant to change something."""
        return [(method, path) for method, path in self.server.requests if method != "GET" and "dryRun" not in path]


def config_map(name: str = "settings", namespace: str | None = "shop", **data: str) -> Body:
    metadata = {"name": name, "namespace": namespace} if namespace else {"name": name}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data or {"mode": "fast"}}


def namespace(name: str, **metadata: Any) -> Body:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, **metadata}}


def deployment(name: str = "web", replicas: int = 2, image: str = "web:1") -> Body:
    labels = {"app": name}
    container = {"name": "main", "image": image}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    }


def service(name: str = "web", port: int = 80, **spec: Any) -> Body:
    ports = [{"port": port, "targetPort": 8080, "protocol": "TCP"}]
    metadata = {"name": name, "namespace": "shop"}
    return {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": {"ports": ports, **spec}}


def definition(kind: str = "Widget", group: str = "example.com") -> Body:
    plural = f"{kind.lower()}s"
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"kind": kind, "plural": plural},
            "versions": [{"name": "v1", "served": True, "storage": True, "schema": schema}],
        },
    }


def widget(name: str = "one", kind: str = "Widget") -> Body:
    metadata = {"name": name, "namespace": "shop"}
    return {"apiVersion": "example.com/v1", "kind": kind, "metadata": metadata, "spec": {"size": 3}}


def claim(name: str = "data", volume: str = "disk", namespace: str = "shop") -> Body:
    spec = {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": "1Gi"}},
        "storageClassName": "fast",
        "volumeName": volume,
    }
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata, "spec": spec}


def volume(name: str = "disk", phase: str = "Released", uid: str | None = "gone", namespace: str = "shop") -> Body:
    reference = {"kind": "PersistentVolumeClaim", "namespace": namespace, "name": "data"} | (
        {"uid": uid} if uid else {}
    )
    spec = {
        "accessModes": ["ReadWriteOnce"],
        "capacity": {"storage": "1Gi"},
        "hostPath": {"path": "/disk"},
        "persistentVolumeReclaimPolicy": "Retain",
        "claimRef": reference,
    }
    body = {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": name}, "spec": spec}
    return body | ({"status": {"phase": phase}} if phase else {})
