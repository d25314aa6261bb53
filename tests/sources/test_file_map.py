"""Pieces of a mapped file that are read past the map."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snapinspect.sources.mapping import FileMap

CONTENT = bytes(range(256)) * 5


def _mapped(path: Path) -> FileMap:
    path.write_bytes(CONTENT)
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return FileMap.of(descriptor)
    finally:
        os.close(descriptor)


@given(start=st.integers(0, 1280), size=st.integers(0, 1400))
def test_a_piece_is_what_a_slice_is(start: int, size: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    mapped = _mapped(tmp_path_factory.getbasetemp() / "mapped")
    assert mapped.piece(start, start + size) == mapped[start : start + size] == CONTENT[start : start + size]
    mapped.close()


def test_what_was_cut_off_is_left_to_the_map(tmp_path: Path) -> None:
    mapped = _mapped(tmp_path / "mapped")
    os.truncate(tmp_path / "mapped", 1000)
    # The last page is still there, and the map holds zeros behind the file's end.
    assert mapped.piece(990, 1010) == mapped[990:1010] == CONTENT[990:1000] + bytes(10)
    mapped.close()


def test_nothing_is_held_open_behind_the_end(tmp_path: Path) -> None:
    mapped = _mapped(tmp_path / "mapped")
    mapped.close()
    unclosed = _mapped(tmp_path / "mapped")
    del unclosed
    links = [link for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]
    assert tmp_path / "mapped" not in [link.readlink() for link in links]
