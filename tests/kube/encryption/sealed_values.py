"""Writes values as API servers, k3s and RKE2 do, with the cryptography and PyNaCl packages."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from cryptography.hazmat.primitives.padding import PKCS7
from nacl.secret import SecretBox

if TYPE_CHECKING:
    from collections.abc import Callable


def cbc(key: bytes, plain: bytes, etcd_key: bytes = b"") -> bytes:
    vector = os.urandom(16)
    padder = PKCS7(128).padder()
    encryptor = Cipher(algorithms.AES(key), modes.CBC(vector)).encryptor()
    return vector + encryptor.update(padder.update(plain) + padder.finalize()) + encryptor.finalize()


def gcm(key: bytes, plain: bytes, etcd_key: bytes) -> bytes:
    nonce = os.urandom(12)
    return nonce + AESGCM(key).encrypt(nonce, plain, etcd_key)


def box(key: bytes, plain: bytes, etcd_key: bytes = b"") -> bytes:
    return bytes(SecretBox(key).encrypt(plain))


def seeded_gcm(seed: bytes, plain: bytes, etcd_key: bytes) -> bytes:
    info = os.urandom(32)
    return info + gcm(HKDFExpand(SHA256(), 32, info).derive(seed), plain, etcd_key)


SEALERS: dict[str, Callable[[bytes, bytes, bytes], bytes]] = {"aescbc": cbc, "aesgcm": gcm, "secretbox": box}


def seal(provider: str, name: str, key: bytes, plain: bytes, etcd_key: bytes) -> bytes:
    return f"k8s:enc:{provider}:v1:{name}:".encode() + SEALERS[provider](key, plain, etcd_key)


def kms_v1(plugin: str, encrypted_key: bytes, sealed: bytes) -> bytes:
    return f"k8s:enc:kms:v1:{plugin}:".encode() + len(encrypted_key).to_bytes(2, "big") + encrypted_key + sealed


def kms_v2(
    plugin: str,
    encrypted_key: bytes,
    sealed: bytes,
    key_id: str,
    source_type: int,
    annotations: dict[str, bytes] | None = None,
) -> bytes:
    entries = [_field(4, _field(1, name.encode()) + _field(2, value)) for name, value in (annotations or {}).items()]
    parts = [_field(1, sealed), _field(2, key_id.encode()), _field(3, encrypted_key), *entries]
    return (
        f"k8s:enc:kms:v2:{plugin}:".encode() + b"".join(parts) + (bytes([5 << 3, source_type]) if source_type else b"")
    )


def _field(number: int, content: bytes) -> bytes:
    size, length = len(content), bytearray()
    while size > 0x7F:
        length.append(size & 0x7F | 0x80)
        size >>= 7
    return bytes([number << 3 | 2, *length, size]) + content


def configuration(*providers: dict[str, object], resources: tuple[str, ...] = ("secrets",)) -> str:
    """An EncryptionConfiguration as k3s writes it, in JSON."""
    return json.dumps(
        {
            "kind": "EncryptionConfiguration",
            "apiVersion": "apiserver.config.k8s.io/v1",
            "resources": [{"resources": list(resources), "providers": list(providers)}],
        }
    )


def provider(kind: str, **keys: bytes) -> dict[str, object]:
    return named_keys(kind, list(keys.items()))


def named_keys(kind: str, keys: list[tuple[str, bytes]]) -> dict[str, object]:
    return {kind: {"keys": [{"name": name, "secret": base64.b64encode(key).decode()} for name, key in keys]}}


def plugin(name: str, version: str, endpoint: str, timeout: str = "3s") -> dict[str, object]:
    return {"kms": {"apiVersion": version, "name": name, "endpoint": endpoint, "timeout": timeout}}


def bundle(passphrase: str, files: dict[str, str]) -> tuple[bytes, bytes]:
    """The etcd key and value of a bootstrap bundle that holds ``files``."""
    content = {
        name: {"Timestamp": "2026-11-22T11:20:00Z", "Content": base64.b64encode(text.encode()).decode()}
        for name, text in files.items()
    }
    return bundle_key(passphrase), sealed_bundle(passphrase, json.dumps(content).encode())


def bundle_key(passphrase: str) -> bytes:
    return b"/bootstrap/" + hashlib.sha256(passphrase.encode()).hexdigest()[:12].encode()


def sealed_bundle(passphrase: str, content: bytes) -> bytes:
    salt = os.urandom(8).hex().encode()
    key = hashlib.pbkdf2_hmac("sha1", passphrase.encode(), salt, 4096, 32)
    return salt + b":" + base64.b64encode(gcm(key, content, b""))
