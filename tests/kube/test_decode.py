"""Stored values decoded: messages of every kind against an oracle, unknown fields, damage."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress

import pytest
from compare import difference, plain
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from message_oracle import FUTURE, Author, Schemas, json_of

from snapinspect.errors import Undecodable
from snapinspect.kube import schema
from snapinspect.kube.decode import decode, with_resource_version
from snapinspect.kube.head import read_head
from snapinspect.kube.presented import unwrap

KINDS = list(schema.kinds())
# A seed has no simpler one: looking for it would only take time.
SEEDED = settings(max_examples=3, phases=[Phase.generate])


@pytest.fixture(scope="module")
def schemas() -> Schemas:
    return Schemas()


@pytest.fixture(scope="module")
def later() -> Schemas:
    return Schemas(FUTURE)


def reachable_fields(schemas: Schemas) -> set[tuple[str, int]]:
    """Every field of every message that an object of any kind can hold, by message and number."""
    found: set[tuple[str, int]] = set()
    waiting = [schemas.pool.FindMessageTypeByName(name) for _, _, name in KINDS]
    seen = set(waiting)
    while waiting:
        message = waiting.pop()
        if not message.GetOptions().map_entry:
            found.update((message.full_name, field.number) for field in message.fields)
        for field in message.fields:
            if field.message_type and field.message_type not in seen:
                seen.add(field.message_type)
                waiting.append(field.message_type)
    return found


@SEEDED
@given(seed=st.integers(0, 2**64))
def test_messages_of_every_kind_are_what_the_options_say(schemas: Schemas, seed: int) -> None:
    author = Author(schemas, seed)
    for api_version, kind, name in KINDS:
        message = author.message(name)
        body, unknown = decode(schemas.stored(api_version, kind, message))
        expected = {"apiVersion": api_version, "kind": kind, **json_of(schemas, message)}
        wrong = difference(plain(body), plain(expected))
        assert not wrong, name
        assert unknown == []
    never_written = sorted(reachable_fields(schemas) - author.written)
    assert not never_written


@SEEDED
@given(seed=st.integers(0, 2**64))
def test_fields_of_a_later_kubernetes_are_counted_and_the_rest_is_read(later: Schemas, seed: int) -> None:
    author = Author(later, seed)
    for api_version, kind, name in KINDS:
        author.future.clear()
        message = author.message(name)
        body, unknown = decode(later.stored(api_version, kind, message))
        wrong = difference(plain(body), plain({"apiVersion": api_version, "kind": kind, **json_of(later, message)}))
        assert not wrong, name
        assert Counter(unknown) == author.future
    assert {number for _, number in author.written} >= FUTURE.keys()


def test_unknown_fields_are_reported_each_time_that_their_bytes_are_met(later: Schemas) -> None:
    """Replicas repeat bytes, and what repeats is not read again."""
    pod = later.new("k8s.io.api.core.v1.Pod")
    pod.spec.nodeName = "a node's name of some length"
    pod.spec.future900 = 7
    value = later.stored("v1", "Pod", pod)
    assert [decode(value).unknown for _ in range(3)] == [[("k8s.io.api.core.v1.PodSpec", 900)]] * 3


def test_repeated_messages_give_equal_objects(schemas: Schemas) -> None:
    author = Author(schemas, 1)
    values = [schemas.stored(version, kind, author.message(name)) for version, kind, name in KINDS]
    first = [decode(value).body for value in values]
    assert [decode(value).body for value in values] == [decode(value).body for value in values] == first


def stored_values(schemas: Schemas) -> list[bytes]:
    author = Author(schemas, 2)
    values = [schemas.stored(version, kind, author.message(name)) for version, kind, name in KINDS]
    return [*values, b'{"apiVersion":"v1","kind":"A","metadata":{"name":"a"}}', b"\xd9\xd9\xf7\xa1\x44kind\x41A"]


@pytest.fixture(scope="module")
def samples(schemas: Schemas) -> list[bytes]:
    return stored_values(schemas)


def read_all(value: bytes) -> None:
    """Nothing but Undecodable may be raised."""
    for read in (decode, read_head, unwrap):
        with suppress(Undecodable):
            read(value)


@settings(max_examples=400)
@given(data=st.data())
def test_cut_off_values_are_undecodable_at_worst(samples: list[bytes], data: st.DataObject) -> None:
    value = data.draw(st.sampled_from(samples))
    read_all(value[: data.draw(st.integers(0, len(value)))])


@settings(max_examples=800)
@given(data=st.data())
def test_mutated_values_are_undecodable_at_worst(samples: list[bytes], data: st.DataObject) -> None:
    value = bytearray(data.draw(st.sampled_from(samples)))
    for place, byte in data.draw(st.lists(st.tuples(st.integers(0, len(value) - 1), st.integers(0, 255)), max_size=5)):
        value[place] = byte
    read_all(bytes(value))


@given(st.sampled_from([b"k8s\0", b"{", b"\xd9\xd9\xf7", b"k8s:enc:", b""]), st.binary(max_size=200))
def test_random_bytes_are_undecodable_at_worst(start: bytes, rest: bytes) -> None:
    read_all(start + rest)


def nested_schema(schemas: Schemas, depth: int) -> bytes:
    """A CustomResourceDefinition whose schema holds ``depth`` others, one in the other."""
    definition = schemas.new("k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.v1beta1.CustomResourceDefinition")
    inner = definition.spec.validation.openAPIV3Schema
    for _ in range(depth):
        inner = getattr(inner, "not")
        inner.SetInParent()
    inner.title = f"the innermost of {depth}"
    return schemas.stored("apiextensions.k8s.io/v1beta1", "CustomResourceDefinition", definition)


def test_nested_schemas(schemas: Schemas) -> None:
    inner = decode(nested_schema(schemas, 150)).body["spec"]["validation"]["openAPIV3Schema"]
    for _ in range(150):
        inner = inner["not"]
    assert inner == {"title": "the innermost of 150"}


@pytest.mark.parametrize("depth", [250, 3000])
def test_nesting_without_end_is_undecodable(schemas: Schemas, depth: int) -> None:
    with pytest.raises(Undecodable, match="nested more than 200 deep"):
        decode(nested_schema(schemas, depth))


def test_the_resource_version_is_etcds() -> None:
    body = {"kind": "A", "metadata": {"name": "a", "resourceVersion": ""}, "spec": {}}
    told = with_resource_version(body, 12)
    assert told == {"kind": "A", "metadata": {"name": "a", "resourceVersion": "12"}, "spec": {}}
    assert body["metadata"] == {"name": "a", "resourceVersion": ""}
    assert with_resource_version({"kind": "A"}, 12) == {"kind": "A"}
