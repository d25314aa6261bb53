"""A cluster's objects and what happens to them, made from real ones."""

from __future__ import annotations

from base64 import b64encode
from collections import deque
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from bench.application import FAMILIES, Application, Body
from bench.chance import Chance
from bench.shapes import Shape, fixture

if TYPE_CHECKING:
    from collections.abc import Iterator

Values = dict[str, str]

_BEGIN = datetime(2026, 11, 20, tzinfo=UTC)
_STEP = timedelta(milliseconds=577)
_TEAMS = ("payments", "search", "checkout", "identity", "inventory", "shipping", "analytics", "platform")
_STAGES = ("production", "staging", "development", "preview")
_ROLES = ("api", "worker", "frontend", "gateway", "scheduler", "exporter", "cache", "consumer")
_REPLICAS = (1, 2, 2, 3, 3, 4, 6, 8, 10, 16)
_APPLICATIONS_PER_NAMESPACE = 10
_OBJECTS_PER_NODE = 100
_REVISIONS_PER_OBJECT = 3
_LIVE_EVENTS = 0.15
"""Of all objects; older ones are deleted, as an API server lets them expire."""
_HELM_SECRETS = 0.2
_TEAM = {"team-a": "namespace", "svc-a": "app"}


class Write(NamedTuple):
    """One put, or one deletion when there is no body; ``new`` when the key was not there before."""

    key: str
    body: Body | None
    new: bool = False


class Cluster:
    """Yields writes until about ``objects`` keys live, three revisions for each: renewed leases fill up."""

    def __init__(self, objects: int, seed: int = 1) -> None:
        self.live = self.revisions = 0
        self._objects = objects
        self._chance = Chance(seed)
        self._events: deque[str] = deque()
        self._nodes = [f"node-{number:04}" for number in range(max(10, objects // _OBJECTS_PER_NODE))]
        self._leases = deque(self._values(node=node) for node in self._nodes)

    def writes(self) -> Iterator[Write]:
        for write in self._writes():
            self.revisions += 1
            self.live += write.new - (write.body is None)
            yield write

    def _writes(self) -> Iterator[Write]:
        for lease in self._leases:
            yield self._new("minions/node-1", {"node-1": "node"}, node=lease["node"])
            yield self._lease(lease, new=True)
        number = 0
        while self.live < self._objects:
            if number % _APPLICATIONS_PER_NAMESPACE == 0:
                chance, last = self._chance, number // _APPLICATIONS_PER_NAMESPACE
                namespace = f"{chance.choice(_TEAMS)}-{chance.choice(_STAGES)}-{last:03}"
                yield from self._namespace(namespace)
            yield from self._application({"namespace": namespace, "app": f"{self._chance.choice(_ROLES)}-{number:05}"})
            number += 1
            while self.revisions < _REVISIONS_PER_OBJECT * self.live:
                yield self._lease(self._leases[0], new=False)
                self._leases.rotate(-1)

    def _namespace(self, namespace: str) -> Iterator[Write]:
        yield self._new("namespaces/monitoring", {"monitoring": "namespace"}, namespace=namespace)
        yield self._new("configmaps/team-a/kube-root-ca.crt", _TEAM, namespace=namespace)
        yield self._new("serviceaccounts/team-a/default", _TEAM, namespace=namespace)

    def _application(self, names: Values) -> Iterator[Write]:
        yield self._new("serviceaccounts/team-a/default", {"team-a": "namespace", "default": "app"}, **names)
        for part in ("common", "local"):
            yield self._config_map({**names, "app": f"{names['app']}-{part}"})
            yield self._secret({**names, "app": f"{names['app']}-{part}"})
        marks = _TEAM | {"10.96.71.80": "address"}
        yield self._new("services/specs/team-a/svc-a", marks, address=self._chance.address(96), **names)
        pods: list[Values] = []
        yield from self._workload(names, pods)
        yield self._endpoints(names, pods)
        for pod in self._chance.choices(pods, k=5):
            yield from self._event(pod)
        marks = {"infra-production": "namespace", "web-tls": "app"}
        yield self._new("cert-manager.io/certificates/infra-production/web-tls", marks, **names)
        for part in ("first", "second")[: self._chance.randint(1, 2)]:
            yield self._widget({**names, "app": f"{names['app']}-{part}"})

    def _workload(self, names: Values, pods: list[Values]) -> Iterator[Write]:
        """A Deployment, two ReplicaSets of before and the one in use, whose pods are added to ``pods``."""
        chance = self._chance
        shapes = Application(chance.choice(FAMILIES), self._environment())
        deployment = self._values(**names, hash=chance.suffix(10))
        replica_set = self._values(**names, hash=deployment["hash"], owner=deployment["uid"])
        yield _write(shapes.deployment, deployment, new=True)
        for _ in range(2):
            values = self._values(**names, hash=chance.suffix(10), owner=deployment["uid"])
            yield _write(shapes.retired, values, new=True)
        yield _write(shapes.replica_set, replica_set, new=True)
        for _ in range(chance.choice(_REPLICAS)):
            pods.append(self._pod(replica_set))
            yield _write(shapes.pending, pods[-1], new=True)
        for pod in pods:
            yield _write(shapes.running, pod | {"changed": self._time()}, new=False)

    def _pod(self, replica_set: Values) -> Values:
        chance = self._chance
        return self._values(
            namespace=replica_set["namespace"],
            app=replica_set["app"],
            hash=replica_set["hash"],
            owner=replica_set["uid"],
            suffix=chance.suffix(5),
            node=chance.choice(self._nodes),
            host=chance.address(0),
            address=chance.address(244),
        )

    def _endpoints(self, names: Values, pods: list[Values]) -> Write:
        marks = _TEAM | {"5mxg7": "suffix"}
        write = self._new("endpointslices/team-a/svc-a-5mxg7", marks, suffix=self._chance.suffix(5), **names)
        body = _body(write)
        first = body["endpoints"][0]
        body["endpoints"] = [
            first
            | {"addresses": [pod["address"]], "nodeName": pod["node"]}
            | {"targetRef": first["targetRef"] | {"name": _pod_name(pod), "uid": pod["uid"]}}
            for pod in pods
        ]
        return write

    def _event(self, pod: Values) -> Iterator[Write]:
        event = self._chance.choice(("9rd8b", "18ea5a1b96610544"))
        path = f"events/team-a/svc-a-5cd975cb4d-db4vv.{event}"
        involved = fixture(f"/registry/{path}")["involvedObject"]["uid"]
        marks = {"team-a": "namespace", "svc-a-5cd975cb4d-db4vv": "pod", "node-2": "node"}
        marks |= {event: "event", involved: "involved"}
        values = {"namespace": pod["namespace"], "pod": _pod_name(pod), "node": pod["node"], "involved": pod["uid"]}
        write = self._new(path, marks, event=self._chance.suffix(len(event)), **values)
        yield write
        self._events.append(write.key)
        if len(self._events) > _LIVE_EVENTS * self._objects:
            yield Write(self._events.popleft(), None)

    def _config_map(self, names: Values) -> Write:
        """1 to 100 KB in one to four files, most of them small."""
        chance = self._chance
        size, files = int(1000 * 100 ** (chance.random() ** 2)), chance.randint(1, 4)
        data = {f"{chance.choice(_ROLES)}-{number}.conf": chance.text(size // files) for number in range(files)}
        marks = {"team-a": "namespace", "settings": "app"}
        return _with_data(self._new("configmaps/team-a/settings", marks, **names), data)

    def _secret(self, names: Values) -> Write:
        """A few short values, or a release of Helm's."""
        chance = self._chance
        if chance.random() < _HELM_SECRETS:
            marks = {"infra-production": "namespace", "sh.helm.release.v1.web.v1": "app"}
            write = self._new("secrets/infra-production/sh.helm.release.v1.web.v1", marks, **names)
            release = b64encode(chance.randbytes(chance.randint(3_000, 30_000)))
            return _with_data(write, {"release": b64encode(release).decode()})
        marks = {"infra-production": "namespace", "db-credentials": "app"}
        write = self._new("secrets/infra-production/db-credentials", marks, **names)
        sizes = chance.choices((16, 32, 64, 1200), k=chance.randint(1, 5))
        values = (b64encode(chance.randbytes(size)).decode() for size in sizes)
        return _with_data(write, {f"key-{number}": value for number, value in enumerate(values)})

    def _widget(self, names: Values) -> Write:
        chance = self._chance
        marks = {"infra-staging": "namespace", "bulk-10": "app"}
        write = self._new("example.com/widgets/infra-staging/bulk-10", marks, **names)
        items = [chance.line() for _ in range(chance.randint(0, 20))]
        _body(write)["spec"] |= {"ratio": chance.random(), "size": chance.randrange(1000), "list": items}
        return write

    def _lease(self, values: Values, new: bool) -> Write:
        shape = _shape("leases/kube-node-lease/node-1", (("node-1", "node"),))
        return _write(shape, values | {"changed": self._time(), "renewed": self._micro_time()}, new=new)

    def _environment(self) -> dict[str, str]:
        chance = self._chance
        numbers = range(chance.randint(3, 30))
        return {f"{chance.choice(_TEAMS)}_{number}".upper(): chance.line() for number in numbers}

    def _new(self, path: str, marks: dict[str, str], **values: str) -> Write:
        return _write(_shape(path, tuple(marks.items())), self._values(**values), new=True)

    def _values(self, **values: str) -> Values:
        """``values`` and what is marked in every shape."""
        chance, time = self._chance, self._time()
        common = {"uid": chance.uid(), "owner": chance.uid(), "created": time, "changed": time}
        common |= {"container": f"{chance.getrandbits(256):064x}", "access": chance.suffix(5)}
        return common | {"renewed": self._micro_time()} | values

    def _time(self) -> str:
        return f"{_BEGIN + self.revisions * _STEP:%Y-%m-%dT%H:%M:%SZ}"

    def _micro_time(self) -> str:
        return f"{self._time()[:-1]}.{self._chance.randrange(1_000_000):06}Z"


@cache
def _shape(path: str, marks: tuple[tuple[str, str], ...]) -> Shape:
    key = f"/registry/{path}"
    return Shape(key, fixture(key), dict(marks))


def _write(shape: Shape, values: Values, new: bool) -> Write:
    return Write(*shape.make(values), new)


def _body(write: Write) -> Body:
    assert write.body is not None
    return write.body


def _with_data(write: Write, data: dict[str, str]) -> Write:
    """The ConfigMap or Secret with other data, which its first manager owns."""
    body = _body(write)
    body["data"] = data
    body["metadata"].pop("annotations", None)
    owned = body["metadata"]["managedFields"][0]["fieldsV1"]
    owned.get("f:metadata", {}).pop("f:annotations", None)
    owned["f:data"] = {".": {}} | {f"f:{name}": {} for name in data}
    return write


def _pod_name(pod: Values) -> str:
    return f"{pod['app']}-{pod['hash']}-{pod['suffix']}"
