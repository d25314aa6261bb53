"""Bad input: one line saying what is wrong, one saying what to do about it, and the right exit code."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from cli_program import SMALL, Outcome, run
from real_etcd import RealEtcd

_DATA = SMALL.read_bytes()
_READING = {
    "ls": ("ls",),
    "get": ("get", "--all"),
    "info": ("info",),
    "export": ("export", "--all"),
}


def attempt(command: str, snapshot: Path, *args: str) -> Outcome:
    name, *options = _READING[command]
    where = ["-d", str(snapshot.parent / "out")] if command == "export" else []
    return run(name, snapshot, *options, *where, *args)


def two_lines(outcome: Outcome, code: int = 1) -> tuple[str, str]:
    """The message and the hint, where there is nothing else on either stream."""
    assert (outcome.code, outcome.out) == (code, "")
    wrong, hint = outcome.err.splitlines()
    assert wrong.startswith("error: ")
    assert hint.startswith("hint: ")
    assert hint != "hint: "
    return wrong.removeprefix("error: "), hint.removeprefix("hint: ")


@pytest.mark.parametrize("command", _READING)
@pytest.mark.parametrize(
    ("content", "wrong"),
    [
        (b"", "is empty"),
        (b"hello\n" * 1000, "no etcd snapshot"),
        (b"\x00" * 10_000, "no etcd snapshot"),
        (_DATA[:10], "no etcd snapshot"),
        (_DATA[:100_000], "cut off"),
        (_DATA[:3_000_000], "cut off"),
        (b"\xff" * 8192 + _DATA[8192:], "no etcd snapshot"),
    ],
    ids=["empty", "text", "zeros", "ten bytes", "a beginning", "most of it", "no meta page"],
)
def test_what_is_no_whole_snapshot(tmp_path: Path, command: str, content: bytes, wrong: str) -> None:
    path = tmp_path / "s.db"
    path.write_bytes(content)
    assert wrong in two_lines(attempt(command, path))[0]
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("command", _READING)
def test_what_is_no_file(tmp_path: Path, command: str) -> None:
    assert "No such file" in two_lines(attempt(command, tmp_path / "nosuch"))[0]
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert "nobody writes" in two_lines(attempt(command, pipe))[0]


@pytest.fixture
def changed(tmp_path: Path) -> Path:
    """A snapshot that was changed after it was saved, where nothing lies."""
    path = tmp_path / "changed.db"
    path.write_bytes(_DATA[:-33] + bytes([_DATA[-33] ^ 1]) + _DATA[-32:])
    return path


def test_a_wrong_digest_is_told_by_info(changed: Path) -> None:
    outcome = run("info", changed, "-o", "json")
    assert outcome.code == 3
    assert json.loads(outcome.out)["sha256"] == "mismatch"
    assert "changed or damaged" in outcome.err


def test_a_wrong_digest_stops_export_and_whoever_asks_for_the_check(changed: Path) -> None:
    for outcome in (
        attempt("export", changed),
        attempt("ls", changed, "--check"),
        attempt("get", changed, "--check"),
        attempt("info", changed, "--check"),
    ):
        assert two_lines(outcome)[0] == f"{changed}: the SHA-256 at its end is not that of its content"
    assert list(changed.parent.iterdir()) == [changed]


def test_a_wrong_digest_does_not_keep_from_reading(changed: Path) -> None:
    assert attempt("ls", changed).out == attempt("ls", SMALL).out
    assert attempt("get", changed, "-q").out == attempt("get", SMALL, "-q").out


def test_a_database_without_a_digest_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "db"
    path.write_bytes(_DATA[:-32])
    facts = json.loads(run("info", path, "--check", "-o", "json").out)
    assert (facts["sha256"], facts["liveKeys"]) == ("absent", 637)
    assert attempt("export", path).code == 0
    assert attempt("ls", SMALL, "--check").code == 0


@pytest.mark.parametrize(
    "args",
    [
        ("nosuch",),
        ("--nosuch",),
        ("ls", SMALL, "--nosuch"),
        ("ls", SMALL, "-o", "xml"),
        ("ls", SMALL, "-o"),
        ("get", SMALL, "deploy", "-o", "table"),
        ("get", SMALL, "deploy", "--undecoded", "hex"),
        ("info", SMALL, "deploy"),
        ("decode", "--raw"),
    ],
)
def test_wrong_usage(args: tuple[str | Path, ...]) -> None:
    wrong, hint = two_lines(run(*args), 2)
    assert wrong
    assert "`snapinspect " in hint


@pytest.mark.parametrize("when", ["0", "-1", "1.5", "yesterday", "2026-11-21", "99999"])
def test_a_revision_that_is_none(when: str) -> None:
    two_lines(run("ls", SMALL, f"--at={when}"), 2)


def test_without_a_word_the_help_is_shown() -> None:
    outcome = run()
    assert outcome.code == 2
    assert "Objects back:" in outcome.out + outcome.err


def test_a_fault_of_the_program_is_no_traceback_unless_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("on purpose")

    monkeypatch.setattr("snapinspect.cli.info.describe", broken)
    monkeypatch.setattr("sys.argv", ["snapinspect"])
    wrong, hint = two_lines(run("info", SMALL))
    assert wrong == "unexpected ZeroDivisionError: on purpose"
    assert "--debug" in hint
    monkeypatch.setattr("sys.argv", ["snapinspect", "--debug"])
    assert "Traceback" in run("info", SMALL, "--debug").err


def test_binary_and_foreign_keys_are_listed(tmp_path: Path, strange: Path) -> None:
    outcome = run("ls", strange, "-o", "json")
    keys = {each["key"]: each for each in json.loads(outcome.out)}
    assert keys.keys() >= {"\x00\\xff\\xfebinary", "plain", "/calico/v3/nodes/a", "/registry/deployments/x/empty"}
    assert keys["plain"]["kind"] is None
    assert keys["/registry/configmaps/x/real"]["name"] == "real"
    table = run("ls", strange, "-o", "wide")
    assert "\\x00\\xff\\xfebinary" in table.out
    assert all(line.isprintable() for line in table.lines)
    assert run("info", strange, "--detail").code == outcome.code == 3
    assert "/registry/deployments/x/empty" in outcome.err
    assert "plain" not in outcome.err
    exported = run("export", strange, "--all", "-d", tmp_path / "out")
    assert exported.code == 3
    assert (tmp_path / "out/x/configmaps/real.yaml").exists()


@pytest.fixture
def strange(etcd: RealEtcd, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A snapshot of a real etcd with keys that no API server wrote."""
    real = b'{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"real","namespace":"x"}}'
    values = {
        b"\x00\xff\xfebinary": b"\x00\x01\xff",
        b"plain": b"text",
        b"/calico/v3/nodes/a": b'{"a":1}',
        b"/registry/configmaps/x/real": real,
        b"/registry/deployments/x/empty": b"",
        b"compact_rev_key": b"5",
    }
    for key, value in values.items():
        etcd.put(key, value)
    return etcd.save(tmp_path_factory.mktemp("strange") / "s.db")
