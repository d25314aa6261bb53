"""Compressed files: gzip, bzip2, xz, Zstandard, zlib and LZW, unpacked as they are read."""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Callable
from importlib import import_module
from typing import Any, Protocol

from snapinspect.errors import Damaged, SnapinspectError
from snapinspect.sources.lzw import LzwPiece
from snapinspect.sources.signatures import Kind
from snapinspect.sources.stream import CHUNK, CannotUnpack, Stream

Read = Callable[[int], bytes]

_LARGEST_WINDOW = 1 << 31
"""Bytes: what ``zstd --ultra --long=31`` asks for, and more than ``xz`` makes (1.5 GiB); only what is used of it is taken."""
_GZIP = zlib.MAX_WBITS + 16
_SMALL_FEED = 1 << 10
"""Bytes; a block of four of Zstandard's can become 128 KiB (RFC 8878, 3.1.1.2.3)."""


_NO_MEMORY = ("memory usage limit", "too much memory", "not enough memory", "allocation error")
"""How liblzma and libzstd say it."""


class Decompressor(Protocol):
    """What takes one compressed piece: ``bz2.BZ2Decompressor`` and its like."""

    @property
    def eof(self) -> bool: ...

    @property
    def needs_input(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int) -> bytes: ...


class Pieces:
    """The content of compressed pieces that stand one after the other; ``feed`` is how many bytes are given at a time."""

    def __init__(self, stream: Stream, make: Callable[[], Decompressor], feed: int) -> None:
        self._stream = stream
        self._make = make
        self._feed = feed
        self._piece = make()
        self._made = bytearray()
        self._broken: Exception | None = None

    def read(self, size: int) -> bytes:
        """What comes before a break is given first."""
        try:
            while len(self._made) < size and not self._broken and (not self._piece.eof or self._begin_next()):
                self._made += self._next(size - len(self._made))
        except (EOFError, ValueError, OSError, lzma.LZMAError, zlib.error, SnapinspectError) as error:
            self._broken = error
        if self._broken and not self._made:
            raise self._broken
        content = bytes(self._made[:size])
        del self._made[:size]
        return content

    def _next(self, size: int) -> bytes:
        if not self._piece.needs_input:
            return self._piece.decompress(b"", size)
        fed = self._stream.read(self._feed)
        if not fed:
            raise EOFError("it ends too early")
        return self._piece.decompress(fed, size)

    def _begin_next(self) -> bool:
        """Goes on to the next piece, over the zeros that may stand before it."""
        rest = self._piece.unused_data.lstrip(b"\0")
        while not rest and (more := self._stream.read(self._feed)):
            rest = more.lstrip(b"\0")
        if rest:
            self._stream.put_back(rest)
            self._piece = self._make()
        return bool(rest)


class ZstdPiece:
    """A Zstandard frame. The library knows no ``max_length``: what bounds its output is that little is fed."""

    def __init__(self, library: Any) -> None:
        self._frame = library.ZstdDecompressor(max_window_size=_LARGEST_WINDOW).decompressobj()
        self._error: type[Exception] = library.ZstdError

    @property
    def eof(self) -> bool:
        return bool(self._frame.eof)

    @property
    def needs_input(self) -> bool:
        return True

    @property
    def unused_data(self) -> bytes:
        return bytes(self._frame.unused_data)

    def decompress(self, data: bytes, max_length: int) -> bytes:  # noqa: ARG002
        try:
            return bytes(self._frame.decompress(data))
        except self._error as error:
            raise ValueError(str(error)) from None


class ZlibPiece:
    """A zlib stream, or a gzip member, as ``wbits`` of ``zlib.decompressobj`` says."""

    def __init__(self, wbits: int) -> None:
        self._stream = zlib.decompressobj(wbits)
        self._has_more = False
        self._broken: zlib.error | None = None

    @property
    def eof(self) -> bool:
        return self._stream.eof

    @property
    def needs_input(self) -> bool:
        return not (self._broken or self._has_more or self._stream.unconsumed_tail)

    @property
    def unused_data(self) -> bytes:
        return self._stream.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        if self._broken:
            raise self._broken
        given, before = self._stream.unconsumed_tail + data, self._stream.copy()
        try:
            made = self._stream.decompress(given, max_length)
        except zlib.error as error:
            # The library gives nothing of a piece in which something is wrong, also if that is the checksum at its end.
            self._stream, self._broken = before, error
            return _up_to_the_break(before, given, max_length)
        # Some may be held back without any input being left.
        self._has_more = len(made) == max_length
        return made


def _up_to_the_break(stream: Any, given: bytes, max_length: int) -> bytes:
    """What the bytes before the one that is wrong give."""
    made = bytearray()
    try:
        for at in range(len(given)):
            made += stream.decompress(given[at : at + 1], max_length)
    except zlib.error:
        pass
    return bytes(made[:max_length])


def _gzip(stream: Stream) -> Read:
    return Pieces(stream, lambda: ZlibPiece(_GZIP), CHUNK).read


def _zlib(stream: Stream) -> Read:
    return Pieces(stream, lambda: ZlibPiece(zlib.MAX_WBITS), CHUNK).read


def _lzw(stream: Stream) -> Read:
    return Pieces(stream, LzwPiece, _SMALL_FEED).read


def _bzip2(stream: Stream) -> Read:
    return Pieces(stream, bz2.BZ2Decompressor, CHUNK).read


def _xz(stream: Stream) -> Read:
    return Pieces(stream, lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, _LARGEST_WINDOW), CHUNK).read


def _zstd(stream: Stream) -> Read:
    try:
        library = import_module("zstandard")
    except ImportError:
        raise CannotUnpack(
            "it is compressed with Zstandard, which needs the package `zstandard`",
            "Install it (`pip install zstandard`), or unpack the file first (`zstd -d`).",
        ) from None
    return Pieces(stream, lambda: ZstdPiece(library), _SMALL_FEED).read


_READERS: dict[Kind, Callable[[Stream], Read]] = {
    Kind.gzip: _gzip,
    Kind.bzip2: _bzip2,
    Kind.xz: _xz,
    Kind.zstd: _zstd,
    Kind.zlib: _zlib,
    Kind.lzw: _lzw,
}


def decompressed(kind: Kind, stream: Stream) -> Stream:
    """The content of a compressed ``stream``, which raises Damaged where that is broken or cut off.

    Raises CannotUnpack when a library is missing.
    """
    take = _READERS[kind](stream)

    def read(size: int) -> bytes:
        try:
            return take(size)
        except OSError as error:
            # A broken bzip2 file is an OSError without a number.
            if error.errno is not None:
                raise
            raise _damaged(kind, error) from None
        except MemoryError:
            raise _too_wide(kind) from None
        except (EOFError, ValueError, lzma.LZMAError, zlib.error) as error:
            if any(words in str(error).lower() for words in _NO_MEMORY):
                raise _too_wide(kind) from None
            raise _damaged(kind, error) from None

    return Stream(read)


def _too_wide(kind: Kind) -> CannotUnpack:
    return CannotUnpack(
        f"the {kind} file was packed with a window that takes more memory than there is or than 2 GiB",
        "Unpack it on a larger machine (`xz -d`, `zstd -d --long=31`), and name the snapshot itself.",
    )


def _damaged(kind: Kind, error: Exception) -> Damaged:
    return Damaged(
        f"the {kind} file is damaged or cut off: {error}", "Was it copied completely? Try another copy of the backup."
    )
