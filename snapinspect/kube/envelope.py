r"""How a stored value is encoded, and Kubernetes' envelope around protobuf.

Sources: k8s.io/apimachinery ``pkg/runtime/serializer/protobuf/protobuf.go`` (the ``k8s\0`` prefix and
``runtime.Unknown``), ``pkg/runtime/serializer/cbor/cbor.go`` (the self-described tag); k8s.io/apiserver
``pkg/storage/value`` (``k8s:enc:``).
"""

from __future__ import annotations

from typing import Final, NamedTuple

from snapinspect.errors import Undecodable
from snapinspect.kube.numbers import text
from snapinspect.kube.varint import read_varint
from snapinspect.model import Buffer

PROTOBUF = b"k8s\0"
CBOR = b"\xd9\xd9\xf7"
ENCRYPTED = b"k8s:enc:"
_TYPE_META, _RAW, _CONTENT_ENCODING, _CONTENT_TYPE = 0x0A, 0x12, 0x1A, 0x22
_API_VERSION, _KIND = 0x0A, 0x12


_BEGINNING = PROTOBUF + bytes([_TYPE_META])
_ENDING = bytes([_CONTENT_ENCODING, 0, _CONTENT_TYPE, 0])
"""How API servers end each value: they name neither."""
_FRONT = 128
_LAST_BEGINNING = _FRONT - 11
"""Where the object's tag stands at the latest, so that its length stands in front, too."""


class Envelope(NamedTuple):
    """``runtime.Unknown``: what the object is, and its own bytes, which span ``start`` to ``end`` of the value."""

    api_version: str
    kind: str
    start: int
    end: int


def encoding_of(value: bytes) -> str:
    """``protobuf``, ``json``, ``cbor``, ``encrypted`` or ``other``, from the first bytes."""
    if value.startswith(PROTOBUF):
        return "protobuf"
    if value[:1] == b"{":
        return "json"
    if value.startswith(CBOR):
        return "cbor"
    if value.startswith(ENCRYPTED):
        return "encrypted"
    return "other"


_type_metas: Final[dict[bytes, tuple[str, str]]] = {}
_MOST_TYPE_METAS = 4_096


def open_envelope(value: bytes) -> Envelope:
    """The envelope of a protobuf value. Raises Undecodable when it is cut off or holds what it should not."""
    at, end = len(PROTOBUF), len(value)
    type_meta = ("", "")
    start = stop = end
    while at < end:
        tag = value[at]
        size, at = read_varint(value, at + 1, end)
        if at + size > end:
            raise Undecodable("the value is cut off")
        if tag == _TYPE_META:
            type_meta = read_type_meta(value[at : at + size])
        elif tag == _RAW:
            start, stop = at, at + size
        elif tag not in {_CONTENT_ENCODING, _CONTENT_TYPE} or (tag == _CONTENT_ENCODING and size):
            raise Undecodable("the value's envelope holds what Kubernetes does not write there")
        at += size
    return Envelope(*type_meta, start, stop)


def quick_envelope(value: Buffer) -> Envelope | None:
    """The envelope of a protobuf value that is written as API servers do, or None: ``open_envelope`` opens any.

    No more than the value's ends is looked at. Raises Undecodable.
    """
    front = bytes(value[:_FRONT])
    size = len(value)
    if size <= _FRONT or not front.startswith(_BEGINNING) or bytes(value[size - len(_ENDING) :]) != _ENDING:
        return None
    at = len(_BEGINNING) + 1 + front[len(_BEGINNING)]
    if at > _LAST_BEGINNING or front[at] != _RAW:
        return None
    length, start = read_varint(front, at + 1, _FRONT)
    if start + length + len(_ENDING) != size:
        return None
    api_version, kind = read_type_meta(front[len(_BEGINNING) + 1 : at])
    return Envelope(api_version, kind, start, start + length)


def read_type_meta(raw: bytes) -> tuple[str, str]:
    """``apiVersion`` and ``kind`` of a ``runtime.TypeMeta``; remembered, as there are as many as kinds."""
    known = _type_metas.get(raw)
    if known is not None:
        return known
    names = {_API_VERSION: "", _KIND: ""}
    at, end = 0, len(raw)
    while at < end:
        tag = raw[at]
        size, at = read_varint(raw, at + 1, end)
        if tag not in names or at + size > end:
            raise Undecodable("the value does not say of which kind it is")
        names[tag] = text(raw[at : at + size])
        at += size
    if len(_type_metas) < _MOST_TYPE_METAS:
        _type_metas[raw] = names[_API_VERSION], names[_KIND]
    return names[_API_VERSION], names[_KIND]
