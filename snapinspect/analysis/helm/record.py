"""What one revision of a release holds: values, manifest, hooks and notes, unpacked from the object that keeps it.

Source: github.com/helm/helm ``pkg/storage/driver/util.go`` (base64 of gzip of JSON, of which old ones lack the gzip; a
Secret's data is in base64 once more) and ``pkg/release/v1/{release,info,hook}.go`` (the JSON).
"""

from __future__ import annotations

import binascii
import zlib
from base64 import b64decode
from typing import Any, NamedTuple

from snapinspect.analysis.helm.version2 import read_version2
from snapinspect.errors import Undecodable
from snapinspect.kube.numbers import loads
from snapinspect.model import Body

_GZIP = b"\x1f\x8b\x08"
_LARGEST = 64 << 20
"""Bytes that a record may unpack to: an object of Kubernetes holds 1 MiB of it, packed."""


class Contents(NamedTuple):
    """``values`` are those that were given by whoever installed it; ``hooks`` have name, kind, events and manifest.

    ``updated`` is RFC 3339, ``chart`` is NAME-VERSION; what is not told is empty.
    """

    release: str
    namespace: str
    revision: int | None
    status: str
    updated: str
    chart: str
    app_version: str
    description: str
    values: Any
    manifest: str
    hooks: list[Body]
    notes: str


def unpack(body: Body) -> Contents:
    """The release in a Secret or ConfigMap of Helm's. Raises Undecodable."""
    data = body.get("data")
    packed = data.get("release") if isinstance(data, dict) else None
    if not isinstance(packed, str):
        raise Undecodable("it holds no release of Helm's")
    letters = _unbase64(packed.encode()) if body.get("kind") == "Secret" else packed.encode()
    raw = _unzipped(_unbase64(letters))
    return _contents(loads(raw) if raw[:1] == b"{" else read_version2(raw))


def _unbase64(letters: bytes) -> bytes:
    try:
        return b64decode(letters, validate=True)
    except (binascii.Error, ValueError):
        raise Undecodable("the release of Helm's in it is no base64") from None


def _unzipped(packed: bytes) -> bytes:
    if not packed.startswith(_GZIP):
        return packed
    stream = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        content = stream.decompress(packed, _LARGEST)
    except zlib.error as error:
        raise Undecodable(f"the release of Helm's in it does not unpack: {error}") from None
    if stream.eof:
        return content
    if len(content) >= _LARGEST:
        raise Undecodable(f"the release of Helm's in it unpacks to more than {_LARGEST >> 20} MiB")
    raise Undecodable("the release of Helm's in it is cut off")


def _contents(told: Any) -> Contents:
    release, info, chart = _mapping(told), _part(told, "info"), _part(told, "chart")
    about = _part(chart, "metadata")
    version = release.get("version")
    hooks = release.get("hooks")
    return Contents(
        _text(release, "name"),
        _text(release, "namespace"),
        version if isinstance(version, int) else None,
        _text(info, "status"),
        _text(info, "last_deployed"),
        "-".join(filter(None, (_text(about, "name"), _text(about, "version")))),
        _text(about, "appVersion"),
        _text(info, "description") or _text(info, "Description"),
        release.get("config"),
        _text(release, "manifest"),
        [_hook(each) for each in hooks] if isinstance(hooks, list) else [],
        _text(info, "notes"),
    )


def _hook(told: Any) -> Body:
    hook = _mapping(told)
    events = hook.get("events")
    return {
        "name": _text(hook, "name"),
        "kind": _text(hook, "kind"),
        "events": [str(each) for each in events] if isinstance(events, list) else [],
        "manifest": _text(hook, "manifest"),
    }


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _part(value: Any, name: str) -> dict[str, Any]:
    return _mapping(_mapping(value).get(name))


def _text(told: dict[str, Any], name: str) -> str:
    value = told.get(name)
    return value if isinstance(value, str) else ""
