"""A cluster's objects and what happens to them, made from real ones: every name, size and time from one seed."""

from __future__ import annotations

import json
import random
import string
from base64 import b64encode
from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from bench.shapes import Shape, fixture

Body = dict[str, Any]

_BEGIN = datetime(2026, 11, 20, tzinfo=UTC)
_STEP = timedelta(milliseconds=577)
_SUFFIX = "bcdfghjklmnpqrstvwxz2456789"
_TEAMS = ("payments", "search", "checkout", "identity", "inventory", "shipping", "analytics", "platform")
_STAGES = ("production", "staging", "development", "preview")
_ROLES = ("api", "worker", "frontend", "gateway", "scheduler", "exporter", "cache", "consumer")
_APPLICATIONS_PER_NAMESPACE = 10
_OBJECTS_PER_NODE = 100
_LIVE_EVENTS = 0.15
"""Of all objects; older events expire, as an API server lets them."""


class Write(NamedTuple):
    """One put, or one deletion when there is no body; ``new`` when the key was not there before."""

    key: str
    body: Body | None
    new: bool = False


class Family(NamedTuple):
    """An application of the fixtures, by the names of one of its pods."""

    namespace: str
    name: str
    template_hash: str
    suffix: str
    ip: str


_FAMILIES = (
    Family("team-a", "svc-a", "5cd975cb4d", "db4vv", "10.244.1.4"),
    Family("infra-production", "ssa-app", "7645b4d84c", "pksk2", "10.244.1.10"),
)
_DONOR = "/registry/deployments/infra-production/web"
_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")


class Cluster:
    """Yields writes until about ``objects`` keys live, three revisions for each of them."""

    def __init__(self, objects: int, seed: int = 1) -> None:
        self.live = self.revisions = 0
        self._objects = objects
        self._random = random.Random(seed)
        self._events: deque[str] = deque()
        self._nodes = [f"node-{number:04}" for number in range(max(10, objects // _OBJECTS_PER_NODE))]
        self._leases = [self._values(node=node) for node in self._nodes]
        self._lines = [self._line() for _ in range(2000)]

    def writes(self) -> Iterator[Write]:
        for write in self._actions():
            self.revisions += 1
            self.live += write.new - (write.body is None)
            yield write

    def _actions(self) -> Iterator[Write]:
        for node in self._nodes:
            yield self._new("/registry/minions/node-1", {"node-1": "node"}, node=node)
        for values in self._leases:
            yield self._lease(values, new=True)
        renewed = number = 0
        while self.live < self._objects:
            if number % _APPLICATIONS_PER_NAMESPACE == 0:
                namespace = f"{self._pick(_TEAMS)}-{self._pick(_STAGES)}-{number // _APPLICATIONS_PER_NAMESPACE:03}"
                yield from self._namespace(namespace)
            yield from self._application(namespace, f"{self._pick(_ROLES)}-{number:05}")
            number += 1
            while self.revisions < 3 * self.live:
                yield self._lease(self._leases[renewed % len(self._leases)], new=False)
                renewed += 1

    def _namespace(self, namespace: str) -> Iterator[Write]:
        yield self._new("/registry/namespaces/monitoring", {"monitoring": "namespace"}, namespace=namespace)
        for key in ("configmaps/team-a/kube-root-ca.crt", "serviceaccounts/team-a/default"):
            yield self._new(f"/registry/{key}", {"team-a": "namespace"}, namespace=namespace)

    def _application(self, namespace: str, app: str) -> Iterator[Write]:
        names = {"namespace": namespace, "app": app}
        team = {"team-a": "namespace", "svc-a": "app"}
        yield self._new("/registry/serviceaccounts/team-a/default", {"team-a": "namespace", "default": "app"}, **names)
        for number in range(2):
            yield self._config_map({**names, "app": f"{app}-config-{number}"})
            yield self._secret({**names, "app": f"{app}-{number}"})
        yield self._new("/registry/services/specs/team-a/svc-a", team | {"10.96.71.80": "ip"}, ip=self._ip(96), **names)
        pods: list[dict[str, str]] = []
        yield from self._workload(names, pods)
        yield self._endpoints(names, pods)
        for pod in self._random.choices(pods, k=5):
            yield from self._event(pod)
        certificate = {"infra-production": "namespace", "web-tls": "app"}
        yield self._new("/registry/cert-manager.io/certificates/infra-production/web-tls", certificate, **names)
        if self._random.random() < 0.5:
            yield self._widget({**names, "app": f"{app}-a"})
        yield self._widget({**names, "app": f"{app}-b"})

    def _workload(self, names: dict[str, str], pods: list[dict[str, str]]) -> Iterator[Write]:
        """A Deployment, its ReplicaSets, only the last of which has pods, and these pods, first as they were created."""
        family = self._pick(_FAMILIES)
        shapes = _Workload(family, self._environment())
        deployment = self._values(**names, hash=self._suffix(10))
        replica_set = self._values(**names, hash=deployment["hash"], owner=deployment["uid"])
        yield _make(shapes.deployment, deployment, new=True)
        for _ in range(2):
            yield _make(shapes.retired, self._values(**names, hash=self._suffix(10), owner=deployment["uid"]), new=True)
        yield _make(shapes.replica_set, replica_set, new=True)
        for _ in range(self._random.choice((1, 2, 2, 3, 3, 4, 6, 8, 10, 16))):
            pod = self._values(
                **names,
                hash=replica_set["hash"],
                owner=replica_set["uid"],
                suffix=self._suffix(5),
                node=self._pick(self._nodes),
                ip=self._ip(244),
                host=self._ip(0),
            )
            pods.append(pod)
            yield _make(shapes.pending, pod, new=True)
        for pod in pods:
            yield _make(shapes.running, pod | {"changed": self._time()}, new=False)

    def _endpoints(self, names: dict[str, str], pods: list[dict[str, str]]) -> Write:
        write = self._new(
            "/registry/endpointslices/team-a/svc-a-5mxg7",
            {"team-a": "namespace", "svc-a": "app", "5mxg7": "suffix"},
            suffix=self._suffix(5),
            **names,
        )
        assert write.body
        first = write.body["endpoints"][0]
        write.body["endpoints"] = [
            first
            | {
                "addresses": [pod["ip"]],
                "nodeName": pod["node"],
                "targetRef": first["targetRef"] | {"name": _pod_name(pod), "uid": pod["uid"]},
            }
            for pod in pods
        ]
        return write

    def _event(self, pod: dict[str, str]) -> Iterator[Write]:
        name = self._pick(("9rd8b", "18ea5a1b96610544"))
        marks = {"team-a": "namespace", "svc-a-5cd975cb4d-db4vv": "pod", "node-2": "node", name: "event"}
        key = f"/registry/events/team-a/svc-a-5cd975cb4d-db4vv.{name}"
        marks[fixture(key)["involvedObject"]["uid"]] = "involved"
        write = self._new(
            key,
            marks,
            namespace=pod["namespace"],
            pod=_pod_name(pod),
            node=pod["node"],
            involved=pod["uid"],
            event=self._suffix(len(name)),
        )
        yield write
        self._events.append(write.key)
        if len(self._events) > _LIVE_EVENTS * self._objects:
            yield Write(self._events.popleft(), None)

    def _config_map(self, names: dict[str, str]) -> Write:
        """1 to 100 KB in one to four files, most of them small."""
        size = int(1000 * 100 ** (self._random.random() ** 2))
        files = self._random.randint(1, 4)
        data = {f"{self._pick(_ROLES)}-{number}.conf": self._text(size // files) for number in range(files)}
        marks = {"team-a": "namespace", "settings": "app"}
        return _with_data(self._new("/registry/configmaps/team-a/settings", marks, **names), data)

    def _secret(self, names: dict[str, str]) -> Write:
        if self._random.random() < 0.2:
            marks = {"infra-production": "namespace", "sh.helm.release.v1.web.v1": "app"}
            write = self._new("/registry/secrets/infra-production/sh.helm.release.v1.web.v1", marks, **names)
            release = b64encode(self._random.randbytes(self._random.randint(3_000, 30_000)))
            return _with_data(write, {"release": b64encode(release).decode()})
        write = self._new(
            "/registry/secrets/infra-production/db-credentials",
            {"infra-production": "namespace", "db-credentials": "app"},
            **names,
        )
        values = [
            self._random.randbytes(self._random.choice((16, 32, 64, 1200))) for _ in range(self._random.randint(1, 5))
        ]
        return _with_data(write, {f"key-{number}": b64encode(value).decode() for number, value in enumerate(values)})

    def _widget(self, names: dict[str, str]) -> Write:
        marks = {"infra-staging": "namespace", "bulk-10": "app"}
        write = self._new("/registry/example.com/widgets/infra-staging/bulk-10", marks, **names)
        assert write.body
        items = [self._pick(self._lines) for _ in range(self._random.randint(0, 20))]
        write.body["spec"] |= {"ratio": self._random.random(), "size": self._random.randrange(1000), "list": items}
        return write

    def _lease(self, values: dict[str, str], new: bool) -> Write:
        values["changed"] = self._time()
        values["renewed"] = f"{self._time()[:-1]}.{self._random.randrange(1_000_000):06}Z"
        shape = _shape("/registry/leases/kube-node-lease/node-1", (("node-1", "node"),))
        return _make(shape, values, new=new)

    def _new(self, key: str, marks: dict[str, str], **values: str) -> Write:
        return _make(_shape(key, tuple(marks.items())), self._values(**values), new=True)

    def _values(self, **values: str) -> dict[str, str]:
        time = self._time()
        return {
            "uid": self._uid(),
            "owner": self._uid(),
            "created": time,
            "changed": time,
            "container": f"{self._random.getrandbits(256):064x}",
            "access": self._suffix(5),
            "renewed": f"{time[:-1]}.{self._random.randrange(1_000_000):06}Z",
            **values,
        }

    def _environment(self) -> dict[str, str]:
        return {
            f"{self._pick(_TEAMS)}_{self._pick(_ROLES)}_{number}".upper(): self._pick(self._lines)
            for number in range(self._random.randint(3, 30))
        }

    def _time(self) -> str:
        return f"{_BEGIN + self.revisions * _STEP:%Y-%m-%dT%H:%M:%SZ}"

    def _uid(self) -> str:
        text = f"{self._random.getrandbits(128):032x}"
        return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"

    def _suffix(self, length: int) -> str:
        return "".join(self._random.choices(_SUFFIX, k=length))

    def _ip(self, network: int) -> str:
        return ".".join(["10", str(network), *(str(self._random.randint(1, 254)) for _ in range(2))])

    def _pick(self, choices: Any) -> Any:
        return self._random.choice(choices)

    def _line(self) -> str:
        words = ("".join(self._random.choices(string.ascii_lowercase, k=self._random.randint(2, 9))) for _ in range(6))
        key, *rest = words
        return f"{key}{self._pick((' = ', ': ', '=', ' '))}{self._pick((' ', '.', '/', ' # '))}".join(
            ("", " ".join(rest))
        )

    def _text(self, size: int) -> str:
        indents = self._random.choices(("", "", "  ", "    "), k=size // 36)
        return "".join(
            f"{indent}{line}\n"
            for indent, line in zip(indents, self._random.choices(self._lines, k=len(indents)), strict=True)
        )


class _Workload:
    """The shapes of one application: its container differs from all others', its replicas' do not."""

    def __init__(self, family: Family, environment: dict[str, str]) -> None:
        name, replica_set = family.name, f"{family.name}-{family.template_hash}"
        pod = f"{replica_set}-{family.suffix}"
        self._family, self._environment = family, environment
        self.deployment = self._shape("deployments", name)
        self.replica_set = self._shape("replicasets", replica_set)
        self.retired = self._shape("replicasets", replica_set, _retire)
        self.pending = self._shape("pods", pod, _unschedule)
        self.running = self._shape("pods", pod)

    def _shape(self, resource: str, name: str, change: Any = None) -> Shape:
        key = f"/registry/{resource}/{self._family.namespace}/{name}"
        body = fixture(key)
        _enrich(body, self._environment)
        family = self._family
        marks = {
            family.namespace: "namespace",
            family.name: "app",
            family.template_hash: "hash",
            family.suffix: "suffix",
            family.ip: "ip",
        }
        if resource == "pods":
            marks |= {body["spec"]["nodeName"]: "node", body["status"]["hostIP"]: "host"}
        if change:
            change(body)
        return Shape(key, body, marks)


def _enrich(body: Body, environment: dict[str, str]) -> None:
    """Gives the first container an environment, probes and limits, and its managers the ownership of them."""
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
    """The first container and the fields of it that the first manager of a container owns."""
    spec = body["spec"].get("template", body)["spec"]
    for entry in body["metadata"]["managedFields"]:
        owned = entry["fieldsV1"].get("f:spec", {})
        owned = owned.get("f:template", {"f:spec": owned})["f:spec"].get("f:containers")
        if owned:
            return spec["containers"][0], next(iter(owned.values()))
    raise ValueError(body["metadata"]["name"])


def _retire(body: Body) -> None:
    body["spec"]["replicas"] = 0
    body["status"] = {"replicas": 0, "observedGeneration": 2}


def _unschedule(body: Body) -> None:
    body["status"] = {"phase": "Pending", "qosClass": "Burstable"}
    del body["spec"]["nodeName"], body["metadata"]["managedFields"][1:]


def _with_data(write: Write, data: dict[str, str]) -> Write:
    assert write.body
    metadata = write.body["metadata"]
    metadata.pop("annotations", None)
    owned = metadata["managedFields"][0]["fieldsV1"]
    owned.get("f:metadata", {}).pop("f:annotations", None)
    owned["f:data"] = {".": {}} | {f"f:{name}": {} for name in data}
    write.body["data"] = data
    return write


@cache
def _shape(key: str, marks: tuple[tuple[str, str], ...]) -> Shape:
    return Shape(key, fixture(key), dict(marks))


def _make(shape: Shape, values: dict[str, str], new: bool) -> Write:
    return Write(*shape.make(values), new)


def _pod_name(pod: dict[str, str]) -> str:
    return f"{pod['app']}-{pod['hash']}-{pod['suffix']}"
