"""YAML straight from protobuf, held against what is written of the object."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from message_oracle import Author, Schemas

from snapinspect.errors import Undecodable
from snapinspect.etcd import Database
from snapinspect.kube import schema
from snapinspect.kube.decode import decode, with_resource_version
from snapinspect.kube.envelope import PROTOBUF
from snapinspect.write import yaml
from snapinspect.write.direct import yaml_of

KINDS = sorted(schema.kinds())
REVISION = 1_234


@pytest.fixture(scope="module")
def schemas() -> Schemas:
    return Schemas()


@pytest.fixture(scope="module")
def stored(snapshot_file: Callable[[str], Path]) -> list[bytes]:
    """Values in protobuf of a real cluster, every revision."""
    database = Database(snapshot_file("history").read_bytes())
    values = [bytes(record.value) for record in database.revisions(lambda _key: True)]
    return [value for value in values if value.startswith(PROTOBUF)]


def of_the_object(value: bytes) -> str:
    return yaml.dump(with_resource_version(decode(value).body, REVISION))


def test_it_is_what_is_written_of_the_object(stored: list[bytes]) -> None:
    assert len(stored) > 500
    kinds_left = set()
    for value in stored:
        text = yaml_of(value, REVISION)
        if text is None:
            kinds_left.add(decode(value).body["kind"])
        else:
            assert text == of_the_object(value)
    # Schemas of custom resources have forms of their own.
    assert kinds_left <= {"CustomResourceDefinition"}


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 2**64))
def test_of_random_messages_of_every_kind_too(schemas: Schemas, seed: int) -> None:
    author, written = Author(schemas, seed), 0
    for api_version, kind, name in KINDS:
        value = schemas.stored(api_version, kind, author.message(name))
        # What was met before is remembered.
        for text in (yaml_of(value, REVISION), yaml_of(value, REVISION)):
            if text is not None:
                assert text == of_the_object(value), name
                written += 1
    assert written > len(KINDS)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_of_damaged_values_it_is_the_same_or_left_to_the_object(stored: list[bytes], data: st.DataObject) -> None:
    value = bytearray(data.draw(st.sampled_from(stored)))
    for _ in range(data.draw(st.integers(1, 4))):
        value[data.draw(st.integers(0, len(value) - 1))] = data.draw(st.integers(0, 255))
    damaged = bytes(value[: data.draw(st.integers(0, len(value)))]) if data.draw(st.booleans()) else bytes(value)
    text = yaml_of(damaged, REVISION)
    if text is not None:
        assert text == of_the_object(damaged)


def test_an_object_with_a_field_of_a_later_kubernetes_is_left_to_whoever_tells_of_it() -> None:
    later = Schemas({900: 3})
    pod = later.new("k8s.io.api.core.v1.Pod")
    pod.metadata.name = "web"
    pod.spec.nodeName = "a node's name of some length"
    assert yaml_of(later.stored("v1", "Pod", pod), REVISION) == of_the_object(later.stored("v1", "Pod", pod))
    pod.spec.future900 = 7
    assert [yaml_of(later.stored("v1", "Pod", pod), REVISION) for _ in range(2)] == [None, None]


@pytest.mark.parametrize(
    "value", [b"", b"k8s\0", b"k8s\0\n\x04\n\x02v1", b'{"apiVersion":"v1","kind":"Pod","metadata":{}}']
)
def test_what_is_no_object_in_protobuf_is_left_to_others(value: bytes) -> None:
    assert yaml_of(value, REVISION) is None
    if not value.startswith(b"{"):
        with pytest.raises(Undecodable):
            decode(value)
