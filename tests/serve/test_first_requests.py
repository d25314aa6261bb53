"""What k9s and Headlamp ask first, taken from their public sources, answered as an API server does.

Source: derailed/k9s ``internal/client/client.go`` (connectivity, metrics, access), ``internal/watch/factory.go`` (dynamic
informers of client-go 0.35, which begin as a watch of a list) and ``internal/dao/table.go`` (tables); headlamp
``frontend/src/lib/k8s/api/v1/clusterApi.ts`` (access, health), ``api/v2/apiDiscovery.tsx``, ``api/v2/useKubeObjectList.ts``
and ``KubeObject.ts``.
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
TYPED = "application/json, */*"
K9S_TABLE = (
    "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json"
)
K9S_ROW = "application/json;as=Table;v=v1;g=meta.k8s.io, application/json"
HEADLAMP_DISCOVERY = "application/json;v=v2;g=apidiscovery.k8s.io;as=APIGroupDiscoveryList"
BROWSER = {"Accept-Encoding": "gzip, deflate, br, zstd", "Origin": "http://localhost:4466"}
ACCESS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
RULES = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews"
WHO = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
WATCH_LIST = "allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan&sendInitialEvents=true&timeout=7m3s&timeoutSeconds=1&watch=true"

K9S = [
    ("/api?timeout=2m0s", DISCOVERY, "APIGroupDiscoveryList"),
    ("/apis?timeout=2m0s", DISCOVERY, "APIGroupDiscoveryList"),
    ("/api/v1/namespaces", TYPED, "NamespaceList"),
    ("/api/v1/pods?includeObject=Metadata", K9S_TABLE, "Table"),
    ("/api/v1/nodes?includeObject=Object", K9S_TABLE, "Table"),
    ("/api/v1/namespaces/infra-production/pods?includeObject=Object&labelSelector=app", K9S_TABLE, "Table"),
    ("/apis/apps/v1/namespaces/infra-production/deployments/web", K9S_ROW, "Table"),
    ("/apis/example.com/v1/widgets?includeObject=Object", K9S_TABLE, "Table"),
    ("/api/v1/secrets?labelSelector=owner%3Dhelm", TYPED, "SecretList"),
    ("/apis/events.k8s.io/v1/events?includeObject=Object", K9S_TABLE, "Table"),
]
HEADLAMP = [
    ("/api", HEADLAMP_DISCOVERY, "APIGroupDiscoveryList"),
    ("/apis", HEADLAMP_DISCOVERY, "APIGroupDiscoveryList"),
    ("/api/v1/namespaces", "*/*", "NamespaceList"),
    ("/api/v1/nodes", "*/*", "NodeList"),
    ("/api/v1/pods?limit=1000", "*/*", "PodList"),
    ("/api/v1/events?limit=2000", "*/*", "EventList"),
    ("/apis/apps/v1/namespaces/infra-production/deployments/web", "*/*", "Deployment"),
    ("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", "*/*", "CustomResourceDefinitionList"),
    ("/apis/example.com/v1/widgets", "*/*", "WidgetList"),
]


@pytest.mark.parametrize(("path", "accept", "kind"), K9S)
def test_k9s_is_answered_in_the_form_that_it_takes(small: Served, path: str, accept: str, kind: str) -> None:
    assert small.get(path, accept=accept)["kind"] == kind


@pytest.mark.parametrize(("path", "accept", "kind"), HEADLAMP)
def test_headlamp_is_answered_in_the_form_that_it_takes(small: Served, path: str, accept: str, kind: str) -> None:
    headers = {"Accept-Encoding": "identity", "Origin": BROWSER["Origin"]}
    assert small.get(path, accept=accept, headers=headers)["kind"] == kind


@pytest.mark.parametrize("path", ["/version", "/version?timeout=2m0s"])
def test_both_ask_for_the_version(small: Served, path: str) -> None:
    assert small.get(path, accept=TYPED)["gitVersion"].startswith("v1.36.")


def test_headlamp_asks_how_the_cluster_is(small: Served) -> None:
    assert small.request("/healthz", accept="*/*", headers=BROWSER) == (200, b"ok")


def post(served: Served, path: str, body: dict[str, Any]) -> Any:
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    code, answer = served.request(path, method="POST", body=json.dumps(body).encode(), headers=headers)
    assert code == 201
    return json.loads(answer)


@pytest.mark.parametrize(
    ("verb", "allowed"),
    [("get", True), ("list", True), ("watch", True), ("delete", False), ("patch", False), ("update", False)],
)
@pytest.mark.parametrize("named", [{"kind": "SelfSubjectAccessReview", "apiVersion": "authorization.k8s.io/v1"}, {}])
def test_what_may_be_done_is_reading(small: Served, named: dict[str, str], verb: str, allowed: bool) -> None:
    attributes = {"verb": verb, "resource": "pods", "version": "v1", "namespace": "default"}
    told = post(small, ACCESS, {**named, "spec": {"resourceAttributes": attributes}})
    assert (told["kind"], told["status"]["allowed"]) == ("SelfSubjectAccessReview", allowed)


@pytest.mark.parametrize("subresource", ["log", "exec", "portforward"])
def test_what_only_a_cluster_has_may_not_be_had(small: Served, subresource: str) -> None:
    attributes = {"verb": "get", "resource": "pods", "subresource": subresource}
    status = post(small, ACCESS, {"spec": {"resourceAttributes": attributes}})["status"]
    assert not status["allowed"]
    assert status["reason"].startswith("a snapshot ")


def test_headlamp_takes_an_answer_of_the_rules_for_being_let_in(small: Served) -> None:
    told = post(small, RULES, {"spec": {"namespace": "default"}})
    assert told["kind"] == "SelfSubjectRulesReview"
    assert told["status"]["resourceRules"][0]["verbs"] == ["get", "list", "watch"]
    who = post(small, WHO, {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"})
    assert who["status"]["userInfo"]["username"] == "snapinspect"


@pytest.mark.parametrize(
    "path", ["/api/v1/pods", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", "/apis/apps/v1/replicasets"]
)
def test_an_informer_begins_as_a_watch_of_the_list(small: Served, path: str) -> None:
    *added, end = small.watched(f"{path}?{WATCH_LIST}", accept="application/json")
    listed = small.get(f"{path}?limit=500&resourceVersion=0")
    assert [event["object"] for event in added] == [
        {"apiVersion": listed["apiVersion"], "kind": listed["kind"].removesuffix("List"), **item}
        for item in listed["items"]
    ]
    assert end["object"]["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}
    assert end["object"]["metadata"]["resourceVersion"] == listed["metadata"]["resourceVersion"]


def test_an_older_informer_lists_and_watches_on(small: Served) -> None:
    version = small.get("/api/v1/pods?limit=500&resourceVersion=0")["metadata"]["resourceVersion"]
    query = f"allowWatchBookmarks=true&resourceVersion={version}&timeout=7m3s&timeoutSeconds=1&watch=true"
    assert small.watched(f"/api/v1/pods?{query}") == []


@pytest.mark.parametrize("path", ["/apis/metrics.k8s.io/v1beta1/nodes", "/apis/metrics.k8s.io/v1beta1"])
def test_metrics_are_not_offered(small: Served, path: str) -> None:
    code, body = small.request(path)
    assert (code, json.loads(body)["reason"]) == (404, "NotFound")
    assert "metrics.k8s.io" not in {group["name"] for group in small.get("/apis")["groups"]}
