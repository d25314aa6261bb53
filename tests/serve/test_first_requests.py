"""What k9s and Headlamp ask first, by their public sources, answered as an API server does.

Source: k9s ``internal/client/client.go``, ``internal/watch/factory.go`` and ``internal/dao/table.go``; Headlamp
``frontend/src/lib/k8s/api/v1`` and ``backend/pkg``.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from served_snapshot import Served

DISCOVERY = (
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"
    "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json"
)
TABLE = (
    "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json"
)
PROTOBUF = "application/vnd.kubernetes.protobuf,application/json"
METADATA = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json"
ACCESS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
RULES = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews"


@pytest.mark.parametrize(
    ("path", "accept", "kind"),
    [
        ("/api?timeout=32s", DISCOVERY, "APIGroupDiscoveryList"),
        ("/apis?timeout=32s", DISCOVERY, "APIGroupDiscoveryList"),
        ("/api", "application/json", "APIVersions"),
        ("/apis", "application/json, */*", "APIGroupList"),
        ("/api/v1/namespaces?limit=500&resourceVersion=0", PROTOBUF, "NamespaceList"),
        ("/api/v1/pods?limit=500&resourceVersion=0", PROTOBUF, "PodList"),
        ("/api/v1/nodes?includeObject=Object", TABLE, "Table"),
        ("/api/v1/namespaces/infra-production/pods?includeObject=Object&labelSelector=app", TABLE, "Table"),
        ("/apis/apps/v1/namespaces/infra-production/deployments/web?includeObject=Object", TABLE, "Table"),
        ("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", METADATA, "PartialObjectMetadataList"),
        ("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", "", "CustomResourceDefinitionList"),
        ("/apis/events.k8s.io/v1/events?limit=500&resourceVersion=0", PROTOBUF, "EventList"),
        ("/api/v1/events?limit=2000", "*/*", "EventList"),
        ("/apis/example.com/v1/widgets", "application/json", "WidgetList"),
    ],
)
def test_it_is_answered_in_the_form_that_is_taken(small: Served, path: str, accept: str, kind: str) -> None:
    assert small.get(path, accept=accept)["kind"] == kind


def review(attributes: dict[str, Any]) -> bytes:
    body = {
        "kind": "SelfSubjectAccessReview",
        "apiVersion": "authorization.k8s.io/v1",
        "spec": {"resourceAttributes": attributes},
    }
    return json.dumps(body).encode()


@pytest.mark.parametrize(
    ("verb", "allowed"), [("get", True), ("list", True), ("watch", True), ("delete", False), ("patch", False)]
)
def test_what_may_be_done_is_reading(small: Served, verb: str, allowed: bool) -> None:
    code, body = small.request(ACCESS, method="POST", body=review({"verb": verb, "resource": "pods"}))
    assert code == 201
    assert json.loads(body)["status"]["allowed"] is allowed


def test_the_rules_say_the_same(small: Served) -> None:
    asked = {
        "kind": "SelfSubjectRulesReview",
        "apiVersion": "authorization.k8s.io/v1",
        "spec": {"namespace": "default"},
    }
    code, body = small.request(RULES, method="POST", body=json.dumps(asked).encode())
    assert code == 201
    assert json.loads(body)["status"]["resourceRules"][0]["verbs"] == ["get", "list", "watch"]


def test_an_informer_lists_and_watches_on(small: Served) -> None:
    listed = small.get("/api/v1/pods?limit=500&resourceVersion=0", accept=PROTOBUF)
    version = listed["metadata"]["resourceVersion"]
    query = f"allowWatchBookmarks=true&resourceVersion={version}&timeout=7m3s&timeoutSeconds=1&watch=true"
    assert small.request(f"/api/v1/pods?{query}", accept=PROTOBUF) == (200, b"")


@pytest.mark.parametrize("path", ["/apis/metrics.k8s.io/v1beta1/nodes", "/apis/metrics.k8s.io/v1beta1"])
def test_metrics_are_not_offered(small: Served, path: str) -> None:
    code, body = small.request(path)
    assert (code, json.loads(body)["reason"]) == (404, "NotFound")
