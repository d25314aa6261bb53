"""Data directories whose keys are of etcd's version 2, which no database holds."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_program import run
from real_etcd import STAYING, killed, running_etcd

MEMBER = Path(__file__).resolve().parents[2] / "fixtures" / "field" / "19-etcd-v2" / "member.tar.gz"


@pytest.mark.parametrize("command", ["ls", "info", "verify"])
def test_keys_of_version_2_are_counted_and_said_to_be_unread(command: str) -> None:
    outcome = run(command, MEMBER)
    assert outcome.code == 3
    assert "keys of etcd's version 2 (8 that were written)" in outcome.out + outcome.err
    assert "--enable-v2" in outcome.out + outcome.err
    assert "sound" not in outcome.out


def test_members_of_today_have_none(tmp_path: Path) -> None:
    with running_etcd(*STAYING) as etcd:
        etcd.put(b"/1/looks-like-it", b"\x12\x03PUT\x1a\x05/1/ab")
        directory = killed(etcd, tmp_path / "data")
    outcome = run("ls", directory)
    assert outcome.code == 0, outcome.err
