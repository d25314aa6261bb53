"""Many byte strings, looked for at once: as they are, in base64 at any of its three alignments, and in gzip.

Every fourth byte of a text begins a word of four bytes. A needle of seven bytes holds one of them whole, wherever it
stands; so the words of a text are looked up among those of the needles, and only what is found there is compared.
"""

from __future__ import annotations

import re
import zlib
from base64 import b64decode, b64encode
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

_WORD = 4
SHORTEST = 2 * _WORD - 1
"""Bytes that a needle has at least."""
_RAW_GZIP, _BASE64_GZIP = b"\x1f\x8b\x08", b"H4sI"
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]+={0,2}")
_LARGEST = 64 << 20
"""Bytes that are unpacked of one gzip member."""
_LAYERS = 3


class Span(NamedTuple):
    """Where a needle, or what holds one, stands."""

    start: int
    end: int


class _Place(NamedTuple):
    """A needle, and how far into it one of its words stands."""

    needle: bytes
    offset: int


class Needles:
    """The byte strings ``values`` of SHORTEST bytes at least, and what base64 makes of them."""

    def __init__(self, values: Iterable[bytes]) -> None:
        self._by_word: dict[int, list[_Place]] = defaultdict(list)
        for needle in {form for value in values for form in _forms(value) if len(form) >= SHORTEST}:
            first = _rarest(needle)
            for offset in range(first, first + _WORD):
                word = memoryview(needle[offset : offset + _WORD]).cast("I")[0]
                self._by_word[word].append(_Place(needle, offset))

    def spans(self, text: bytes) -> list[Span]:
        """Where any of them stands in ``text``, from the left; those that overlap are one."""
        known = self._by_word
        words = memoryview(text)[: len(text) // _WORD * _WORD].cast("I")
        if known.keys().isdisjoint(words):
            return []
        found = set()
        for number, word in enumerate(words):
            if word in known:
                for needle, offset in known[word]:
                    start = number * _WORD - offset
                    if start >= 0 and text.startswith(needle, start):
                        found.add(Span(start, start + len(needle)))
        return _joined(sorted(found))

    def packed_spans(self, text: bytes, layers: int = _LAYERS) -> list[Span]:
        """Where something is packed with gzip, as it is or in base64, that holds any of them."""
        found = []
        for start, end, unpacked in _members(text) if layers else ():
            if self.spans(unpacked) or self.packed_spans(unpacked, layers - 1):
                found.append(Span(start, end))
        return _joined(sorted(found))


def _members(text: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Where members of gzip begin and end in ``text``, and what they hold as far as they are sound."""
    at = -1
    while (at := text.find(_RAW_GZIP, at + 1)) >= 0:
        unpacked, unused = _unpacked(text[at:])
        if unpacked:
            yield at, len(text) - unused, unpacked
    at = -1
    while (at := text.find(_BASE64_GZIP, at + 1)) >= 0:
        run = _BASE64.match(text, at)
        if run is not None:
            digits = run[0].rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
            unpacked, _ = _unpacked(b64decode(digits[: len(digits) // 4 * 4]))
            if unpacked:
                yield at, run.end(), unpacked


def _unpacked(packed: bytes) -> tuple[bytes, int]:
    """What a gzip member holds, and how many bytes stand behind it."""
    reader = zlib.decompressobj(wbits=31)
    try:
        return reader.decompress(packed, _LARGEST), len(reader.unused_data)
    except zlib.error:
        return b"", 0


def _joined(spans: list[Span]) -> list[Span]:
    joined: list[Span] = []
    for span in spans:
        if joined and span.start < joined[-1].end:
            joined[-1] = Span(joined[-1].start, max(joined[-1].end, span.end))
        else:
            joined.append(span)
    return joined


def _rarest(needle: bytes) -> int:
    """Where the window of SHORTEST bytes begins that is the least likely to stand elsewhere: the most varied one."""
    windows = range(min(len(needle) - SHORTEST, 256) + 1)
    return max(windows, key=lambda at: len(set(needle[at : at + SHORTEST])))


def _forms(value: bytes) -> Iterator[bytes]:
    yield value
    for shift in range(3):
        # The first and the last characters of base64 depend on what stands before and behind.
        encoded = b64encode(bytes(shift) + value)
        yield encoded[(shift * 8 + 5) // 6 : (shift + len(value)) * 8 // 6]
