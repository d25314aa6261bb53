"""The bundle in which k3s and RKE2 keep their certificates and encryption keys inside etcd itself.

Sources: github.com/k3s-io/k3s ``pkg/cluster/{encrypt,storage,bootstrap}.go``, ``pkg/bootstrap/bootstrap.go``
(the bundle), ``pkg/clientaccess/token.go`` (tokens), ``pkg/daemons/config/types.go`` (names in the bundle).
"""

from __future__ import annotations

import binascii
import hashlib
import json
from base64 import b64decode
from typing import TYPE_CHECKING, Any

from snapinspect.errors import Locked
from snapinspect.kube.encryption import ciphers, find, lock
from snapinspect.kube.encryption.ciphers import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable

    from snapinspect.kube.encryption.config import Configuration

PREFIX = b"/bootstrap/"
MAX_SIZE = 8 << 20
"""Bytes of the largest bundle that is opened; real ones have some 50,000."""

_ENCRYPTION_CONFIG = "EncryptionConfig"
_TOKEN_PREFIX = "K10"  # noqa: S105 - it says that a token follows
_HASH_DIGITS = 12
_ROUNDS = 4096
_KEY_SIZE = 32
_WHERE_TOKENS_ARE = "it stands on a server in /var/lib/rancher/rke2/server/token or /var/lib/rancher/k3s/server/token"


def is_bundle(etcd_key: bytes) -> bool:
    return etcd_key.startswith(PREFIX)


def unlock(entries: Iterable[tuple[bytes, bytes]], token: str) -> list[Configuration]:
    """The encryption configurations in the bundles that ``token`` opens; empty when the cluster encrypts nothing.

    ``entries`` are etcd keys and values, of any revisions: earlier ones hold keys since rotated away.
    Raises Locked when the token opens none of them.
    """
    bundles = [(key, value) for key, value in entries if is_bundle(key)]
    secrets = {_etcd_key(secret): secret for secret in passphrases(token)}
    reason = _nothing_to_open({key for key, _ in bundles})
    found: list[Configuration | None] = []
    for key, value in bundles:
        if key in secrets:
            try:
                found.append(_configuration(_open(value, secrets[key]), key.decode()))
            except Refused as refused:
                reason = f"{refused} at {key.decode()} with the token"
    if not found:
        raise Locked(reason, _WHERE_TOKENS_ARE)
    return [configuration for configuration in found if configuration]


def _nothing_to_open(keys: set[bytes]) -> str:
    if not keys:
        return f"the token opens nothing: the snapshot has no {PREFIX.decode()} key, as k3s and RKE2 make it"
    there = ", ".join(sorted(map(lock.shown, keys)))
    return f"the token opens nothing: {there} was sealed with another token"


def passphrases(token: str) -> tuple[str, ...]:
    """What a bundle may be sealed with, given a token in any of its forms, the likeliest first.

    ``K10<CA hash>::<user>:<password>`` and ``K10<CA hash>::<id>.<secret>`` seal with the password, or
    with what stands after ``::``. Old versions sealed with the whole token, or with nothing at all.
    """
    token = token.strip()
    bare = token
    if token.startswith(_TOKEN_PREFIX):
        ca_hash, _, credentials = token.removeprefix(_TOKEN_PREFIX).partition("::")
        credentials = credentials or ca_hash
        bare = credentials.partition(":")[2] or credentials
    return tuple(dict.fromkeys((bare, token, "")))


def _etcd_key(passphrase: str) -> bytes:
    digest = hashlib.sha256(passphrase.encode("utf-8", "surrogateescape")).hexdigest()
    return PREFIX + digest[:_HASH_DIGITS].encode()


def _open(sealed: bytes, passphrase: str) -> dict[str, bytes]:
    """The files in a bundle by name. Raises Refused."""
    salt, colon, text = sealed[:MAX_SIZE].partition(b":")
    content = _base64(text)
    if not colon or content is None:
        raise Refused("the bootstrap bundle is empty or damaged")
    key = hashlib.pbkdf2_hmac("sha1", passphrase.encode("utf-8", "surrogateescape"), salt, _ROUNDS, _KEY_SIZE)
    return _files(ciphers.open_aesgcm(key, content, b""))


def _files(opened: bytes) -> dict[str, bytes]:
    """``{"name": {"Timestamp": …, "Content": base64}}``, or base64 alone as old versions wrote it."""
    bundle = _json(opened)
    if not isinstance(bundle, dict):
        raise Refused("the bootstrap bundle holds no files")
    texts = {name: file.get("Content") if isinstance(file, dict) else file for name, file in bundle.items()}
    return {
        name: _base64(text.encode("utf-8", "replace")) or b"" for name, text in texts.items() if isinstance(text, str)
    }


def _configuration(files: dict[str, bytes], origin: str) -> Configuration | None:
    text = files.get(_ENCRYPTION_CONFIG)
    if not text:
        return None
    return find.parse(text, f"{_ENCRYPTION_CONFIG} in {origin}")


def _base64(text: bytes) -> bytes | None:
    try:
        return b64decode(text, validate=True)
    except binascii.Error:
        return None


def _json(text: bytes) -> Any:
    # The error is not chained: it carries the text, which holds private keys.
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
