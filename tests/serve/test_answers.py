"""What is answered to requests, held against what a real API server said of the same objects."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from compare import difference, plain
from served_snapshot import Served, serving

PODS = "/api/v1/pods"


NOT_SERVED = {
    ("admissionregistration.k8s.io/v1beta1", kind)
    for kind in ("MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding")
}
"""Forms that are only answered in a newer version."""


def names(body: dict[str, Any]) -> list[str]:
    return [item["metadata"]["name"] for item in body["items"]]


def test_every_object_is_what_the_api_server_said(small: Served, facts: Callable[[str], list[dict[str, Any]]]) -> None:
    found = {}
    for path, _ in small.listed():
        for item in small.get(path)["items"]:
            metadata = item["metadata"]
            found[item["apiVersion"], item["kind"], metadata.get("namespace"), metadata["name"]] = item
    said = [line["object"] for line in facts("small.truth") if "storedApiVersion" not in line]
    missing = []
    for truth in said:
        metadata = truth["metadata"]
        ours = found.get((truth["apiVersion"], truth["kind"], metadata.get("namespace"), metadata["name"]))
        if ours is None:
            missing.append((truth["apiVersion"], truth["kind"]))
        else:
            assert ours["metadata"]["uid"] == metadata["uid"]
            assert difference(plain(ours), plain(truth)) == ""
    assert set(missing) <= NOT_SERVED


def test_a_list_comes_in_pages_that_make_the_whole(small: Served) -> None:
    whole = names(small.get(PODS))
    pages, token = [], ""
    while True:
        page = small.get(f"{PODS}?limit=7&continue={token}")
        pages += names(page)
        token = page["metadata"].get("continue", "")
        if not token:
            break
        assert len(pages) + page["metadata"]["remainingItemCount"] == len(whole)
    assert pages == whole


@pytest.mark.parametrize(
    ("query", "code", "reason"),
    [
        ("/api/v1/pods?fieldSelector=spec.color%3Dred", 400, "BadRequest"),
        ("/api/v1/pods?labelSelector=a%20in", 400, "BadRequest"),
        ("/api/v1/pods?continue=nonsense", 400, "BadRequest"),
        ("/api/v1/pods?limit=many", 400, "BadRequest"),
        ("/api/v1/nothing", 404, "NotFound"),
        ("/apis/nothing.io/v1/things", 404, "NotFound"),
        ("/api/v1/namespaces/default/pods/nothing", 404, "NotFound"),
        ("/api/v1/namespaces/default/pods/nothing/log", 405, "MethodNotAllowed"),
    ],
)
def test_what_cannot_be_answered_says_why(history: Served, query: str, code: int, reason: str) -> None:
    got, body = history.request(query)
    status = json.loads(body)
    assert (got, status["kind"], status["code"], status["reason"]) == (code, "Status", code, reason)
    assert status["message"]


def test_a_revision_that_is_gone_is_expired(tmp_path: Path) -> None:
    packed = Path(__file__).parents[2] / "fixtures" / "etcd-3.5" / "compacted.db.gz"
    with serving(tmp_path, str(packed)) as served:
        for query in ("resourceVersion=1&resourceVersionMatch=Exact", "resourceVersion=1&watch=true"):
            code, body = served.request(f"{PODS}?{query}")
            assert (code, json.loads(body)["reason"]) == (410, "Expired")


def test_strangers_and_unknown_forms_are_refused(small: Served) -> None:
    assert small.request(PODS, token="wrong")[0] == 401
    assert small.request(PODS, accept="application/vnd.kubernetes.protobuf")[0] == 406
    assert small.request(PODS, accept="application/vnd.kubernetes.protobuf, application/json")[0] == 200
    for method in ("PUT", "PATCH", "DELETE"):
        assert small.request("/api/v1/namespaces/default/pods/a", method=method)[0] == 405


def test_the_kubeconfig_is_for_its_owner_alone(small: Served) -> None:
    assert stat.S_IMODE(small.kubeconfig.stat().st_mode) == 0o600
    assert stat.S_IMODE(small.kubeconfig.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("version", ["v2", "v2beta1"])
def test_discovery_is_of_the_version_that_was_asked_for(small: Served, version: str) -> None:
    accept = f"application/json;g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList,application/json"
    body = small.get("/apis", accept=accept)
    assert body["apiVersion"] == f"apidiscovery.k8s.io/{version}"
    assert {"apps", "example.com"} <= {item["metadata"]["name"] for item in body["items"]}


def test_a_revision_that_is_held_is_answered(history: Served, facts: Callable[[str], list[dict[str, Any]]]) -> None:
    body = history.get("/apis/apps/v1/deployments?resourceVersion=1500&resourceVersionMatch=Exact")
    said = [line.get("object", line) for line in facts("history.rev1500.truth")]
    truth = [each for each in said if (each["apiVersion"], each["kind"]) == ("apps/v1", "Deployment")]
    key = lambda each: (each["metadata"]["namespace"], each["metadata"]["name"])  # noqa: E731
    assert sorted(body["items"], key=key) == sorted(truth, key=key)
    assert body["metadata"]["resourceVersion"] == "1500"


def test_events_are_of_either_version(small: Served) -> None:
    old = small.get("/api/v1/events")["items"]
    new = small.get("/apis/events.k8s.io/v1/events")["items"]
    assert [each["message"] for each in old] == [each["note"] for each in new]
    assert [each["involvedObject"] for each in old] == [each["regarding"] for each in new]


def test_a_watch_begins_with_what_is_there(small: Served) -> None:
    query = (
        "watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&timeoutSeconds=1"
    )
    code, body = small.request(f"{PODS}?{query}")
    events = [json.loads(line) for line in body.splitlines()]
    assert code == 200
    assert [event["object"]["metadata"]["name"] for event in events[:-1]] == names(small.get(PODS))
    assert events[-1]["type"] == "BOOKMARK"
    assert events[-1]["object"]["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}


def test_a_watch_from_an_earlier_revision_tells_what_happened_since(history: Served) -> None:
    path = "/apis/apps/v1/namespaces/infra-production/deployments"
    _, body = history.request(
        f"{path}?watch=true&resourceVersion=3400&timeoutSeconds=1&fieldSelector=metadata.name%3Dweb"
    )
    events = [json.loads(line) for line in body.splitlines()]
    assert events[-1]["type"] == "DELETED"
    assert events[-1]["object"]["metadata"]["name"] == "web"


def test_any_number_of_revisions_can_be_asked_for(history: Served) -> None:
    path = "/apis/apps/v1/deployments"
    last = int(history.get(path)["metadata"]["resourceVersion"])
    revisions = [last - 100 * back for back in range(14)]
    for revision in (*revisions, *revisions[:2]):
        body = history.get(f"{path}?resourceVersion={revision}&resourceVersionMatch=Exact&limit=1")
        assert body["metadata"]["resourceVersion"] == str(revision)
