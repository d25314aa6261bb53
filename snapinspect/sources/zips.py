"""The files in a zip archive, such as RKE2 and k3s make of their snapshots."""

from __future__ import annotations

import zipfile
import zlib
from typing import IO, TYPE_CHECKING, BinaryIO, cast

from snapinspect.errors import Damaged, SourceError
from snapinspect.sources.stream import READ_WHAT_IS_LEFT, CannotUnpack, Stream
from snapinspect.sources.tar import Packed

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONGEST_READ = 8 << 20
"""Bytes: of a directory with a hundred thousand files. The library reads the directory in one go, then little by little."""
_ENCRYPTED = 0x1
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""Those that the library unpacks without making more at a time than it is asked for."""
_UNIX = 3
_LINK, _TYPE = 0o120000, 0o170000
"""Of a Unix file's mode, which stands in the upper half of the external attributes."""


class _Bounded:
    """A file that refuses to give very much in one go."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.seek = file.seek
        self.tell = file.tell

    def seekable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        most = _LONGEST_READ + 1
        content = self._file.read(most if size < 0 else min(size, most))
        if len(content) == most:
            raise SourceError(
                "the zip archive's directory is impossibly long", "Unpack it by hand, and name the snapshot itself."
            )
        return content


def zip_files(file: BinaryIO) -> Iterator[Packed]:
    """Every file, in the order of the archive's directory. Raises Damaged, SourceError."""
    try:
        archive = zipfile.ZipFile(cast("IO[bytes]", _Bounded(file)))
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        raise Damaged(
            "the zip archive is damaged or cut off: the directory at its end is missing or broken", READ_WHAT_IS_LEFT
        ) from None
    for entry in archive.infolist():
        if entry.filename.endswith("/"):
            continue
        if entry.create_system == _UNIX and (entry.external_attr >> 16) & _TYPE == _LINK:
            yield Packed(entry.filename, 0, Stream(lambda _size: b""), "a link")
        else:
            yield Packed(entry.filename, entry.file_size, _content(archive, entry))


def _content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Stream:
    """What is packed there; the stream raises CannotUnpack when it is locked or of a method that nobody here uses."""
    opened: IO[bytes] | None = None

    def read(size: int) -> bytes:
        nonlocal opened
        if entry.flag_bits & _ENCRYPTED:
            raise CannotUnpack("it is encrypted with a password", "Unpack it by hand, and name the snapshot itself.")
        if entry.compress_type not in _METHODS:
            raise CannotUnpack(
                f"it is compressed by zip's method {entry.compress_type}", "Unpack it by hand (`unzip`, `7z x`)."
            )
        try:
            opened = opened or archive.open(entry)
            return opened.read(size)
        except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError, zlib.error) as error:
            raise _damaged(error) from None

    return Stream(read)


def _damaged(error: Exception) -> Damaged:
    return Damaged(
        f"the zip archive is damaged or cut off: {error}", "Was it copied completely? Try another copy of the backup."
    )
