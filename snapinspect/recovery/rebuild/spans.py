"""Where in a stored Secret or ConfigMap its values stand, to the byte, so that they can be overwritten in place.

Source: k8s.io/api ``core/v1/generated.proto`` (Secret, ConfigMap), apimachinery ``pkg/apis/meta/v1/generated.proto``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from json import JSONDecoder
from json import decoder as json_decoder
from typing import NamedTuple

from snapinspect.errors import Undecodable
from snapinspect.kube.envelope import PROTOBUF, open_envelope
from snapinspect.kube.varint import read_varint

_scan_string: Callable[[str, int, bool], tuple[str, int]] = json_decoder.scanstring  # type: ignore[attr-defined]
"""From behind a string's first quotation mark to behind its last; the standard library's, which its stubs leave out."""
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_METADATA = 1
_MAPS = {"Secret": (2, 4), "ConfigMap": (2, 3)}
"""The fields of each kind that hold its values: ``data``, then ``stringData`` or ``binaryData``."""
_ANNOTATIONS = 12
_ENTRY_VALUE = 2
_PASSWORD = 2
_SPACE = " \t\n\r"
_HOLDERS = ("data", "stringData", "binaryData")


class Span(NamedTuple):
    """From ``start`` up to ``end``; the text there is base64 or not."""

    start: int
    end: int
    is_base64: bool = False


def value_spans(value: bytes) -> list[Span]:
    """Every value under ``data``, and those in manifests that annotations hold. Raises Undecodable."""
    if value.startswith(PROTOBUF):
        envelope = open_envelope(value)
        return list(_message_spans(value, envelope.start, envelope.end, _MAPS.get(envelope.kind, ())))
    if value.startswith(b"{"):
        return list(_object_spans(value.decode("latin-1")))
    raise Undecodable("the value is neither protobuf nor JSON")


def password_spans(user: bytes) -> list[Span]:
    """The hash of the password of an ``authpb.User`` (go.etcd.io/etcd ``api/authpb/auth.proto``)."""
    return [Span(start, end) for number, start, end in _fields(user, 0, len(user)) if number == _PASSWORD]


def _message_spans(value: bytes, start: int, end: int, maps: tuple[int, ...]) -> Iterator[Span]:
    for number, first, last in _fields(value, start, end):
        if number in maps:
            yield from _entry_values(value, first, last)
        elif number == _METADATA:
            for inner, at, stop in _fields(value, first, last):
                if inner == _ANNOTATIONS:
                    for span in _entry_values(value, at, stop):
                        yield from _manifest_spans(value, span)


def _entry_values(value: bytes, start: int, end: int) -> Iterator[Span]:
    """The value of an entry of a map."""
    for number, first, last in _fields(value, start, end):
        if number == _ENTRY_VALUE:
            yield Span(first, last)


def _manifest_spans(value: bytes, annotation: Span) -> Iterator[Span]:
    text = value[annotation.start : annotation.end]
    if text.startswith(b"{"):
        try:
            found = list(_object_spans(text.decode("latin-1")))
        except Undecodable:
            # What only looks like a manifest goes whole.
            found = [Span(0, len(text))]
        for start, end, is_base64 in found:
            yield Span(annotation.start + start, annotation.start + end, is_base64)


def _object_spans(text: str) -> Iterator[Span]:
    """The strings under ``data`` and its likes of an object in JSON, each byte of which is a character of ``text``."""
    decoder = JSONDecoder(strict=False)
    try:
        for name, at in _members(text, 0, decoder):
            if name in _HOLDERS and text[at] == "{":
                yield from _strings(text, at, decoder, is_base64=name != "stringData")
            elif name == "metadata" and text[at] == "{":
                yield from _annotations(text, at, decoder)
    except (ValueError, IndexError, RecursionError):
        raise Undecodable("the object is no sound JSON") from None


def _strings(text: str, at: int, decoder: JSONDecoder, *, is_base64: bool) -> Iterator[Span]:
    for _, start in _members(text, at, decoder):
        if text[start] == '"':
            yield Span(start + 1, _scan_string(text, start + 1, False)[1] - 1, is_base64)


def _annotations(text: str, at: int, decoder: JSONDecoder) -> Iterator[Span]:
    """Annotations that hold an object: inside a string of JSON they go whole."""
    for name, start in _members(text, at, decoder):
        if name == "annotations" and text[start] == "{":
            for span in _strings(text, start, decoder, is_base64=False):
                if text[span.start] == "{":
                    yield span


def _members(text: str, at: int, decoder: JSONDecoder) -> Iterator[tuple[str, int]]:
    """The names of the object that begins at ``at``, each with where its value begins."""
    at = _behind_space(text, at)
    if text[at] != "{":
        raise ValueError(at)
    at = _behind_space(text, at + 1)
    while text[at] != "}":
        name, at = _scan_string(text, at + 1, False)
        at = _behind_space(text, _behind_space(text, at) + 1)
        yield name, at
        _, at = decoder.raw_decode(text, at)
        at = _behind_space(text, at)
        if text[at] == ",":
            at = _behind_space(text, at + 1)


def _behind_space(text: str, at: int) -> int:
    while text[at] in _SPACE:
        at += 1
    return at


def _fields(value: bytes, at: int, end: int) -> Iterator[tuple[int, int, int]]:
    """The number of each field of a message, and where its content lies. Raises Undecodable."""
    while at < end:
        tag, at = read_varint(value, at, end)
        wire = tag & 7
        if wire == _VARINT:
            _, stop = read_varint(value, at, end)
        elif wire == _BYTES:
            size, at = read_varint(value, at, end)
            stop = at + size
        elif wire in {_FIXED64, _FIXED32}:
            stop = at + (8 if wire == _FIXED64 else 4)
        else:
            raise Undecodable("the value holds a field of a type that Kubernetes does not write")
        if stop > end:
            raise Undecodable("the value is cut off")
        yield tag >> 3, at, stop
        at = stop
