"""Objects of shapes that no API server would write: each command ends in order, and the sound object comes out."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bolt_writer import Image
from cli_program import run
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from written_snapshot import record

_PLACES = (
    ("v1", "ConfigMap", "configmaps/ns/"),
    ("v1", "Pod", "pods/ns/"),
    ("v1", "Secret", "secrets/ns/"),
    ("v1", "Service", "services/specs/ns/"),
    ("v1", "PersistentVolumeClaim", "persistentvolumeclaims/ns/"),
    ("v1", "PersistentVolume", "persistentvolumes/"),
    ("v1", "Namespace", "namespaces/"),
    ("v1", "Node", "minions/"),
    ("v1", "Event", "events/ns/"),
    ("v1", "ServiceAccount", "serviceaccounts/ns/"),
    ("apps/v1", "Deployment", "deployments/ns/"),
    ("apps/v1", "StatefulSet", "statefulsets/ns/"),
    ("batch/v1", "CronJob", "cronjobs/ns/"),
    ("batch/v1", "Job", "jobs/ns/"),
    ("rbac.authorization.k8s.io/v1", "RoleBinding", "rolebindings/ns/"),
    ("networking.k8s.io/v1", "Ingress", "ingress/ns/"),
    ("autoscaling/v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers/ns/"),
    (
        "apiextensions.k8s.io/v1",
        "CustomResourceDefinition",
        "apiextensions.k8s.io/customresourcedefinitions/",
    ),
    ("example.org/v1", "Odd", "example.org/odds/ns/"),
)
_SOUND = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "sound", "namespace": "ns"}, "data": {"a": "b"}}

_plain = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(1 << 70), 1 << 70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["", "a", "ns", "2026-01-01T00:00:00Z", "\ud800", "x" * 300]),
)
_words = st.sampled_from(
    [
        "name",
        "namespace",
        "labels",
        "spec",
        "template",
        "metadata",
        "containers",
        "kind",
        "apiVersion",
        "uid",
        "image",
        "env",
        "valueFrom",
        "ref",
    ]
)
_any = st.recursive(
    _plain, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_words, inner, max_size=3), max_leaves=6
)


def _fields(*names: str, inner: st.SearchStrategy[Any] = _any) -> st.SearchStrategy[Any]:
    """An object with some of these fields, each of any type, or something that is no object."""
    return st.one_of(_any, st.fixed_dictionaries({}, optional=dict.fromkeys(names, inner)))


_metadata = st.fixed_dictionaries(
    {},
    optional={
        "name": _any,
        "namespace": _any,
        "labels": _fields("app", "k8s-app", "pod-template-hash"),
        "annotations": _fields("kubectl.kubernetes.io/last-applied-configuration", "deployment.kubernetes.io/revision"),
        "ownerReferences": st.lists(_fields("kind", "name", "apiVersion", "uid", "controller"), max_size=2),
        "finalizers": _any,
        "managedFields": st.lists(_fields("manager", "time", "fieldsV1", "operation"), max_size=2),
        "creationTimestamp": _any,
        "deletionTimestamp": _any,
        "uid": _any,
        "generateName": _any,
    },
)
_container = _fields("name", "image", "env", "envFrom", "volumeMounts", "ports", "resources", "securityContext")
_pod = _fields(
    "nodeName", "serviceAccountName", "volumes", "tolerations", inner=st.lists(_fields("name", "secret", "configMap"))
) | st.fixed_dictionaries({"containers": st.lists(_container, max_size=2)})
_names = ("names", "versions", "group", "scope", "conversion", "claimRef", "ports", "clusterIP", "rules", "subjects")
_spec = (
    _pod
    | _fields(*_names, "replicas", "selector", "volumeClaimTemplates", "volumeName", "schedule", "scaleTargetRef")
    | st.fixed_dictionaries(
        {"template": st.fixed_dictionaries({"metadata": st.one_of(_any, _metadata), "spec": _pod}), "selector": _any}
    )
    | st.fixed_dictionaries({"names": _fields("plural", "kind", "shortNames", "singular"), "versions": st.lists(_any)})
)


@st.composite
def _odd(draw: st.DrawFn) -> tuple[bytes, bytes]:
    """A key below which objects of a kind lie, and something that says to be of that kind."""
    version, kind, place = draw(st.sampled_from(_PLACES))
    body = draw(
        st.fixed_dictionaries(
            {"apiVersion": st.just(version), "kind": st.just(kind), "metadata": st.one_of(_metadata, _any)},
            optional={
                "spec": st.one_of(_spec, _any),
                "status": _fields("phase", "conditions", "containerStatuses"),
                "data": _any,
                "type": _any,
                "roleRef": _any,
                "subjects": _any,
                "secrets": _any,
                "involvedObject": _any,
            },
        )
    )
    return f"/registry/{place}odd".encode(), json.dumps(body).encode()


def _write(path: Path, values: list[tuple[bytes, bytes]]) -> None:
    numbered = enumerate([*values, (b"/registry/configmaps/ns/sound", json.dumps(_SOUND).encode())], 2)
    records = {struct.pack(">qcq", at, b"_", 0): record(key, value, at) for at, (key, value) in numbered}
    image = Image()
    path.write_bytes(image.file(image.tree({b"key": records, b"meta": {}})))


@settings(
    max_examples=3, phases=[Phase.generate], deadline=None, suppress_health_check=list(HealthCheck), database=None
)
@given(st.lists(_odd(), min_size=1, max_size=8))
def test_no_shape_of_an_object_is_a_fault_of_the_program(values: list[tuple[bytes, bytes]]) -> None:
    with TemporaryDirectory() as scratch:
        db, other = Path(scratch, "db"), Path(scratch, "other")
        _write(db, values)
        _write(other, [(key, value.replace(b"a", b"b")) for key, value in values[:-1]])
        whole = [
            ["ls", db, "-A"],
            ["ls", db, "-A", "-o", "json"],
            ["ls", db, "-A", "-o", "wide", "--show-labels"],
            *(["get", db, "--all", "-o", form] for form in ("yaml", "json", "jsonl", "name")),
            ["get", db, "--all", "--raw"],
            ["export", db, "--all", "-d", Path(scratch, "out"), "--layout", "single"],
        ]
        for line in whole:
            outcome = run(*line)
            assert outcome.code in {0, 3}, (line, outcome.err)
            told = Path(scratch, "out", "objects.yaml").read_text() if line[0] == "export" else outcome.out
            assert "sound" in told, (line, outcome.err)
        for line in (
            ["get", db, "cm/sound", "-n", "ns", "--with-deps"],
            ["deps", db, "cm/sound", "-n", "ns"],
            ["stats", db],
            ["diff", other, db],
            ["history", db, "cm/sound", "-n", "ns"],
            ["log", db],
            ["deleted", db],
            ["find", "cm/sound", scratch, "-n", "ns"],
            ["verify", db],
            ["info", db],
            ["restore", db, "--all", "--dry-run", "--offline"],
        ):
            outcome = run(*line)
            assert outcome.code in {0, 1, 3}, (line, outcome.err)
            assert "fault of snapinspect" not in outcome.err, (line, outcome.err)
