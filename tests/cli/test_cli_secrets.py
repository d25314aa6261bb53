"""What opens something stays out of the record, and a token in the environment is in nobody's way."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from cli_program import ROOT, run

from snapinspect.cli.export import without_secrets

SMALL = ROOT / "fixtures" / "k8s-1.36" / "small.db"


def test_the_record_of_an_export_holds_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    args = ["export", str(SMALL), "deploy/api", "-d", str(tmp_path / "out"), "--user", "root:hush1", "--password=hush2"]
    monkeypatch.setattr(sys, "argv", ["snapinspect", *args])
    assert run(*args).code == 0
    index = (tmp_path / "out" / "index.jsonl").read_text()
    assert "hush" not in index
    assert json.loads(index.splitlines()[0])["arguments"][-3:] == ["--user", "REDACTED", "--password=REDACTED"]


def test_what_is_no_secret_stays() -> None:
    assert without_secrets(["get", "s.db", "--token", "x", "-n", "shop"]) == [
        "get", "s.db", "--token", "REDACTED", "-n", "shop",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["K3S_TOKEN", "RKE2_TOKEN"])
def test_a_token_of_the_environment_needs_nothing_to_open(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "anything")
    outcome = run("ls", SMALL, "deploy/api", "-q")
    assert (outcome.code, outcome.err) == (0, "")


def test_a_token_that_is_given_must_open_something() -> None:
    outcome = run("ls", SMALL, "deploy", "--token", "hush")
    assert outcome.code == 1
    assert outcome.err.startswith("error: the token opens nothing")
    assert "hush" not in outcome.err


def test_results_come_with_standard_error_closed() -> None:
    command = f'"{sys.executable}" -m snapinspect get "{SMALL}" deploy/api -n infra-production 2>&-'
    done = subprocess.run(["/bin/sh", "-c", command], stdout=subprocess.PIPE, check=False, cwd=ROOT)
    assert done.returncode == 0
    assert done.stdout.startswith(b"apiVersion: apps/v1\n")
