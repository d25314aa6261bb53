"""Who wrote an object, and when: told by its metadata, of which nothing else is made.

Source: k8s.io/apimachinery ``pkg/apis/meta/v1/generated.proto``, ``ObjectMeta`` and ``ManagedFieldsEntry``.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

from snapinspect.errors import Undecodable
from snapinspect.kube import forms
from snapinspect.kube.envelope import open_envelope
from snapinspect.kube.numbers import text
from snapinspect.kube.varint import read_varint, signed

_METADATA: Final = 0x0A
_CREATED: Final = 0x42
_DELETED: Final = 0x4A
_GRACE: Final = 0x50
_MANAGED: Final = 17 << 3 | 2
_MANAGER: Final = 0x0A
_TIME: Final = 0x22
_VARINT: Final = 0
_BYTES: Final = 2
_MANY: Final = 0x80
"""From here on a number takes more bytes than one."""


class ManagedEntry(NamedTuple):
    """An entry of managedFields as it is ``stored``, whose it is, and its time in seconds since 1970, if it has one."""

    stored: bytes
    manager: str
    seconds: int | None


class Authorship(NamedTuple):
    """Times in seconds since 1970: of the creation, and of when the object may be gone, which is ``grace`` after it was asked for."""

    entries: list[ManagedEntry]
    created: int | None
    deadline: int | None
    grace: int


def read_authorship(value: bytes) -> Authorship:
    """What the metadata in a plain protobuf value says of its authors. Raises Undecodable."""
    envelope = open_envelope(value)
    at, end = envelope.start, envelope.end
    if at >= end or value[at] != _METADATA:
        return Authorship([], None, None, 0)
    size, at = read_varint(value, at + 1, end)
    if at + size > end:
        raise Undecodable("the object's metadata reaches beyond it")
    return _read(value, at, at + size)


def _read(value: bytes, at: int, end: int) -> Authorship:
    entries: list[ManagedEntry] = []
    created: int | None = None
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
            entries.append(_entry(value[at:stop]))
        elif tag == _CREATED:
            created = _seconds(value[at:stop])
        elif tag == _DELETED:
            deadline = _seconds(value[at:stop])
        at = stop
    return Authorship(entries, created, deadline, grace)


def _entry(stored: bytes) -> ManagedEntry:
    """Read as far as the time, behind which the fields stand that are managed, and they are long."""
    manager = ""
    at, end = 0, len(stored)
    while at < end:
        tag = stored[at]
        size = stored[at + 1] if at + 1 < end else _MANY
        at += 2
        if size >= _MANY:
            size, at = read_varint(stored, at - 1, end)
        stop = at + size
        if tag & 7 != _BYTES or tag >= _MANY or stop > end:
            raise Undecodable("an entry of managedFields is cut off or holds a field that Kubernetes does not write")
        if tag == _MANAGER:
            manager = text(stored[at:stop])
        elif tag == _TIME:
            return ManagedEntry(stored, manager, _seconds(stored[at:stop]))
        at = stop
    return ManagedEntry(stored, manager, None)


@lru_cache(maxsize=4096)
def _seconds(raw: bytes) -> int | None:
    """What a ``Time`` says; None for the zero time. Raises Undecodable."""
    return signed(forms.integer(forms.scalars(raw), 1)) if forms.time(raw) is not None else None
