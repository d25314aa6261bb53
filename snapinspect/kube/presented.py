"""A stored value in the ways in which people have it at hand: raw, as etcdctl prints it, hexadecimal, base64."""

from __future__ import annotations

import binascii
import re
from typing import NamedTuple

from snapinspect.errors import Undecodable
from snapinspect.kube import cbor
from snapinspect.kube.envelope import encoding_of

_HEX = re.compile(rb"(?:[0-9A-Fa-f]{2})+")
_BASE64 = re.compile(rb"[A-Za-z0-9+/]+={0,2}")


class Presented(NamedTuple):
    """The stored value, and its etcd key where that stood in front of it (else empty)."""

    value: bytes
    key: bytes = b""


def unwrap(data: bytes) -> Presented:
    """The value in ``data``. What is recognised as no other form is the value itself."""
    if encoding_of(data) != "other":
        return Presented(_without_line_end(data))
    key, line_end, rest = data.partition(b"\n")
    if key.startswith(b"/") and line_end and encoding_of(rest) != "other":
        return Presented(_without_line_end(rest), key)
    return Presented(_from_text(data))


def _without_line_end(data: bytes) -> bytes:
    """``etcdctl`` ends a value with a line break that is not part of it.

    No stored value needs one of its own, as a protobuf value ends with its content type and JSON with a
    brace; but for CBOR, which tells where it ends.
    """
    if not data.endswith(b"\n") or (encoding_of(data) == "cbor" and _is_whole(data)):
        return data
    return data[:-1]


def _is_whole(data: bytes) -> bool:
    try:
        cbor.decode(data)
    except Undecodable:
        return False
    return True


def _from_text(data: bytes) -> bytes:
    digits = b"".join(data.split())
    if _HEX.fullmatch(digits):
        decoded = binascii.unhexlify(digits)
        if encoding_of(decoded) != "other":
            return decoded
    if _BASE64.fullmatch(digits):
        try:
            decoded = binascii.a2b_base64(digits)
        except binascii.Error:
            return data
        if encoding_of(decoded) != "other":
            return decoded
    return data
