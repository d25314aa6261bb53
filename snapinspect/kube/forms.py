"""Values whose JSON is not the object of their fields.

A conversion takes the raw bytes and gives the JSON value; a reshaping takes the JSON object of the
message's fields. Sources, in k8s.io/apimachinery: ``pkg/apis/meta/v1/{time,micro_time,duration}.go``,
``pkg/util/intstr``, ``pkg/runtime/extension.go``; in k8s.io/apiextensions-apiserver:
``pkg/apis/apiextensions/v1/marshal.go``.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import lru_cache
from struct import Struct
from typing import Any

from snapinspect.errors import Undecodable
from snapinspect.kube import numbers
from snapinspect.kube.numbers import text
from snapinspect.kube.varint import read_varint
from snapinspect.protobuf import signed

_EPOCH = datetime(1970, 1, 1)
_YEAR_ONE = -62135596800
_YEAR_TEN_THOUSAND = 253402300800
_DOUBLE = Struct("<d")
_UNITS = ((3_600_000_000_000, "h"), (60_000_000_000, "m"))


def scalars(raw: bytes) -> dict[int, int | bytes]:
    """The fields of a small message by number, last one winning. Raises Undecodable."""
    fields: dict[int, int | bytes] = {}
    at, end = 0, len(raw)
    while at < end:
        tag, at = read_varint(raw, at, end)
        value, at = read_varint(raw, at, end)
        if tag & 7 == 0:
            fields[tag >> 3] = value
        elif tag & 7 == 2 and at + value <= end:
            fields[tag >> 3] = raw[at : at + value]
            at += value
        else:
            raise Undecodable("a field reaches beyond its message or is of a type that is not expected")
    return fields


@lru_cache(maxsize=4096)
def time(raw: bytes) -> str | None:
    """``metav1.Time``: RFC 3339 in UTC with whole seconds, what is beyond them is not read; null for the zero time."""
    seconds = seconds_in(raw)
    return None if seconds is None else f"{_clock(seconds)}Z"


def seconds_in(raw: bytes) -> int | None:
    """The seconds since 1970 that a ``metav1.Time`` says; None for the zero time. Raises Undecodable where it has no text."""
    if not raw:
        return None
    seconds = _with_text(signed(integer(scalars(raw), 1)))
    return None if seconds == _YEAR_ONE else seconds


@lru_cache(maxsize=4096)
def micro_time(raw: bytes) -> str | None:
    """``metav1.MicroTime``: as ``time`` with six decimals."""
    if not raw:
        return None
    fields = scalars(raw)
    seconds, nanos = signed(integer(fields, 1)), integer(fields, 2)
    if nanos >= 1_000_000_000:
        raise Undecodable(f"{nanos} ns are no part of a second")
    return None if seconds == _YEAR_ONE and not nanos else f"{_clock(_with_text(seconds))}.{nanos // 1000:06d}Z"


def _with_text(seconds: int) -> int:
    if not _YEAR_ONE <= seconds < _YEAR_TEN_THOUSAND:
        raise Undecodable(f"{seconds} s since 1970 is no time that has a text form")
    return seconds


def _clock(seconds: int) -> str:
    return (_EPOCH + timedelta(seconds=seconds)).isoformat()


def duration(raw: bytes) -> str:
    """``metav1.Duration``: nanoseconds in the syntax of Go's ``time.Duration.String``, ``1h30m0s``."""
    total = signed(integer(scalars(raw), 1))
    sign, rest = ("-", -total) if total < 0 else ("", total)
    if rest == 0:
        return "0s"
    for scale, unit in ((1_000, "ns"), (1_000_000, "µs"), (1_000_000_000, "ms")):
        if rest < scale:
            return f"{sign}{_decimal(rest, scale // 1000)}{unit}"
    text = ""
    for scale, unit in _UNITS:
        count, rest = divmod(rest, scale)
        if count or text:
            text += f"{count}{unit}"
    return f"{sign}{text}{_decimal(rest, 1_000_000_000)}s"


def _decimal(value: int, scale: int) -> str:
    whole, part = divmod(value, scale)
    if not part:
        return str(whole)
    digits = len(str(scale)) - 1
    return f"{whole}.{part:0{digits}d}".rstrip("0")


def quantity(raw: bytes) -> str:
    """``resource.Quantity``: the text that was stored, which is canonical already; nothing stands for 0."""
    return string(scalars(raw), 1) or "0"


def int_or_string(raw: bytes) -> int | str:
    """``intstr.IntOrString``: type 0 is a number, type 1 a text."""
    fields = scalars(raw)
    return string(fields, 3) if integer(fields, 1) == 1 else signed(integer(fields, 2))


def embedded_json(raw: bytes) -> Any:
    """A message whose only field holds JSON as bytes: ``FieldsV1``, ``RawExtension``, ``JSON``; null when empty."""
    content = scalars(raw).get(1, b"")
    if not isinstance(content, bytes):
        raise Undecodable("embedded JSON is stored as a number")
    return numbers.loads(content) if content else None


def surely_holds_json(raw: bytes) -> bool:
    """Whether ``embedded_json`` would read it; false where that is not told at once. Raises Undecodable as that does."""
    content = scalars(raw).get(1)
    return isinstance(content, bytes) and numbers.is_surely_json(content)


def base64(raw: bytes) -> str:
    return b64encode(raw).decode("ascii")


def double(raw: bytes) -> Any:
    """A double of eight bytes, in the form in which Go writes it."""
    return numbers.go_float(_DOUBLE.unpack(raw)[0])


def integer(fields: dict[int, int | bytes], number: int) -> int:
    value = fields.get(number, 0)
    if not isinstance(value, int):
        raise Undecodable(f"field {number} should be a number")
    return value


def string(fields: dict[int, int | bytes], number: int) -> str:
    value = fields.get(number, b"")
    if not isinstance(value, bytes):
        raise Undecodable(f"field {number} should be a text")
    return text(value)


def _only_field(fields: dict[str, Any]) -> Any:
    return next(iter(fields.values()), [])


def _nested_fields(fields: dict[str, Any]) -> Any:
    return next(iter(fields.values()), {})


def _schema_or_list(fields: dict[str, Any]) -> Any:
    return fields.get("jSONSchemas") or fields.get("schema")


def _schema_or_bool(fields: dict[str, Any]) -> Any:
    return fields["schema"] if "schema" in fields else fields.get("allows", False)


def _schema_or_strings(fields: dict[str, Any]) -> Any:
    return fields.get("property") or fields.get("schema")


CONVERTED: dict[str, Callable[[bytes], Any]] = {
    "time": time,
    "micro_time": micro_time,
    "duration": duration,
    "quantity": quantity,
    "int_or_string": int_or_string,
    "json": embedded_json,
    "raw_extension": embedded_json,
}
RESHAPED: dict[str, Callable[[dict[str, Any]], Any]] = {
    "items": _only_field,
    "fields": _nested_fields,
    "schema_or_list": _schema_or_list,
    "schema_or_bool": _schema_or_bool,
    "schema_or_strings": _schema_or_strings,
}
