"""JSON numbers whose text must survive, and JSON as the API server stores it.

Source: Go's ``encoding/json`` writes what is stored; ``1e-7``, ``1.50`` or ``-0`` would come out of
Python's own numbers as another text, and a number beyond a double's range as infinity.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable
from functools import cache
from typing import Any

from snapinspect.errors import Undecodable
from snapinspect.model import Number

_FEW_DIGITS = 4_300
"""Bytes in which no integer has more digits than Python reads (``sys.int_info.default_max_str_digits``)."""
_SHALLOW = 200
"""Beginnings of objects and arrays that do not nest too deep for Python, wherever they stand."""
_FEW = 64
"""Texts that are read sooner than orjson is imported."""
_NEGATIVE_ZERO = re.compile(rb"-0[^.\d]")
_ESCAPED_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


def go_float(value: float) -> int | float | Number:
    """A double in the form in which Go's ``encoding/json`` writes it: ``5`` for 5.0."""
    if value != value or value in {float("inf"), float("-inf")}:
        raise Undecodable("a number is not finite, which JSON cannot hold")
    if value.is_integer() and abs(value) < 1e21:
        return Number("-0") if value == 0 and str(value).startswith("-") else int(value)
    return _keep_text(_go_text(value))


def _go_text(value: float) -> str:
    if 1e-6 <= abs(value) < 1e21:
        # Imported here, as few objects hold a fraction.
        from decimal import Decimal

        return format(Decimal(repr(value)), "f")
    mantissa, _, exponent = repr(value).partition("e")
    return f"{mantissa}e{exponent[0]}{exponent[1:].lstrip('0')}"


def _keep_text(text: str) -> float | Number:
    value = float(text)
    # With an exponent every writer has its own form.
    return value if repr(value) == text and "e" not in text else Number(text)


def _keep_integer(text: str) -> int | Number:
    return Number(text) if text == "-0" else int(text)


def _no_constant(text: str) -> Any:
    raise Undecodable(f"{text} is no JSON number")


_plain = json.JSONDecoder(parse_float=_keep_text, parse_constant=_no_constant)
_careful = json.JSONDecoder(parse_float=_keep_text, parse_int=_keep_integer, parse_constant=_no_constant)


def loads(data: bytes) -> Any:
    """JSON text as Python values; floats whose text Python would change become ``Number``.

    Raises Undecodable when it is no JSON, nests too deep, or a number has absurdly many digits.
    """
    decoder = _careful if _NEGATIVE_ZERO.search(data) else _plain
    try:
        value = decoder.decode(text(data))
        return _replace_surrogates(value) if _ESCAPED_SURROGATE.search(data) else value
    except RecursionError:
        raise Undecodable("the JSON is nested too deep") from None
    except ValueError as error:
        raise Undecodable(f"it is no valid JSON: {error}") from None


def is_surely_json(data: bytes) -> bool:
    """Whether ``loads`` would read it, which orjson tells in some half of the time; false where it cannot tell, as of the first few, or is not installed."""
    return _quickly(data) is not _UNTOLD


def loads_but_numbers(data: bytes) -> Any:
    """What ``loads`` gives, but perhaps for numbers, which is quicker. Raises Undecodable as that does."""
    value = _quickly(data)
    return loads(data) if value is _UNTOLD else value


def _quickly(data: bytes) -> Any:
    """What orjson reads, or ``_UNTOLD`` where ``loads`` has to tell whether it is JSON."""
    read = _quick_loads() if next(_first, None) is None else None
    if read is None or len(data) > _FEW_DIGITS or data.count(b"[") + data.count(b"{") > _SHALLOW:
        return _UNTOLD
    try:
        return read(data)
    except ValueError:
        return _UNTOLD


_UNTOLD = object()


_first = iter(range(_FEW))


@cache
def _quick_loads() -> Callable[[bytes], object] | None:
    # Imported here for start-up, and as it need not be there.
    try:
        import orjson
    except ImportError:
        return None
    return orjson.loads


def _replace_surrogates(value: Any) -> Any:
    """What is half of an escaped surrogate pair becomes U+FFFD, as in Go; no encoding could write it."""
    if isinstance(value, str):
        return re.sub(r"[\ud800-\udfff]", "\N{REPLACEMENT CHARACTER}", value)
    if isinstance(value, list):
        return [_replace_surrogates(item) for item in value]
    if isinstance(value, dict):
        return {_replace_surrogates(key): _replace_surrogates(item) for key, item in value.items()}
    return value


def text(data: bytes) -> str:
    """UTF-8 as the API server shows it: what is invalid becomes U+FFFD, byte by byte, as in Go."""
    return data.decode("utf-8", "snapinspect.go")


def _one_byte(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return "\N{REPLACEMENT CHARACTER}", error.start + 1


codecs.register_error("snapinspect.go", _one_byte)
