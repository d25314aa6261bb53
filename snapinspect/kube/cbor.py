"""Kubernetes' CBOR, which the API server stores custom resources in under its CBOR storage gate.

Sources: RFC 8949 and k8s.io/apimachinery ``pkg/runtime/serializer/cbor/internal/modes/decode.go``, whose
rules these are. General CBOR libraries let duplicate keys pass, turn tags into dates, decimals and shared
(even cyclic) values, and cannot be told otherwise; here a tag only ever says how to read what follows.
"""

from __future__ import annotations

import binascii
import re
import struct
from base64 import b64encode, urlsafe_b64encode
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from snapinspect.errors import Undecodable
from snapinspect.kube import numbers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from snapinspect.model import Body, Buffer

MAX_DEPTH = 200

_UNSIGNED, _NEGATIVE, _BYTES, _TEXT, _ARRAY, _MAP, _TAG, _SIMPLE = range(8)
_LAST_SHORT_BYTES = (_BYTES << 5) + 23
_BREAK = 0xFF
_INDEFINITE = -1
_LONGEST_INTEGER = (1 << 63) - 1
_DATE_TEXT, _DATE_NUMBER = 0, 1
_BIG_INTEGERS = {2, 3}
_SIMPLE_VALUES = {20: False, 21: True, 22: None}
_FLOATS = {25: struct.Struct(">e"), 26: struct.Struct(">f"), 27: struct.Struct(">d")}
_EPOCH = datetime(1970, 1, 1)
_RFC3339 = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:[.,](\d{1,9})\d*)?(Z|[+-]\d\d:\d\d)")

# What a byte string becomes under the tags that say how it will be written later (RFC 8949, 3.4.5.2).
_LATER_ENCODINGS: dict[int, Callable[[bytes], str]] = {
    21: lambda data: urlsafe_b64encode(data).rstrip(b"=").decode(),
    22: lambda data: b64encode(data).decode(),
    23: lambda data: binascii.hexlify(data).decode(),
}


def decode(data: Buffer) -> Body:
    """The object in the JSON form in which the API server returns it.

    Raises Undecodable for what the API server would not read either: text that is no UTF-8, duplicate
    keys, integers beyond 64 bits, big integers, NaN and infinities, values other than true, false and
    null, anything cut off or left over; and for more than ``MAX_DEPTH`` nested levels.
    """
    reader = _Reader(bytes(data))
    try:
        value = reader.item()
    except IndexError:
        raise Undecodable("the CBOR value is cut off") from None
    if reader.at != len(reader.data):
        raise Undecodable(f"{len(reader.data) - reader.at} bytes follow the CBOR value")
    if not isinstance(value, dict):
        raise Undecodable("the CBOR value is no object")
    return value


def span_of(data: Buffer, *path: str) -> tuple[int, int] | None:
    """Where the member at ``path`` stands in the object, key and value; None when there is none.

    Raises Undecodable, as ``decode`` does, for what stands before its end.
    """
    reader = _Reader(bytes(data))
    start = 0
    try:
        for name in path:
            found = reader.find(name)
            if found is None:
                return None
            start = found
        reader.item()
    except IndexError:
        raise Undecodable("the CBOR value is cut off") from None
    return start, reader.at


class _Reader:
    """Reads data items one after the other; a read beyond the end raises IndexError."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0
        self.depth = 0
        self.later: Callable[[bytes], str] = numbers.text

    def item(self) -> Any:
        first = self.data[self.at]
        if _BYTES << 5 <= first <= _LAST_SHORT_BYTES:  # All keys and most values are of this sort.
            self.at += 1
            return self.later(self.take(first & 0x1F))
        major, info, argument = self.head()
        if major == _BYTES:
            return self.later(self.string(_BYTES, argument))
        if major == _TEXT:
            return self.text(argument)
        if major <= _NEGATIVE:
            return _integer(major, argument)
        if major == _SIMPLE:
            return self.simple(info, argument)
        return self.nested(major, argument)

    def head(self) -> tuple[int, int, int]:
        """A data item's major type, additional information and argument."""
        first = self.data[self.at]
        self.at += 1
        info = first & 0x1F
        if info < 24:
            return first >> 5, info, info
        if info < 28:
            return first >> 5, info, int.from_bytes(self.take(1 << (info - 24)))
        if info != 31:
            raise Undecodable(f"a CBOR item begins with {first:#04x}, which is reserved")
        return first >> 5, info, _INDEFINITE

    def take(self, size: int) -> bytes:
        end = self.at + size
        if end > len(self.data):
            raise IndexError
        taken = self.data[self.at : end]
        self.at = end
        return taken

    def string(self, major: int, size: int) -> bytes:
        if size != _INDEFINITE:
            return self.take(size)
        return b"".join(self.chunk(major) for _ in self.counted(_INDEFINITE))

    def chunk(self, major: int) -> bytes:
        found, _, size = self.head()
        if found != major or size == _INDEFINITE:
            raise Undecodable("a CBOR string has a part that is of another type")
        taken = self.take(size)
        if major == _TEXT:
            _utf8(taken)
        return taken

    def text(self, size: int) -> str:
        return _utf8(self.string(_TEXT, size))

    def simple(self, info: int, argument: int) -> Any:
        if info in _FLOATS:
            (value,) = _FLOATS[info].unpack(self.data[self.at - _FLOATS[info].size : self.at])
            return numbers.go_float(value)
        if info not in _SIMPLE_VALUES:
            raise Undecodable(f"the CBOR simple value {argument} stands for nothing in JSON")
        return _SIMPLE_VALUES[info]

    def nested(self, major: int, argument: int) -> Any:
        if self.depth == MAX_DEPTH:
            raise Undecodable(f"the CBOR value nests deeper than {MAX_DEPTH} levels")
        self.depth += 1
        if major == _ARRAY:
            value: Any = [self.item() for _ in self.counted(argument)]
        elif major == _MAP:
            value = self.map(argument)
        else:
            value = self.tagged(argument)
        self.depth -= 1
        return value

    def counted(self, count: int) -> Iterable[int | None]:
        """Once for every element: ``count`` of them, or as many as there are before the break."""
        return self.until_break() if count == _INDEFINITE else range(count)

    def until_break(self) -> Iterator[None]:
        while self.data[self.at] != _BREAK:
            yield None
        self.at += 1

    def map(self, count: int) -> Body:
        body: Body = {}
        for _ in self.counted(count):
            key = self.item()
            if not isinstance(key, str):
                raise Undecodable("a CBOR map has a key that is no text")
            if key in body:
                raise Undecodable(f"a CBOR map has the key {key} twice")
            body[key] = self.item()
        return body

    def find(self, name: str) -> int | None:
        """Where the key ``name`` begins in the map that comes next, whatever its tags; stops at the key's value."""
        major, _, count = self.head()
        while major == _TAG:
            major, _, count = self.head()
        for _ in self.counted(count) if major == _MAP else ():
            start = self.at
            if self.item() == name:
                return start
            self.item()
        return None

    def tagged(self, tag: int) -> Any:
        if tag == _INDEFINITE or tag in _BIG_INTEGERS:
            raise Undecodable("a CBOR tag is malformed or stands for an integer beyond 64 bits")
        if tag in _LATER_ENCODINGS:
            outer, self.later = self.later, _LATER_ENCODINGS[tag]
            value = self.item()
            self.later = outer
            return value
        if tag == _DATE_TEXT:
            return self.date_text()
        if tag == _DATE_NUMBER:
            return self.date_number()
        return self.item()

    def date_text(self) -> str:
        major, _, argument = self.head()
        if major != _TEXT:
            raise Undecodable("a CBOR date is no text")
        return _normal_date(self.text(argument))

    def date_number(self) -> str:
        major, info, argument = self.head()
        if major <= _NEGATIVE:
            return _date(_integer(major, argument), 0)
        if major != _SIMPLE or info not in _FLOATS:
            raise Undecodable("a CBOR time is no number")
        value = float(_FLOATS[info].unpack(self.data[self.at - _FLOATS[info].size : self.at])[0])
        numbers.go_float(value)
        seconds = int(value)
        return _date(seconds, int((value - seconds) * 1e9))


def _integer(major: int, argument: int) -> int:
    if not 0 <= argument <= _LONGEST_INTEGER:
        raise Undecodable("a CBOR integer does not fit into 64 bits")
    return argument if major == _UNSIGNED else -1 - argument


def _utf8(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise Undecodable("a CBOR text is no UTF-8") from None


def _normal_date(text: str) -> str:
    """An RFC 3339 time as Go writes it back: no zeros at the end of the fraction, ``Z`` for UTC."""
    match = _RFC3339.fullmatch(text)
    if not match:
        raise Undecodable("a CBOR date is not of the form 2006-01-02T15:04:05Z")
    clock, fraction, offset = match.groups()
    try:
        datetime.fromisoformat(clock + offset)
    except ValueError:
        raise Undecodable("a CBOR date names a day or an hour that does not exist") from None
    fraction = (fraction or "").rstrip("0")
    zone = "Z" if offset[1:] in {"", "00:00"} else offset
    return f"{clock}.{fraction}{zone}" if fraction else clock + zone


def _date(seconds: int, nanoseconds: int) -> str:
    seconds, nanoseconds = seconds + nanoseconds // 1_000_000_000, nanoseconds % 1_000_000_000
    try:
        clock = (_EPOCH + timedelta(seconds=seconds)).isoformat()
    except OverflowError:
        raise Undecodable(f"{seconds} s since 1970 is no time that has a text form") from None
    return _normal_date(f"{clock}.{nanoseconds:09d}Z")
