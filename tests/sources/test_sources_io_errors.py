"""Disks that fail or fill: at every read and every write of a small run, an error in words and nothing half-written."""

from __future__ import annotations

import errno
import gzip
import io
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cli_program import ROOT, SMALL, Outcome, command, run

_CALLS = ("open", "read", "preadv", "write", "pwrite", "fsync", "link", "rename", "replace", "mkdir", "fstat")
_OBJECT = ("deploy/api", "-n", "infra-production")
_MOST = 400
_SOME = 4


class Disk:
    """The system's calls on what lies below a directory, of which the one of a given number fails."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, root: Path, code: int) -> None:
        self.number, self.fail_at, self._code = 0, 0, code
        self._root = str(root)
        self._open = io.open
        for name in _CALLS:
            monkeypatch.setattr(os, name, self._wrapped(getattr(os, name)))
        monkeypatch.setattr(io, "open", self._open_counted)

    def arm(self, fail_at: int) -> None:
        self.number, self.fail_at = 0, fail_at

    def call(self) -> None:
        self.number += 1
        if self.number == self.fail_at:
            raise OSError(self._code, os.strerror(self._code))

    def _wrapped(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any, **options: Any) -> Any:
            if self._concerns(args[0]):
                self.call()
            return real(*args, **options)

        return counted

    def _open_counted(self, file: Any, mode: str = "r", buffering: int = -1, *rest: Any, **options: Any) -> Any:
        if not self._concerns(file) or "b" not in mode:
            return self._open(file, mode, buffering, *rest, **options)
        self.call()
        raw = _File(file, mode.replace("b", ""))
        raw.disk = self
        return raw if buffering == 0 else io.BufferedReader(raw)

    def _concerns(self, what: object) -> bool:
        """The tests' own machinery goes on."""
        try:
            named = Path(f"/proc/self/fd/{what}").readlink() if isinstance(what, int) else what
        except OSError:
            return False
        return str(named).startswith(self._root)


class _File(io.FileIO):
    disk: Disk

    def readinto(self, buffer: Any) -> int:
        self.disk.call()
        return super().readinto(buffer)

    def read(self, size: int | None = -1) -> bytes:
        self.disk.call()
        return super().read(-1 if size is None else size)


def _left_in(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.rglob("*"))


@pytest.mark.parametrize("code", [errno.EIO, errno.ENOSPC, errno.EACCES])
@pytest.mark.parametrize("name", ["get", "export", "rebuild"])
@pytest.mark.parametrize("packed", [False, True])
def test_each_call_may_fail(
    code: int, name: str, packed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each in its turn: the run ends in words with nothing left, or what it has made is whole."""
    snapshot = tmp_path / "s.db"
    snapshot.write_bytes(gzip.compress(SMALL.read_bytes(), 1) if packed else SMALL.read_bytes())
    temporary, out = tmp_path / "temporary", tmp_path / "out"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    monkeypatch.delenv("TMPDIR", raising=False)
    disk = Disk(monkeypatch, tmp_path, code)
    target = out / "made"

    def attempt(fail_at: int) -> tuple[Outcome, list[str]]:
        out.mkdir(exist_ok=True)
        disk.arm(fail_at)
        words = {"get": _OBJECT, "export": (*_OBJECT, "-d", target), "rebuild": (target,)}[name]
        outcome = run(name, snapshot, *words)
        disk.fail_at = 0
        made = _left_in(out)
        subprocess.run(["rm", "-rf", str(out)], check=True)
        return outcome, made

    whole = attempt(0)
    assert whole[0].code == 0, whole
    failures = 0
    for fail_at in range(1, _MOST):
        outcome, made = attempt(fail_at)
        if disk.number < fail_at:
            break
        assert _left_in(temporary) == []
        if outcome.code:
            failures += 1
            error, hint = outcome.err.splitlines()[-2:]
            assert (outcome.code, error[:7], hint[:6]) == (1, "error: ", "hint: "), outcome
            assert "fault of snapinspect" not in outcome.err
            assert made in ([], whole[1])
        else:
            assert (outcome.out, made) == (whole[0].out, whole[1])
    assert fail_at < _MOST - 1
    assert failures > _SOME


SIGNALLED = """
import signal, sys
signal.signal(signal.SIGALRM, lambda *_: None)
signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
from snapinspect.__main__ import main
try:
    main()
finally:
    signal.setitimer(signal.ITIMER_REAL, 0)
"""


def test_calls_that_signals_interrupt_go_on(tmp_path: Path) -> None:
    """EINTR, some thousand times a second, with input that comes through a pipe bit by bit."""
    expected = subprocess.run(command("ls", SMALL, "-A"), cwd=ROOT, capture_output=True, check=True).stdout
    words = [sys.executable, "-c", SIGNALLED, "ls", "-", "-A"]
    with subprocess.Popen(words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        data = SMALL.read_bytes()
        for start in range(0, len(data), 100_000):
            process.stdin.write(data[start : start + 100_000])
        process.stdin.close()
        assert process.stdout.read() == expected
    assert process.returncode == 0


LOST = """
import mmap, os, sys
from pathlib import Path
from snapinspect.errors import SnapinspectError, Withdrawn
from snapinspect.etcd import Database
from snapinspect.model import silent
from snapinspect.sources import mapping
from snapinspect.sources.mapping import heed_writers, map_file
mapping._COPIED = 0
heed_writers()
whole, path = Path(sys.argv[1]).read_bytes(), Path(sys.argv[2])
lost = []
for size in range(0, len(whole), mmap.PAGESIZE * 9):
    path.write_bytes(whole)
    data = map_file(path)
    os.truncate(path, size)
    try:
        count = sum(1 for record in Database(data, silent).scan(lambda key: True) if bytes(record.value))
        print("read", size, count)
    except Withdrawn:
        print("lost", size, 0)
    except SnapinspectError as error:
        print("said", size, error)
"""


def test_a_map_may_end_at_any_byte(tmp_path: Path) -> None:
    """Whatever page is the first that is lost, the walk unwinds by our own error, and the program goes on."""
    done = subprocess.run(
        [sys.executable, "-c", LOST, SMALL, tmp_path / "s.db"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    verdicts = [line.split()[0] for line in done.stdout.splitlines()]
    assert len(verdicts) > 30
    assert verdicts.count("lost") > len(verdicts) // 2
    assert verdicts[0] != "read"
