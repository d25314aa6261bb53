"""KMS values: an encrypted key stands beside what it locks, and a plugin opens that key.

Sources: k8s.io/apiserver ``pkg/storage/value/encrypt/envelope/envelope.go`` (v1),
``pkg/storage/value/encrypt/envelope/kmsv2/{envelope.go,v2/api.proto}`` (v2).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from snapinspect.errors import Locked, Undecodable
from snapinspect.kube import wire
from snapinspect.kube.encryption import ciphers

if TYPE_CHECKING:
    from collections.abc import Callable

_DATA, _KEY_ID, _SOURCE, _ANNOTATIONS, _SOURCE_TYPE = range(1, 6)
_KEY_SOURCE, _SEED_SOURCE = 0, 1
_OPENERS = {_KEY_SOURCE: ciphers.open_aesgcm, _SEED_SOURCE: ciphers.open_seeded_aesgcm}
_AES_SIZES = frozenset({16, 24, 32})
_MALFORMED = "the value's KMS envelope is damaged"


class EncryptedKey(NamedTuple):
    """What a plugin needs to give the data's key back; hashable, as answers are kept by it.

    ``key_id`` and ``annotations`` are the plugin's own notes, which KMS v2 alone has.
    """

    ciphertext: bytes
    key_id: str = ""
    annotations: frozenset[tuple[str, bytes]] = frozenset()


class Envelope(NamedTuple):
    """An encrypted key, the data that it locks, and how to open that with the key."""

    key: EncryptedKey
    data: bytes
    open: Callable[[bytes, bytes, bytes], bytes]


def read(version: str, payload: bytes) -> Envelope:
    """The envelope of a ``v1`` or ``v2`` value, given what follows the plugin's name. Raises Locked."""
    return _read_v1(payload) if version == "v1" else _read_v2(payload)


def can_be_key(envelope: Envelope, key: bytes) -> bool:
    """Whether a plugin's answer has the length of what it was asked for."""
    if envelope.open is ciphers.open_seeded_aesgcm:
        return len(key) >= ciphers.SEED_SIZE
    return len(key) in _AES_SIZES


def _read_v1(payload: bytes) -> Envelope:
    """Two bytes of length, the encrypted key, the data."""
    end = 2 + int.from_bytes(payload[:2])
    if len(payload) < end:
        raise Locked(_MALFORMED)
    return Envelope(EncryptedKey(payload[2:end]), payload[end:], ciphers.open_aesgcm_or_cbc)


def _read_v2(payload: bytes) -> Envelope:
    """A protobuf ``EncryptedObject``."""
    try:
        fields = list(wire.scan(payload))
        key_id = _bytes(fields, _KEY_ID).decode()
        annotations = frozenset(_annotation(field.value) for field in fields if field.number == _ANNOTATIONS)
    except (Undecodable, UnicodeDecodeError):
        raise Locked(_MALFORMED) from None
    source_type = next((field.value for field in reversed(fields) if field.number == _SOURCE_TYPE), _KEY_SOURCE)
    if source_type not in _OPENERS:
        raise Locked(f"the value's KMS key is of type {source_type!r}, which is not known")
    key = EncryptedKey(_bytes(fields, _SOURCE), key_id, annotations)
    return Envelope(key, _bytes(fields, _DATA), _OPENERS[source_type])


def _annotation(entry: int | bytes) -> tuple[str, bytes]:
    fields = list(wire.scan(entry)) if isinstance(entry, bytes) else []
    return _bytes(fields, 1).decode(), _bytes(fields, 2)


def _bytes(fields: list[wire.Field], number: int) -> bytes:
    """The last field of that number, as protobuf has it; empty when there is none."""
    values = (field.value for field in reversed(fields) if field.number == number)
    return next((value for value in values if isinstance(value, bytes)), b"")
