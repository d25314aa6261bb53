"""Data directories whose keys are of etcd's version 2, which no database holds."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

import pytest
from cli_program import run
from hypothesis import given, settings
from hypothesis import strategies as st
from real_etcd import STAYING, killed, running_etcd

from snapinspect.etcd.wal.version2 import keys_in_raft_snapshot

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


@pytest.mark.parametrize("is_packed", [False, True])
def test_keys_that_only_a_raft_snapshot_holds_are_counted(tmp_path: Path, is_packed: bool) -> None:
    """The log of which they were a part is removed in time."""
    with running_etcd(*STAYING) as etcd:
        etcd.put(b"/registry/a", b"b")
        directory = killed(etcd, tmp_path / "data")
    with tarfile.open(MEMBER) as packed:
        for name in packed.getnames():
            if name.endswith(".snap"):
                (directory / name).write_bytes(packed.extractfile(name).read())
    path = directory
    if is_packed:
        path = tmp_path / "data.tar"
        with tarfile.open(path, "w") as archive:
            archive.add(directory, "backup")
    outcome = run("verify", path)
    assert outcome.code == 3
    assert "keys of etcd's version 2 (8 that were written)" in outcome.out + outcome.err


@settings(deadline=None)
@given(st.dictionaries(st.text(min_size=1), st.text(), min_size=1))
def test_every_key_of_a_raft_snapshot_is_found_whatever_its_name_and_value_hold(keys: dict[str, str]) -> None:
    node = {"CreatedIndex": 3, "ModifiedIndex": 4, "ExpireTime": "0001-01-01T00:00:00Z"}
    written = {name: {"Path": f"/1/{name}", **node, "Value": value, "Children": None} for name, value in keys.items()}
    users = {"Path": "/1", **node, "Value": "", "Children": written}
    root = {"Root": {"Path": "/", **node, "Value": "", "Children": {"1": users}}}
    text = json.dumps(root, ensure_ascii=False, separators=(",", ":"))
    assert keys_in_raft_snapshot(text.encode()) == {f"/{name}".encode() for name in keys}


@pytest.mark.parametrize("path", [b"/\xff", b"/\\u", b"/\\ud800", b"/\n"])
def test_a_key_that_is_no_json_counts_as_it_stands(path: bytes) -> None:
    node = b'"Path":"/1%b","CreatedIndex":3,"ModifiedIndex":4,"ExpireTime":"","Value":"","Children":null'
    assert keys_in_raft_snapshot(node % path) == {path}
