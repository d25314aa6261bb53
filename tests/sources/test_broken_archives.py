"""Archives that are cut off or broken, and what is said of them."""

from __future__ import annotations

import tempfile
from functools import cache
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packing import COMPRESSORS, tar, tar_gz, zipped

from snapinspect.errors import Damaged, SnapinspectError
from snapinspect.model import silent
from snapinspect.sources import Source, open_source

if TYPE_CHECKING:
    from collections.abc import Callable

CONFIG = b"kind: EncryptionConfiguration\n"


@cache
def _packed(name: str, content: bytes) -> bytes:
    return COMPRESSORS[name](content)


def _keys(source: Source) -> int:
    return len(list(source.store.keys()))


@pytest.mark.parametrize("name", COMPRESSORS)
@pytest.mark.parametrize("part", [0.3, 0.999])
def test_a_truncated_file_is_damaged(name: str, part: float, opened: Callable[..., Source], snapshot: bytes) -> None:
    packed = _packed(name, snapshot)
    with pytest.raises(Damaged):
        opened(packed[: int(len(packed) * part)])


@pytest.mark.parametrize("name", COMPRESSORS)
def test_a_broken_file_is_damaged_or_its_digest_differs(
    name: str, opened: Callable[..., Source], snapshot: bytes
) -> None:
    packed = bytearray(_packed(name, snapshot))
    packed[len(packed) // 2] ^= 0xFF
    try:
        source = opened(bytes(packed))
    except SnapinspectError:
        return
    # Zstandard's own checksum is optional.
    assert name == "zst"
    assert source.evidence.digests(silent).state == "mismatch"


@pytest.mark.parametrize("pack", [tar, tar_gz, zipped])
def test_a_truncated_archive_is_damaged(
    pack: Callable[..., bytes], opened: Callable[..., Source], snapshot: bytes
) -> None:
    packed = pack({"readme": b"x" * 1000, "s": snapshot})
    with pytest.raises(Damaged):
        opened(packed[: len(packed) // 2])


def test_a_whole_snapshot_is_read_from_an_archive_that_is_cut_off_behind_it(
    opened: Callable[..., Source], snapshot: bytes
) -> None:
    packed = tar({"s": snapshot, "kubernetes/manifest": b"x" * 4000})
    source = opened(packed[: len(snapshot) + 2000])
    assert _keys(source) == 637
    (note,) = source.notes
    assert "not read whole" in note
    assert "cut off" in note


def test_a_broken_archive_beside_the_snapshot_is_said(opened: Callable[..., Source], snapshot: bytes) -> None:
    other = tar_gz({"enc.yaml": CONFIG * 1000})
    source = opened(tar({"static.tar.gz": other[: len(other) // 2], "s": snapshot, "after.yaml": CONFIG}))
    assert _keys(source) == 637
    assert [name for name, _ in source.siblings()] == ["after.yaml"]
    assert [note for note in source.notes if "a!static.tar.gz!enc.yaml was not read whole" in note]


INNER = {"enc.yaml": CONFIG, "b": bytes(600), "in.zip": zipped({"c": CONFIG}), "in.tgz": tar_gz({"d": CONFIG})}
WHOLE = {"tar": tar(INNER), "zip": zipped(INNER), **{name: pack(tar(INNER)) for name, pack in COMPRESSORS.items()}}


@given(st.sampled_from(sorted(WHOLE)), st.data())
def test_whatever_is_broken_raises_nothing_else(name: str, data: st.DataObject) -> None:
    content = bytearray(WHOLE[name])
    for _ in range(data.draw(st.integers(1, 5))):
        near_an_end = st.integers(-min(200, len(content)), min(199, len(content) - 1))
        place = data.draw(near_an_end | st.integers(0, len(content) - 1))
        content[place] = data.draw(st.sampled_from((0, 255)) | st.integers(0, 255))
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        with pytest.raises(SnapinspectError):
            open_source(file.name, silent)
