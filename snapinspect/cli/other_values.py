"""Values of keys that hold no Kubernetes object, as programs that share the etcd keep them."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from snapinspect.errors import Undecodable
from snapinspect.kube.numbers import loads
from snapinspect.model import Body, Record


def other_body(record: Record) -> Body:
    """The value as JSON, text or base64; no apiVersion or kind stands on top, so that nobody would apply it."""
    encoding, value = _readable(bytes(record.value))
    key = record.key.decode("utf-8", "backslashreplace")
    about = {"key": key, "modRevision": record.mod_revision, "encoding": encoding}
    return {"noKubernetesObject": about, "value": value}


def _readable(value: bytes) -> tuple[str, Any]:
    if value[:1] in (b"{", b"["):
        try:
            return "json", loads(value)
        except Undecodable:
            pass
    try:
        text = value.decode()
    except UnicodeDecodeError:
        text = "\0"
    if all(letter.isprintable() or letter in "\t\n\r" for letter in text):
        return "text", text
    return "base64", b64encode(value).decode("ascii")
