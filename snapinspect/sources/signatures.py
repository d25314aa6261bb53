"""What a file is, told from its first bytes.

Sources: go.etcd.io/bbolt ``internal/common/meta.go``; sqlite.org/fileformat2.html; RFC 1952 (gzip), the bzip2 and
xz formats, RFC 8878 (Zstandard); RFC 1950 (zlib); PKWARE's APPNOTE.TXT; POSIX ``pax`` (the header's checksum, as the oldest tar
files have no magic).
"""

from __future__ import annotations

import re
import zlib
from enum import StrEnum

from snapinspect.bolt import layout
from snapinspect.sources.lzw import LzwPiece, begins_with_clear_code

HEAD_SIZE = layout.PAGE_SIZES[-1] + layout.PAGE_HEADER.size + layout.META.size
"""Bytes to look at: a bbolt file whose first page is broken is known by the second, wherever that begins."""

TAR_BLOCK = 512
_CHECKSUM = slice(148, 156)
_SEEN_AS_TEXT = 4_096


class Kind(StrEnum):
    """What is told apart."""

    bolt = "bbolt"
    sqlite = "SQLite"
    sqlite_wal = "SQLite's write-ahead log"
    gzip = "gzip"
    bzip2 = "bzip2"
    xz = "xz"
    zstd = "Zstandard"
    zlib = "zlib"
    lzw = "LZW"
    zip = "zip"
    tar = "tar"
    sql = "SQL dump of kine"
    text = "text"
    other = "other"


COMPRESSED = (Kind.gzip, Kind.bzip2, Kind.xz, Kind.zstd, Kind.zlib, Kind.lzw)
ARCHIVES = (*COMPRESSED, Kind.zip, Kind.tar)

_STARTS = (
    (Kind.sqlite, (b"SQLite format 3\0",)),
    (Kind.sqlite_wal, (b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83")),
    (Kind.gzip, (b"\x1f\x8b\x08",)),
    (
        Kind.bzip2,
        tuple(b"BZh%d%b" % (level, magic) for level in range(1, 10) for magic in (b"1AY&SY", b"\x17rE8P\x90")),
    ),
    (Kind.xz, (b"\xfd7zXZ\0",)),
    (Kind.zstd, (b"\x28\xb5\x2f\xfd", *(bytes((skippable, 0x2A, 0x4D, 0x18)) for skippable in range(0x50, 0x60)))),
    (Kind.zip, (b"PK\x03\x04", b"PK\x05\x06")),
)
"""What files of a kind begin with."""

_KINE_IN_SQL = (
    rb"(?m)^(?:INSERT INTO|COPY|CREATE TABLE(?: IF NOT EXISTS)?)\s+(?:[\"`]?\w+[\"`]?\.)?[\"`]?kine[\"`]?[\s(]"
)
_OCTAL = b"01234567"
_MOST_DIGITS = 7


def kind_of(head: bytes) -> Kind:
    """The kind of a file that begins with ``head``, its first HEAD_SIZE bytes or all that it has."""
    for kind, starts in _STARTS:
        if head.startswith(starts):
            return kind
    # Before bbolt: a database that is the first file in a tar stands where a second page might.
    if is_tar_header(head[:TAR_BLOCK]):
        return Kind.tar
    if _is_bolt(head):
        return Kind.bolt
    if re.search(_KINE_IN_SQL, head):
        return Kind.sql
    if _is_text(head[:_SEEN_AS_TEXT]):
        return Kind.text
    return next((kind for kind, unpack in _TRIED if _begins_something(unpack(head[:_TRIED_ON]))), Kind.other)


def is_tar_header(block: bytes) -> bool:
    """Whether the block's checksum, counted with blanks in its own place, is right; old tars added signed bytes."""
    digits = block[_CHECKSUM].strip(b" \0")
    if len(block) < TAR_BLOCK or not 0 < len(digits) <= _MOST_DIGITS or digits.strip(_OCTAL):
        return False
    rest = block[: _CHECKSUM.start] + b" " * 8 + block[_CHECKSUM.stop :]
    unsigned = sum(rest)
    return int(digits, 8) in (unsigned, unsigned - 256 * sum(byte > 127 for byte in rest))


def _unzlib(head: bytes) -> bytes:
    # The two bytes it begins with are too few to be certain of.
    if head[:1] != b"\x78" or int.from_bytes(head[:2], "big") % 31:
        return b""
    try:
        return zlib.decompressobj().decompress(head, _TRIED_TO)
    except zlib.error:
        return b""


def _unlzw(head: bytes) -> bytes:
    if not begins_with_clear_code(head):
        return b""
    try:
        return LzwPiece().decompress(head, _TRIED_TO)
    except ValueError:
        return b""


_TRIED_ON, _TRIED_TO = 1 << 10, 1 << 16
_TRIED = ((Kind.zlib, _unzlib), (Kind.lzw, _unlzw))
"""Compressions without a magic of their own, as Gardener's etcd-backup-restore uses them: told by what comes out."""


def _begins_something(content: bytes) -> bool:
    return content.startswith(b"[") or is_tar_header(content[:TAR_BLOCK]) or _is_bolt(content)


def _is_bolt(head: bytes) -> bool:
    magic = layout.MAGIC.to_bytes(4, "little")
    return any(head.startswith(magic, start + layout.PAGE_HEADER.size) for start in (0, *layout.PAGE_SIZES))


def _is_text(head: bytes) -> bool:
    if not head or b"\0" in head:
        return False
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        # A letter may be cut in two where the head ends.
        return len(head) == _SEEN_AS_TEXT and error.start > len(head) - 4
    return True
