"""Data directories, standard input, and plain files that are no snapshot."""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING

import pytest

from snapinspect.errors import NotASnapshot, SourceError
from snapinspect.model import silent
from snapinspect.sources import open_source

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DIGEST_SIZE = 32


@pytest.fixture
def member(tmp_path: Path, snapshot_file: Callable[[str], Path]) -> Path:
    """A member's directory without a write-ahead log."""
    (tmp_path / "member/snap").mkdir(parents=True)
    (tmp_path / "member/snap/db").write_bytes(snapshot_file("small").read_bytes()[:-DIGEST_SIZE])
    return tmp_path / "member"


@pytest.mark.parametrize("place", ["..", "", "snap", "snap/db"])
def test_a_log_beside_the_database_is_never_passed_over_silently(
    place: str, killed_etcd: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A directory brings its log; beside a database that is named itself it is told."""
    monkeypatch.chdir(killed_etcd / "member")
    source = open_source(place or ".", silent)
    (note,) = source.notes
    if place == "snap/db":
        assert f"--wal {killed_etcd / 'member' / 'wal'} reads it" in note
        assert not list(source.store.keys())
    else:
        assert note.startswith("the write-ahead log has what the database lacks")
        assert note.endswith("changes: 50")
        assert len(list(source.store.keys())) == 50
    assert list(source.siblings()) == []
    source.close()


@pytest.mark.parametrize("place", ["..", "", "snap", "snap/db"])
def test_without_a_log_there_is_nothing_to_note(place: str, member: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(member)
    source = open_source(place or ".", silent)
    assert source.notes == ()
    source.close()


def test_a_directory_without_a_database(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no etcd database") as caught:
        open_source(str(tmp_path), silent)
    assert "member/snap/db" in caught.value.hint


def test_a_directory_is_not_changed(member: Path) -> None:
    before = [(path, path.stat().st_mtime_ns) for path in sorted(member.rglob("*"))]
    source = open_source(str(member), silent)
    assert source.store.revision > 1
    source.close()
    assert [(path, path.stat().st_mtime_ns) for path in sorted(member.rglob("*"))] == before


@pytest.mark.parametrize("spec", ["none", "none!x", "none.tar.gz!a!b", ""])
def test_what_is_not_there(spec: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SourceError):
        open_source(spec, silent)


def test_a_name_with_an_exclamation_mark_is_a_name(tmp_path: Path, snapshot_file: Callable[[str], Path]) -> None:
    (tmp_path / "wow!.db").write_bytes(snapshot_file("small").read_bytes())
    source = open_source(str(tmp_path / "wow!.db"), silent)
    assert source.store.revision == 1175
    source.close()


def test_a_pipe_to_which_nobody_writes_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(SourceError, match="nobody writes"):
        open_source(str(tmp_path / "pipe"), silent)


@pytest.mark.parametrize("sent", [b"", b"hello"])
def test_standard_input_that_is_no_snapshot(sent: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(sent)))
    with pytest.raises(NotASnapshot):
        open_source("-", silent)


def test_a_terminal_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    controller, terminal = os.openpty()
    with open(terminal) as stdin:  # noqa: PTH123
        monkeypatch.setattr(sys, "stdin", stdin)
        with pytest.raises(SourceError, match="terminal"):
            open_source("-", silent)
    os.close(controller)
