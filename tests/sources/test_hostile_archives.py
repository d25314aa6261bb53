"""Archives that would fill the disk, the memory or the day."""

from __future__ import annotations

import gzip
import zipfile
from typing import TYPE_CHECKING

import pytest
from packing import tar, tar_gz, zipped

from snapinspect.errors import SourceError
from snapinspect.sources import Source
from snapinspect.sources.stream import Budget

if TYPE_CHECKING:
    from collections.abc import Callable


def _keys(source: Source) -> int:
    return len(list(source.store.keys()))


ZEROS = bytes(60 << 20)
BOMBS: dict[str, Callable[[bytes], bytes]] = {
    "a snapshot that never ends": lambda head: gzip.compress(head + ZEROS),
    "the same in a zip": lambda head: zipped({"s": head + ZEROS}),
    "a file to pass over": lambda head: tar_gz({"zeros": ZEROS, "s": head}),
    "packed twice": lambda head: gzip.compress(tar_gz({"zeros": ZEROS, "s": head})),
    "a zip in an archive": lambda head: tar_gz({"in.zip": zipped({"zeros": ZEROS}, zipfile.ZIP_STORED), "s": head}),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_is_refused(
    bomb: str, opened: Callable[..., Source], snapshot: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Budget, "FREE", 4 << 20)
    monkeypatch.setattr(Budget, "RATIO", 20)
    with pytest.raises(SourceError, match="bomb"):
        opened(BOMBS[bomb](snapshot))
    assert _keys(opened(tar_gz({"s": snapshot}))) == 637


def test_archives_are_not_followed_for_ever(opened: Callable[..., Source], snapshot: bytes) -> None:
    packed = snapshot
    for _ in range(20):
        packed = gzip.compress(packed, 1)
    with pytest.raises(SourceError, match="12 deep"):
        opened(packed)


def test_very_many_files_are_refused(
    opened: Callable[..., Source], snapshot: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Budget, "FILES", 50)
    few = {str(number): b"" for number in range(49)}
    assert _keys(opened(tar({**few, "s": snapshot}))) == 637
    with pytest.raises(SourceError, match="more than 50 files"):
        opened(tar({**few, "more": b"", "s": snapshot}))


def test_a_zip_with_a_huge_directory_is_refused(opened: Callable[..., Source]) -> None:
    end = b"PK\x05\x06" + bytes(4) + (1).to_bytes(2, "little") * 2 + (9 << 20).to_bytes(4, "little") + bytes(6)
    with pytest.raises(SourceError, match="impossibly long"):
        opened(b"PK\x03\x04" + bytes(9 << 20) + end)
