"""The server's protocol beyond lists and names: media types, options, tokens, bookmarks, packing.

Source: apimachinery ``pkg/apis/meta/internalversion/validation``; apiserver ``pkg/storage/etcd3/errors.go``,
``pkg/endpoints/handlers/{get,watch}.go`` and ``pkg/endpoints/handlers/{negotiation,responsewriters}``.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from served_snapshot import TABLE, Served, serving
from written_snapshot import write_snapshot

PODS, EVENTS = "/api/v1/pods", "/api/v1/events"
REVIEW = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews"
PARTIAL = "application/vnd.kubernetes.protobuf;as=PartialObjectMetadata{0};g=meta.k8s.io;v=v1,application/json;as=PartialObjectMetadata{0};g=meta.k8s.io;v=v1"
RULES = {"spec": {"namespace": "default"}}


def refused(answer: tuple[int, bytes]) -> dict[str, Any]:
    code, body = answer
    status = json.loads(body)
    assert (status["kind"], status["code"]) == ("Status", code)
    return status


@pytest.mark.parametrize("content_type", ["text/plain", "application/yaml", "application/cbor; x=1"])
def test_a_body_of_another_type_is_refused(small: Served, content_type: str) -> None:
    asked = {"method": "POST", "body": json.dumps(RULES).encode()}
    status = refused(small.request(REVIEW, **asked, headers={"Content-Type": content_type}))
    assert (status["code"], status["reason"]) == (415, "UnsupportedMediaType")
    assert "accepted media types include: application/json" in status["message"]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"nonsense", b"{" * 100_000])
def test_a_body_that_is_no_review_is_refused(small: Served, body: bytes) -> None:
    assert refused(small.request(REVIEW, method="POST", body=body))["code"] == 400


def test_a_body_that_is_too_large_is_refused(small: Served) -> None:
    status = refused(small.request(REVIEW, method="POST", body=b"{" + b" " * (2 << 20)))
    assert (status["code"], status["reason"]) == (413, "RequestEntityTooLarge")


@pytest.mark.parametrize("accept", ["text/html", "application/yaml", "application/json;as=Graph;v=v1;g=meta.k8s.io"])
@pytest.mark.parametrize("path", [PODS, f"{PODS}?watch=true"])
def test_a_form_that_is_not_made_is_refused(small: Served, path: str, accept: str) -> None:
    status = refused(small.request(path, accept=accept))
    assert (status["code"], status["reason"]) == (406, "NotAcceptable")
    assert "only the following media types are accepted" in status["message"]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("resourceVersionMatch=Exact", "resourceVersionMatch is forbidden unless resourceVersion is provided"),
        ("resourceVersion=0&resourceVersionMatch=Exact", '"exact" is forbidden for resourceVersion "0"'),
        ("resourceVersion=1&resourceVersionMatch=Exact&continue=x", "forbidden when continue is provided"),
        ("resourceVersion=1&resourceVersionMatch=Newest", 'Unsupported value: "Newest": supported values: "Exact"'),
        ("sendInitialEvents=true", "sendInitialEvents is forbidden for list"),
        ("watch=1&sendInitialEvents=true", "requires setting resourceVersionMatch to NotOlderThan"),
        ("watch=1&resourceVersion=1&resourceVersionMatch=NotOlderThan", "unless sendInitialEvents is provided"),
    ],
)
def test_options_that_do_not_go_together_are_refused(small: Served, query: str, words: str) -> None:
    status = refused(small.request(f"{PODS}?{query}"))
    assert (status["code"], status["reason"]) == (422, "Invalid")
    assert status["message"].startswith('ListOptions.meta.k8s.io "" is invalid: ')
    assert words in status["message"]
    assert status["details"]["causes"][0]["field"] in {"resourceVersionMatch", "sendInitialEvents"}


@pytest.fixture(scope="module")
def compacted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    packed = "fixtures/etcd-3.5/compacted.db.gz"
    with serving(tmp_path_factory.mktemp("cache"), packed) as served:
        yield served


def token(revision: int, start: str) -> str:
    text = json.dumps({"v": "meta.k8s.io/v1", "rv": revision, "start": start})
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def test_a_token_that_is_too_old_comes_with_one_that_goes_on(compacted: Served) -> None:
    path = "/api/v1/namespaces"
    whole = compacted.get(path)
    status = refused(compacted.request(f"{path}?continue={token(1, '/')}"))
    assert (status["code"], status["reason"]) == (410, "Expired")
    assert status["message"].startswith("The provided continue parameter is too old to display a consistent list")
    rest = compacted.get(f"{path}?continue={status['metadata']['continue']}")
    assert rest["items"] == whole["items"]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("resourceVersion=1&resourceVersionMatch=Exact", "The resourceVersion for the provided list is too old."),
        ("resourceVersion=1&watch=1", "The resourceVersion for the provided watch is too old."),
    ],
)
def test_a_revision_that_is_gone_is_told_in_the_servers_words(compacted: Served, query: str, words: str) -> None:
    status = refused(compacted.request(f"{PODS}?{query}"))
    assert (status["code"], status["reason"]) == (410, "Expired")
    assert status["message"].startswith(words)


def test_a_revision_to_come_can_be_told_from_a_failure(small: Served) -> None:
    status = refused(small.request(f"{PODS}?resourceVersion=99999999"))
    assert status["message"].startswith("Too large resource version: 99999999, current: ")
    assert status["details"]["causes"][0]["reason"] == "ResourceVersionTooLarge"


def test_bookmarks_are_for_those_who_allow_them(small: Served) -> None:
    revision = small.get(PODS)["metadata"]["resourceVersion"]
    query = f"{PODS}?watch=1&resourceVersion={revision}&timeoutSeconds=3"
    assert small.watched(query) == []
    (bookmark,) = small.watched(f"{query}&allowWatchBookmarks=true")
    assert (bookmark["type"], bookmark["object"]["kind"]) == ("BOOKMARK", "Pod")
    assert bookmark["object"]["metadata"]["resourceVersion"] == revision


def test_the_end_of_the_beginning_is_a_bookmark_too(small: Served) -> None:
    query = f"{PODS}?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&timeoutSeconds=1"
    kinds = {event["type"] for event in small.watched(query)}
    assert kinds == {"ADDED"}
    allowed = small.watched(f"{query}&allowWatchBookmarks=true")
    assert [event["type"] for event in allowed].count("BOOKMARK") == 1
    assert allowed[-1]["object"]["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}


@pytest.mark.parametrize(
    ("include", "kind"), [("None", None), ("Metadata", "PartialObjectMetadata"), ("Object", "Pod")]
)
def test_a_row_brings_as_much_of_its_object_as_is_wanted(small: Served, include: str, kind: str | None) -> None:
    rows = small.get(f"{PODS}?includeObject={include}", accept=TABLE)["rows"]
    assert {(row.get("object") or {}).get("kind") for row in rows} == {kind}
    assert refused(small.request(f"{PODS}?includeObject=All", accept=TABLE))["code"] == 400


def test_metadata_alone_comes_as_it_is_asked_for(small: Served) -> None:
    pods = small.get(PODS)["items"]
    found = small.get(PODS, accept=PARTIAL.format("List"))
    assert (found["kind"], found["apiVersion"]) == ("PartialObjectMetadataList", "meta.k8s.io/v1")
    assert [item["metadata"] for item in found["items"]] == [pod["metadata"] for pod in pods]
    assert {tuple(sorted(item)) for item in found["items"]} == {("apiVersion", "kind", "metadata")}
    metadata = pods[0]["metadata"]
    one = f"/api/v1/namespaces/{metadata['namespace']}/pods/{metadata['name']}"
    assert small.get(one, accept=PARTIAL.format("")) == {**found["items"][0], "kind": "PartialObjectMetadata"}


def test_every_path_that_is_named_is_answered(small: Served) -> None:
    paths = small.get("/")["paths"]
    assert {"/api/v1", "/apis/apps", "/apis/apps/v1", "/apis/example.com", "/version", "/openapi/v3"} <= set(paths)
    assert {path for path in paths if small.request(path)[0] != 200} == set()
    for path in ("/healthz", "/livez", "/readyz", "/readyz?verbose", "/healthz/etcd"):
        assert small.request(path) == (200, b"ok")


def test_what_can_be_scaled_has_a_scale(small: Served) -> None:
    place = "/apis/apps/v1/namespaces/infra-production"
    told = small.get(f"{place}/deployments/web/scale")
    assert (told["spec"], told["status"]["replicas"]) == ({"replicas": 3}, 3)
    assert "deployments/scale" in {each["name"] for each in small.get("/apis/apps/v1")["resources"]}
    assert told["status"]["selector"] == "app=web,tier in (edge,frontend)"
    assert refused(small.request(f"{place}/controllerrevisions/pg-6f8677b9cf/scale"))["code"] == 404
    legacy = small.get("/api/v1/namespaces/infra-staging/replicationcontrollers/legacy/scale")
    assert legacy["status"] == {"replicas": 1, "selector": "app=legacy"}


@pytest.mark.parametrize(
    ("accepted", "is_packed"), [("gzip", True), ("br, gzip;q=0.5", True), ("gzip;q=0", False), ("identity", False)]
)
def test_who_takes_gzip_gets_much_packed_and_little_plain(small: Served, accepted: str, is_packed: bool) -> None:
    code, plain = small.request(EVENTS)
    assert code == 200
    assert len(plain) > 128 << 10
    _, body = small.request(EVENTS, headers={"Accept-Encoding": accepted})
    assert (gzip.decompress(body) if is_packed else body) == plain
    assert small.request("/version", headers={"Accept-Encoding": accepted}) == small.request("/version")


def memory(served: Served) -> int:
    """Bytes that the server has for itself; the file that it maps does not count."""
    status = Path(f"/proc/{served.pid}/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) << 10 for line in status if line.startswith("RssAnon"))


def test_a_list_of_100_mb_passes_through_with_little_memory(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("large")
    objects = [
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": f"c{at:03}", "namespace": "n"},
            "data": {"x": "x" * 500_000},
        }
        for at in range(200)
    ]
    with serving(folder, str(write_snapshot(folder / "large.db", objects))) as served:
        assert served.request("/api/v1/configmaps?limit=1")[0] == 200
        before = memory(served)
        leaving, slow = served.begin("/api/v1/configmaps"), served.begin("/api/v1/configmaps")
        assert leaving.getresponse().read(1 << 20)
        leaving.close()
        answer = slow.getresponse()
        size = len(answer.read(1 << 20))
        for _ in range(20):
            assert served.request("/api/v1/configmaps?limit=1")[0] == 200
        assert memory(served) - before < 30 << 20
        while piece := answer.read(1 << 20):
            size, last = size + len(piece), piece
        slow.close()
        assert size > 100_000_000
        assert json.loads(b"{" + last[last.rindex(b'"metadata"') :])["metadata"]["resourceVersion"] == "201"
        assert memory(served) - before < 30 << 20
