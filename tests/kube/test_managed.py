"""How much of a value is managedFields: what it is shorter by without them, whoever encodes it."""

from __future__ import annotations

import gzip
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from message_oracle import Schemas

from snapinspect.errors import Undecodable
from snapinspect.etcd import Database
from snapinspect.kube import decode
from snapinspect.kube.managed import managed_size

FIXTURES = Path(__file__).parents[2] / "fixtures" / "k8s-1.36"
SCHEMAS = Schemas()
META = "k8s.io.apimachinery.pkg.apis.meta.v1.ObjectMeta"

scalars = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
metadata = st.dictionaries(st.text(max_size=12) | st.just("managedFields"), values, max_size=6)


@st.composite
def bodies(draw: st.DrawFn) -> dict[str, Any]:
    """Objects whose members stand in any order, with managedFields also where they mean nothing."""
    body = draw(st.dictionaries(st.text(max_size=12) | st.just("managedFields"), values, max_size=5))
    body["metadata"] = {"name": "x", **draw(metadata)}
    names = draw(st.permutations(list(body)))
    return {name: body[name] for name in names}


def without(body: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in body["metadata"].items() if name != "managedFields"}
    return {**body, "metadata": kept}


@given(bodies(), st.booleans())
def test_json(body: dict[str, Any], ascii_only: bool) -> None:
    def size(each: dict[str, Any]) -> int:
        return len(json.dumps(each, separators=(",", ":"), ensure_ascii=ascii_only).encode())

    stored = json.dumps(body, separators=(",", ":"), ensure_ascii=ascii_only).encode()
    assert managed_size(stored) == size(body) - size(without(body))


@given(bodies())
def test_json_with_room_between(body: dict[str, Any]) -> None:
    """Spaces outside the field are none of it, and those inside are."""
    spaced = json.dumps(body, indent=1).encode()
    dense = json.dumps(body, separators=(",", ":")).encode()
    assert managed_size(dense) <= managed_size(spaced) <= len(spaced)
    assert bool(managed_size(spaced)) == ("managedFields" in body["metadata"])


@given(bodies())
def test_cbor(body: dict[str, Any]) -> None:
    stored = b"\xd9\xd9\xf7" + cbor2.dumps(body)
    assert managed_size(stored) == len(cbor2.dumps(body)) - len(cbor2.dumps(without(body)))


@given(
    st.lists(st.binary(max_size=300), max_size=4),
    st.dictionaries(st.text("ab/.", max_size=9), st.text(max_size=200), max_size=4),
    st.integers(0, 2**63 - 1),
)
def test_protobuf(fields: list[bytes], labels: dict[str, str], generation: int) -> None:
    secret = SCHEMAS.new("k8s.io.api.core.v1.Secret")
    secret.metadata.name, secret.metadata.generation = "x", generation
    secret.metadata.labels.update(labels)
    secret.metadata.finalizers.append("a/b")
    secret.data["managedFields"] = b"\x8a\x01\x02no"
    bare = SCHEMAS.new(META)
    bare.CopyFrom(secret.metadata)
    for raw in fields:
        secret.metadata.managedFields.add(manager="m" * 200).fieldsV1.Raw = raw
    assert managed_size(SCHEMAS.stored("v1", "Secret", secret)) == secret.metadata.ByteSize() - bare.ByteSize()


@pytest.mark.parametrize("name", ["history", "cbor"])
def test_real_values(name: str) -> None:
    """Wherever the whole object has the field, and nowhere else; of no size that its JSON would not allow."""
    database = Database(gzip.decompress((FIXTURES / f"{name}.db.gz").read_bytes())[:-32])
    with_it = 0
    for record in database.scan(lambda _key: True):
        value = bytes(record.value)
        found = managed_size(value)
        if value[:1] not in {b"{", b"k", b"\xd9"}:
            assert found == 0
            continue
        entries = decode.decode(value).body.get("metadata", {}).get("managedFields")
        assert bool(entries) == bool(found)
        with_it += bool(found)
        assert found <= len(json.dumps(entries or [])) + len('"managedFields":,')
    assert with_it > 300


@pytest.mark.parametrize(
    "stored",
    [b"", b"ok", b"\0\xff", b"k8s:enc:aescbc:v1:key:xyz", b'{"metadata": null}', b'{"metadata": []}', b"{}", b"k8s\0"],
)
def test_there_is_none(stored: bytes) -> None:
    assert managed_size(stored) == 0


@given(st.sampled_from([b"k8s\0", b"{", b"\xd9\xd9\xf7", b'{"metadata":{"managedFields":']), st.binary(max_size=60))
def test_whatever_the_bytes_say(head: bytes, rest: bytes) -> None:
    with suppress(Undecodable):
        assert 0 <= managed_size(head + rest) <= len(head + rest) + 1


UNREADABLE = {
    "deep": b'{"metadata":{"managedFields":' + b"[" * 100_000,
    "cut-list": b'{"metadata":{"managedFields":[1',
    "no-value": b'{"metadata"}',
    "cut-cbor": b"\xd9\xd9\xf7\xa1hmetadata\xa1mmanagedFields",
    "cbor-key-for-value": b"\xd9\xd9\xf7\xa1hmetadata\xa1\x01",
    "metadata-beyond": b"k8s\0\x12\x04\x0a\x7f\x0a\x01",
    "field-beyond": b"k8s\0\x12\x05\x0a\x03\x8a\x01\x7f",
    "wire-type": b"k8s\0\x12\x05\x0a\x03\x8d\x01\x7f",
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_read(name: str) -> None:
    with pytest.raises(Undecodable):
        managed_size(UNREADABLE[name])


def test_every_cut_of_a_value_raises_nothing_else() -> None:
    database = Database(gzip.decompress((FIXTURES / "cbor.db.gz").read_bytes())[:-32])
    one_of_each = {bytes(record.value[:1]): bytes(record.value) for record in database.scan(lambda _key: True)}
    for value in one_of_each.values():
        for end in range(0, min(len(value), 3_000), 7):
            with suppress(Undecodable):
                managed_size(value[:end])
