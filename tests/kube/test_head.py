"""What values say of themselves up front, against all that they hold."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from message_oracle import Schemas

from snapinspect.errors import Undecodable
from snapinspect.kube.head import head_of, head_within, quick_head, read_head
from snapinspect.model import Head

NAMES = st.from_regex(r"[a-z0-9]([-a-z0-9.:_]{0,200}[a-z0-9])?", fullmatch=True) | st.text(max_size=10)
UIDS = st.uuids().map(str) | st.just("") | st.text(max_size=8)
META = st.fixed_dictionaries(
    {"name": NAMES},
    optional={
        "generateName": NAMES,
        "namespace": NAMES | st.just(""),
        "selfLink": st.sampled_from(["", "/api/v1/pods/a"]),
        "uid": UIDS,
        "resourceVersion": st.sampled_from(["", "12"]),
        "generation": st.integers(-(2**63), 2**63 - 1),
        "created": st.integers(-62135596799, 253402300799),
        "labels": st.dictionaries(st.text(max_size=5), st.text(max_size=200), max_size=3),
    },
)
FOLLOWED = f"a*${'0' * 36}B\x02\x08\x05"
"""Text that looks as if uid and creationTimestamp came after one letter."""


@pytest.fixture(scope="module")
def schemas() -> Schemas:
    return Schemas()


def stored_pod(schemas: Schemas, meta: dict[str, Any]) -> bytes:
    pod = schemas.new("k8s.io.api.core.v1.Pod")
    for name, value in meta.items():
        if name == "created":
            pod.metadata.creationTimestamp.seconds = value
        elif name == "labels":
            pod.metadata.labels.update(value)
        else:
            setattr(pod.metadata, name, value)
    pod.spec.nodeName = "node"
    return schemas.stored("v1", "Pod", pod)


@settings(max_examples=300)
@given(meta=META)
@example(meta={"name": FOLLOWED})
@example(meta={"name": "a", "generateName": FOLLOWED})
@example(meta={"name": "a", "namespace": FOLLOWED})
def test_a_head_is_what_the_metadata_says(schemas: Schemas, meta: dict[str, Any]) -> None:
    value = stored_pod(schemas, meta)
    uid, created = meta.get("uid", ""), meta.get("created")
    expected = Head("v1", "Pod", meta.get("namespace") or None, meta["name"], uid, created, "protobuf")
    assert read_head(value) == expected
    assert quick_head(value) in (None, expected)
    assert head_within(b"\x10" + value + value, 1, len(value)) in (None, expected)


def test_the_quick_way_is_taken_for_what_api_servers_write(schemas: Schemas) -> None:
    meta = {"name": "a", "generateName": "", "namespace": "b", "selfLink": "", "uid": "0" * 36, "resourceVersion": ""}
    assert quick_head(stored_pod(schemas, {**meta, "generation": 300, "created": 1_700_000_000})) == Head(
        "v1", "Pod", "b", "a", "0" * 36, 1_700_000_000, "protobuf"
    )


@settings(max_examples=300)
@given(meta=META, changes=st.lists(st.tuples(st.integers(0, 150), st.integers(0, 255)), max_size=3), end=st.integers(0))
def test_damaged_heads_are_undecodable_at_worst(
    schemas: Schemas, meta: dict[str, Any], changes: list[tuple[int, int]], end: int
) -> None:
    value = bytearray(stored_pod(schemas, meta))
    for place, byte in changes:
        value[place % len(value)] = byte
    for read in (read_head, quick_head):
        try:
            read(bytes(value[: end % len(value)]))
        except Undecodable as error:
            assert str(error)  # noqa: PT017


BODY = {
    "apiVersion": "example.com/v1",
    "kind": "Widget",
    "metadata": {
        "name": "a",
        "namespace": "b",
        "uid": "c",
        "creationTimestamp": "2026-01-02T03:04:05Z",
    },
}
HEAD = Head("example.com/v1", "Widget", "b", "a", "c", 1767323045, "json")


def test_json() -> None:
    assert read_head(json.dumps(BODY).encode()) == head_of(BODY, "json") == HEAD
    assert HEAD.group == "example.com"


@pytest.mark.parametrize(
    ("metadata", "head"),
    [
        ({"name": "a"}, Head("v1", "A", None, "a", "", None, "json")),
        ({"name": "a", "namespace": ""}, Head("v1", "A", None, "a", "", None, "json")),
        ({"name": "a", "namespace": 1, "uid": 2}, Head("v1", "A", None, "a", "", None, "json")),
        ({"name": "a", "creationTimestamp": "soon"}, Head("v1", "A", None, "a", "", None, "json")),
        ({"name": "a", "creationTimestamp": 5}, Head("v1", "A", None, "a", "", None, "json")),
        ({"name": "a", "creationTimestamp": "1970-01-01T00:00:09Z"}, Head("v1", "A", None, "a", "", 9, "json")),
        ({"name": 1}, Head("v1", "A", None, "", "", None, "json")),
        ({}, Head("v1", "A", None, "", "", None, "json")),
        ("text", Head("v1", "A", None, "", "", None, "json")),
    ],
)
def test_metadata_of_all_sorts(metadata: Any, head: Head | None) -> None:
    assert head_of({"apiVersion": "v1", "kind": "A", "metadata": metadata}, "json") == head


@pytest.mark.parametrize("body", [[], "text", None, {}, {"kind": "A", "metadata": {"name": "a"}}, {"apiVersion": "v1"}])
def test_what_is_no_object(body: Any) -> None:
    assert head_of(body, "json") is None


@pytest.mark.parametrize("value", [b"", b"text", b"k8s:enc:aescbc:v1:k:abc", b"k8s\0\n\0", b"{}"])
def test_values_without_a_head(value: bytes) -> None:
    assert read_head(value) is None


def test_an_object_without_metadata() -> None:
    assert read_head(b"k8s\0\n\x09\n\x02v1\x12\x03Pod\x12\0") == Head("v1", "Pod", None, "", "", None, "protobuf")
