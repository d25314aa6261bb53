"""Templates inside an object lose what a server wrote, wherever they stand, and nothing that a person meant."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from clean_world import FIELD, WORLDS, World

import snapinspect
from snapinspect.clean import clean
from snapinspect.model import Body

OWNERS = [
    {
        "apiVersion": "v1",
        "kind": "Owner",
        "name": "o",
        "uid": "aaaaaaaa-0000-4000-8000-000000000001",
        "controller": True,
    }
]
STORED = {
    "uid": "aaaaaaaa-0000-4000-8000-000000000002",
    "resourceVersion": "12",
    "generation": 3,
    "creationTimestamp": "2026-11-28T04:45:14Z",
    "selfLink": "/x",
    "managedFields": [{"manager": "m"}],
    "ownerReferences": OWNERS,
    "deletionTimestamp": "2026-11-28T04:45:15Z",
    "deletionGracePeriodSeconds": 0,
}
TEMPLATE = {"metadata": {"name": "t", "labels": {"a": "b"}, **STORED}, "spec": {"size": 1}}
LEFT = {"metadata": {"name": "t", "labels": {"a": "b"}}, "spec": {"size": 1}}
PLACES = [
    ("v1", "PodTemplate", "template"),
    ("v1", "Pod", "spec.volumes.0.ephemeral.volumeClaimTemplate"),
    ("apps/v1", "Deployment", "spec.template"),
    ("apps/v1", "DaemonSet", "spec.template.spec.volumes.0.ephemeral.volumeClaimTemplate"),
    ("apps/v1", "StatefulSet", "spec.volumeClaimTemplates.0"),
    ("batch/v1", "Job", "spec.template"),
    ("batch/v1", "CronJob", "spec.jobTemplate"),
    ("batch/v1", "CronJob", "spec.jobTemplate.spec.template.spec.volumes.0.ephemeral.volumeClaimTemplate"),
    ("apps.openshift.io/v1", "DeploymentConfig", "spec.template"),
    ("template.openshift.io/v1", "Template", "objects.0"),
    ("resource.k8s.io/v1", "ResourceClaimTemplate", "spec"),
    ("monitoring.coreos.com/v1", "Prometheus", "spec.storage.volumeClaimTemplate"),
    ("elasticsearch.k8s.elastic.co/v1", "Elasticsearch", "spec.nodeSets.0.volumeClaimTemplates.1"),
    ("cluster.x-k8s.io/v1beta1", "MachineDeployment", "spec.template"),
    ("kubevirt.io/v1", "VirtualMachine", "spec.dataVolumeTemplates.0"),
    ("work.open-cluster-management.io/v1", "ManifestWork", "spec.workload.manifests.0"),
]


def nested(path: list[str], value: Any) -> Any:
    for step in reversed(path):
        value = [{}] * int(step) + [value] if step.isdecimal() else {step: value}
    return value


@pytest.mark.parametrize(("version", "kind", "path"), PLACES)
def test_a_template_loses_what_a_server_wrote(version: str, kind: str, path: str) -> None:
    body = {"apiVersion": version, "kind": kind, "metadata": {"name": "x"}, **nested(path.split("."), TEMPLATE)}
    before = deepcopy(body)
    left = clean(body, World([]))
    assert left.body == {**body, **nested(path.split("."), LEFT)}
    assert body == before
    place = "".join(f"[{step}]" if step.isdecimal() else f".{step}" for step in path.split("."))
    assert f"{place}.metadata.ownerReferences" in {change.path for change in left.changes}


def test_a_claim_template_of_an_operator_has_no_owner() -> None:
    with snapinspect.open(str(FIELD / "26-claim-template-owner" / "snap.db")) as snapshot:
        (found,) = snapshot.recover(snapshot.select(["sts"]))
    (template,) = found.cleaned.body["spec"]["volumeClaimTemplates"]
    assert template["metadata"].keys() == {"name", "labels"}


@pytest.mark.parametrize(
    "metadata",
    [
        {"ownerReferences": [{"kind": "Deployment", "name": "{{request.object.metadata.name}}", "uid": "{{uid}}"}]},
        {"uid": "$(params.uid)", "name": "x"},
        {"resourceVersion": "{{ .version }}"},
        {"creationTimestamp": "a date", "author": "me"},
        {"type": "object", "properties": {"uid": {"type": "string"}}},
        {"finalizers": ["example.com/hold"], "name": "x"},
        "text",
        [],
    ],
)
def test_what_is_called_metadata_and_is_none_stays(metadata: Any) -> None:
    body: Body = {
        "apiVersion": "kyverno.io/v1",
        "kind": "Policy",
        "metadata": {"name": "p"},
        "spec": {"rules": [{"mutate": {"patchStrategicMerge": {"metadata": metadata, "status": {"phase": "Ready"}}}}]},
    }
    assert clean(body, World([])).body is body


def test_only_the_template_of_a_claim_has_no_status() -> None:
    claim = {"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"]}, "status": {"phase": "Pending"}}
    other = {"metadata": {"name": "data"}, "spec": {"size": 1}, "status": {"phase": "Pending"}}
    body: Body = {"apiVersion": "example.com/v1", "kind": "Db", "spec": {"volumeClaimTemplate": claim, "patch": other}}
    left = clean(body, World([])).body["spec"]
    assert left["volumeClaimTemplate"].keys() == {"metadata", "spec"}
    assert left["patch"] is other


def test_a_deep_object_costs_no_more_than_its_depth() -> None:
    deep: Any = TEMPLATE
    for _ in range(500):
        deep = {"spec": deep}
    body: Body = {"apiVersion": "example.com/v1", "kind": "Deep", "metadata": {"name": "d"}, "spec": deep}
    assert clean(body, World([])).body == body


def test_no_template_of_any_kind_holds_server_metadata() -> None:
    def metadata_in(value: Any) -> list[Any]:
        if isinstance(value, dict):
            return [value.get("metadata"), *(found for item in value.values() for found in metadata_in(item))]
        return [found for item in value for found in metadata_in(item)] if isinstance(value, list) else []

    for world in WORLDS:
        for body in world.objects:
            if body["kind"] != "CustomResourceDefinition":
                for found in metadata_in(
                    {key: value for key, value in clean(body, world).body.items() if key != "data"}
                ):
                    assert not isinstance(found, dict) or not STORED.keys() & found.keys()
