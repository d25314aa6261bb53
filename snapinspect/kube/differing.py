"""Two states of a message without what both hold in the same bytes, so that only what differs is decoded.

Equal bytes are equal JSON; a field that differs is kept on both sides, as a whole unless it is a message that can be
looked into in the same way. The wire format is protobuf's own (https://protobuf.dev/programming-guides/encoding).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from snapinspect.errors import Undecodable
from snapinspect.kube import schema
from snapinspect.kube.envelope import PROTOBUF, open_envelope, quick_envelope
from snapinspect.kube.plans import plan_for
from snapinspect.kube.readers import FIXED64, INTEGERS, LENGTH, MAX_DEPTH, MESSAGE, PACKED, VARINT, Context, Plan
from snapinspect.kube.skim import Skim, skimming
from snapinspect.kube.varint import read_varint
from snapinspect.model import Body, Buffer
from snapinspect.protobuf import framed

_DOUBLE_SIZE: Final = 8
_MANY: Final = 0x80
"""From here on a number takes more bytes than one."""
_COMPARED: Final = 0
_ENTERED: Final = 1
_KEPT: Final = 2
"""Ways to treat a field: kept when it differs, looked into, kept whatever it holds."""


def decode_differing(old: Buffer, new: Buffer, skim: Skim) -> tuple[Body, Body] | None:
    """Two states of an object without what both hold in the same bytes, and without what ``skim`` skips.

    None where this saves nothing: they are not protobuf of one kind. Raises Undecodable.
    """
    if bytes(old[: len(PROTOBUF)]) != PROTOBUF or bytes(new[: len(PROTOBUF)]) != PROTOBUF:
        return None
    before = quick_envelope(old) or open_envelope(bytes(old))
    after = quick_envelope(new) or open_envelope(bytes(new))
    message = schema.message_for(before.api_version, before.kind)
    if message is None or before.api_version != after.api_version or before.kind != after.kind:
        return None
    how = differing(plan_for(message), skim)
    one, two = how.reduce(bytes(old[before.start : before.end]), bytes(new[after.start : after.end]))
    type_meta: Body = {"apiVersion": before.api_version, "kind": before.kind}
    return type_meta | how.read(one), type_meta | how.read(two)


class Differing:
    """Reduces two messages of one sort, ``plan``'s, to what differs between them and is not skipped by ``skim``."""

    __slots__ = ("_inner", "_plan", "_skim", "_skimming", "_ways")

    def __init__(self, plan: Plan, skim: Skim) -> None:
        self._plan = plan
        self._skim = skim
        self._skimming = skimming(plan, skim)
        self._ways: dict[int, int] | None = None
        self._inner: dict[int, Differing] = {}

    def reduce(self, old: bytes, new: bytes, depth: int = 0) -> tuple[bytes, bytes]:
        """Both messages without the rest, in the same wire format. Raises Undecodable."""
        if depth > MAX_DEPTH:
            raise Undecodable(f"messages are nested more than {MAX_DEPTH} deep")
        ways = self._ways
        if ways is None:
            ways = self._ways = self._learned()
        before, after = _fields(old, ways), _fields(new, ways)
        inside: dict[int, bytes] = {}
        kept: list[bytes] = []
        for tag, fields in before.items():
            others = after.get(tag)
            way = ways[tag]
            if way != _KEPT and fields == others:
                continue
            if way == _ENTERED and others is not None and len(fields) == len(others) == 1:
                one, two = self._inner[tag].reduce(_content(fields[0]), _content(others[0]), depth + 1)
                kept.append(framed(tag, one))
                inside[tag] = framed(tag, two)
            else:
                kept += fields
        reduced = b"".join(kept)
        kept = []
        for tag, fields in after.items():
            if ways[tag] != _KEPT and before.get(tag) == fields:
                continue
            if tag in inside:
                kept.append(inside[tag])
            else:
                kept += fields
        return reduced, b"".join(kept)

    def read(self, reduced: bytes) -> Body:
        """What ``reduce`` left of a message, without what is skipped inside a field that was kept whole. Raises Undecodable."""
        body: Body = self._skimming.read(reduced, 0, len(reduced), Context())
        return body

    def _learned(self) -> dict[int, int]:
        ways: dict[int, int] = {}
        inside = dict(self._skim.inside)
        for tag, slot in self._plan.slots().items():
            name = slot.name
            if name in self._skim.skipped or (self._skim.read and name not in self._skim.read):
                continue
            if slot.code == MESSAGE and slot.plan is not None and slot.plan.reshape is None:
                ways[tag] = _ENTERED
                self._inner[tag] = differing(slot.plan, inside.get(name, _ALL))
            else:
                # Numbers of one list may come under both tags, and are one list together.
                ways[tag] = _KEPT if slot.code in {INTEGERS, PACKED} else _COMPARED
        return ways


_ALL = Skim()


@lru_cache(maxsize=4096)
def differing(plan: Plan, skim: Skim) -> Differing:
    """What reduces messages of ``plan``; made once and kept, as it learns how each field is treated."""
    return Differing(plan, skim)


def _fields(message: bytes, ways: dict[int, int]) -> dict[int, list[bytes]]:
    """The fields as they stand in a message, tags and lengths with them, by wire tag; only those that have a way."""
    found: dict[int, list[bytes]] = {}
    at, end = 0, len(message)
    while at < end:
        begin = at
        tag = message[at]
        at += 1
        if tag >= _MANY:
            tag, at = read_varint(message, begin, end)
        wire = tag & 7
        if wire == FIXED64:
            at += _DOUBLE_SIZE
        elif wire in {LENGTH, VARINT} and at < end:
            size = message[at]
            at += 1
            if size >= _MANY:
                size, at = read_varint(message, at - 1, end)
            if wire == LENGTH:
                at += size
        else:
            raise Undecodable("a field is cut off, or has a wire type that Kubernetes does not use")
        if at > end:
            raise Undecodable("a field reaches beyond its message")
        if tag in found:
            found[tag].append(message[begin:at])
        elif tag in ways:
            found[tag] = [message[begin:at]]
    return found


def _content(field: bytes) -> bytes:
    _, at = read_varint(field, 0, len(field))
    _, at = read_varint(field, at, len(field))
    return field[at:]
