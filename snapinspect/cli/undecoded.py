"""Values that could not be decoded, in a shape that nobody would apply."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from snapinspect.cli.options import Undecoded
from snapinspect.errors import Undecodable
from snapinspect.kube import wire
from snapinspect.model import Body
from snapinspect.snapshot import Unread


def undecoded_body(unread: Unread, how: Undecoded) -> Body:
    """The selected value that could not be read."""
    about = {
        "key": unread.record.key.decode("utf-8", "backslashreplace"),
        "reason": unread.reason,
        "encoding": unread.head.encoding,
        "probablyKind": unread.head.kind or None,
    }
    return undecoded_value(bytes(unread.record.value), about, how)


def undecoded_value(value: bytes, about: dict[str, Any], how: Undecoded) -> Body:
    """``value`` as stored, in base64, or as protobuf fields by number; no apiVersion or kind stands on top."""
    if how is Undecoded.fields:
        try:
            return {**wire.outline(value), "undecoded": about}
        except Undecodable as error:
            about = {**about, "noFields": str(error)}
    return {"undecoded": about, "bytes": b64encode(value).decode("ascii")}
