"""Snapshots of objects that a test wrote, stored as JSON, which API servers read in any release."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from bolt_writer import Image
from descriptors import pool_of
from google.protobuf import message_factory

from snapinspect.kube.keys import path_for
from snapinspect.kube.kinds import KindTable


@cache
def _keyvalue() -> Any:
    return message_factory.GetMessageClass(pool_of("etcd/schemas.binpb").FindMessageTypeByName("mvccpb.KeyValue"))


def write_snapshot(path: Path, objects: Iterable[dict[str, Any]]) -> Path:
    """Writes a database that holds each object under the key that an API server would give it."""
    bodies = list(objects)
    custom = [body for body in bodies if body["kind"] == "CustomResourceDefinition"]
    kinds = KindTable.builtin().with_custom(custom)
    records = {
        struct.pack(">qcq", revision, b"_", 0): record(_key(body, kinds), json.dumps(body).encode(), revision)
        for revision, body in enumerate(bodies, 2)
    }
    image = Image()
    path.write_bytes(image.file(image.tree({b"key": records, b"meta": {}})))
    return path


def _key(body: dict[str, Any], kinds: KindTable) -> bytes:
    kind = kinds.for_object(body["apiVersion"].rpartition("/")[0], body["kind"])
    metadata = body["metadata"]
    return f"/registry/{path_for(kind, metadata.get('namespace'), metadata['name'])[0]}".encode()


def record(key: bytes, value: bytes, revision: int) -> bytes:
    return keyvalue(key=key, value=value, create_revision=revision, mod_revision=revision, version=1)


def keyvalue(**fields: bytes | int) -> bytes:
    """A record as etcd writes it, of the fields of its message by their names."""
    written: bytes = _keyvalue()(**fields).SerializeToString()
    return written


def key_of(value: bytes) -> bytes:
    """The key of such a record."""
    key: bytes = _keyvalue().FromString(value).key
    return key
