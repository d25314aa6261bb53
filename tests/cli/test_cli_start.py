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


def _imported(*words: str) -> set[str]:
    command = [sys.executable, "-X", "importtime", "-m", "snapinspect", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
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
    assert imported & {*spared, *_NEVER} == set()


def test_the_version_takes_nothing_that_reads() -> None:
    imported = _imported("--version")
    assert "snapinspect.cli.app" in imported
    assert imported & {"snapinspect.etcd", "snapinspect.sources", *_NEVER} == set()
