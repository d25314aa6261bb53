"""The tar reader, held against the standard library's."""

from __future__ import annotations

import io
import tarfile
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packing import tar

from snapinspect.errors import Damaged, SnapinspectError
from snapinspect.sources.stream import Stream
from snapinspect.sources.tar import tar_files

FORMATS = (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT)
_LETTERS = st.characters(codec="utf-8", exclude_characters="\0", exclude_categories=["Cs"])
_PARTS = st.text(_LETTERS, min_size=1, max_size=300).filter(lambda name: "/" not in name)
NAMES = st.lists(_PARTS, min_size=1, max_size=3).map("/".join)
FILES = st.dictionaries(NAMES, st.binary(max_size=1200), max_size=5)


def _stream(content: bytes) -> Stream:
    return Stream(io.BytesIO(content).read)


def _read(content: bytes) -> list[tuple[str, bytes]]:
    return [(packed.name, b"".join(packed.content.chunks())) for packed in tar_files(_stream(content))]


@given(FILES, st.sampled_from(FORMATS[1:]))
def test_reads_what_the_standard_library_writes(files: dict[str, bytes], format_: int) -> None:
    assert _read(tar(files, format_=format_)) == list(files.items())


@given(st.dictionaries(st.text("abc/.", min_size=1, max_size=90).filter(lambda n: n[-1] != "/"), st.binary(max_size=9)))
def test_reads_the_oldest_format(files: dict[str, bytes]) -> None:
    assert _read(tar(files, format_=tarfile.USTAR_FORMAT)) == list(files.items())


@given(FILES, st.sampled_from(FORMATS[1:]), st.data())
def test_whatever_is_broken_raises_nothing_else(files: dict[str, bytes], format_: int, data: st.DataObject) -> None:
    content = bytearray(tar({"first": b"1", **files}, format_=format_))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with suppress(SnapinspectError):
        _read(bytes(content))


@given(FILES.filter(bool), st.sampled_from(FORMATS[1:]), st.data())
def test_a_file_that_is_cut_off_is_never_given_as_whole(
    files: dict[str, bytes], format_: int, data: st.DataObject
) -> None:
    content = tar(files, format_=format_).rstrip(b"\0")
    cut = content[: data.draw(st.integers(0, len(content)))]
    whole: list[tuple[str, bytes]] = []
    try:
        for packed in tar_files(_stream(cut)):
            whole.append((packed.name, b"".join(packed.content.chunks())))
    except Damaged:
        pass
    assert whole == list(files.items())[: len(whole)]


def test_what_nobody_takes_is_passed_over() -> None:
    files = {"a": b"1" * 700, "b": b"2" * 512, "c": b""}
    assert [packed.name for packed in tar_files(_stream(tar(files)))] == ["a", "b", "c"]


def _header(**of: object) -> bytes:
    about = tarfile.TarInfo("f")
    for attribute, value in of.items():
        setattr(about, attribute, value)
    return about.tobuf(tarfile.GNU_FORMAT)


@pytest.mark.parametrize(
    "content",
    [
        _header(type=tarfile.GNUTYPE_LONGNAME, size=1 << 30) + bytes(1024),
        _header(type=tarfile.XHDTYPE, size=1 << 30) + bytes(1024),
        _header(type=tarfile.XHDTYPE, size=8) + b"99 a=b\n\0".ljust(512, b"\0"),
        _header(type=tarfile.XHDTYPE, size=8) + b"0 a=b\n\0\0".ljust(512, b"\0"),
        _header(type=tarfile.XHDTYPE, size=11) + b"11 size=-1\n".ljust(512, b"\0") + _header(),
        _header(size=1 << 60),
        _header(size=-5),
        b"F" + _header()[1:],
        _header(size=5) + b"12345",
    ],
)
def test_what_a_header_may_not_say(content: bytes) -> None:
    with pytest.raises(Damaged):
        _read(content)


def test_a_sparse_file_is_not_taken_for_its_map() -> None:
    with pytest.raises(SnapinspectError, match="sparse"):
        _read(_header(type=tarfile.GNUTYPE_SPARSE, size=512) + bytes(512))
