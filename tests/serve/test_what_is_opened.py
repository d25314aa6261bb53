"""What is served is whatever the other commands open: with keys and without, damaged, and without the extra."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from compare import difference, plain
from served_snapshot import Served, serving

FIXTURES = Path(__file__).parents[2] / "fixtures" / "k8s-1.36"
UNREADABLE = "snapinspect/unreadable"
SECRETS = "/api/v1/secrets"


def identity(body: dict[str, Any]) -> tuple[str, str]:
    return body["metadata"]["namespace"], body["metadata"]["name"]


def secrets(served: Served) -> dict[tuple[str, str], dict[str, Any]]:
    return {identity(item): item for item in served.get(SECRETS)["items"]}


@pytest.mark.parametrize("name", ["aescbc", "secretbox"])
def test_with_the_keys_secrets_are_what_the_api_server_said(
    snapshot_file: Callable[[str], Path], facts: Callable[[str], list[dict[str, Any]]], tmp_path: Path, name: str
) -> None:
    config = str(FIXTURES / f"{name}.enc.yaml")
    said = [line["object"] for line in facts(f"{name}.truth") if line["object"]["kind"] == "Secret"]
    with serving(tmp_path, str(snapshot_file(name)), "--encryption-config", config) as served:
        found = secrets(served)
    assert said
    assert {identity(truth): difference(plain(found[identity(truth)]), plain(truth)) for truth in said} == {
        identity(truth): "" for truth in said
    }


def test_without_the_keys_they_are_listed_with_the_reason(
    snapshot_file: Callable[[str], Path], facts: Callable[[str], list[dict[str, Any]]], tmp_path: Path
) -> None:
    said = {identity(line["object"]) for line in facts("aescbc.truth") if line["object"]["kind"] == "Secret"}
    with serving(tmp_path, str(snapshot_file("aescbc"))) as served:
        found = secrets(served)
        shown = served.kubectl("get", "secrets", "-A", "-o", "wide")
        described = served.kubectl("describe", "secrets", "-A")
    assert said <= set(found)
    reasons = {key: item["metadata"].get("annotations", {}).get(UNREADABLE) for key, item in found.items()}
    locked = {key for key, reason in reasons.items() if reason}
    assert locked
    assert all("aescbc" in str(reasons[key]) for key in locked)
    assert all("data" not in found[key] for key in locked)
    assert (shown.returncode, described.returncode) == (0, 0)
    assert "<unknown>" in shown.stdout


def test_what_is_unproven_says_so(tmp_path: Path) -> None:
    cut = str(FIXTURES.parent / "field" / "22-cut-gzip" / "cut.db.gz")
    with serving(tmp_path, cut, "--salvage") as served:
        marked = [
            item["metadata"].get("annotations", {}).get("snapinspect/unproven", "")
            for path, _ in served.listed()
            for item in served.get(path)["items"]
        ]
    assert any(each.startswith("unproven: ") or "does not prove" in each for each in marked)


@pytest.mark.parametrize(
    "name",
    [
        "01-bump-revision/data",
        "11-kine-created/state.db",
        "15-kine-mysqldump/kine-my.sql",
        "16-microk8s-dbctl/backup-dqlite.tar.gz",
    ],
)
def test_every_source_is_served_as_it_is_listed(tmp_path: Path, name: str) -> None:
    source = str(FIXTURES.parent / "field" / name)
    command = [sys.executable, "-m", "snapinspect", "ls", source, "-o", "name"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    listed = {line.rpartition("/")[2] for line in done.stdout.splitlines()}
    with serving(tmp_path, source) as served:
        found = {item["metadata"]["name"] for path, _ in served.listed() for item in served.get(path)["items"]}
    assert listed
    assert found == listed


def test_a_hint_leaves_the_command_where_it_stands() -> None:
    cut = str(FIXTURES.parent / "field" / "22-cut-gzip" / "cut.db.gz")
    command = [sys.executable, "-m", "snapinspect", "serve", cut, "--", "sh", "-c", "kubectl get cm"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode != 0
    assert f"serve {cut} --salvage -- sh -c 'kubectl get cm'`" in done.stderr


def test_without_the_extra_it_says_how_to_get_it(tmp_path: Path) -> None:
    (tmp_path / "uvicorn.py").write_text("raise ModuleNotFoundError(name='uvicorn')")
    command = [sys.executable, "-m", "snapinspect", "serve", str(FIXTURES / "small.db")]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=60, env={"PYTHONPATH": str(tmp_path)}
    )
    assert done.returncode == 2
    error, hint = done.stderr.splitlines()
    assert error == "error: `serve` needs the package uvicorn, which is not installed"
    assert "pip install uvicorn wsproto cryptography" in hint


def test_the_python_client_finds_kinds_by_itself(small: Served) -> None:
    from kubernetes import config, dynamic

    with config.new_client_from_config(str(small.kubeconfig)) as api:
        client = dynamic.DynamicClient(api)
        widgets = client.resources.get(api_version="example.com/v1beta1", kind="Widget")
        listed = [item.metadata.name for item in widgets.get().items]
        watched = [event["object"].metadata.name for event in widgets.watch(timeout=1)]
    assert listed
    assert watched == listed
