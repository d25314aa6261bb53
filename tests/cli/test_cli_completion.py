"""What shells are offered, by the program itself and in the shells that are there."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from cli_program import SMALL, run

from snapinspect.cli import start
from snapinspect.cli.completion import Shell, contents, script

NAMESPACES = {"default", "infra-production", "infra-staging", "kube-system", "team-a", "team-b"}


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is offered is told here; how long it may take, elsewhere."""
    monkeypatch.setattr(contents, "_PATIENCE", 60)


@pytest.fixture
def offered(capsys: pytest.CaptureFixture[str]) -> Callable[..., list[str]]:
    def ask(*typed: str | Path) -> list[str]:
        start.complete([str(word) for word in typed])
        return capsys.readouterr().out.split("\n")[:-1]

    return ask


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (["hi"], ["history", ":4"]),
        (["nope", ""], [":4"]),
        (["ls", ""], [":0"]),
        (["get", SMALL, "deploym"], ["deployments", ":4"]),
        (["get", SMALL, "deploy/w"], ["deploy/web", ":4"]),
        (["get", SMALL, "deploy", "s"], ["ssa-app", "svc-a", ":4"]),
        (["get", SMALL, "-n", "team-a", "deploy", ""], ["svc-a", ":4"]),
        (["get", SMALL, "-n", "infra-s"], ["infra-staging", ":4"]),
        (["get", SMALL, "--namespace=infra-s"], ["--namespace=infra-staging", ":4"]),
        (["ls", SMALL, "-l", "app=web"], ["app=web", ":4"]),
        (["ls", SMALL, "deploy", "-n", "team-a", "-l", ""], ["app=svc-a", ":4"]),
        (["ls", SMALL, "--key", "/registry/deployments/team-"], ["/registry/deployments/team-a/", ":4"]),
        (["get", SMALL, "--at", "1175"], ["1175", ":4"]),
        (["get", SMALL, "--target-version", "1.9"], ["1.9", ":4"]),
        (["get", SMALL, "-o", "cus"], ["custom-columns=", ":4"]),
        (["ls", SMALL, "-o", "c"], ["csv", "custom-columns=", ":4"]),
        (["get", SMALL, "--engine", "p"], ["pod", ":4"]),
        (["get", SMALL, "--field-s"], ["--field-selector", ":4"]),
        (["get", SMALL, "--encryption-config", ""], [":0"]),
        (["find", "deploy/api", ""], [":0"]),
        (["find", "deploy/api", SMALL, "-o", "w"], ["wide", ":4"]),
        (["diff", SMALL, ""], [":0"]),
        (["diff", SMALL, SMALL, "deploy/w"], ["deploy/web", ":4"]),
        (["diff", SMALL, "--from", "600", "deploym"], ["deployments", ":4"]),
        (["diff", SMALL, "--from", "1175"], ["1175", ":4"]),
        (["log", SMALL, "deploym"], ["deployments", ":0"]),
        (["log", SMALL, "--since", "1175"], ["1175", ":4"]),
        (["rebuild", SMALL, ""], [":0"]),
        (["rebuild", SMALL, "new.db", "--drop", "eve"], ["events", ":4"]),
        (["serve", ""], [":0"]),
        (["sql", ""], [":0"]),
    ],
)
def test_a_word_is_offered(offered: Callable[..., list[str]], typed: list[str], expected: list[str]) -> None:
    assert offered(*typed) == expected


def test_what_is_to_be_found_is_offered_of_a_snapshot_that_lies_here(
    offered: Callable[..., list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert offered("find", "deploym") == ["deploymentconfigs", "deployments", ":4"]
    (tmp_path / "monday.db").symlink_to(SMALL)
    assert offered("find", "deploy/w") == ["deploy/web", ":4"]


def test_a_broken_snapshot_completes_nothing_and_says_nothing(
    tmp_path: Path, offered: Callable[..., list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "broken.db"
    broken.write_bytes(SMALL.read_bytes()[:40_000])
    for path in (broken, tmp_path / "missing", tmp_path, "https://nowhere:2379"):
        assert offered("get", path, "deploy/") == [":4"]
        assert capsys.readouterr() == ("", "")


def test_what_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch, offered: Callable[..., list[str]]) -> None:
    monkeypatch.setattr(contents, "_PATIENCE", 0.000_001)
    assert offered("get", SMALL, "-n", "") == [":4"]


def test_members_of_an_archive_are_offered(tmp_path: Path, offered: Callable[..., list[str]]) -> None:
    archive = tmp_path / "backup.tar.gz"
    with tarfile.open(archive, "w:gz") as packed:
        packed.add(SMALL, "etcd/snapshot.db")
    assert offered("ls", f"{archive}!e") == [f"{archive}!etcd/snapshot.db", ":4"]
    assert offered("ls", f"{archive}!x") == [":4"]


@pytest.mark.parametrize("shell", Shell)
def test_each_shell_is_shown_its_own_script(shell: Shell) -> None:
    assert run("--show-completion", shell)[:2] == (0, script(shell))


def test_a_shell_that_nobody_wrote_for_is_wrong_usage() -> None:
    code, _, err = run("--show-completion", "tcsh")
    assert code == 2
    assert "bash, zsh, fish" in err


IN_SHELL = {
    "bash": """{script}
COMP_LINE={line} COMP_POINT=${{#COMP_LINE}} COMP_WORDS=({words}) COMP_CWORD={at}
_snapinspect; printf '%s\\n' "${{COMPREPLY[@]}}" """,
    "zsh": """compdef() {{ }}; {script}
compadd() {{ print -l -- "${{(P@)@[-1]}}" }}
words=({words}); CURRENT={at}+1; _snapinspect""",
    "fish": "{script}\ncomplete -C {line}",
}
INSTALLED = [shell for shell in IN_SHELL if shutil.which(shell)]


@pytest.mark.parametrize("shell", INSTALLED)
def test_real_shells_offer_what_the_program_does(shell: str, tmp_path: Path) -> None:
    program = tmp_path / "snapinspect"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m snapinspect "$@"\n')
    program.chmod(0o755)
    words = ["snapinspect", "get", str(SMALL), "--engine", "p"]
    text = IN_SHELL[shell].format(
        script=script(Shell(shell)), words=shlex.join(words), line=shlex.quote(" ".join(words)), at=len(words) - 1
    )
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    found = subprocess.run([shell, "-c", text], env=environment, capture_output=True, text=True, timeout=60, check=True)
    assert found.stdout.split() == ["pod"]
    assert found.stderr == ""


def test_kubectl_asks_through_a_program_of_its_own() -> None:
    code = "import sys; sys.argv = ['kubectl_complete-snapinspect', 'hist']; from snapinspect.__main__ import *; "
    asked = [sys.executable, "-c", f"{code}complete_for_kubectl()"]
    assert subprocess.run(asked, capture_output=True, text=True, timeout=60, check=True).stdout == "history\n:4\n"


def test_a_command_is_offered_before_the_rooms_of_snapshots_are_imported() -> None:
    script = (
        "import sys; from snapinspect.cli.start import complete; complete(['gr']); complete(['ge']);"
        "print([name for name in ('snapinspect.snapshot', 'snapinspect.clean', 'google.protobuf') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == ":4\nget\n:4\n[]\n"
