"""A stored value in the ways in which people have it at hand: raw, as etcdctl prints it, hexadecimal, base64."""

from __future__ import annotations

import binascii
import json
import re
from base64 import b64decode
from typing import NamedTuple

from snapinspect.errors import Undecodable
from snapinspect.kube import cbor
from snapinspect.kube.envelope import encoding_of

_HEX = re.compile(rb"(?:[0-9A-Fa-f]{2})+")
_BASE64 = re.compile(rb"[A-Za-z0-9+/]+={0,2}")
_ESCAPED = re.compile(rb"(?:\\x[0-9A-Fa-f]{2})+")
_FIELDS = {name: re.compile(rb'^"%b" : "((?:[^"\\]|\\.)*)"' % name.encode(), re.MULTILINE) for name in ("Key", "Value")}
_GO_ESCAPE = re.compile(rb"\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)", re.DOTALL)
_GO_LETTERS = {b"a": b"\a", b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}
_KEY_LINE = re.compile(rb"(?:\A|(?<=\n))(/[^\n]+)\n(?=k8s\0|\{|\xd9\xd9\xf7|k8s:enc:)")
"""A key on a line of its own with a value behind it, by how values begin."""


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


def unwrap_all(data: bytes) -> list[Presented]:
    """Every value in what ``etcdctl get`` printed, plainly, with ``--hex``, ``-w json`` or ``-w fields``; else the one value.

    Source: go.etcd.io/etcd ``etcdctl/ctlv3/command`` (``printer.go``, ``printer_json.go``, ``printer_fields.go``, ``util.go``).
    """
    for read in (_from_answer, _from_escaped, _from_fields, _from_lines):
        if found := read(data):
            return found
    return [unwrap(data)]


def _from_answer(data: bytes) -> list[Presented]:
    """Of ``-w json``: keys and values in base64."""
    if not data.lstrip().startswith(b"{") or b'"kvs"' not in data:
        return []
    try:
        answer = json.loads(data)
        pairs = answer["kvs"] if "kind" not in answer else []
        return [Presented(b64decode(pair.get("value", "")), b64decode(pair["key"])) for pair in pairs]
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return []


def _from_escaped(data: bytes) -> list[Presented]:
    r"""Of ``--hex``: each byte as ``\xNN``, a line for the key and one for the value, or for the value alone."""
    lines = data.split()
    if not lines or not all(map(_ESCAPED.fullmatch, lines)):
        return []
    return _paired([binascii.unhexlify(line.replace(b"\\x", b"")) for line in lines])


def _from_fields(data: bytes) -> list[Presented]:
    """Of ``-w fields``: lines such as ``"Value" : "…"``, quoted as Go quotes."""
    quoted = {name: [_unquoted(text) for text in pattern.findall(data)] for name, pattern in _FIELDS.items()}
    if not quoted["Value"] or len(quoted["Key"]) not in {0, len(quoted["Value"])}:
        return []
    keys = quoted["Key"] or [b""] * len(quoted["Value"])
    return [Presented(value, key) for key, value in zip(keys, quoted["Value"], strict=True)]


def _from_lines(data: bytes) -> list[Presented]:
    """Of ``get --prefix``: a key on a line of its own before each value, which may hold lines, too."""
    starts = list(_KEY_LINE.finditer(data))
    if len(starts) < 2 or starts[0].start():
        return []
    ends = [*(start.start() for start in starts[1:]), len(data)]
    return [
        Presented(_without_line_end(data[start.end() : end]), start[1]) for start, end in zip(starts, ends, strict=True)
    ]


def _paired(parts: list[bytes]) -> list[Presented]:
    """Values, each with the key that stands before it, if one does."""
    found, key = [], b""
    for part in parts:
        if part.startswith(b"/") and encoding_of(part) == "other":
            key = part
        else:
            found.append(Presented(part, key))
            key = b""
    return found


def _unquoted(text: bytes) -> bytes:
    """What Go's ``%q`` stands for."""
    return _GO_ESCAPE.sub(_escaped_byte, text)


def _escaped_byte(found: re.Match[bytes]) -> bytes:
    escape = found[1]
    if escape[:1] in b"xuU":
        number = int(escape[1:], 16)
        return bytes((number,)) if escape[:1] == b"x" else chr(min(number, 0x10FFFF)).encode("utf-8", "surrogatepass")
    return _GO_LETTERS.get(escape, escape)


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
