"""Values as people have them at hand: raw, printed by etcdctl, in hexadecimal, in base64."""

from __future__ import annotations

import base64
import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snapinspect.kube.envelope import encoding_of
from snapinspect.kube.presented import unwrap

VALUES = [
    b'{"kind":"A"}',
    b"k8s\0\n\x09\n\x02v1\x12\x03Pod\x12\0\x1a\0\x22\0",
    b"\xd9\xd9\xf7\xa1\x44kind\x41A",
    b"\xd9\xd9\xf7\xa2\x44kind\x41A\x44text\x45line\n",
    b"k8s:enc:aescbc:v1:key1:\x01\x02\xff",
]
KEY = b"/registry/pods/default/a"


@pytest.mark.parametrize("value", VALUES)
class TestValues:
    def test_raw(self, value: bytes) -> None:
        assert unwrap(value) == (value, b"")

    def test_printed_alone(self, value: bytes) -> None:
        assert unwrap(value + b"\n") == (value, b"")

    def test_printed_behind_its_key(self, value: bytes) -> None:
        assert unwrap(KEY + b"\n" + value + b"\n") == (value, KEY)

    @pytest.mark.parametrize("upper", [False, True])
    def test_hexadecimal(self, value: bytes, upper: bool) -> None:
        digits = value.hex().upper() if upper else value.hex()
        assert unwrap(digits.encode()).value == value
        assert unwrap(f"{digits}\n".encode()).value == value
        dumped = "\n".join(" ".join(textwrap.wrap(line, 4)) for line in textwrap.wrap(digits, 32))
        assert unwrap(f"  {dumped}\r\n".encode()).value == value

    def test_base64(self, value: bytes) -> None:
        assert unwrap(base64.b64encode(value)).value == value
        assert unwrap(base64.encodebytes(value * 3)).value == value * 3


@pytest.mark.parametrize(
    "data", [b"", b"\n", b"text", b"abc", b"deadbeef", b"e30=extra", b"/registry/a\ntext\n", b"=="]
)
def test_what_is_recognised_as_nothing_stays_as_it_is(data: bytes) -> None:
    assert unwrap(data) == (data, b"")


@given(st.binary(max_size=60))
def test_what_is_unwrapped_is_a_value(data: bytes) -> None:
    for presented in (data, data.hex().encode(), base64.b64encode(data)):
        value = unwrap(presented).value
        assert value == presented or encoding_of(value) != "other"


def test_large_text_takes_no_endless_time() -> None:
    for data in (b" " * 3_000_000 + b"!", b"ab " * 1_000_000 + b"!", b"A" * 3_000_000 + b"!"):
        assert unwrap(data).value == data
