"""Hiding what Secrets hold, so that a diff can be shown to others and still tells which values changed."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from secrets import token_bytes
from typing import TYPE_CHECKING, Any

from snapinspect.write import json as json_text

if TYPE_CHECKING:
    from snapinspect.model import Body

_COPIES = (
    "kubectl.kubernetes.io/last-applied-configuration",
    "kapp.k14s.io/original",
    "objectset.rio.cattle.io/applied",
)
"""Annotations in which clients keep the whole object: kubectl, kapp, Rancher's wrangler."""
_SHOWN = 16
"""Hexadecimal digits of a hash: 64 bits, so that no two values share one by chance."""


class Veil:
    """Shows a Secret's values as hashes under ``key``.

    The same value has the same hash wherever it stands, in base64 or not. With a key that is forgotten after one
    run, as the default is, nobody can tell a value from its hash by trying. ``hidden`` is how many Secrets it was put over.
    """

    def __init__(self, key: bytes | None = None) -> None:
        self._key = key or token_bytes()
        self.hidden = 0

    def over(self, body: Body) -> Body:
        """The object, with its values hidden if it is a Secret."""
        if body.get("kind") != "Secret" or "/" in str(body.get("apiVersion")):
            return body
        self.hidden += 1
        hidden = self._values(body)
        metadata = hidden.get("metadata")
        annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
        if isinstance(metadata, dict) and isinstance(annotations, dict):
            copies = {name: self._copy(annotations[name]) for name in _COPIES if name in annotations}
            hidden = {**hidden, "metadata": {**metadata, "annotations": {**annotations, **copies}}}
        return hidden

    def _values(self, body: Body) -> Body:
        hidden = dict(body)
        for field, read in (("data", _decoded), ("stringData", _encoded)):
            if field in body:
                hidden[field] = self._each(body[field], read)
        return hidden

    def _each(self, values: Any, read: Any) -> Any:
        if isinstance(values, dict):
            return {name: self._hash(read(value)) for name, value in values.items()}
        return values if values is None else self._hash(_encoded(values))

    def _copy(self, annotation: Any) -> str:
        """A copy of the object inside itself: hidden value by value where it can be read, else as a whole."""
        try:
            body = json.loads(annotation)
        except (TypeError, ValueError, RecursionError):
            body = None
        if not isinstance(body, dict):
            return self._hash(_encoded(annotation))
        return json_text.dumps(self._values({**body, "metadata": self._without_copies(body.get("metadata"))}))

    def _without_copies(self, metadata: Any) -> Any:
        annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
        if not isinstance(annotations, dict):
            return metadata
        hidden = {name: self._hash(_encoded(annotations[name])) for name in _COPIES if name in annotations}
        return {**metadata, "annotations": {**annotations, **hidden}}

    def _hash(self, value: bytes) -> str:
        return f"<hidden {hmac.new(self._key, value, hashlib.sha256).hexdigest()[:_SHOWN]}>"


class Unveiled(Veil):
    """Hides nothing, for who asked for the values."""

    def over(self, body: Body) -> Body:
        """The object as it is."""
        return body


def _decoded(value: Any) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except (TypeError, ValueError, binascii.Error):
        return _encoded(value)


def _encoded(value: Any) -> bytes:
    text = value if isinstance(value, str) else json_text.dumps(value)
    return text.encode("utf-8", "surrogatepass")
