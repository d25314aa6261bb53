"""Help teaches: its examples work on the snapshots that ship, and what matters comes first."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from apiserver import ApiServer
from apiserver.containers import ETCD_IMAGE, Node
from cli_program import ROOT, run
from real_etcd import RealEtcd

from snapinspect.cli.app import app
from snapinspect.cli.commands import COMMANDS
from snapinspect.cli.help.page import MANY
from snapinspect.cli.help.panels import COMMANDS as COMMAND_PANELS
from snapinspect.cli.help.panels import PANELS, long_name
from snapinspect.cli.help.taught import TAUGHT

NIGHTS = {"monday.db": "600", "tuesday.db": "1000"}
_PAGE = 4096
_LOST = 2000 * _PAGE
_DIFFERENT, _INCOMPLETE = 1, 3
_ELSEWHERE = ("browse", "save", "decode", "serve")
"""Run below, as each needs something of its own: a terminal, an etcd, a value, a program that is run."""
_group: Any = typer.main.get_command(app)


def commands() -> Iterator[tuple[str, Any]]:
    """Every command and group, by its words behind the program."""
    yield "", _group
    for name in COMMANDS:
        command = _group.get_command(None, name)
        yield name, command
        for below, each in getattr(command, "commands", {}).items():
            yield f"{name} {below}", each


BY_PATH = dict(commands())
EXAMPLES = [(path, example.line) for path, taught in TAUGHT.items() for example in taught.examples]


def of_command(line: str) -> str:
    """The words behind the program, without what a shell does with the output."""
    return line.partition(" | kubectl")[0].removeprefix("snapinspect ")


def options_of(command: Any) -> list[Any]:
    return [each for each in command.params if each.param_type_name == "option"]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, snapshot_file: Callable[[str], Path]) -> Path:
    """Where a reader of the help sits: the snapshots of its examples, and a catalog."""
    place = tmp_path_factory.mktemp("desk")
    whole = snapshot_file("history").read_bytes()
    (place / "fixtures").symlink_to(ROOT / "fixtures")
    (place / "etcd-backup.db").write_bytes(whole)
    (place / "damaged.db").write_bytes(whole[:_LOST] + bytes(_PAGE) + whole[_LOST + _PAGE :])
    for night, revision in NIGHTS.items():
        assert run("rebuild", place / "etcd-backup.db", place / night, "--at", revision).code == 0
    assert run("catalog", "build", place / "monday.db", place / "tuesday.db", "--to", place / "catalog").code == 0
    return place


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """One that KUBECONFIG names, with an etcd in its control plane, as ``pod manifest`` looks for it."""
    home = tmp_path / "node"
    home.mkdir()
    with ApiServer() as server, Node(server, home) as node:
        for name in ("kube-system", "infra-production"):
            server.store.add({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        server.store.add(node.as_object())
        server.store.add(
            {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {"name": "etcd", "namespace": "kube-system", "labels": {"component": "etcd"}},
                "spec": {"nodeName": node.name, "containers": [{"name": "etcd", "image": ETCD_IMAGE}]},
                "status": {"phase": "Running"},
            }
        )
        monkeypatch.setenv("KUBECONFIG", str(server.kubeconfig(tmp_path / "config")))
        yield


def is_run_here(line: str) -> bool:
    return line.startswith("snapinspect ") and of_command(line).split()[0] not in _ELSEWHERE


@pytest.mark.parametrize("line", sorted({line for _, line in EXAMPLES if is_run_here(line)}))
def test_the_examples_work(
    line: str, desk: Path, cluster: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for each in desk.iterdir():
        (tmp_path / each.name).symlink_to(each)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SNAPINSPECT_CACHE", str(tmp_path / "cache"))
    words = of_command(line)
    # There is nobody here to answer the question.
    asked = words.startswith("restore") and "--dry-run" not in words and "--yes" not in words
    outcome = run(*shlex.split(words), *(["--yes"] if asked else []))
    expected = _DIFFERENT if words.startswith("diff") else _INCOMPLETE if "damaged.db" in words else 0
    assert outcome.code == expected, outcome.err
    assert outcome.out or outcome.err


@pytest.mark.parametrize("line", [line for path, line in EXAMPLES if path == "serve"])
def test_the_examples_of_serve_work(line: str, desk: Path) -> None:
    environment = f"PATH={shlex.quote(str(Path(sys.executable).parent))}:$PATH"
    done = subprocess.run(
        ["sh", "-c", f"{environment} {line}"], cwd=desk, capture_output=True, stdin=subprocess.DEVNULL, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout


@pytest.mark.parametrize("line", [line for path, line in EXAMPLES if path == "save"])
def test_the_examples_of_save_work(line: str, etcd: RealEtcd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On an etcd that listens elsewhere, and asks for no certificate."""
    monkeypatch.chdir(etcd.home)
    _, _, _, file, *certificates = shlex.split(line)
    assert set(certificates[::2]) <= {"--cacert", "--cert", "--cert-key"}
    assert run("save", etcd.endpoint, tmp_path / file).code == 0
    assert run("info", tmp_path / file).code == 0


def test_the_examples_of_decode_work(desk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    key, name = "/registry/deployments/shop/web", b"demo"
    value = b"k8s\0\n\x0f\n\x02v1\x12\tNamespace\x12\x08\n\x06\n\x04" + name
    (tmp_path / "value.bin").write_bytes(value)
    lines = [line for path, line in EXAMPLES if path == "decode"]
    assert any(key in line for line in lines)
    for line in lines:
        piped = f"{key}\n".encode() + value + b"\n" if "etcdctl" in line else b""
        outcome = run(*shlex.split(line.partition("snapinspect ")[2]), stdin=piped)
        assert outcome.code == 0, outcome.err
        assert "demo" in outcome.out


def test_the_examples_of_browse_are_taken() -> None:
    """A terminal's first screen is looked at where the browser is tested."""
    for path, line in EXAMPLES:
        if path == "browse":
            _, name, *words = shlex.split(line)
            assert BY_PATH[name].make_context(name, list(words)).params["snapshots"] == tuple(words)


def test_each_command_has_examples_of_its_own() -> None:
    assert TAUGHT.keys() == BY_PATH.keys()
    for path, taught in TAUGHT.items():
        assert 2 <= len(taught.examples) <= 4, path
        assert all(example.line.split("snapinspect ")[1].startswith(path) for example in taught.examples)


def test_each_option_and_command_has_a_panel() -> None:
    panelled = [name for names in PANELS.values() for name in names]
    assert len(panelled) == len(set(panelled))
    used = {long_name(option) for command in BY_PATH.values() for option in options_of(command)}
    assert set(panelled) == used
    assert sorted(name for names in COMMAND_PANELS.values() for name in names) == sorted(COMMANDS)


@pytest.mark.parametrize("path", BY_PATH)
def test_what_matters_is_shown_first_and_the_rest_is_named(path: str) -> None:
    shown, whole = (run(*path.split(), word) for word in ("--help", "--help-all"))
    assert (shown.code, shown.err, whole.code, whole.err) == (0, "", 0, "")
    names = [long_name(option) for option in options_of(BY_PATH[path])]
    told = [name for name in names if re.search(rf"^  (-\w, )?{name}(?![\w-])", shown.out, re.MULTILINE)]
    assert all(re.search(rf"^  (-\w, )?{name}(?![\w-])", whole.out, re.MULTILINE) for name in names)
    if len(told) < len(names):
        assert set(told) == set(TAUGHT[path].first)
        assert len(told) <= MANY
        assert f"More, told by `snapinspect {path} --help-all`" in shown.out
    for name in names:
        assert re.search(rf"(?<![\w-]){name}(?![\w-])", shown.out)
    for example in TAUGHT[path].examples:
        assert f"  # {example.about}\n  {example.line}\n" in shown.out


def test_usage_is_said_as_it_is_typed() -> None:
    def usage(command: str) -> str:
        return run(*command.split(), "--help").out.split("\n")[0]

    assert usage("get") == "Usage: snapinspect get [OPTIONS] SNAPSHOT [KIND[/NAME]]..."
    assert usage("history") == "Usage: snapinspect history [OPTIONS] SNAPSHOT KIND/NAME"
    assert usage("find") == "Usage: snapinspect find [OPTIONS] KIND/NAME SNAPSHOT..."
    assert usage("log") == "Usage: snapinspect log [OPTIONS] SNAPSHOT [NEW] [KIND[/NAME]]..."
    assert usage("catalog build") == "Usage: snapinspect catalog build [OPTIONS] SRC..."
