"""The files in a tar archive, read front to back.

The standard library's reader takes a header's word for its size, and reads it into memory; here all is bounded.
Sources: POSIX ``pax`` (ustar and extended headers); GNU tar ``doc/intern.texi`` (long names, sparse files, sizes
in base 256).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from snapinspect.errors import Damaged
from snapinspect.sources.signatures import TAR_BLOCK, is_tar_header
from snapinspect.sources.stream import CannotUnpack, Stream

if TYPE_CHECKING:
    from collections.abc import Iterator

_HINT = "Was the archive copied completely? Try another copy of the backup."
_NAME, _SIZE, _TYPE = slice(0, 100), slice(124, 136), slice(156, 157)
_MAGIC, _PREFIX = slice(257, 263), slice(345, 500)
_LONGEST_HEADER = 1 << 20
_LARGEST = 1 << 63
"""No file is this large; a size in base 256 or in a pax header may claim to be."""
_BASE_256 = 0x80

_GNU_LONG_NAME, _GNU_SPARSE, _PAX = b"L", b"S", b"x"
_ABOUT_OTHERS = b"KgVD"
"""Long link names, global pax headers, volume labels, directory listings."""
_WITHOUT_CONTENT = {b"1": "a link", b"2": "a link", b"3": "a device", b"4": "a device", b"5": "", b"6": "a pipe"}
"""What these are called, directories aside; their headers' sizes mean nothing."""


class Packed(NamedTuple):
    """A file in an archive. ``size`` is None where it is not told; ``refusal`` says what is there instead of a file."""

    name: str
    size: int | None
    content: Stream
    refusal: str = ""


def tar_files(stream: Stream) -> Iterator[Packed]:
    """Every file, in order; each one's content is there until the next is asked for. Raises Damaged."""
    extended: dict[str, str] = {}
    while (header := _header(stream)) is not None:
        kind, size = header[_TYPE], _size(header, extended)
        content = _content(stream, size)
        if kind in (_GNU_LONG_NAME, _PAX):
            extended |= _extended(kind, content, size)
        elif kind not in _ABOUT_OTHERS:
            yield from _packed(header, extended, content, size)
            extended = {}
        content.drain()
        _content(stream, -size % TAR_BLOCK).drain()


def _packed(header: bytes, extended: dict[str, str], content: Stream, size: int) -> Iterator[Packed]:
    kind, name = header[_TYPE], extended.get("path") or _name(header)
    if kind in _WITHOUT_CONTENT:
        if refusal := _WITHOUT_CONTENT[kind]:
            yield Packed(name, 0, content, refusal)
    elif kind == _GNU_SPARSE or any(key.startswith("GNU.sparse.") for key in extended):
        yield Packed(name, size, Stream(_refuse_sparse))
    elif not name.endswith("/"):
        yield Packed(name, size, content)


def _header(stream: Stream) -> bytes | None:
    """The next header, or None at the end: a block of zeros, or nothing."""
    block = stream.take(TAR_BLOCK)
    if not block.strip(b"\0"):
        return None
    if not is_tar_header(block):
        raise Damaged("a header of the tar archive is broken", _HINT)
    return block


def _content(stream: Stream, size: int) -> Stream:
    """The next ``size`` bytes, which raise Damaged when there are fewer."""
    left = size

    def read(wanted: int) -> bytes:
        nonlocal left
        if not left:
            return b""
        taken = stream.read(min(wanted, left))
        if not taken:
            raise Damaged("the tar archive is cut off", _HINT)
        left -= len(taken)
        return taken

    return Stream(read)


def _size(header: bytes, extended: dict[str, str]) -> int:
    """The size of what follows the header. Raises Damaged."""
    if header[_TYPE] in _WITHOUT_CONTENT:
        return 0
    field, told = header[_SIZE], extended.get("size")
    try:
        if told is not None:
            size = int(told)
        elif field[0] == _BASE_256:
            size = int.from_bytes(field[1:], "big")
        else:
            size = int(field.strip(b" \0") or b"0", 8)
    except ValueError:
        size = -1
    if not 0 <= size < _LARGEST:
        raise Damaged("a header of the tar archive tells no size", _HINT)
    return size


def _extended(kind: bytes, content: Stream, size: int) -> dict[str, str]:
    """What a header that only describes the next one says: its name, or the fields of a pax header."""
    if size > _LONGEST_HEADER:
        raise Damaged("a header of the tar archive is impossibly long", _HINT)
    raw = content.take(size)
    if kind == _GNU_LONG_NAME:
        return {"path": _text(raw)}
    fields: dict[str, str] = {}
    while raw:
        length = _pax_length(raw)
        key, _, value = raw[:length].partition(b" ")[2].removesuffix(b"\n").partition(b"=")
        fields[_text(key)] = _text(value)
        raw = raw[length:]
    return fields


def _pax_length(raw: bytes) -> int:
    """The length of the field that ``raw`` begins with, which counts its own digits."""
    digits = raw[:20].partition(b" ")[0]
    length = int(digits) if digits.isdigit() else 0
    if not len(digits) < length <= len(raw):
        raise Damaged("a pax header of the tar archive is broken", _HINT)
    return length


def _name(header: bytes) -> str:
    name, prefix = _text(header[_NAME]), _text(header[_PREFIX])
    # GNU's own format has other fields where POSIX has the prefix.
    return f"{prefix}/{name}" if prefix and header[_MAGIC] == b"ustar\0" else name


def _text(raw: bytes) -> str:
    return raw.partition(b"\0")[0].decode("utf-8", "backslashreplace")


def _refuse_sparse(_size: int) -> bytes:
    raise CannotUnpack("it is stored as a sparse file", "Unpack it by hand (`tar -xf`), and name the snapshot itself.")
