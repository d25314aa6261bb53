"""The program as the system sees it: pipes, signals, full disks, and an input that is never touched."""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cli_program import ROOT, SMALL, Outcome, below, command, finish, run, start, wait_until

from snapinspect.cli.commands import COMMANDS


def close_unread(process: subprocess.Popen[bytes]) -> Outcome:
    """What a program says whose output's reader is gone before it begins."""
    assert process.stdout is not None
    process.stdout.close()
    process.stdout = None
    return finish(process)


@pytest.mark.parametrize(
    "args",
    [
        ("ls", SMALL),
        ("ls", SMALL, "deploy"),
        ("get", SMALL, "deploy/api"),
        ("get", SMALL, "--all", "-q", "-o", "json"),
        ("info", SMALL),
        ("ls", "--help"),
    ],
    ids=str,
)
def test_a_closed_pipe_is_no_error(args: tuple[str | Path, ...]) -> None:
    outcome = close_unread(start(*args))
    assert (outcome.code, outcome.err) == (0, "")


def test_head_gets_its_line() -> None:
    process = start("get", SMALL, "--all", "--raw")
    assert process.stdout is not None
    assert process.stdout.readline() == b"apiVersion: apiextensions.k8s.io/v1beta1\n"
    outcome = close_unread(process)
    assert (outcome.code, outcome.err) == (0, "")


@pytest.mark.parametrize("args", [("ls", SMALL), ("get", SMALL, "deploy/api"), ("info", SMALL, "-o", "json")], ids=str)
def test_a_full_disk_under_standard_output(args: tuple[str | Path, ...]) -> None:
    with Path("/dev/full").open("w") as full:
        outcome = finish(start(*args, stdout=full))
    assert outcome.code == 1
    assert outcome.err.splitlines() == [
        "error: cannot write the result: No space left on device",
        "hint: Send it to a place that has room.",
    ]


def test_closed_standard_output() -> None:
    line = f"{shlex.join(command('ls', SMALL))} >&-"
    closed = subprocess.run(line, shell=True, capture_output=True, text=True, check=False, cwd=ROOT)
    assert closed.returncode == 1
    assert closed.stderr.splitlines()[0] == "error: standard output is closed"


@pytest.mark.parametrize("layout", ["tree", "single"])
def test_a_full_disk_under_export(tmp_path: Path, layout: str) -> None:
    words = command("export", SMALL, "-n", "infra-production", "-d", tmp_path / "out", "--layout", layout)
    # A limit on the size of files stands for a full disk: the write fails just so.
    limited = subprocess.run(
        ["sh", "-c", 'ulimit -f 40; exec "$@"', "sh", *words], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert limited.returncode == 1
    wrong, hint = [line for line in limited.stderr.splitlines() if line.startswith(("error: ", "hint: "))]
    assert wrong == f"error: cannot write into {tmp_path / 'out'}: File too large"
    assert hint.startswith("hint: give another directory. `")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 128 + signal.SIGTERM)])
def test_get_is_interrupted(number: signal.Signals, code: int) -> None:
    process = start("get", SMALL, "--all", "--raw")
    assert process.stdout is not None
    process.stdout.readline()  # The rest does not fit into the pipe: the program waits for its reader.
    process.send_signal(number)
    outcome = finish(process)
    assert outcome.code == code
    assert outcome.err == ("interrupted\n" if number == signal.SIGINT else "")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 128 + signal.SIGTERM)])
@pytest.mark.parametrize("existing", [False, True])
def test_export_is_interrupted_and_leaves_nothing(
    tmp_path: Path, number: signal.Signals, code: int, existing: bool
) -> None:
    out = tmp_path / "out"
    if existing:
        out.mkdir()
    # All that --explain tells does not fit into a pipe that nobody reads: the program waits, half-way.
    process = start("export", SMALL, "--all", "--explain", "-d", out)
    wait_until(lambda: bool(below(tmp_path, ".*partial-*/*/*/*.yaml")))
    process.send_signal(number)
    outcome = finish(process)
    assert outcome.code == code
    assert outcome.err.endswith("interrupted\n") == (number == signal.SIGINT)
    assert "Traceback" not in outcome.err
    assert list(tmp_path.rglob("*")) == ([out] if existing else [])


@pytest.mark.parametrize("existing", [False, True])
def test_the_next_export_removes_what_a_killed_one_left(tmp_path: Path, existing: bool) -> None:
    out = tmp_path / "out"
    if existing:
        out.mkdir()
    process = start("export", SMALL, "--all", "--explain", "-d", out)
    wait_until(lambda: bool(below(tmp_path, ".*partial-*/*/*/*.yaml")))
    beside = start("export", SMALL, "--all", "--explain", "-d", out)
    wait_until(lambda: len({path.rsplit("/", 3)[0] for path in below(tmp_path, ".*partial-*/*/*/*.yaml")}) == 2)
    process.kill()
    finish(process)
    assert run("export", SMALL, "deploy/api", "-d", out).code == 0
    kept = [*tmp_path.rglob(".*partial-*")]
    assert len(kept) == 1  # The other one is still being filled.
    assert any(kept[0].rglob("*.yaml"))
    beside.kill()
    finish(beside)
    assert run("export", SMALL, "deploy/api", "-d", out, "--force").code == 0
    assert [*tmp_path.rglob(".*partial-*")] == []


def test_a_terminal_sees_a_progress_bar_and_a_pipe_does_not(snapshot_file: Callable[[str], Path]) -> None:
    path = snapshot_file("history")
    assert finish(start("info", path)).err == ""
    seen = at_a_terminal("info", path)
    assert "checking the digest" in seen
    assert seen.endswith("\r\x1b[K"), "a bar clears its line at the end"
    assert "\n" not in seen
    assert at_a_terminal("info", path, "--no-progress") == ""
    assert at_a_terminal("info", path, "-q") == ""


def at_a_terminal(*args: str | Path) -> str:
    """What a terminal on standard error gets to see."""
    reading, writing = os.openpty()
    with os.fdopen(writing, "wb") as terminal:
        process = start(*args, stderr=terminal)
    seen = b""
    try:
        while part := os.read(reading, 65536):
            seen += part
    except OSError:
        pass  # Linux says so when the other end is closed.
    finally:
        os.close(reading)
    finish(process)
    return seen.decode()


EVERY_COMMAND = {
    "ls": [["ls", "{}"], ["ls", "{}", "--check", "-o", "wide"], ["ls", "{}", "--prefix", "/nosuch"]],
    "get": [["get", "{}", "--all"], ["get", "{}", "--all", "--raw", "--check", "--at", "500"], ["get", "{}", "nosuch"]],
    "export": [["export", "{}", "--all", "-d", "{out}"], ["export", "{}", "-n", "nosuch", "-d", "{out}2"]],
    "info": [["info", "{}"], ["info", "{}", "--detail", "--check", "-o", "json"]],
    "save": [["save", "{}", "{out}"], ["save", "unix:{}", "{out}"]],
    "rebuild": [["rebuild", "{}", "{out}.db"], ["rebuild", "{}", "{}"]],
    "browse": [["browse", "{}"], ["browse", "{}", "/nosuch"]],
    "report": [["report", "{}", "-o", "{out}.html"], ["report", "{}", "{}", "-o", "{}", "--force"]],
    "log": [["log", "{}"], ["log", "{}", "-p", "--all", "--since", "900"]],
    "sql": [["sql", "{}", "SELECT count(*) FROM objects"], ["sql", "{}", "SELECT * FROM nowhere"]],
    "serve": [["serve", "{}", "--", "true"], ["serve", "{}", "--", "/nosuch"]],
    "verify": [["verify", "{}"], ["verify", "{}", "-o", "json"]],
    "keys": [["keys", "{}"], ["keys", "{}", "-o", "json"]],
    "deps": [["deps", "{}", "deploy/api"], ["deps", "{}", "sts/pg", "-o", "json"]],
    "rules": [["rules"], ["rules", "Service", "-o", "json"]],
    "schema": [["schema", "ls"], ["schema"]],
    "restore": [["restore", "{}", "deploy/api", "--kubeconfig", "{out}", "--dry-run"]],
    "pod": [["pod", "manifest", "{}", "--kubeconfig", "{out}"], ["pod", "list", "--kubeconfig", "{out}"]],
    "history": [["history", "{}", "deploy/api", "--patch"], ["history", "{}", "deploy", "-A", "-o", "json"]],
    "deleted": [["deleted", "{}"], ["deleted", "{}", "-o", "wide", "--check"]],
    "diff": [["diff", "{}", "--from", "300", "--to", "900"], ["diff", "{0}", "{0}", "--raw"]],
    "find": [["find", "deploy/api", "{}", "--check"], ["find", "cm/nosuch", "{}", "-o", "json", "--salvage"]],
    "stats": [["stats", "{}"], ["stats", "{}", "--carve", "--check", "-o", "json"], ["stats", "{}", "--salvage"]],
    "cache": [["cache", "list"]],
    "catalog": [["catalog", "build", "{}", "--to", "{out}", "--show-secrets"], ["catalog", "check", "{}"]],
    "decode": [["decode", "{}"], ["decode", "{}", "--undecoded", "fields"]],
}
"""Ways to call each command, {} being the file that it reads."""


def test_each_command_is_tried_on_evidence() -> None:
    assert EVERY_COMMAND.keys() == set(COMMANDS)


@pytest.mark.parametrize("args", [args for tries in EVERY_COMMAND.values() for args in tries], ids=" ".join)
def test_no_command_changes_its_input(tmp_path: Path, args: list[str]) -> None:
    evidence = tmp_path / "evidence"
    evidence.mkdir()
    snapshot = evidence / "s.db"
    snapshot.write_bytes(SMALL.read_bytes())
    os.utime(snapshot, ns=(1_000_000_000, 1_000_000_007))
    before = state(evidence)
    outcome = run(*(arg.format(snapshot, out=tmp_path / "out") for arg in args))
    assert "Traceback" not in outcome.err
    assert state(evidence) == before


def state(directory: Path) -> dict[str, object]:
    """All that can be seen of a directory and its files, but for the time of the last reading."""
    found: dict[str, object] = {}
    for path in [directory, *directory.rglob("*")]:
        about = path.stat()
        content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None
        facts = (about.st_ino, about.st_size, stat.filemode(about.st_mode), about.st_mtime_ns, about.st_ctime_ns)
        found[path.name] = (content, *facts)
    return found


STARTUPS = ["snapinspect.cli.start", "snapinspect.cli.ls", "snapinspect.bolt.file"]


@pytest.mark.parametrize("module", STARTUPS)
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_during_start_up_shows_no_traceback(module: str, number: signal.Signals, code: int) -> None:
    """The signal comes at the moment at which ``module`` begins to be imported."""
    program = (
        "import os, sys\n"
        "class Moment:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name == {module!r}: os.kill(os.getpid(), {int(number)})\n"
        "sys.meta_path.insert(0, Moment())\n"
        "from snapinspect.__main__ import main\n"
        f"sys.argv = ['snapinspect', 'ls', {str(SMALL)!r}]\n"
        "main()"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=ROOT)
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr == ("interrupted\n" if number == signal.SIGINT else "")


def test_what_nohup_ignores_stays_ignored() -> None:
    line = 'trap "" HUP; exec "$@"'
    words = ["sh", "-c", line, "sh", *command("get", SMALL, "--all", "--raw")]
    process = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGHUP)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert len(out) > 1_000_000


@pytest.mark.parametrize("columns", [80, 200])
def test_plain_ls_begins_with_counts_on_a_terminal_and_lists_all_in_a_pipe(
    columns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    assert len(finish(start("ls", SMALL)).lines) == 638
    reading, writing = os.openpty()
    with os.fdopen(writing, "wb") as terminal:
        told = finish(start("ls", SMALL, stdout=terminal)).err
        shown = os.read(reading, 65536).decode().splitlines()
    os.close(reading)
    assert shown[0].startswith("Namespaces:  ")
    assert len(shown) < 24
    assert columns - 40 < max(map(len, shown)) <= columns
    namespaces = " ".join(shown).partition("Kinds:")[0]
    assert sum(map(int, re.findall(r" ([0-9]+)(?:,|\s|$)", namespaces))) == 637
    assert re.search(r"Kinds: +events 126, clusterroles 79", "\n".join(shown))
    assert re.search(r"and [0-9]+ more$", shown[-1])
    assert told.startswith("637 objects: KIND, -n NAMESPACE or -A lists them")


EIGHTHS = " ▏▎▍▌▋▊▉█"


@pytest.mark.parametrize(
    ("columns", "locale", "width"), [(79, "C.UTF-8", 0), (80, "en_US.utf8", 8), (110, "C", 8), (200, "C.UTF-8", 20)]
)
@pytest.mark.parametrize("words", [("stats", SMALL), ("info", SMALL, "--detail")], ids=lambda words: words[0])
def test_shares_are_drawn_where_there_is_room_and_never_in_a_pipe(
    words: tuple[str | Path, ...], columns: int, locale: str, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("LC_ALL", locale)
    monkeypatch.setenv("TERM", "xterm")
    piped = finish(start(*words)).out
    reading, writing = os.openpty()
    with os.fdopen(writing, "wb") as terminal:
        finish(start(*words, stdout=terminal))
        shown = os.read(reading, 65536).decode()
    os.close(reading)
    marks = f"[{EIGHTHS[1:]}]+" if locale != "C" else " ##*(?= )| ##*$"
    drawn = re.findall(marks, shown, re.MULTILINE)
    assert bool(drawn) == bool(width)
    assert max((len(bar.strip()) for bar in drawn), default=0) <= width
    assert not re.search(f"[{EIGHTHS[1:]}]| ##", piped)
    tables = re.findall(r"^By .*?^\(all\)[^\n]*$", shown.replace("\r", ""), re.MULTILINE | re.DOTALL)
    assert len(tables) == (2 if words[0] == "stats" else 0)
    assert all(len(line) <= columns for table in tables for line in table.splitlines())
    for percent, bar in re.findall(rf" ([0-9]+)% +({marks})", shown):
        length = len(bar.strip()) if locale == "C" else sum(map(EIGHTHS.index, bar)) / 8
        assert abs(int(percent) * width / 100 - length) <= max(1, width / 100)
