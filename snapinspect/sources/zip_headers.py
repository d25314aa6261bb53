"""The files in a zip archive whose directory, which stands at its end, was cut off: told by the header before each.

Source: PKWARE's APPNOTE.TXT, 4.3.7 (local file header), 4.3.9 (data descriptor), 4.5.3 (zip64 extra field).
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from snapinspect.errors import Damaged
from snapinspect.sources.compression import ZlibPiece
from snapinspect.sources.stream import CHUNK, CannotUnpack, Stream
from snapinspect.sources.tar import Packed
from snapinspect.sources.zips import zip_files

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEADER = struct.Struct("<4s5H3I2H")
_SIGNATURE = b"PK\x03\x04"
_ENCRYPTED, _SIZES_BEHIND = 0x1, 0x8
_STORED, _DEFLATED = 0, 8
_ZIP64, _IN_ZIP64 = 1, 0xFFFFFFFF
_LONGEST_DESCRIPTOR = 24


class _Header(NamedTuple):
    """What stands before a file; ``size`` is that of the packed content, None where it is only told behind it."""

    name: str
    method: int
    encrypted: bool
    size: int | None


def zip_remains(file: BinaryIO) -> Iterator[Packed]:
    """Every file of a zip archive, or those that are left of one without a directory.

    Raises SourceError, and Damaged, after the last file where the directory is missing.
    """
    try:
        yield from zip_files(file)
    except Damaged:
        file.seek(0)
        yield from _by_headers(Stream(file.read))
        raise


def _by_headers(stream: Stream) -> Iterator[Packed]:
    while (header := _header(stream)) is not None:
        content = _content(stream, header)
        if not header.name.endswith("/"):
            yield Packed(header.name, None, content)
        content.drain()
        # A descriptor may stand behind the content, with or without a signature of its own.
        stream.take(max(0, stream.peek(_LONGEST_DESCRIPTOR + len(_SIGNATURE)).find(_SIGNATURE)))


def _header(stream: Stream) -> _Header | None:
    """The next header; None at the end of the files, where the directory begins or the archive is cut off."""
    fixed = stream.take(_HEADER.size)
    if len(fixed) < _HEADER.size or not fixed.startswith(_SIGNATURE):
        return None
    _, _, flags, method, _, _, _, packed, _, name_size, extra_size = _HEADER.unpack(fixed)
    name, extra = stream.take(name_size), stream.take(extra_size)
    size = _size_in_zip64(extra) if packed == _IN_ZIP64 else packed
    told = not flags & _SIZES_BEHIND
    return _Header(name.decode("utf-8", "backslashreplace"), method, bool(flags & _ENCRYPTED), size if told else None)


def _size_in_zip64(extra: bytes) -> int:
    while len(extra) >= 4:
        kind, size = struct.unpack_from("<HH", extra)
        # The size before packing stands before the one after it.
        if kind == _ZIP64 and size >= 16 and len(extra) >= 20:
            return int.from_bytes(extra[12:20], "little")
        extra = extra[4 + size :]
    raise _cut()


def _content(stream: Stream, header: _Header) -> Stream:
    if header.encrypted:
        return Stream(_refuse_locked)
    if header.method == _DEFLATED:
        return _inflated(stream)
    if header.method == _STORED:
        return _stored(stream, header.size)
    return Stream(_refuse_method)


def _inflated(stream: Stream) -> Stream:
    piece = ZlibPiece(-zlib.MAX_WBITS)

    def read(size: int) -> bytes:
        made = b""
        while not (made or piece.eof):
            fed = stream.read(CHUNK) if piece.needs_input else b""
            if piece.needs_input and not fed:
                raise _cut()
            try:
                made = piece.decompress(fed, size)
            except zlib.error as error:
                raise _cut(str(error)) from None
            if piece.eof:
                stream.put_back(piece.unused_data)
        return made

    return Stream(read)


def _stored(stream: Stream, size: int | None) -> Stream:
    """The next ``size`` bytes, or all: behind content that tells no size, its end cannot be told from what follows."""
    if size is None:
        return Stream(stream.read)
    left = size

    def read(wanted: int) -> bytes:
        nonlocal left
        taken = stream.read(min(wanted, left)) if left else b""
        if left and not taken:
            raise _cut()
        left -= len(taken)
        return taken

    return Stream(read)


def _refuse_locked(_size: int) -> bytes:
    raise CannotUnpack("it is encrypted with a password", "Unpack it by hand, and name the snapshot itself.")


def _refuse_method(_size: int) -> bytes:
    raise CannotUnpack("it is compressed by a method that is not known", "Unpack it by hand (`7z x`).")


def _cut(reason: str = "its directory is missing, and it ends in a file") -> Damaged:
    return Damaged(f"the zip archive is damaged or cut off: {reason}", "Try another copy of the backup.")
