"""Bytes that were put behind a snapshot: told, and its SHA-256 is checked all the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from snapinspect.model import silent
from snapinspect.sources import open_source

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BEHIND = {
    "a line feed": b"\n",
    "a log line": b"Snapshot saved at snap.db\n",
    "a block": bytes(512),
    "padding": bytes(480),
}


def _state(path: Path, content: bytes) -> tuple[str, int]:
    path.write_bytes(content)
    source = open_source(str(path), silent)
    digests = source.evidence.digests(silent)
    source.close()
    assert bool(digests.remark) == bool(digests.behind)
    return digests.state, digests.behind


@pytest.mark.parametrize("behind", BEHIND)
def test_the_digest_is_found_before_them(behind: str, tmp_path: Path, snapshot_file: Callable[[str], Path]) -> None:
    whole = snapshot_file("small").read_bytes()
    assert _state(tmp_path / "whole", whole) == ("ok", 0)
    assert _state(tmp_path / "more", whole + BEHIND[behind]) == ("ok", len(BEHIND[behind]))


@pytest.mark.parametrize("behind", ["a line feed", "a log line", "a block"])
def test_damage_is_seen_before_them(behind: str, tmp_path: Path, snapshot_file: Callable[[str], Path]) -> None:
    damaged = bytearray(snapshot_file("small").read_bytes())
    damaged[len(damaged) // 2] ^= 1
    assert _state(tmp_path / "more", bytes(damaged) + BEHIND[behind])[0] == "mismatch"


def test_a_members_file_has_none_and_may_be_larger_than_its_pages(
    tmp_path: Path, snapshot_file: Callable[[str], Path]
) -> None:
    pages = snapshot_file("small").read_bytes()[:-32]
    assert _state(tmp_path / "db", pages) == ("absent", 0)
    assert _state(tmp_path / "grown", pages + bytes(1 << 20)) == ("absent", 0)
    assert _state(tmp_path / "more", pages + b"hello") == ("absent", 5)
