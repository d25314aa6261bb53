"""What never ends, or is reached again and again, does not take the program along."""

from __future__ import annotations

import shutil
from pathlib import Path

from cli_program import SMALL, run


def test_links_that_lead_in_circles_are_entered_once(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    for name in ("x", "y"):
        (tmp_path / name).symlink_to(".")
    shutil.copyfile(SMALL, tmp_path / "a" / "b" / "s.db")
    for pattern in ("**", "**/*.db"):
        found = run("find", "deploy/api", f"{tmp_path}/{pattern}", "-n", "infra-production")
        assert found.code == 0, found.err
        assert found.out.count("first seen") == 1


def test_a_device_without_end_is_no_token() -> None:
    refused = run("ls", SMALL, "--token-file", "/dev/zero")
    assert refused.code == 2
    assert "far longer than any token" in refused.err


def test_zeros_without_end_are_no_snapshot() -> None:
    refused = run("ls", "-", stdin=bytes(65 << 20))
    assert refused.code == 1
    assert "nothing but zeros" in refused.err
