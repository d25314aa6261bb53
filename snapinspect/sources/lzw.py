"""LZW as Go's ``compress/lzw`` writes it, least significant bit first, with literals of eight bits.

Source: go.dev/src/compress/lzw/reader.go; Gardener's etcd-backup-restore ``pkg/compressor`` (the order and the width).
"""

from __future__ import annotations

_CLEAR, _END = 256, 257
_FIRST_WIDTH, _LAST_WIDTH = 9, 12
_LITERALS = [bytes([value]) for value in range(256)]
_CLEAR_FIRST = b"\x00\x01"
"""A writer begins with a clear code, nine bits long; the upper seven of the second byte belong to the next code."""


def begins_with_clear_code(head: bytes) -> bool:
    """Whether this may be such a stream, whose format has no magic of its own."""
    return len(head) > len(_CLEAR_FIRST) and head[0] == _CLEAR_FIRST[0] and bool(head[1] & _CLEAR_FIRST[1])


class LzwPiece:
    """One stream. A few bytes become some thousands at most: what bounds the output is that little is fed."""

    needs_input = True

    def __init__(self) -> None:
        self.eof = False
        self.unused_data = b""
        self._bits = 0
        self._count = 0
        self._clear()

    def _clear(self) -> None:
        self._table: list[bytes] = [*_LITERALS, b"", b""]
        self._width = _FIRST_WIDTH
        self._last = b""

    def decompress(self, data: bytes, max_length: int) -> bytes:  # noqa: ARG002
        """Raises ValueError for a code that means nothing yet."""
        made: list[bytes] = []
        bits, count = self._bits, self._count
        for at, byte in enumerate(data):
            bits |= byte << count
            count += 8
            if count < self._width:
                continue
            code = bits & ((1 << self._width) - 1)
            bits >>= self._width
            count -= self._width
            if code == _END:
                self.eof, self.unused_data = True, data[at + 1 :]
                break
            if code == _CLEAR:
                self._clear()
            else:
                made.append(self._expand(code))
        self._bits, self._count = bits, count
        return b"".join(made)

    def _expand(self, code: int) -> bytes:
        table, last = self._table, self._last
        if code < len(table):
            word = table[code]
        elif code == len(table) and last:
            word = last + last[:1]
        else:
            raise ValueError("a code of the LZW stream means nothing")
        if last and len(table) < 1 << _LAST_WIDTH:
            table.append(last + word[:1])
        self._last = word
        # The code to come next would be one more than the table holds.
        if len(table) + 1 > 1 << self._width and self._width < _LAST_WIDTH:
            self._width += 1
        return word
