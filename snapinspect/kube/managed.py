"""How much of a stored value is managedFields, found where it stands, without decoding the rest.

Sources: k8s.io/apimachinery ``pkg/apis/meta/v1/generated.proto`` (ObjectMeta is field 1 of every kind, managedFields its
field 17), ``pkg/apis/meta/v1/types.go``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from snapinspect.errors import Undecodable
from snapinspect.kube.envelope import encoding_of, open_envelope
from snapinspect.kube.varint import read_varint

_METADATA, _MANAGED_FIELDS = 0x0A, 17 << 3 | 2
_VARINT, _BYTES = 0, 2
_PATH = ("metadata", "managedFields")

_skip_space = re.compile(r"[ \t\n\r]*").match
_decode_json = json.JSONDecoder().raw_decode


def managed_size(value: bytes) -> int:
    """Bytes that a plain value would have less without its managedFields; 0 when it is no Kubernetes object.

    Raises Undecodable.
    """
    measure = _MEASURES.get(encoding_of(value))
    return measure(value) if measure else 0


def _in_protobuf(value: bytes) -> int:
    envelope = open_envelope(value)
    at, end = envelope.start, envelope.end
    if at >= end or value[at] != _METADATA:
        return 0
    size, at = read_varint(value, at + 1, end)
    if at + size > end:
        raise Undecodable("the object's metadata reaches beyond it")
    return _field_size(value, at, at + size)


def _field_size(value: bytes, at: int, end: int) -> int:
    """What all occurrences of the field take in the ObjectMeta that spans ``at`` to ``end``."""
    found = 0
    while at < end:
        start = at
        tag = value[at]
        if tag < 0x80:
            at += 1
        else:
            tag, at = read_varint(value, at, end)
        size = value[at] if at < end else 0x80
        if size < 0x80:
            at += 1
        else:
            size, at = read_varint(value, at, end)
        if tag & 7 == _BYTES:
            at += size
        elif tag & 7 != _VARINT:
            raise Undecodable("the object's metadata holds a field that Kubernetes does not write")
        if tag == _MANAGED_FIELDS:
            found += at - start
    if at > end:
        raise Undecodable("the object's metadata is cut off")
    return found


def _in_json(value: bytes) -> int:
    try:
        text = value.decode()
        at = start = 0
        for name in _PATH:
            found = _find_member(text, at, name)
            if found is None:
                return 0
            start, at = found
        _, end = _decode_json(text, at)
    except (ValueError, IndexError, RecursionError):
        raise Undecodable("the value is no JSON") from None
    return len(text[start:end].encode()) + len(",")


def _find_member(text: str, at: int, name: str) -> tuple[int, int] | None:
    """Where the key ``name`` and its value begin in the JSON object at ``at``."""
    if text[at] != "{":
        return None
    at = _after_space(text, at + 1)
    while text[at] == '"':
        start = at
        found, at = _decode_json(text, at)
        at = _after_space(text, at)
        if text[at] != ":":
            raise ValueError
        at = _after_space(text, at + 1)
        if found == name:
            return start, at
        _, at = _decode_json(text, at)
        at = _after_space(text, at)
        if text[at] != ",":
            return None
        at = _after_space(text, at + 1)
    return None


def _after_space(text: str, at: int) -> int:
    match = _skip_space(text, at)
    return match.end() if match else at


def _in_cbor(value: bytes) -> int:
    from snapinspect.kube import cbor

    span = cbor.span_of(value, *_PATH)
    return span[1] - span[0] if span else 0


_MEASURES: dict[str, Callable[[bytes], int]] = {"protobuf": _in_protobuf, "json": _in_json, "cbor": _in_cbor}
