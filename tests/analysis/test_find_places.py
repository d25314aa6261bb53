"""Which snapshots are meant by files, directories and patterns."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from snapinspect.analysis.find import snapshots_at


@pytest.fixture
def shelf(tmp_path: Path, snapshot_file: Callable[[str], Path]) -> Path:
    """A directory as people keep them."""
    small = snapshot_file("small")
    for name in ("a.db", "b.db", ".hidden.db", "member-1/member/snap/db", "other/deep.db"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(small, path)
    (tmp_path / "README.md").write_text("Nightly.\n")
    (tmp_path / "empty.db").touch()
    (tmp_path / "garbage.db").write_bytes(b"\0\1\2" * 999)
    shutil.make_archive(str(tmp_path / "packed"), "gztar", tmp_path / "other")
    (tmp_path / "latest").symlink_to("b.db")
    os.mkfifo(tmp_path / "pipe")
    return tmp_path


def names(shelf: Path, *specs: str) -> list[str]:
    return [os.path.relpath(path, shelf) for path in snapshots_at(specs).paths]


ON_THE_SHELF = ["a.db", "b.db", "empty.db", "garbage.db", "member-1", "packed.tar.gz"]


def test_a_directory_is_all_that_may_be_a_snapshot_in_it(shelf: Path) -> None:
    found = snapshots_at([str(shelf)])
    assert [os.path.relpath(path, shelf) for path in found.paths] == ON_THE_SHELF
    assert found.perhaps == {str(shelf / "packed.tar.gz")}
    assert found.empty == []


def test_a_data_directory_is_one_snapshot(shelf: Path) -> None:
    assert names(shelf, str(shelf / "member-1")) == ["member-1"]
    assert names(shelf, str(shelf / "member-1" / "member")) == ["member-1/member"]


def test_a_pattern_is_all_that_it_matches(shelf: Path) -> None:
    assert names(shelf, f"{shelf}/[ab].db") == ["a.db", "b.db"]
    assert names(shelf, f"{shelf}/o*") == ["other/deep.db"]
    assert names(shelf, f"{shelf}/**/deep.db") == ["other/deep.db"]
    assert snapshots_at([f"{shelf}/nosuch*"]).empty == [f"{shelf}/nosuch*"]
    assert snapshots_at([f"{shelf}/nosuch*"]).paths == []


def test_what_is_named_is_taken_as_it_is_and_once(shelf: Path) -> None:
    assert names(shelf, f"{shelf}/README.md", f"{shelf}/nosuch.db") == ["README.md", "nosuch.db"]
    assert names(shelf, f"{shelf}/latest", f"{shelf}/b.db", f"{shelf}/*.db") == [
        "b.db",
        "a.db",
        "empty.db",
        "garbage.db",
    ]
    assert names(shelf, f"{shelf}/latest") == ["latest"]
    for spec in ("https://[::1]:2379", "unix:/run/etcd.sock", "-", "-![a]", f"{shelf}/packed.tar.gz![a]"):
        assert snapshots_at([spec]).paths == [spec]


def test_a_name_that_looks_like_a_pattern_is_a_name_first(shelf: Path) -> None:
    odd = shelf / "[ab].db"
    odd.write_bytes(b"\0")
    assert names(shelf, str(odd)) == ["[ab].db"]
