"""Devices that are claimed, offered and tainted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from snapinspect.serve.printers.values import age, dig, items, mapping, since, text

if TYPE_CHECKING:
    from snapinspect.model import Body


def claim(body: Body, now: int) -> list[Any]:
    status = mapping(body.get("status"))
    deleted, allocated = bool(dig(body, "metadata", "deletionTimestamp")), bool(status.get("allocation"))
    words = {
        "deleted": deleted,
        "pending": not (deleted or allocated),
        "allocated": allocated,
        "reserved": allocated and bool(items(status.get("reservedFor"))),
    }
    return [",".join(word for word, holds in words.items() if holds), age(body, now)]


def slice_(body: Body, now: int) -> list[Any]:
    spec = mapping(body.get("spec"))
    return [text(spec, "nodeName"), text(spec, "driver"), text(spec, "pool", "name"), age(body, now)]


def taint_rule(body: Body, now: int) -> list[Any]:
    taint = mapping(dig(body, "spec", "taint"))
    added = since(taint["timeAdded"], now) if taint.get("timeAdded") else ""
    return [text(taint, "key"), text(taint, "value"), text(taint, "effect"), added, age(body, now)]


def pool_status(body: Body, _now: int) -> list[Any]:
    return [text(body, "spec", "driver")]


_GROUP = "resource.k8s.io"
PRINTERS = {
    (_GROUP, "ResourceClaim"): claim,
    (_GROUP, "ResourceSlice"): slice_,
    (_GROUP, "DeviceTaintRule"): taint_rule,
    (_GROUP, "ResourcePoolStatusRequest"): pool_status,
}
