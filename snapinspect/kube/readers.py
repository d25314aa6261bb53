"""How a message becomes JSON: a table of its fields by wire tag, and one loop that reads any message by its table.

Nested messages are read by their own table; what replicas repeat byte for byte is remembered. The wire format is
protobuf's own (https://protobuf.dev/programming-guides/encoding).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from snapinspect.errors import Undecodable
from snapinspect.kube.forms import surely_holds_json
from snapinspect.kube.memo import LARGEST, SMALLEST, Memo
from snapinspect.kube.numbers import text
from snapinspect.kube.varint import read_varint

MAX_DEPTH: Final = 200
"""Nested messages at most. No real object has a tenth of it; the JSON schemas of CRDs come nearest."""

VARINT: Final = 0
FIXED64: Final = 1
LENGTH: Final = 2
"""Wire types of protobuf, the low three bits of a tag."""

STRING: Final = 0
MESSAGE: Final = 1
MESSAGES: Final = 2
INTEGER: Final = 3
BOOL: Final = 4
VALUE: Final = 5
"""Bytes with a JSON form of their own, made by ``convert``; null is left away."""
VALUES: Final = 6
MAP: Final = 7
"""Each entry is a message of key (1) and value (2), the value read by ``plan`` or else ``convert``."""
INLINE: Final = 8
"""A message whose fields stand in the JSON of the one around it, as embedded Go structs do."""
EMBEDDED: Final = 9
"""A message that holds JSON, which replicas repeat; null is left away."""
INTEGERS: Final = 10
PACKED: Final = 11
"""What a field holds: the code by which its bytes become JSON."""
SKIPPED: Final = 12
"""What is not there; a message among it has to be one that could be read all the same."""
DEFERRED: Final = 13
"""A message that is read when it is asked for, and one that could be."""
DEFERRED_LIST: Final = 14
TEXT: Final = 15
"""What stands for itself and is remembered, however short; null is left away."""

_NEITHER_VARINT_NOR_LENGTH: Final = 0b101
_MANY: Final = 0x80
"""What is below stands in one byte."""
_SMALL: Final = 1 << 31
"""Integers below it are the same in each of protobuf's types."""
_DOUBLE_SIZE: Final = 8
_KEY: Final = 0x0A
_MAP_VALUE: Final = 0x12


class Context:
    """What one decoding keeps count of: ``unknown`` lists (message, field number) that no schema has."""

    __slots__ = ("depth", "unknown")

    def __init__(self) -> None:
        self.depth = 0
        self.unknown: list[tuple[str, int]] = []


class Slot:
    """One field of a message: what it holds, under which name, and whether a zero value appears in JSON.

    ``plan`` reads a nested message; without one, ``convert`` makes JSON of bytes or of a number.
    Content of ``smallest`` bytes or more is remembered, where its code says so.
    """

    __slots__ = ("checked", "code", "convert", "keep_zero", "memo", "name", "plan", "smallest")

    def __init__(
        self,
        code: int,
        name: str,
        *,
        keep_zero: bool = False,
        plan: Plan | None = None,
        convert: Callable[[Any], Any] = text,
        smallest: int = SMALLEST,
    ) -> None:
        self.code = code
        self.name = name
        self.keep_zero = keep_zero
        self.plan = plan
        self.convert = convert
        self.smallest = smallest
        self.memo = Memo()
        self.checked = Memo()

    def read(self, data: bytes, at: int, stop: int, context: Context) -> Any:
        """The JSON of the content that spans ``at`` to ``stop``, whatever was read before."""
        if self.plan is not None:
            return self.plan.read(data, at, stop, context)
        return self.convert(data[at:stop])


class Plan:
    """Reads one message. ``reshape`` makes the message's own JSON form out of its fields, if it has one.

    ``slots`` gives the fields by wire tag; it is asked when the first message is read.
    """

    __slots__ = ("_by_tag", "_first", "_slots", "name", "reshape")

    def __init__(
        self, name: str, reshape: Callable[[dict[str, Any]], Any] | None, slots: Callable[[], dict[int, Slot]]
    ) -> None:
        self.name = name
        self.reshape = reshape
        self._slots = slots
        self._by_tag: dict[int, Slot] | None = None
        # Most fields have tags of one byte, and a list takes less than looking up a number.
        self._first: list[Slot | None] = []

    def slots(self) -> dict[int, Slot]:
        """The fields by wire tag."""
        by_tag = self._by_tag
        if by_tag is None:
            by_tag = self._by_tag = self._slots()
            self._first = [by_tag.get(tag) for tag in range(_MANY)]
        return by_tag

    def read_whole(self, data: bytes, at: int, end: int) -> tuple[Any, list[tuple[str, int]]]:
        """What ``read`` gives of a message that is in no other, and its fields that no schema has. Raises Undecodable."""
        context = Context()
        return self.read(data, at, end, context), context.unknown

    def check_whole(self, data: bytes, at: int, end: int) -> None:
        """What ``check`` does of such a message. Raises Undecodable."""
        self.check(data, at, end, Context())

    def read(self, data: bytes, at: int, end: int, context: Context) -> Any:  # noqa: C901 - a call each would double its time
        """The JSON form of the message that spans ``at`` to ``end``; the hot loop of the program. Raises Undecodable."""
        by_tag = self.slots()
        first = self._first
        out: dict[str, Any] = {}
        context.depth += 1
        if context.depth > MAX_DEPTH:
            raise Undecodable(f"messages are nested more than {MAX_DEPTH} deep")
        while at < end:
            tag = data[at]
            at += 1
            if tag >= _MANY:
                tag, at = read_varint(data, at - 1, end)
            wire = tag & 7
            if wire == FIXED64:
                count = _DOUBLE_SIZE
            elif wire & _NEITHER_VARINT_NOR_LENGTH or at >= end:
                raise _unreadable(wire)
            else:
                count = data[at]
                at += 1
                if count >= _MANY:
                    count, at = read_varint(data, at - 1, end)
            stop = at + count if wire else at
            if stop > end:
                raise Undecodable("a field reaches beyond its message")
            slot = first[tag] if tag < _MANY else by_tag.get(tag)
            if slot is None:
                context.unknown.append((self.name, tag >> 3))
                at = stop
                continue
            code = slot.code
            if code == STRING:
                if count or slot.keep_zero:
                    try:
                        out[slot.name] = data[at:stop].decode()
                    except UnicodeDecodeError:
                        out[slot.name] = text(data[at:stop])
            elif code == TEXT:
                if count or slot.keep_zero:
                    value = _recall(slot, data, at, stop, context)
                    if value is not None:
                        out[slot.name] = value
            elif code == MESSAGE:
                out[slot.name] = _recall(slot, data, at, stop, context)
            elif code == MESSAGES:
                value = _recall(slot, data, at, stop, context)
                name = slot.name
                if name in out:
                    out[name].append(value)
                else:
                    out[name] = [value]
            elif wire:
                _put(slot, data, at, stop, out, context)
            else:
                _put_number(slot, count, out)
            at = stop
        context.depth -= 1
        return self.reshape(out) if self.reshape is not None else out

    def check(self, data: bytes, at: int, end: int, context: Context) -> None:
        """Raises what ``read`` would, and counts what it would, without making anything of what stands there."""
        by_tag = self.slots()
        first = self._first
        context.depth += 1
        if context.depth > MAX_DEPTH:
            raise Undecodable(f"messages are nested more than {MAX_DEPTH} deep")
        while at < end:
            tag = data[at]
            at += 1
            if tag >= _MANY:
                tag, at = read_varint(data, at - 1, end)
            wire = tag & 7
            if wire == FIXED64:
                count = _DOUBLE_SIZE
            elif wire & _NEITHER_VARINT_NOR_LENGTH or at >= end:
                raise _unreadable(wire)
            else:
                count = data[at]
                at += 1
                if count >= _MANY:
                    count, at = read_varint(data, at - 1, end)
            stop = at + count if wire else at
            if stop > end:
                raise Undecodable("a field reaches beyond its message")
            slot = first[tag] if tag < _MANY else by_tag.get(tag)
            if slot is None:
                context.unknown.append((self.name, tag >> 3))
            elif wire and slot.code != STRING:
                _check(slot, data, at, stop, context)
            at = stop
        context.depth -= 1


class Deferred:
    """A message, or the messages of one field, that can be read, and will be when ``value`` is asked for."""

    __slots__ = ("_is_list", "_known", "_pieces", "_plan")

    def __init__(self, plan: Plan, *, is_list: bool) -> None:
        self._plan = plan
        self._is_list = is_list
        self._pieces: list[bytes] = []
        self._known: list[Any] | None = None

    def add(self, piece: bytes) -> None:
        """Takes another message; it alone counts where there can be but one."""
        if not self._is_list:
            self._pieces.clear()
        self._pieces.append(piece)

    def value(self) -> Any:
        """The JSON form of what was deferred."""
        known = self._known
        if known is None:
            known = self._known = [self._plan.read_whole(piece, 0, len(piece))[0] for piece in self._pieces]
        return known if self._is_list else known[0]


def _unreadable(wire: int) -> Undecodable:
    if wire & _NEITHER_VARINT_NOR_LENGTH:
        return Undecodable(f"a field has the wire type {wire}, which Kubernetes does not use")
    return Undecodable("a field is cut off")


def _put_number(slot: Slot, number: int, out: dict[str, Any]) -> None:
    if slot.code == INTEGERS:
        _append(out, slot.name, slot.convert(number))
    elif slot.code == SKIPPED:
        return
    elif number or slot.keep_zero:
        if slot.code == BOOL:
            out[slot.name] = number != 0
        else:
            out[slot.name] = number if number < _SMALL else slot.convert(number)


def _put(slot: Slot, data: bytes, at: int, stop: int, out: dict[str, Any], context: Context) -> None:
    """What is no string, number or message that stands for itself."""
    code = slot.code
    if code == MAP:
        _put_entry(slot, data, at, stop, out, context)
    elif code == VALUE:
        if stop > at or slot.keep_zero:
            value = slot.convert(data[at:stop])
            if value is not None:
                out[slot.name] = value
    elif code == VALUES:
        _append(out, slot.name, slot.convert(data[at:stop]))
    elif code == EMBEDDED:
        value = _recall(slot, data, at, stop, context)
        if value is not None:
            out[slot.name] = value
    elif code == INLINE:
        out.update(slot.read(data, at, stop, context))
    elif code == SKIPPED:
        if slot.plan is not None:
            slot.plan.check(data, at, stop, context)
    elif code in {DEFERRED, DEFERRED_LIST}:
        _defer(slot, data, at, stop, out, context)
    else:
        values = out.setdefault(slot.name, [])
        while at < stop:
            number, at = read_varint(data, at, stop)
            values.append(slot.convert(number))


def _append(out: dict[str, Any], name: str, value: Any) -> None:
    if name in out:
        out[name].append(value)
    else:
        out[name] = [value]


def _defer(slot: Slot, data: bytes, at: int, stop: int, out: dict[str, Any], context: Context) -> None:
    plan = slot.plan
    assert plan is not None, slot.name
    plan.check(data, at, stop, context)
    deferred = out.get(slot.name)
    if deferred is None:
        deferred = out[slot.name] = Deferred(plan, is_list=slot.code == DEFERRED_LIST)
    deferred.add(data[at:stop])


def _put_entry(slot: Slot, data: bytes, at: int, stop: int, out: dict[str, Any], context: Context) -> None:
    key_at, key_stop, value_at, value_stop = _entry(data, at, stop)
    key = text(data[key_at:key_stop])
    value = slot.read(data, value_at, value_stop, context)
    if slot.name in out:
        out[slot.name][key] = value
    else:
        out[slot.name] = {key: value}


def _entry(data: bytes, at: int, stop: int) -> tuple[int, int, int, int]:
    """Where key and value of a map's entry begin and end."""
    key_at = key_stop = value_at = value_stop = at
    while at < stop:
        tag = data[at]
        size, at = read_varint(data, at + 1, stop)
        if at + size > stop or (tag != _KEY and tag != _MAP_VALUE):
            raise Undecodable("a map's entry is not made of a key and a value")
        if tag == _KEY:
            key_at, key_stop = at, at + size
        else:
            value_at, value_stop = at, at + size
        at += size
    return key_at, key_stop, value_at, value_stop


def _check(slot: Slot, data: bytes, at: int, stop: int, context: Context) -> None:
    """Of a field that is neither string nor number."""
    code = slot.code
    if code == MAP:
        _, _, at, stop = _entry(data, at, stop)
    plan = slot.plan
    if plan is not None:
        plan.check(data, at, stop, context)
    elif code == EMBEDDED:
        _check_json(slot, data[at:stop])
    elif code == PACKED:
        while at < stop:
            _, at = read_varint(data, at, stop)
    elif code != SKIPPED and slot.convert is not text and (code != VALUE or stop > at or slot.keep_zero):
        slot.convert(data[at:stop])


def _check_json(slot: Slot, raw: bytes) -> None:
    """Bytes that were met before are as right as they were then."""
    checked = slot.checked
    is_kept = SMALLEST <= len(raw) <= LARGEST and not checked.resting
    if is_kept and checked.get(raw):
        return
    if not surely_holds_json(raw):
        slot.convert(raw)
    if is_kept:
        checked.put(raw, value=True)
    elif checked.resting:
        checked.resting -= 1


def _recall(slot: Slot, data: bytes, at: int, stop: int, context: Context) -> Any:
    """What the slot holds there; bytes that were met before give what they gave then."""
    if not slot.smallest <= stop - at <= LARGEST:
        return slot.read(data, at, stop, context)
    memo = slot.memo
    if memo.resting:
        memo.resting -= 1
        return slot.read(data, at, stop, context)
    raw = data[at:stop]
    value = memo.get(raw)
    if value is None:
        unknown_before = len(context.unknown)
        value = slot.read(data, at, stop, context)
        # What the schema lacks must be reported each time, so it is not remembered.
        if len(context.unknown) == unknown_before:
            memo.put(raw, value)
    return value
