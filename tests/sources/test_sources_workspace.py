"""Temporary files go away, however the program ends."""

from __future__ import annotations

import gc
import os
import signal
import stat
import subprocess
import sys
import tempfile
from typing import TYPE_CHECKING

import pytest
from packing import tar_gz

from snapinspect.errors import SourceError
from snapinspect.model import silent
from snapinspect.sources import open_source
from snapinspect.sources.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

OPEN = """
import signal, sys, time
from snapinspect.model import silent
from snapinspect.sources import open_source
signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
source = open_source(sys.argv[1], silent)
print("opened", flush=True)
time.sleep(60)
"""
UNPACK_SLOWLY = """
import signal, sys, time
from contextlib import contextmanager
from snapinspect.sources import open_source
signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
@contextmanager
def slow(label, total):
    print(label, flush=True)
    yield lambda _step: time.sleep(60)
open_source(sys.argv[1], slow)
"""


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    directory = tmp_path / "temporary"
    directory.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(directory))
    return directory


@pytest.fixture
def archive(tmp_path: Path, snapshot_file: Callable[[str], Path]) -> Path:
    path = tmp_path / "etcd-backup.tar.gz"
    path.write_bytes(tar_gz({"etcd-backup.snapshot": snapshot_file("small").read_bytes()}))
    return path


@pytest.fixture
def start(archive: Path, temporary: Path) -> Iterator[Callable[[str], subprocess.Popen[str]]]:
    """Starts a program on the archive, and waits for its first word."""
    started: list[subprocess.Popen[str]] = []

    def run(program: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", program, str(archive)]
        environment = {**os.environ, "TMPDIR": str(temporary)}
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline()
        return process

    yield run
    for process in started:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def _names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


def test_it_is_private_and_closes(temporary: Path) -> None:
    workspace = Workspace()
    file = workspace.spool("a", [b"12", b"3"], "testing", 3)
    assert file.read_bytes() == b"123"
    assert (stat.S_IMODE(file.stat().st_mode), stat.S_IMODE(workspace.path.stat().st_mode)) == (0o600, 0o700)
    (workspace.path / "below").mkdir()
    (workspace.path / "below" / "b").write_bytes(b"")
    (workspace.path / "link").symlink_to(temporary)
    workspace.close()
    workspace.close()
    assert _names(temporary) == []


def test_a_forgotten_one_goes_with_its_object(temporary: Path) -> None:
    workspace = Workspace()
    assert len(_names(temporary)) == 1
    del workspace
    gc.collect()
    assert _names(temporary) == []


def test_a_forked_child_removes_nothing(temporary: Path) -> None:
    workspace = Workspace()
    child = os.fork()
    if not child:
        workspace.close()
        os._exit(0)
    os.waitpid(child, 0)
    assert _names(temporary) == [workspace.path.name]
    workspace.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("program", [OPEN, UNPACK_SLOWLY])
def test_signals_leave_nothing(
    program: str, number: int, start: Callable[[str], subprocess.Popen[str]], temporary: Path
) -> None:
    process = start(program)
    assert len(_names(temporary)) == 1
    process.send_signal(number)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        # Python loses an exception that a signal raises inside a finalizer: a person would press again.
        process.send_signal(number)
    assert process.wait(20) != 0
    assert _names(temporary) == []


@pytest.mark.parametrize("program", [OPEN, UNPACK_SLOWLY])
def test_what_a_killed_run_left_is_removed_by_the_next(
    program: str, start: Callable[[str], subprocess.Popen[str]], temporary: Path, archive: Path
) -> None:
    process = start(program)
    process.kill()
    process.wait()
    (left,) = _names(temporary)
    assert str(process.pid) in left
    source = open_source(str(archive), silent)
    assert left not in _names(temporary)
    source.close()
    assert _names(temporary) == []


def test_a_running_one_is_left_alone(start: Callable[[str], subprocess.Popen[str]], temporary: Path) -> None:
    start(OPEN)
    start(OPEN)
    running = _names(temporary)
    Workspace().close()
    assert _names(temporary) == running
    assert len(running) == 2


def test_what_only_looks_like_one_is_left_alone(temporary: Path, tmp_path: Path) -> None:
    (temporary / "snapinspect-output").mkdir()
    (temporary / "snapinspect-12-abcdefgh").mkdir()
    (temporary / "snapinspect-13-abcdefgh").write_bytes(b"")
    target = tmp_path / "snapinspect-14-abcdefgh"
    target.mkdir()
    (target / "lock").write_bytes(b"")
    (temporary / target.name).symlink_to(target)
    before = _names(temporary)
    Workspace().close()
    assert _names(temporary) == before
    assert _names(target) == ["lock"]


def test_a_full_disk_is_said_and_leaves_nothing(archive: Path, temporary: Path) -> None:
    program = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (1000000, 1000000))\n"
        "from snapinspect.sources import open_source; from snapinspect.model import silent\n"
        "from snapinspect.errors import SourceError\n"
        "try: open_source(sys.argv[1], silent)\n"
        "except SourceError as error: print(error)\n"
        "print(len(__import__('os').listdir(sys.argv[2])))\n"
    )
    command = [sys.executable, "-c", program, str(archive), str(temporary)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, env={**os.environ, "TMPDIR": str(temporary)}
    )
    assert done.stdout.splitlines() == [
        f"unpacking etcd-backup.tar.gz!etcd-backup.snapshot failed in {temporary}: File too large",
        "0",
    ]


def test_no_place_for_temporary_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    with pytest.raises(SourceError, match="no temporary directory"):
        Workspace()


def test_memory_stays_flat(tmp_path: Path, snapshot_file: Callable[[str], Path], temporary: Path) -> None:
    """Unpacking a database takes no more memory than a small part of it."""
    program = (
        "import resource, sys\n"
        "from snapinspect.sources.unpacking import Unpacking; from snapinspect.sources.workspace import Workspace\n"
        "from snapinspect.model import silent; from pathlib import Path\n"
        "def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024\n"
        "work = Workspace(); before = peak()\n"
        "Unpacking(Path(sys.argv[1]), '', work, silent).run(); print(peak() - before)\n"
    )
    head = snapshot_file("small").read_bytes()
    path = tmp_path / "big.tar.gz"
    path.write_bytes(tar_gz({"passed-over": bytes(50 << 20), "s": head + bytes(50 << 20)}))
    command = [sys.executable, "-c", program, str(path)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, env={**os.environ, "TMPDIR": str(temporary)}
    )
    assert int(done.stdout) < 10 << 20
