"""The values of a snapshot's Secrets, in every revision that it holds."""

from __future__ import annotations

import binascii
import json
import re
from base64 import b64decode
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from snapinspect.errors import Locked

if TYPE_CHECKING:
    from snapinspect.model import Body
    from snapinspect.snapshot import Snapshot

_CHANCE = re.compile(rb".{0,7}|[a-z]{8,15}", re.DOTALL)
"""Values that are not looked for elsewhere: short ones, and words, stand anywhere by chance."""


def secret_values(snapshot: Snapshot) -> set[bytes]:
    """Every value of a Secret that is not a name: what stands in etcd's keys, such as a namespace, is no secret.

    Raises Locked when a Secret is encrypted and no key opens it.
    """
    found: set[bytes] = set()
    secrets = snapshot.select(["secrets"], everything=True)
    for record in snapshot.store.revisions(secrets.matches_key):
        if record.tombstone:
            continue
        body = snapshot.body_of(record)
        if body is not None:
            found.update(value for value in _values(body) if not _CHANCE.fullmatch(value))
        elif isinstance(failure := snapshot.failure_of(record), Locked):
            raise failure
    return found - set(_words(snapshot))


def texts_in_manifest(annotation: str) -> Iterator[tuple[str, bool]]:
    """The strings under ``data`` and ``stringData`` of a Secret that somebody applied, and whether they are base64."""
    try:
        manifest: Any = json.loads(annotation)
    except (ValueError, RecursionError):
        return
    for name in ("data", "stringData"):
        values = manifest.get(name) if isinstance(manifest, dict) else None
        for value in values.values() if isinstance(values, dict) else ():
            if isinstance(value, str):
                yield value, name == "data"


def _values(body: Body) -> Iterator[bytes]:
    data = body.get("data")
    for value in data.values() if isinstance(data, dict) else ():
        yield _decoded(value)
    metadata = body.get("metadata")
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    for annotation in annotations.values() if isinstance(annotations, dict) else ():
        if isinstance(annotation, str) and annotation.startswith("{"):
            for text, is_base64 in texts_in_manifest(annotation):
                yield _decoded(text) if is_base64 else text.encode("utf-8", "surrogatepass")


def _decoded(value: object) -> bytes:
    if not isinstance(value, str):
        return b""
    try:
        return b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return value.encode("utf-8", "surrogatepass")


def _words(snapshot: Snapshot) -> Iterator[bytes]:
    for key in snapshot.known_keys():
        yield from key.split(b"/")
