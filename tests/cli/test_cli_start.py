"""What a command imports before it answers, and no more: each run pays for it."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

_OBJECT = ("deploy/api", "-n", "infra-production")
_NEVER = ("google.protobuf", "hashlib", "rich", "snapinspect.sources.openers", "ssl", "unittest", "yaml")
"""What a plain snapshot never takes."""


def _imported(*words: str, code: int = 0) -> set[str]:
    command = [sys.executable, "-X", "importtime", "-m", "snapinspect", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == code
    return set(re.findall(r"^import time:.*\| +(\S+)$", done.stderr, re.MULTILINE))


@pytest.mark.parametrize(
    ("command", "words", "spared"),
    [
        ("ls", (), ("decimal", "snapinspect.clean", "snapinspect.etcd.facts", "snapinspect.write.json")),
        ("get", _OBJECT, ("decimal", "snapinspect.analysis", "snapinspect.etcd.facts")),
        ("history", _OBJECT, ("decimal", "snapinspect.etcd.facts")),
    ],
)
def test_it_is_what_the_answer_takes(
    command: str, words: Iterable[str], spared: tuple[str, ...], snapshot_file: Callable[[str], Path]
) -> None:
    imported = _imported(command, str(snapshot_file("small")), *words)
    assert "snapinspect.etcd.database" in imported
    assert imported & {*spared, *_NEVER, "typer"} == set()


def test_a_list_is_read_without_what_looks_into_code(snapshot_file: Callable[[str], Path]) -> None:
    assert _imported("ls", str(snapshot_file("small")), "deploy", "-A") & {"dataclasses", "inspect", "shutil"} == set()


def test_completion_takes_no_typer_either(snapshot_file: Callable[[str], Path]) -> None:
    imported = _imported("__complete", "get", str(snapshot_file("small")), "deploy/")
    assert "snapinspect.cli.completion" in imported
    assert "typer" not in imported


def test_a_name_that_is_not_there_is_explained_without_typer(snapshot_file: Callable[[str], Path]) -> None:
    imported = _imported("get", str(snapshot_file("small")), "deploy/nope", "-n", "infra-production", code=1)
    assert "snapinspect.cli.missing" in imported
    assert "typer" not in imported


def test_the_version_takes_nothing_that_reads() -> None:
    imported = _imported("--version")
    assert "snapinspect.cli.app" in imported
    assert imported & {"snapinspect.etcd", "snapinspect.sources", *_NEVER} == set()
