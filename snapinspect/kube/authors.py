"""Who wrote an object, and when: told by its metadata, of which nothing else is made.

Source: k8s.io/apimachinery ``pkg/apis/meta/v1/generated.proto``, ``ObjectMeta`` and ``ManagedFieldsEntry``.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from snapinspect.errors import Undecodable
from snapinspect.kube import forms
from snapinspect.kube.envelope import open_envelope, quick_envelope
from snapinspect.kube.numbers import text
from snapinspect.kube.varint import read_varint
from snapinspect.model import Buffer
from snapinspect.protobuf import signed

UNKNOWN: Final = "unknown"
"""Whoever left no name."""
_METADATA: Final = 0x0A
_CREATED: Final = 0x42
_DELETED: Final = 0x4A
_GRACE: Final = 0x50
_MANAGED: Final = 17 << 3 | 2
_MANAGER: Final = 0x0A
_TIME: Final = 0x22
_VARINT: Final = 0
_BYTES: Final = 2
_FRONT: Final = 12
"""Bytes that suffice for the metadata's tag and its length."""
_MANY: Final = 0x80
"""From here on a number takes more bytes than one."""


class Author:
    """An entry of managedFields: as it is stored, or decoded; whose it is, and its time in seconds since 1970, if it has one.

    A plain class, as compiled code makes and reads it at once.
    """

    __slots__ = ("entry", "manager", "seconds")

    def __init__(self, entry: bytes | dict[str, Any], manager: str, seconds: int | None) -> None:
        self.entry = entry
        self.manager = manager
        self.seconds = seconds


class Authors:
    """Those of one state of an object, and the ``newest`` time in it, in seconds since 1970.

    Its server or a client took that when writing; ``source`` is the field. A deletion that was asked for counts by when that was.
    """

    __slots__ = ("entries", "newest", "source")

    def __init__(self, entries: list[Author], newest: int | None, source: str) -> None:
        self.entries = entries
        self.newest = newest
        self.source = source


def read_authors(value: Buffer) -> Authors:
    """What the metadata in a plain protobuf value says of its authors. Raises Undecodable."""
    quick = quick_envelope(value)
    metadata = _quick_metadata(value, quick.start, quick.end) if quick is not None else None
    if metadata is not None:
        return _read(metadata, 0, len(metadata))
    whole = bytes(value)
    envelope = open_envelope(whole)
    at, end = envelope.start, envelope.end
    if at >= end or whole[at] != _METADATA:
        return Authors([], None, "")
    size, at = read_varint(whole, at + 1, end)
    if at + size > end:
        raise Undecodable("the object's metadata reaches beyond it")
    return _read(whole, at, at + size)


def _quick_metadata(value: Buffer, start: int, end: int) -> bytes | None:
    """The metadata of the object that spans ``start`` to ``end``, so that no more is copied; None where it is odd."""
    front = bytes(value[start : start + _FRONT])
    if len(front) < _FRONT or front[0] != _METADATA:
        return None
    size, at = read_varint(front, 1, _FRONT)
    return bytes(value[start + at : start + at + size]) if start + at + size <= end else None


def _read(value: bytes, at: int, end: int) -> Authors:
    entries: list[Author] = []
    newest: int | None = None
    source = "creationTimestamp"
    deadline: int | None = None
    grace = 0
    while at < end:
        tag = value[at]
        at += 1
        if tag >= _MANY:
            tag, at = read_varint(value, at - 1, end)
        size = value[at] if at < end else _MANY
        at += 1
        if size >= _MANY:
            size, at = read_varint(value, at - 1, end)
        if tag & 7 == _VARINT:
            grace = signed(size) if tag == _GRACE else grace
            continue
        stop = at + size
        if tag & 7 != _BYTES or stop > end:
            raise Undecodable("the object's metadata is cut off or holds a field that Kubernetes does not write")
        if tag == _MANAGED:
            entries.append(_entry(value, at, stop))
        elif tag == _CREATED:
            newest = _seconds(value[at:stop])
        elif tag == _DELETED:
            deadline = _seconds(value[at:stop])
        at = stop
    for entry in entries:
        seconds = entry.seconds
        if seconds is not None and (newest is None or seconds > newest):
            newest, source = seconds, "managedFields"
    if deadline is not None and (newest is None or deadline - grace > newest):
        newest, source = deadline - grace, "deletionTimestamp"
    return Authors(entries, newest, source if newest is not None else "")


def _entry(value: bytes, at: int, end: int) -> Author:
    """Read as far as the time, behind which the fields stand that are managed, and they are long."""
    stored = value[at:end]
    manager = ""
    while at < end:
        tag = value[at]
        size = value[at + 1] if at + 1 < end else _MANY
        at += 2
        if size >= _MANY:
            size, at = read_varint(value, at - 1, end)
        stop = at + size
        if tag & 7 != _BYTES or tag >= _MANY or stop > end:
            raise Undecodable("an entry of managedFields is cut off or holds a field that Kubernetes does not write")
        if tag == _MANAGER:
            manager = text(value[at:stop])
        elif tag == _TIME:
            return Author(stored, manager or UNKNOWN, _seconds(value[at:stop]))
        at = stop
    return Author(stored, manager or UNKNOWN, None)


@lru_cache(maxsize=4096)
def _seconds(raw: bytes) -> int | None:
    """What a ``Time`` says; None for the zero time. Raises Undecodable."""
    return forms.seconds_in(raw)
