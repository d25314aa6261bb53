"""JSON whose numbers keep their text, and text as Go shows it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from snapinspect.errors import Undecodable
from snapinspect.kube.numbers import go_float, is_surely_json, loads, loads_but_numbers, text
from snapinspect.model import Number

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


def text_of(value: int | float | Number) -> str:
    return value.text if isinstance(value, Number) else repr(value)


@given(JSON, st.booleans())
def test_what_json_writes_is_read(value: Any, escaped: bool) -> None:
    assert loads(json.dumps(value, ensure_ascii=escaped).encode()) == value


@given(st.from_regex(r"-?(0|[1-9][0-9]{0,30})(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,4})?", fullmatch=True))
@example("-0")
@example("-0.0")
@example("1e400")
def test_numbers_keep_their_text(number: str) -> None:
    assert text_of(loads(number.encode() + b" ")) == number
    assert text_of(loads(b'{"a":[%s]}' % number.encode())["a"][0]) == number


@pytest.mark.parametrize(
    ("value", "written"),
    [
        *((0.0, "0"), (-0.0, "-0"), (5.0, "5"), (-5.5, "-5.5"), (0.1, "0.1")),
        *((1e20, "100000000000000000000"), (1e21, "1e+21"), (1.5e300, "1.5e+300"), (-1e21, "-1e+21")),
        *((1e-6, "0.000001"), (1.25e-5, "0.0000125"), (1e-7, "1e-7"), (5e-324, "5e-324"), (-2.5e-10, "-2.5e-10")),
        *((2.0**53, "9007199254740992"), (1.7976931348623157e308, "1.7976931348623157e+308")),
    ],
)
def test_floats_as_go_writes_them(value: float, written: str) -> None:
    assert text_of(go_float(value)) == written


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_floats_of_all_sizes_have_gos_form(value: float) -> None:
    written = text_of(go_float(value))
    assert math.copysign(1, float(written)) == math.copysign(1, value)
    assert float(written) == value
    exponent = r"-?[1-9](\.\d*[1-9])?e([+-][1-9]\d*)"
    plain = r"-?(0|[1-9]\d*)(\.\d*[1-9])?"
    assert re.fullmatch(plain if value == 0 or 1e-6 <= abs(value) < 1e21 else exponent, written)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_number(value: float) -> None:
    with pytest.raises(Undecodable, match="not finite"):
        go_float(value)


@pytest.mark.parametrize(
    "stored",
    [
        *(b"", b"{", b"{} {}", b"{'a': 1}", b'{"a": 1,}', b'{"a": 01}', b'"\t"', b"nul"),
        *(b"NaN", b"[Infinity]", b"[-Infinity]", b"9" * 5000, b"[" * 100_000, b'{"a":' * 100_000),
    ],
    ids=lambda stored: repr(stored[:12]),
)
def test_what_is_no_json(stored: bytes) -> None:
    with pytest.raises(Undecodable):
        loads(stored)


@pytest.mark.parametrize(
    ("stored", "read"),
    [
        (rb'"\ud83d\ude00"', "\N{GRINNING FACE}"),
        (rb'"a\ud83d"', "a\ufffd"),
        (rb'"\ude00\ud83d"', "\ufffd\ufffd"),
        (rb'"\\ud800"', r"\ud800"),
        (rb'{"\uDBFF": ["\uDfFf", 1.50]}', {"\ufffd": ["\ufffd", Number("1.50")]}),
    ],
)
def test_half_of_a_surrogate_pair_is_replaced(stored: bytes, read: Any) -> None:
    assert loads(stored) == read


@pytest.mark.parametrize(
    ("stored", "read"),
    [
        (b"plain", "plain"),
        ("naïve ☂ 𝄞".encode(), "naïve ☂ 𝄞"),
        (b"a\xffb\xfe", "a\ufffdb\ufffd"),
        (b"\xe2\x98", "\ufffd\ufffd"),
        (b"\xf0\x9d\x84x", "\ufffd\ufffd\ufffdx"),
        (b"\xed\xa0\x80", "\ufffd\ufffd\ufffd"),
        (b"\xc0\x80", "\ufffd\ufffd"),
    ],
)
def test_invalid_utf_8_is_replaced_byte_by_byte(stored: bytes, read: str) -> None:
    assert text(stored) == read


@given(JSON, st.booleans(), st.data())
def test_what_is_surely_json_is_read(value: Any, escaped: bool, data: st.DataObject) -> None:
    whole = json.dumps(value, ensure_ascii=escaped).encode()
    at = data.draw(st.integers(0, len(whole)))
    put = data.draw(
        st.sampled_from([b"", b"\0", b'"', b"\\ud800", b"[", b"}", b",", b"NaN", b"-", b"0", b"1e999", b"\xff"])
    )
    damaged = whole[:at] + put + whole[at + data.draw(st.integers(0, 2)) :]
    if is_surely_json(damaged):
        loads(damaged)


@given(JSON, st.booleans(), st.data())
def test_the_quick_way_reads_the_same_but_for_numbers(value: Any, escaped: bool, data: st.DataObject) -> None:
    whole = json.dumps(value, ensure_ascii=escaped).encode()
    at = data.draw(st.integers(0, len(whole)))
    put = data.draw(
        st.sampled_from([b"", b"\0", b"\\ud800", b"\\udc00\\ud800", b"\xff", b"\xed\xa0\x80", b'"', b"-0", b"1e999"])
    )
    damaged = whole[:at] + put + whole[at:]
    assert _texts(loads_but_numbers, damaged) == _texts(loads, damaged)


def _texts(read: Callable[[bytes], Any], stored: bytes) -> Any:
    """What is read, every number as 0; None where it is no JSON."""
    try:
        return _without_numbers(read(stored))
    except Undecodable:
        return None


def _without_numbers(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_numbers(each) for key, each in value.items()}
    if isinstance(value, list):
        return list(map(_without_numbers, value))
    return 0 if isinstance(value, int | float | Number) and not isinstance(value, bool) else value


def test_ordinary_json_is_told_at_once_and_what_python_refuses_is_not() -> None:
    ordinary = b'{"f:metadata":{"f:labels":{".":{},"f:app":{}}}}'
    assert [is_surely_json(ordinary) for _ in range(100)][-1]
    assert not is_surely_json(b"[" * 1000 + b"]" * 1000)
    assert not is_surely_json(b"1" * 5000)
