"""LZW as Go's ``compress/lzw`` writes it, against an encoder of the tests' own, and zlib."""

from __future__ import annotations

import zlib
from contextlib import suppress
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from packing import lzw_compressed

from snapinspect.sources.lzw import LzwPiece

FIELD = Path(__file__).resolve().parents[2] / "fixtures" / "field" / "14-gardener-zlib"


def _unpacked(packed: bytes, feed: int) -> bytes:
    piece = LzwPiece()
    made = b"".join(piece.decompress(packed[at : at + feed], 0) for at in range(0, len(packed), feed))
    assert piece.eof
    return made


def test_what_go_wrote() -> None:
    (lzw,), (deflated,) = FIELD.glob("lzw/Full*"), FIELD.glob("zlib/Full*")
    assert _unpacked(lzw.read_bytes(), 1000) == zlib.decompress(deflated.read_bytes())


@given(st.binary(max_size=400), st.integers(1, 60), st.integers(1, 40))
def test_what_was_packed_comes_out(seed: bytes, times: int, feed: int) -> None:
    content = b"".join(seed[at % 7 :] + bytes([at]) for at in range(times))
    assert _unpacked(lzw_compressed(content), feed) == content


def test_all_widths_of_codes() -> None:
    content = bytes((at * at // 7) % 251 for at in range(60_000))
    assert _unpacked(lzw_compressed(content), 997) == content


@given(st.binary(max_size=300))
def test_anything_else_ends(noise: bytes) -> None:
    with suppress(ValueError):
        assert len(LzwPiece().decompress(noise, 0)) < 1 << 20
