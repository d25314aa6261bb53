"""What the README shows of ``log``, ``sql``, ``catalog`` and ``rebuild`` is what they print of the snapshot that ships."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from cli_program import ROOT, run

README = (ROOT / "README.md").read_text(encoding="utf-8")
_DIGEST = re.compile(r"SHA-256 ([0-9a-f]{8})[0-9a-f]{56}")
_ANY_DIGEST = re.compile(r"SHA-256 [0-9a-f]{8}…")


@pytest.fixture
def backup(snapshot_file: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("etcd-backup.db").write_bytes(snapshot_file("history").read_bytes())
    return tmp_path


@pytest.mark.parametrize(
    "words",
    [
        ("log", "etcd-backup.db", "deploy", "-n", "infra-production", "--since", "3400"),
        ("sql", "etcd-backup.db", "SELECT kind, count(*) AS n FROM objects GROUP BY kind ORDER BY n DESC LIMIT 3"),
        ("rebuild", "etcd-backup.db", "before.db", "--at", "3500", "--bump-revision", "1000000000"),
    ],
    ids=lambda words: words[0],
)
@pytest.mark.usefixtures("backup")
def test_the_readme_shows_what_is_printed(words: tuple[str, ...]) -> None:
    outcome = run(*words)
    assert outcome.code == 0
    shown = _ANY_DIGEST.sub("SHA-256 …", README)
    for line in _DIGEST.sub("SHA-256 …", outcome.out + outcome.err).splitlines():
        assert line in shown


@pytest.mark.usefixtures("backup")
def test_the_readme_shows_what_was_redacted_and_the_proof() -> None:
    redacted = run("rebuild", "etcd-backup.db", "shareable.db", "--redact=strict").err.partition("next:")[0]
    proof = run("verify", "shareable.db", "--redacted", "etcd-backup.db").err
    shown = _ANY_DIGEST.sub("SHA-256 …", README)
    for line in _DIGEST.sub("SHA-256 …", redacted + proof).splitlines():
        assert line in shown


@pytest.mark.usefixtures("backup")
def test_the_readme_shows_three_nights(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    nights = {"monday.db": "1500", "tuesday.db": "2800", "wednesday.db": "4171"}
    for name, revision in nights.items():
        run("rebuild", "etcd-backup.db", name, "--at", revision)
    assert run("catalog", "build", *nights, "--to", "catalog").code == 0
    block = README.partition("$ snapinspect sql monday.db")[2].partition("**8.")[0]
    commands = re.findall(r"^\$ snapinspect (.*)$", "$ snapinspect sql monday.db" + block, re.MULTILINE)
    asked = [shlex.split(command) for command in commands if "build" not in command]
    assert [words[0] for words in asked] == ["sql", "catalog", "catalog"]
    for words in asked:
        outcome = run(*words)
        assert (outcome.code, outcome.err) == (0, "")
        assert outcome.out in block
