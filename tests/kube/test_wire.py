"""Protobuf without a schema, against the protobuf package and on stored values."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import descriptor_pb2, empty_pb2
from google.protobuf.message import DecodeError
from google.protobuf.unknown_fields import UnknownFieldSet
from hypothesis import given
from hypothesis import strategies as st

from snapinspect.errors import Undecodable
from snapinspect.etcd import Database
from snapinspect.kube import wire

SMALL = Path(__file__).parents[2] / "fixtures" / "k8s-1.36" / "small.db"


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def tag(number: int, wire_type: int) -> bytes:
    return varint(number << 3 | wire_type)


def delimited(number: int, content: bytes) -> bytes:
    return tag(number, wire.BYTES) + varint(len(content)) + content


numbers = st.integers(1, (1 << 29) - 1)
leaves = st.one_of(
    st.builds(lambda n, v: tag(n, wire.VARINT) + varint(v), numbers, st.integers(0, 2**64 - 1)),
    st.builds(lambda n, v: tag(n, wire.FIXED64) + v, numbers, st.binary(min_size=8, max_size=8)),
    st.builds(lambda n, v: tag(n, wire.FIXED32) + v, numbers, st.binary(min_size=4, max_size=4)),
    st.builds(delimited, numbers, st.binary(max_size=40) | st.text(max_size=40).map(str.encode)),
)
messages = st.recursive(
    st.lists(leaves, max_size=6).map(b"".join),
    lambda inner: st.one_of(
        st.builds(delimited, numbers, inner),
        st.builds(lambda n, m: tag(n, wire.GROUP) + m + tag(n, wire.GROUP_END), numbers, inner),
        st.lists(inner, max_size=4).map(b"".join),
    ),
    max_leaves=8,
)


def as_protobuf_reads(fields: Any) -> list[Any]:
    return [
        (f.field_number, f.wire_type, as_protobuf_reads(f.data) if f.wire_type == wire.GROUP else f.data)
        for f in fields
    ]


def as_we_read(data: bytes) -> list[Any]:
    def value(field: wire.Field) -> Any:
        if isinstance(field.value, int):
            return field.value
        if field.wire_type == wire.GROUP:
            return as_we_read(field.value)
        return field.value if field.wire_type == wire.BYTES else int.from_bytes(field.value, "little")

    return [(field.number, field.wire_type, value(field)) for field in wire.scan(data)]


def protobuf_fields(data: bytes) -> list[Any]:
    return as_protobuf_reads(UnknownFieldSet(empty_pb2.Empty.FromString(data)))


@given(messages)
def test_it_finds_the_fields_that_the_protobuf_package_finds(data: bytes) -> None:
    assert as_we_read(data) == protobuf_fields(data)


@given(st.binary(max_size=60) | messages.flatmap(lambda data: st.integers(0, len(data)).map(lambda end: data[:end])))
def test_what_the_protobuf_package_reads_we_read_alike(data: bytes) -> None:
    try:
        expected = protobuf_fields(data)
    except DecodeError:
        return
    # Field 0 is no field, but some releases of the protobuf package read it.
    if all(number for number, *_ in expected):
        assert as_we_read(data) == expected


@given(messages | st.binary(max_size=200))
def test_an_answer_is_json_of_bounded_size_or_our_own_error(data: bytes) -> None:
    try:
        fields = wire.fields(data)
    except Undecodable:
        with pytest.raises(Undecodable):
            list(wire.scan(data))
        return
    assert json.loads(json.dumps(fields, allow_nan=False)) == fields


def test_a_real_message_reads_as_its_schema_has_it() -> None:
    file = descriptor_pb2.FileDescriptorProto(name="apis/v1/web.proto", package="example.com")
    file.message_type.add(name="Web").field.add(name="port", number=7, json_name="port")
    assert wire.fields(file.SerializeToString()) == [
        {"field": 1, "type": "string", "value": "apis/v1/web.proto"},
        {"field": 2, "type": "string", "value": "example.com"},
        {
            "field": 4,
            "type": "message",
            "fields": [
                {"field": 1, "type": "string", "value": "Web"},
                {
                    "field": 2,
                    "type": "message",
                    "fields": [
                        {"field": 1, "type": "string", "value": "port"},
                        {"field": 3, "type": "varint", "value": 7},
                        {"field": 10, "type": "string", "value": "port"},
                    ],
                },
            ],
        },
    ]


@pytest.mark.parametrize(
    ("field", "shown"),
    [
        (tag(1, 0) + varint(2**64 - 2), {"type": "varint", "value": 2**64 - 2, "signed": -2}),
        (tag(1, 1) + struct.pack("<d", 0.5), {"type": "fixed64", "value": 0x3FE0000000000000, "float": 0.5}),
        (tag(1, 5) + struct.pack("<f", float("nan")), {"type": "fixed32", "value": 0x7FC00000}),
        (delimited(1, b""), {"type": "string", "value": ""}),
        (delimited(1, "zażółć".encode()), {"type": "string", "value": "zażółć"}),
        (delimited(1, b"#!/bin/sh\nexit 0\n"), {"type": "string", "value": "#!/bin/sh\nexit 0\n"}),
        (delimited(1, b"\xff\x00\x01"), {"type": "bytes", "value": "ff0001"}),
        (delimited(1, b"\0"), {"type": "bytes", "value": "00"}),
    ],
)
def test_how_a_value_is_shown(field: bytes, shown: dict[str, Any]) -> None:
    assert wire.fields(field) == [{"field": 1, **shown}]


def test_a_stored_object_shows_its_kind_and_its_texts_but_cannot_be_applied() -> None:
    data = SMALL.read_bytes()
    wanted = b"/registry/configmaps/kube-system/extension-apiserver-authentication"
    record = Database(data[: len(data) // 512 * 512]).get(wanted)
    assert record is not None
    outline = wire.outline(record.value)
    assert outline["typeMeta"] == {"apiVersion": "v1", "kind": "ConfigMap"}
    assert not {"apiVersion", "kind", "metadata"} & outline.keys()
    assert outline["fields"][0]["fields"][0] == {
        "field": 1,
        "type": "string",
        "value": "extension-apiserver-authentication",
    }


def test_a_message_without_envelope_is_shown_too() -> None:
    assert wire.outline(tag(3, 0) + varint(5)) == {
        "undecoded": "protobuf",
        "fields": [{"field": 3, "type": "varint", "value": 5}],
    }


def test_depth_is_bounded() -> None:
    data = tag(1, 0) + b"\1"
    for _ in range(wire.MAX_DEPTH * 2):
        data = delimited(1, data)
    shown = json.dumps(wire.fields(data))
    assert shown.count('"message"') == wire.MAX_DEPTH - 1
    assert shown.count('"bytes"') == 1


def test_groups_are_bounded() -> None:
    with pytest.raises(Undecodable, match="deeper"):
        list(wire.scan(tag(1, wire.GROUP) * (wire.MAX_DEPTH + 1)))


def test_the_number_of_fields_is_bounded() -> None:
    many = (tag(1, 0) + b"\1") * (wire.MAX_FIELDS + 1)
    with pytest.raises(Undecodable, match="more than"):
        wire.fields(many)
    assert wire.fields(delimited(2, many))[0]["type"] == "bytes"


@pytest.mark.parametrize(
    "data",
    [b"{}", b"\x08", b"\x00\x01", b"\x0f", b"\x0c", b"\x0b\x14", b"\x12\x05ab", b"\x09\x01", b"\x0a" + b"\xff" * 10],
)
def test_what_is_no_message_is_an_error(data: bytes) -> None:
    with pytest.raises(Undecodable):
        wire.outline(data)
