"""``snapinspect pod``: the same pod by hand."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from apiserver.containers import ETCD_IMAGE, SHELL_IMAGE
from engine_cluster import SmallCluster
from typer.testing import CliRunner, Result

from snapinspect.cli import made
from snapinspect.cli.pod import pod

SnapshotFile = Callable[[str], Path]


def run(*arguments: object) -> Result:
    return CliRunner().invoke(pod, [*map(str, arguments)])


def told(result: Result) -> str:
    """The error that the program would show."""
    return str(result.exception)


def test_the_manifest_is_the_pod_that_the_engine_would_make(snapshot_file: SnapshotFile, cluster: SmallCluster) -> None:
    shown = run("manifest", snapshot_file("small"), "--kubeconfig", cluster.kubeconfig).stdout
    printed = yaml.safe_load(shown)
    assert cluster.ours() == []
    with cluster.opened(snapshot_file("small")):
        (name,) = cluster.ours()
        there = next(one for one in cluster.server.store.objects("pods") if one["metadata"]["name"] == name)
        printed["metadata"]["name"] = name
        assert printed["spec"] == there["spec"]
        assert printed["metadata"].items() <= there["metadata"].items()
    size = snapshot_file("small").stat().st_size
    assert f"head -c {size}" in shown.partition("apiVersion")[0]


def test_the_steps_that_the_manifest_tells_bring_the_snapshot_in(snapshot_file: SnapshotFile, tmp_path: Path) -> None:
    images = ("--image", ETCD_IMAGE, "--copy-image", SHELL_IMAGE)
    # A cluster is not asked for what is said.
    shown = run("manifest", snapshot_file("small"), "--kubeconfig", tmp_path / "none", *images).stdout
    steps = [line.removeprefix("#   ") for line in shown.splitlines() if " -- sh -c " in line]
    assert len(steps) == 3
    told = []
    for step in steps:
        command = re.sub("/snapinspect/(part|snapshot|arrived)", r"\1", step.partition(" -- ")[2])
        shell = ["sh", "-c", command]
        told.append(subprocess.run(shell, check=True, capture_output=True, text=True, cwd=tmp_path).stdout.split())
        assert ("exec -i" in step) is ("head" in step), "only what is sent something may have an input"
    content = snapshot_file("small").read_bytes()
    assert told[1][:2] == [str(len(content)), hashlib.sha256(content).hexdigest()]
    assert (tmp_path / "snapshot").read_bytes() == snapshot_file("small").read_bytes()
    assert (tmp_path / "arrived").exists()


def test_pods_are_listed_and_deleted(snapshot_file: SnapshotFile, cluster: SmallCluster) -> None:
    there = ("--kubeconfig", cluster.kubeconfig)
    for _ in range(2):
        with cluster.opened(snapshot_file("small"), keep=True):
            pass
    first, second = sorted(cluster.ours())
    listed = run("list", *there).stdout
    assert first in listed
    assert second in listed
    assert "etcd-master-0" not in listed
    assert f"{first} is deleted" in run("delete", first, *there).stderr
    assert cluster.ours() == [second]
    assert f"{second} is deleted" in run("delete", "--all", *there).stderr
    assert cluster.ours() == []
    assert "no temporary pod" in run("list", *there).stderr


def test_only_temporary_pods_are_deleted(cluster: SmallCluster) -> None:
    there = ("--kubeconfig", cluster.kubeconfig)
    assert "no temporary pod of this name: etcd-master-0" in told(run("delete", "etcd-master-0", *there))
    for words in ([], ["a", "--all"]):
        assert "nothing says which pods are meant" in told(run("delete", *words, *there))
    assert len(cluster.server.store.objects("pods")) == 1


def test_the_program_takes_a_group_of_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    group = made.load("pod")
    assert sorted(group.commands) == ["delete", "list", "manifest"]


def test_help_needs_no_cluster_client() -> None:
    probe = (
        "import sys; from snapinspect.cli.app import app; from typer.testing import CliRunner; "
        "shown = CliRunner().invoke(app, ['pod', 'manifest', '--help']); assert shown.exit_code == 0; "
        "sys.exit('kubernetes' in sys.modules or 'grpc' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", probe], check=False).returncode == 0
