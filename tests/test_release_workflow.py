"""What a release is made by: a manifest that krew takes, and workflows that name what exists, and take nothing that can be moved."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
HOME = "https://example.com/snapinspect"


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As the release has it when the manifest is filled in, but for what the programs are."""
    made = tmp_path_factory.mktemp("dist")
    for machine in ("x86_64", "aarch64"):
        (made / f"snapinspect-linux-{machine}").write_text(f'#!/bin/sh\necho {machine} "$@"\n')
    subprocess.run([sys.executable, ROOT / "packaging" / "krew" / "fill.py", "0.2.0", HOME, made], check=True)
    return made


def test_the_manifest_is_one_that_krew_takes(dist: Path) -> None:
    """The rules of sigs.k8s.io/krew ``internal/index/validation/validate.go``."""
    manifest = yaml.safe_load((dist / "krew-snapinspect.yaml").read_text())
    spec = manifest["spec"]
    assert (manifest["apiVersion"], manifest["kind"]) == ("krew.googlecontainertools.github.com/v1alpha2", "Plugin")
    assert manifest["metadata"]["name"] == "snapinspect"
    assert spec["version"] == "v0.2.0"
    assert spec["shortDescription"]
    assert "\n" not in spec["shortDescription"]
    assert [platform["selector"]["matchLabels"] for platform in spec["platforms"]] == [
        {"os": "linux", "arch": "amd64"},
        {"os": "linux", "arch": "arm64"},
    ]
    for platform in spec["platforms"]:
        assert platform["uri"].startswith(f"{HOME}/releases/download/v0.2.0/")
        archive = dist / Path(platform["uri"]).name
        assert platform["sha256"] == hashlib.sha256(archive.read_bytes()).hexdigest()


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_the_archive_holds_the_plugin_and_its_completion(dist: Path, machine: str, tmp_path: Path) -> None:
    with tarfile.open(dist / f"snapinspect-linux-{machine}.tar.gz") as archive:
        archive.extractall(tmp_path, filter="data")
    assert {path.name for path in tmp_path.iterdir()} == {
        "kubectl-snapinspect",
        "kubectl_complete-snapinspect",
        "LICENSE",
    }
    completion = tmp_path / "kubectl_complete-snapinspect"
    said = subprocess.run(
        [completion, "get", ""], env={"PATH": f"{tmp_path}:/bin"}, capture_output=True, text=True, check=True
    )
    assert said.stdout == f"{machine} __complete get \n"


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_the_archive_does_not_tell_when_or_where_it_was_packed(dist: Path, machine: str) -> None:
    """The header of RFC 1952: neither a name (among the flags) nor a time."""
    _, _, method, flags, *time = (dist / f"snapinspect-linux-{machine}.tar.gz").read_bytes()[:8]
    assert (method, flags, time) == (8, 0, [0, 0, 0, 0])


def steps(workflow: Path) -> list[dict[str, Any]]:
    jobs = yaml.safe_load(workflow.read_text())["jobs"]
    return [step for job in jobs.values() for step in job["steps"]]


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda workflow: workflow.stem)
def test_each_action_is_named_by_what_it_is(workflow: Path) -> None:
    used = [step["uses"] for step in steps(workflow) if "uses" in step]
    assert used
    assert [name for name in used if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", name)] == []


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda workflow: workflow.stem)
def test_each_command_runs_what_exists(workflow: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    commands = "\n".join(step.get("run", "") for step in steps(workflow))
    made = " ".join(re.findall(r"\bmake ((?:[a-z-]+ ?)+)(?!=)", commands)).split()
    assert made
    assert [word for word in made if word not in targets] == []
    named = re.findall(r"(?:packaging|\.ci)/[\w./-]+", commands)
    assert named
    assert [name for name in named if not (ROOT / name).is_file()] == []
