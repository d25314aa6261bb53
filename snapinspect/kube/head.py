"""What a stored value says of itself up front: kind, name and age, without decoding the rest.

Source: k8s.io/apimachinery ``pkg/apis/meta/v1/generated.proto``. Every kind has its ObjectMeta as
field 1, and the encoder writes fields in order, so that a few fields at the start of the value suffice.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from snapinspect.errors import Undecodable
from snapinspect.kube import cbor, forms, numbers
from snapinspect.kube.envelope import encoding_of, open_envelope
from snapinspect.kube.numbers import text
from snapinspect.kube.varint import read_varint, signed
from snapinspect.model import Head

_METADATA = 0x0A
_NAME, _NAMESPACE, _UID, _CREATED = 0x0A, 0x1A, 0x2A, 0x42


def read_head(value: bytes) -> Head | None:
    """The head of a plain value, or None if it is encrypted or no Kubernetes object.

    Raises Undecodable when the value is not what its first bytes promise.
    """
    encoding = encoding_of(value)
    if encoding == "protobuf":
        return _protobuf_head(value)
    if encoding == "json":
        return head_of(numbers.loads(value), encoding)
    if encoding == "cbor":
        return head_of(cbor.decode(value), encoding)
    return None


def head_of(body: Any, encoding: str) -> Head | None:
    """The head of a decoded object, or None when it is no Kubernetes object."""
    if not isinstance(body, dict):
        return None
    metadata = body.get("metadata")
    if not isinstance(metadata, dict):
        metadata = {}
    api_version, kind, name = body.get("apiVersion"), body.get("kind"), metadata.get("name")
    if not (isinstance(api_version, str) and isinstance(kind, str) and isinstance(name, str)):
        return None
    namespace, uid = metadata.get("namespace"), metadata.get("uid")
    return Head(
        api_version,
        kind,
        namespace if isinstance(namespace, str) and namespace else None,
        name,
        uid if isinstance(uid, str) else "",
        _seconds(metadata.get("creationTimestamp")),
        encoding,
    )


def _seconds(created: Any) -> int | None:
    try:
        return int(datetime.fromisoformat(created).timestamp())
    except (TypeError, ValueError, OverflowError):
        return None


def _protobuf_head(value: bytes) -> Head | None:
    envelope = open_envelope(value)
    at, end = envelope.start, envelope.end
    if not envelope.kind or not envelope.api_version:
        return None
    if at >= end or value[at] != _METADATA:
        return Head(envelope.api_version, envelope.kind, None, "", "", None, "protobuf")
    size, at = read_varint(value, at + 1, end)
    if at + size > end:
        raise Undecodable("the object's metadata reaches beyond it")
    fields = _first_fields(value, at, at + size)
    created = fields.get(_CREATED)
    return Head(
        envelope.api_version,
        envelope.kind,
        text(fields.get(_NAMESPACE, b"")) or None,
        text(fields.get(_NAME, b"")),
        text(fields.get(_UID, b"")),
        signed(forms.integer(forms.scalars(created), 1)) if created else None,
        "protobuf",
    )


def _first_fields(value: bytes, at: int, end: int) -> dict[int, bytes]:
    """ObjectMeta's fields by tag up to creationTimestamp (8), the last that a head needs."""
    fields: dict[int, bytes] = {}
    while at < end:
        tag = value[at]
        if tag > _CREATED:
            break
        size = value[at + 1] if at + 1 < end else 0x80
        if size < 0x80:
            at += 2
        else:
            size, at = read_varint(value, at + 1, end)
        if tag & 7 == 2:
            if at + size > end:
                raise Undecodable("the object's metadata is cut off")
            fields[tag] = value[at : at + size]
            at += size
    return fields
