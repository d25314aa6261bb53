"""Opening what the API server's providers sealed, with the cryptography and PyNaCl packages.

Sources: k8s.io/apiserver ``pkg/storage/value/encrypt/aes/{aes,aes_extended_nonce}.go`` and
``pkg/storage/value/encrypt/secretbox/secretbox.go``. Each function takes the key, what follows the
prefix, and the etcd key, which AES-GCM authenticates along with the value; it raises Refused, or
Locked when the package that it needs is not installed.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from snapinspect.errors import Locked
from snapinspect.kube.envelope import CBOR, PROTOBUF

if TYPE_CHECKING:
    from collections.abc import Iterator

SEED_SIZE = 32

_BLOCK = 16
_GCM_NONCE = 12
_GCM_TAG = 16
_SECRETBOX_NONCE = 24
_SECRETBOX_TAG = 16
_INFO = 32

_CUT_OFF = "the value is cut off"
_NOT_AUTHENTIC = "authentication failed"
_WRONG_KEY = "probably the wrong key"
_BEGINNINGS = (PROTOBUF, b"{", CBOR)


class Refused(Exception):
    """A key does not open a value. The text says why and holds nothing of either."""


def open_aescbc(key: bytes, sealed: bytes, etcd_key: bytes) -> bytes:
    """AES-CBC after a 16-byte initialisation vector. Nothing is authenticated, so the content is looked at."""
    del etcd_key
    with _needs("cryptography"):
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
    vector, content = sealed[:_BLOCK], sealed[_BLOCK:]
    if not content or len(content) % _BLOCK:
        raise Refused(_CUT_OFF)
    decryptor = Cipher(algorithms.AES(key), modes.CBC(vector)).decryptor()
    padded = decryptor.update(content) + decryptor.finalize()
    size = padded[-1]
    if not 0 < size <= _BLOCK or not padded.endswith(bytes([size]) * size):
        raise Refused(_WRONG_KEY)
    if not _is_plausible(padded[:-size]):
        raise Refused(_WRONG_KEY)
    return padded[:-size]


def open_aesgcm(key: bytes, sealed: bytes, etcd_key: bytes) -> bytes:
    """AES-GCM after a 12-byte nonce."""
    with _needs("cryptography"):
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    if len(sealed) < _GCM_NONCE + _GCM_TAG:
        raise Refused(_CUT_OFF)
    try:
        return AESGCM(key).decrypt(sealed[:_GCM_NONCE], sealed[_GCM_NONCE:], etcd_key)
    except InvalidTag:
        raise Refused(_NOT_AUTHENTIC) from None


def open_seeded_aesgcm(seed: bytes, sealed: bytes, etcd_key: bytes) -> bytes:
    """AES-GCM with a key of its own for every value: HKDF-Expand of ``seed`` and the first 32 bytes."""
    with _needs("cryptography"):
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
    if len(sealed) < _INFO:
        raise Refused(_CUT_OFF)
    key = HKDFExpand(SHA256(), SEED_SIZE, sealed[:_INFO]).derive(seed)
    return open_aesgcm(key, sealed[_INFO:], etcd_key)


def open_aesgcm_or_cbc(key: bytes, sealed: bytes, etcd_key: bytes) -> bytes:
    """What KMS v1 writes: AES-GCM since Kubernetes 1.25, AES-CBC before."""
    try:
        return open_aesgcm(key, sealed, etcd_key)
    except Refused as refused:
        reason = refused
    try:
        return open_aescbc(key, sealed, etcd_key)
    except Refused:
        raise reason from None


def open_secretbox(key: bytes, sealed: bytes, etcd_key: bytes) -> bytes:
    """XSalsa20-Poly1305 after a 24-byte nonce; the etcd key is not authenticated."""
    del etcd_key
    with _needs("PyNaCl"):
        from nacl.exceptions import CryptoError
        from nacl.secret import SecretBox
    if len(sealed) < _SECRETBOX_NONCE + _SECRETBOX_TAG:
        raise Refused(_CUT_OFF)
    try:
        return SecretBox(key).decrypt(sealed)
    except CryptoError:
        raise Refused(_NOT_AUTHENTIC) from None


def _is_plausible(opened: bytes) -> bool:
    """Whether the API server may have stored it: protobuf, JSON, CBOR or text (``--storage-media-type``)."""
    if opened.startswith(_BEGINNINGS):
        return True
    try:
        text = opened.decode()
    except UnicodeDecodeError:
        return False
    return text.replace("\n", "").isprintable()


@contextmanager
def _needs(package: str) -> Iterator[None]:
    try:
        yield
    except ImportError:
        raise Locked(
            f"the Python package {package} is not installed, which opens encrypted values",
            "`pip install cryptography PyNaCl` brings it, as does the extra crypto",
        ) from None
