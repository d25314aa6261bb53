"""How a value is encoded, and the envelope around protobuf."""

from __future__ import annotations

import pytest
from message_oracle import Schemas

from snapinspect.errors import Undecodable, UnknownKind
from snapinspect.kube.decode import NoKeys, decode, plain_value
from snapinspect.kube.envelope import encoding_of, open_envelope
from snapinspect.snapshot.values import encoding_name


@pytest.mark.parametrize(
    ("value", "encoding"),
    [
        (b"k8s\0\n\0", "protobuf"),
        (b"k8s\0", "protobuf"),
        (b"{}", "json"),
        (b'{"kind":"A"}\n', "json"),
        (b"\xd9\xd9\xf7\xa0", "cbor"),
        (b"k8s:enc:aescbc:v1:key1:\0\1", "encrypted:aescbc:key1"),
        (b"k8s:enc:aesgcm:v1:a:b:c", "encrypted:aesgcm:a"),
        (b"k8s:enc:secretbox:v1::", "encrypted:secretbox:"),
        (b"k8s:enc:kms:v1:vault:\0\1", "encrypted:kms:vault"),
        (b"k8s:enc:kms:v2:vault:\0\1", "encrypted:kms:vault"),
        (b"k8s:enc:", "encrypted:unknown:"),
        (b"k8s:enc:aescbc:v1:" + b"x" * 2000, "encrypted:aescbc:"),
        (b"k8s", "other"),
        (b"", "other"),
        (b"1234", "other"),
        (b"[]", "other"),
    ],
)
def test_encodings(value: bytes, encoding: str) -> None:
    assert encoding_name(value) == encoding
    assert encoding_of(value) == encoding.partition(":")[0]


def test_an_envelope() -> None:
    schemas = Schemas()
    value = schemas.stored("apps/v1", "Deployment", schemas.new("k8s.io.api.apps.v1.Deployment"))
    envelope = open_envelope(value)
    assert (envelope.api_version, envelope.kind, envelope.start) == ("apps/v1", "Deployment", envelope.end)
    pod = schemas.new("k8s.io.api.core.v1.Pod")
    pod.metadata.name = "a"
    value = schemas.stored("v1", "Pod", pod)
    envelope = open_envelope(value)
    assert value[envelope.start : envelope.end] == pod.SerializeToString()


TYPE_META = b"\n\x09\n\x02v1\x12\x03Pod"


@pytest.mark.parametrize(
    "rest",
    [
        TYPE_META + b"\x12\x05abc",  # the object is cut off
        TYPE_META + b"\x12",
        TYPE_META + b"\x12\x80",
        b"\n\x05\n\x02v1\x12",  # the kind is cut off
        b"\n\x04\x1a\x02v1",  # no field of TypeMeta
        TYPE_META + b"\x12\0\x1a\x04gzip",  # a content encoding, which Kubernetes does not write
        TYPE_META + b"\x2a\x01a",  # no field of Unknown
    ],
)
def test_damaged_envelopes(rest: bytes) -> None:
    with pytest.raises(Undecodable):
        decode(b"k8s\0" + rest)


def test_content_types_are_allowed() -> None:
    body, unknown = decode(b"k8s\0" + TYPE_META + b"\x12\0\x1a\0\x22\x04text")
    assert (body, unknown) == ({"apiVersion": "v1", "kind": "Pod"}, [])


@pytest.mark.parametrize(
    ("api_version", "kind"), [("v1", "Pot"), ("v9", "Pod"), ("apps/v1", "Pod"), ("", ""), ("v1", "PodSpec")]
)
def test_kinds_without_a_schema(api_version: str, kind: str) -> None:
    schemas = Schemas()
    with pytest.raises(UnknownKind, match=f"no schema is known for {api_version} {kind}") as raised:
        decode(schemas.stored(api_version, kind, schemas.new("k8s.io.api.core.v1.Pod")))
    assert raised.value.code == "unknown-kind"


@pytest.mark.parametrize(
    "value", [b"", b"text", b"{}", b'{"kind":1}', b"[]", b"\xd9\xd9\xf7\xa0", b"k8s:enc:aescbc:v1:k:abc", b"{"]
)
def test_what_is_no_object(value: bytes) -> None:
    with pytest.raises(Undecodable):
        decode(value)


def test_locked_values_say_what_locks_them() -> None:
    with pytest.raises(Undecodable, match=r"key1.*aescbc") as raised:
        plain_value(b"k8s:enc:aescbc:v1:key1:\0\1", b"/registry/secrets/a/b", NoKeys())
    assert raised.value.code == "locked"
    assert plain_value(b"{}", b"/registry/secrets/a/b", NoKeys()) == b"{}"
