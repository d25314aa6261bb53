"""Definitions of custom resources in the version that servers accept."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from clean_world import FIELD, FIXTURES, SMALL, WRITTEN, World
from openapi import complaints

import snapinspect
from snapinspect.clean import clean

if TYPE_CHECKING:
    from snapinspect.model import Body

START = rb'\{"kind":"CustomResourceDefinition","apiVersion":"apiextensions.k8s.io/v1beta1"'
NAMES = ("certificates.cert-manager.io", "clusterthings.example.com", "widgets.example.com")


def stored(name: str, generation: int) -> Body:
    """The definition as etcd holds it: the JSON stands in the file as it is."""
    data = (FIXTURES / "small.db").read_bytes()
    for match in re.finditer(START, data):
        body: Body = json.JSONDecoder().raw_decode(
            data[match.start() : match.start() + 100_000].decode("utf-8", "replace")
        )[0]
        if (body["metadata"]["name"], body["metadata"]["generation"]) == (name, generation):
            return body
    raise AssertionError(name)


@pytest.mark.parametrize("name", NAMES)
def test_a_stored_definition_is_what_the_api_server_makes_of_it(name: str) -> None:
    served = SMALL.get("CustomResourceDefinition", name, None)
    body = stored(name, served["metadata"]["generation"])
    left = clean(body, World([]))
    expected = clean(served, SMALL).body
    assert left.body == expected
    assert left.warnings == ()
    assert "definition-v1" in {change.rule for change in left.changes}


def test_definitions_of_many_shapes_are_what_v1_allows() -> None:
    """``foos.a.io`` has selectable fields, which are stored once for all versions, as its schema is."""
    with snapinspect.open(str(FIELD / "28-crd-selectable-fields" / "snap.db.gz")) as snapshot:
        recovered = [one.cleaned.body for one in snapshot.recover(snapshot.select(["crd"]))]
    found = {body["metadata"]["name"]: body for body in recovered}
    assert len(found) == 6
    for body in found.values():
        assert complaints(body) == []
        assert body["spec"].keys() <= {"group", "names", "scope", "versions", "conversion"}
    (version,) = found["foos.a.io"]["spec"]["versions"]
    assert version["selectableFields"] == [{"jsonPath": ".spec.a"}]
    assert version.keys() == {"name", "served", "storage", "schema", "selectableFields"}


def test_one_value_for_all_versions_counts_as_it_does_to_an_api_server() -> None:
    """It stands for each version, whatever a version says; without a scope v1beta1 takes Namespaced."""
    fields = [{"jsonPath": ".spec.size"}]
    spec = {
        "group": "example.com",
        "names": {"plural": "toys", "kind": "Toy"},
        "versions": [
            {"name": "v1", "served": True, "storage": True},
            {"name": "v2", "served": True, "subresources": {}},
        ],
        "validation": {"openAPIV3Schema": {"type": "object"}},
        "subresources": {"status": {}},
        "selectableFields": fields,
        "preserveUnknownFields": False,
    }
    body = {"apiVersion": "apiextensions.k8s.io/v1beta1", "kind": "CustomResourceDefinition", "spec": spec}
    left = clean(body, World([])).body["spec"]
    assert left["scope"] == "Namespaced"
    for version in left["versions"]:
        assert version["selectableFields"] == fields
        assert version["subresources"] == {"status": {}}
        assert version["schema"] == {"openAPIV3Schema": {"type": "object"}}


def test_what_stood_once_stands_for_each_version() -> None:
    left = clean(WRITTEN.get("CustomResourceDefinition", "crontabs.stable.example.com", None), WRITTEN)
    schema = {
        "type": "object",
        "properties": {"spec": {"type": "object", "properties": {"cronSpec": {"type": "string"}}}},
    }
    assert left.body == {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "crontabs.stable.example.com"},
        "spec": {
            "group": "stable.example.com",
            "scope": "Namespaced",
            "names": {"plural": "crontabs", "kind": "CronTab"},
            "versions": [
                {
                    "name": "v1",
                    "served": True,
                    "storage": True,
                    "schema": {"openAPIV3Schema": {**schema, "x-kubernetes-preserve-unknown-fields": True}},
                    "subresources": {"status": {}},
                    "additionalPrinterColumns": [{"name": "Spec", "type": "string", "jsonPath": ".spec.cronSpec"}],
                }
            ],
        },
    }
    assert any("preserve-unknown-fields" in warning for warning in left.warnings)


def test_each_version_keeps_its_own_and_the_webhook_moves() -> None:
    left = clean(WRITTEN.get("CustomResourceDefinition", "gears.example.com", None), WRITTEN)
    spec = left.body["spec"]
    assert [version["schema"]["openAPIV3Schema"].keys() for version in spec["versions"]] == [
        {"type"},
        {"type", "properties"},
    ]
    assert [version.get("additionalPrinterColumns") for version in spec["versions"]] == [
        None,
        [{"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp", "priority": 1}],
    ]
    assert spec["conversion"] == {
        "strategy": "Webhook",
        "webhook": {
            "conversionReviewVersions": ["v1", "v1beta1"],
            "clientConfig": {
                "caBundle": "Q0E=",
                "service": {"name": "gears", "namespace": "store", "path": "/convert"},
            },
        },
    }
    assert "preserveUnknownFields" not in spec
    assert any("caBundle" in warning for warning in left.warnings)


@pytest.mark.parametrize("spec", [None, "x", {}, {"versions": [{"name": 7}]}])
def test_one_that_names_no_version_stays_and_is_told(spec: object) -> None:
    body: Body = {"apiVersion": "apiextensions.k8s.io/v1beta1", "kind": "CustomResourceDefinition", "spec": spec}
    left = clean(body, World([]))
    assert left.body is body
    assert any("could not be converted" in warning for warning in left.warnings)
