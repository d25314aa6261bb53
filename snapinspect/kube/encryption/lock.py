"""What the prefix of an encrypted value says of its key.

Sources: k8s.io/apiserver ``pkg/server/options/encryptionconfig/config.go`` (the prefixes) and
``pkg/storage/value/encrypt/envelope/kmsv2/v2/api.proto`` (``EncryptedObject``).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from snapinspect.errors import Undecodable
from snapinspect.kube import wire
from snapinspect.kube.envelope import ENCRYPTED

if TYPE_CHECKING:
    from snapinspect.model import Buffer

LONGEST_NAME = 1024

_LONGEST_PREFIX = 32 + LONGEST_NAME
_PROVIDER = re.compile(rb"k8s:enc:([a-z0-9]{1,16}):(v[0-9]{1,3}):")
# A name ends at the first colon, save those that k3s and RKE2 give to rotated keys: they end with
# a time (github.com/k3s-io/k3s pkg/server/handlers/secrets-encrypt.go).
_TIME = rb"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:Z|[+-][0-9]{2}:[0-9]{2})"
_NAME = re.compile(rb"([^:]{0,64}" + _TIME + rb"|[^:]{1,%d}):" % LONGEST_NAME)
_KEY_ID = 2


class Lock(NamedTuple):
    """Which key a value needs: ``aescbc``, ``v1``, ``key1``; for KMS the plugin's name as ``key``.

    ``kms_key_id`` is the plugin's own name of its key, which KMS v2 alone writes down.
    """

    provider: str
    version: str
    key: str
    kms_key_id: str = ""

    @property
    def encoding(self) -> str:
        return f"encrypted:{self.provider}:{self.key}"


class Sealed(NamedTuple):
    """An encrypted value taken apart; ``rest`` begins with the key's name and a colon."""

    provider: str
    version: str
    rest: bytes


def is_encrypted(stored: Buffer) -> bool:
    return bytes(stored[: len(ENCRYPTED)]) == ENCRYPTED


def identify(stored: Buffer) -> Lock | None:
    """The lock of a stored value, from what stands in the clear; None when it is not encrypted."""
    if not is_encrypted(stored):
        return None
    match = _PROVIDER.match(bytes(stored[:_LONGEST_PREFIX]))
    if not match:
        return Lock("unknown", "", "")
    provider, version = (part.decode() for part in match.groups())
    name = first_name(bytes(stored[match.end() : _LONGEST_PREFIX]))
    key_id = ""
    if (provider, version) == ("kms", "v2"):
        key_id = _kms_key_id(bytes(stored[match.end() + len(name) + 1 :]))
    return Lock(provider, version, shown(name), key_id)


def take_apart(stored: Buffer) -> Sealed | None:
    """An encrypted value's provider, version and the rest; None when its prefix names no provider."""
    match = _PROVIDER.match(bytes(stored[:_LONGEST_PREFIX]))
    if not match:
        return None
    provider, version = (part.decode() for part in match.groups())
    return Sealed(provider, version, bytes(stored[match.end() :]))


def first_name(rest: bytes) -> bytes:
    """The key's name at the beginning of ``rest``, empty when there is none."""
    match = _NAME.match(rest)
    return match[1] if match else b""


def _kms_key_id(payload: bytes) -> str:
    try:
        values = (field.value for field in wire.scan(payload) if field.number == _KEY_ID)
        return next((shown(value) for value in values if isinstance(value, bytes)), "")
    except Undecodable:
        return ""


def shown(name: bytes) -> str:
    """A name as people may see it: what is no text, or would steer a terminal, is escaped."""
    text = name.decode("utf-8", "backslashreplace")
    return text if text.isprintable() else repr(text)[1:-1]
