"""What never ends, or is reached again and again, does not take the program along."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import shutil
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard
from cli_program import ROOT, SMALL, command, run


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


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress, zstandard.compress])
def test_what_grows_far_beyond_its_size_is_refused_unless_it_is_allowed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pack: Callable[[bytes], bytes]
) -> None:
    monkeypatch.setattr("snapinspect.sources.stream.Budget.FREE", 1 << 20)
    path = tmp_path / "s.db.packed"
    path.write_bytes(pack(SMALL.read_bytes()[:-32] + bytes(64 << 20)))
    monkeypatch.setattr("snapinspect.sources.stream.Budget.RATIO", 1)
    refused = run("ls", path, "-A", "-o", "name")
    assert refused.code == 1
    assert "the archive unpacks to more than" in refused.err
    assert "--max-unpacked" in refused.err
    allowed = run("ls", path, "-A", "-o", "name", "--max-unpacked", "100M")
    assert (allowed.code, allowed.out) == (0, run("ls", SMALL, "-A", "-o", "name").out)
    assert run("ls", path, "--max-unpacked", "much").code == 2


def test_a_pipe_brings_no_more_than_is_allowed() -> None:
    refused = run("ls", "-", "--max-unpacked", "64k", stdin=SMALL.read_bytes())
    assert refused.code == 1
    assert refused.err.startswith("error: standard input brings more than 65.5 kB")


def test_large_windows_are_no_damage(tmp_path: Path) -> None:
    wide = zstandard.ZstdCompressionParameters(window_log=30, enable_ldm=True)
    chain = [{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 512 << 20}]
    packed = {
        "s.zst": zstandard.ZstdCompressor(compression_params=wide).compressobj(),
        "s.xz": lzma.LZMACompressor(lzma.FORMAT_XZ, filters=chain),
    }
    for name, packer in packed.items():
        (tmp_path / name).write_bytes(packer.compress(SMALL.read_bytes()) + packer.flush())
        assert run("ls", tmp_path / name, "-A").out == run("ls", SMALL, "-A").out


def test_a_named_pipe_is_read(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(gzip.compress(SMALL.read_bytes()),), daemon=True)
    writer.start()
    assert run("ls", pipe, "-A").out == run("ls", SMALL, "-A").out
    writer.join()


@pytest.mark.parametrize("path", ["/proc/kmsg", "/proc/self/mem", "/dev/zero", "/dev/null"])
def test_what_the_kernel_makes_up_is_refused_at_once(path: str) -> None:
    done = subprocess.run(command("ls", path), cwd=ROOT, capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: {path}")


def test_a_place_for_temporary_files_that_was_named_is_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = tmp_path / "s.gz"
    packed.write_bytes(gzip.compress(SMALL.read_bytes()))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "none"))
    refused = run("ls", packed)
    assert refused.code == 1
    assert f"TMPDIR names {tmp_path / 'none'}" in refused.err


@pytest.mark.parametrize(
    ("spec", "code"),
    [("https://root:hunter2@h:2379", 2), ("http://root:hunter2@h:port", 2), ("https://hunter2@localhost:1/x", 1)],
)
def test_a_password_in_an_address_is_not_told(spec: str, code: int) -> None:
    refused = run("ls", spec)
    assert refused.code == code
    assert "hunter2" not in refused.err


def test_a_key_in_a_broken_kubeconfig_is_not_told(tmp_path: Path) -> None:
    broken = tmp_path / "config"
    broken.write_text('users:\n- user: {client-key-data: "hunter2\n  : [', encoding="utf-8")
    refused = run("restore", SMALL, "deploy/api", "-n", "infra-production", "--dry-run", "--kubeconfig", broken)
    assert refused.code == 1
    assert "hunter2" not in refused.err
    assert "is no valid YAML" in refused.err


def test_a_pattern_that_cannot_be_read_does_not_end_find(tmp_path: Path) -> None:
    found = run("find", "deploy/api", f"{tmp_path}/{'n' * 300}", SMALL, f"{tmp_path}/*.db", "-n", "infra-production")
    assert found.code == 3
    assert "first seen" in found.out
