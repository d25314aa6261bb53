"""Archives that end too early or are damaged: ``--salvage`` reads what unpacks, and says that it is not all."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from packing import COMPRESSORS, SQL_DUMPS, kine_rows, tar, tar_gz, zipped

from snapinspect.errors import Damaged, NotASnapshot
from snapinspect.etcd import Database
from snapinspect.model import silent
from snapinspect.sources import open_source
from snapinspect.sources.mapping import map_file
from snapinspect.sources.recovery import open_salvaged

if TYPE_CHECKING:
    from collections.abc import Callable

    from snapinspect.sources import Source


FIELD = Path(__file__).parents[2] / "fixtures" / "field"


@pytest.fixture(scope="module")
def content(snapshot_file: Callable[[str], Path]) -> bytes:
    return snapshot_file("small").read_bytes()


def _without_directory(packed: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        return packed[: archive.start_dir]


def _streamed(content: bytes, method: int) -> bytes:
    """A zip archive as a program writes it that cannot go back: sizes stand behind each file."""

    class Pipe:
        def __init__(self) -> None:
            self.taken = bytearray()

        def write(self, chunk: bytes) -> int:
            self.taken += chunk
            return len(chunk)

        def flush(self) -> None:
            """Nothing waits."""

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", method) as archive:  # type: ignore[call-overload]
        archive.writestr("notes.txt", "of another file")
        archive.writestr("etcd-snapshot", content)
    return bytes(pipe.taken)


WHOLE_INSIDE: dict[str, Callable[[bytes], bytes]] = {
    "zip without its directory": lambda content: _without_directory(zipped({"a.txt": b"x", "db": content})),
    "zip of stored files": lambda content: _without_directory(zipped({"a/db": content}, zipfile.ZIP_STORED)),
    "zip that was streamed": lambda content: _without_directory(_streamed(content, zipfile.ZIP_DEFLATED)),
    "gzip with a wrong checksum": lambda content: COMPRESSORS["gz"](content)[:-8] + bytes(8),
}
CUT: dict[str, Callable[[bytes], bytes]] = {
    **{name: pack for name, pack in COMPRESSORS.items() if name != "lzw"},
    "tar": lambda content: tar({"a.txt": b"x", "backup/db": content}),
    "tar.gz": lambda content: tar_gz({"backup/db": content}),
    "zip": lambda content: zipped({"db": content}),
    "zip that was streamed": lambda content: _streamed(content, zipfile.ZIP_DEFLATED),
}


def _salvaged(path: Path) -> Source:
    with pytest.raises(Damaged):
        open_source(str(path), silent)
    return open_salvaged(str(path), silent)


def _keys(source: Source) -> set[bytes]:
    keys = set(source.store.keys())
    source.close()
    return keys


@pytest.mark.parametrize("form", WHOLE_INSIDE)
def test_what_is_whole_in_a_broken_archive_is_read_whole(form: str, content: bytes, tmp_path: Path) -> None:
    path, plain = tmp_path / "backup", tmp_path / "plain"
    path.write_bytes(WHOLE_INSIDE[form](content))
    plain.write_bytes(content)
    source = _salvaged(path)
    assert [problem.code for problem in source.problems] == ["damaged"]
    assert _keys(source) == _keys(open_source(str(plain), silent))


@pytest.mark.parametrize("form", CUT)
def test_what_comes_before_the_cut_is_read(form: str, content: bytes, tmp_path: Path) -> None:
    """As much as of the unpacked file that is cut so."""
    packed = CUT[form](content)
    path, plain = tmp_path / "backup", tmp_path / "plain"
    path.write_bytes(packed[: len(packed) * 4 // 5])
    source = _salvaged(path)
    assert source.database is not None
    unpacked = source.database.read_bytes()
    assert content.startswith(unpacked)
    assert len(unpacked) > len(content) // 2
    assert "cut off" in source.problems[-1].reason
    plain.write_bytes(unpacked)
    assert _keys(source) == _keys(open_salvaged(str(plain), silent)) != set()


def test_a_flipped_bit_costs_what_comes_after_it(content: bytes, tmp_path: Path) -> None:
    packed = bytearray(COMPRESSORS["gz"](content))
    packed[len(packed) // 2] ^= 0x10
    path = tmp_path / "backup.gz"
    path.write_bytes(packed)
    source = _salvaged(path)
    assert source.database is not None
    unpacked = source.database.read_bytes()
    same = next((at for at, (one, other) in enumerate(zip(unpacked, content, strict=False)) if one != other), None)
    assert len(unpacked) > len(content) // 4
    assert same is None or same > len(content) // 4
    source.close()


def test_a_snapshot_without_meta_pages_is_salvaged_out_of_its_gzip(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "backup.gz"
    path.write_bytes(COMPRESSORS["gz"](bytes(8192) + content[8192:]))
    with pytest.raises(NotASnapshot):
        open_source(str(path), silent)
    assert _keys(open_salvaged(str(path), silent))


def test_a_cut_dump_is_read_as_far_as_it_goes(snapshot_file: Callable[[str], Path], tmp_path: Path) -> None:
    rows = kine_rows(Database(map_file(snapshot_file("small")), silent))
    packed = COMPRESSORS["gz"](SQL_DUMPS["sqlite"](rows))
    path = tmp_path / "state.sql.gz"
    path.write_bytes(packed[: len(packed) * 3 // 4])
    source = _salvaged(path)
    assert any("cut off" in problem.reason for problem in source.problems)
    assert len(_keys(source)) > len(rows) // 4


def test_lzw_is_read_up_to_the_cut(tmp_path: Path) -> None:
    packed = next(FIELD.glob("14-gardener-zlib/lzw/Full-*")).read_bytes()
    path = tmp_path / "backup"
    path.write_bytes(packed[:-30])
    assert _keys(_salvaged(path))


def test_nothing_comes_of_an_archive_without_a_snapshot(tmp_path: Path) -> None:
    path = tmp_path / "backup.zip"
    path.write_bytes(_without_directory(zipped({"a.txt": b"x"})))
    with pytest.raises(Damaged, match="zip archive is damaged"):
        open_salvaged(str(path), silent)
