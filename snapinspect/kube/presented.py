"""A stored value in the ways in which people have it at hand: raw, as etcdctl prints it, hexadecimal, base64."""

from __future__ import annotations

import binascii
import re
from typing import NamedTuple

from snapinspect.kube.envelope import encoding_of

_HEX = re.compile(rb"\s*(?:[0-9A-Fa-f]{2}\s*)+")
_BASE64 = re.compile(rb"\s*[A-Za-z0-9+/\s]+={0,2}\s*")


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
    """``etcdctl`` ends a value with a line break that is not part of it; no stored value ends with one of its own.

    A protobuf value ends with its content type, JSON with a brace (or the line break of Go's encoder).
    """
    return data[:-1] if data.endswith(b"\n") else data


def _from_text(data: bytes) -> bytes:
    if _HEX.fullmatch(data):
        decoded = binascii.unhexlify(b"".join(data.split()))
        if encoding_of(decoded) != "other":
            return decoded
    if _BASE64.fullmatch(data):
        try:
            decoded = binascii.a2b_base64(b"".join(data.split()))
        except binascii.Error:
            return data
        if encoding_of(decoded) != "other":
            return decoded
    return data
