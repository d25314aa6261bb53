"""What a stored value says of itself up front: kind, name and age, without decoding the rest.

Source: k8s.io/apimachinery ``pkg/apis/meta/v1/generated.proto``. Every kind has its ObjectMeta as
field 1, and the encoder writes fields in order, so that a few fields at the start of the value suffice.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Final

from snapinspect.errors import Undecodable
from snapinspect.kube import forms, numbers
from snapinspect.kube.envelope import encoding_of, open_envelope, read_type_meta
from snapinspect.kube.numbers import text
from snapinspect.kube.varint import read_varint
from snapinspect.model import Buffer, Head
from snapinspect.protobuf import signed, whole

_BEGINNING = b"k8s\0\n"
"""The envelope, whose first field is the TypeMeta: behind it stand the length and what it says."""
_MANY = 0x80
_METADATA = 0x0A
_FRONT: Final = 320
"""Bytes in which nearly every value says all that its head needs."""
_NAME, _NAMESPACE, _UID, _CREATED = 0x0A, 0x1A, 0x2A, 0x42


_VARINT = rb"(?:[\x80-\xff]{0,9}[\x00-\x7f])"
_NAME_TEXT = rb"[-a-z0-9.:_A-Z]"
_canonical: Final = re.compile(
    rb"""k8s\0 \n . (\n . [ -~]+ \x12 . [ -~]+)  # the envelope's TypeMeta: apiVersion, kind
    \x12 (%(varint)s) \n %(varint)s              # the object, its metadata
    \n (.) (%(name)s*)                           # name
    (?: \x12 (.) (%(name)s*) )?                  # generateName
    (?: \x1a (.) (%(name)s*) )?                  # namespace
    (?: "\0 )?                                   # selfLink
    (?: \x2a \x24 ([-0-9a-f]{36}) )?             # uid
    (?: 2\0 )?                                   # resourceVersion
    (?: 8 %(varint)s )?                          # generation
    (?: B . \x08 (%(varint)s) )?                 # creationTimestamp: seconds
    """
    % {b"varint": _VARINT, b"name": _NAME_TEXT},
    re.DOTALL | re.VERBOSE,
).match
"""How API servers encode the front of nearly every object: in this order and with short names.

What matches is only believed when the lengths that stand before the texts agree with it.
"""


def quick_head(value: Buffer) -> Head | None:
    """The head of a protobuf value that is encoded as API servers do, or None: ``read_head`` reads any."""
    # In bytes of its own, as a view is locked anew for each part that is taken out of a match.
    return head_within(bytes(value[:_FRONT]), 0, len(value))


def head_within(front: bytes, start: int, length: int) -> Head | None:
    """What ``quick_head`` gives of a value of ``length`` bytes, of which those that ``front`` holds from ``start`` on are looked at."""
    match = _canonical(front, start, start + length)
    if match is None:
        return None
    type_meta, size, name_size, name, generate_size, generate, namespace_size, namespace, uid, created = match.groups()
    if (
        created is None
        or uid is None
        or not name
        or name_size[0] != len(name)
        or (generate is not None and generate_size[0] != len(generate))
        or (namespace is not None and namespace_size[0] != len(namespace))
        or match.end(2) + whole(size) > start + length
    ):
        return None
    api_version, kind = read_type_meta(type_meta)
    return Head(
        api_version,
        kind,
        namespace.decode() if namespace else None,
        name.decode(),
        uid.decode(),
        signed(whole(created)),
        "protobuf",
    )


def type_sign(value: Buffer) -> bytes:
    """What a protobuf value begins with, up to where its kind is told; empty of another."""
    if bytes(value[:5]) != _BEGINNING or len(value) < _MANY:
        return b""
    size = value[5]
    return bytes(value[: 6 + size]) if size < _MANY else b""


def read_head(value: bytes) -> Head | None:
    """The head of a plain value, or None if it is encrypted or no Kubernetes object.

    Raises Undecodable when the value is not what its first bytes promise.
    """
    encoding = encoding_of(value)
    if encoding == "protobuf":
        return _protobuf_head(value)
    if encoding == "json":
        return head_of(numbers.loads_but_numbers(value), encoding)
    if encoding == "cbor":
        from snapinspect.kube import cbor

        return head_of(cbor.decode(value), encoding)
    return None


def head_of(body: Any, encoding: str) -> Head | None:
    """The head of a decoded object, or None when it is no Kubernetes object."""
    if not isinstance(body, dict):
        return None
    metadata = body.get("metadata")
    if not isinstance(metadata, dict):
        metadata = {}
    api_version, kind = body.get("apiVersion"), body.get("kind")
    if not (isinstance(api_version, str) and isinstance(kind, str)):
        return None
    name, namespace, uid = metadata.get("name"), metadata.get("namespace"), metadata.get("uid")
    return Head(
        api_version,
        kind,
        namespace if isinstance(namespace, str) and namespace else None,
        name if isinstance(name, str) else "",
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
