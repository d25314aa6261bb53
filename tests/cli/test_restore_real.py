"""``restore`` against what a real API server answers: nothing that did not change differs, and what is ours stays ours."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from apiserver import ApiServer, Exchange
from cli_program import ROOT, SMALL, Outcome, command, run

FIELD = ROOT / "fixtures" / "field"
NS = "m"


@pytest.fixture
def server() -> Iterator[ApiServer]:
    with ApiServer() as running:
        for name in ("kube-system", NS):
            running.store.add({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        yield running


@pytest.fixture
def restore(server: ApiServer, tmp_path: Path) -> Callable[..., Outcome]:
    config = server.kubeconfig(tmp_path / "config")
    return lambda *args: run("restore", *args, "--kubeconfig", config)


def states(outcome: Outcome) -> dict[str, str]:
    return {f"{one['kind']}/{one['name']}": one["state"] for one in json.loads(outcome.out)["objects"]}


def load(server: ApiServer, snapshot: Path, *kinds: str) -> None:
    """The cluster as the snapshot has it."""
    shown = run("get", snapshot, *kinds, "-n", NS, "--all", "--raw", "-o", "jsonl")
    for line in shown.lines:
        server.store.load(json.loads(line))


def test_what_the_server_adds_when_it_answers_is_no_difference(
    restore: Callable[..., Outcome], server: ApiServer
) -> None:
    snapshot = FIELD / "29-restore-says-differs" / "snap.db.gz"
    load(server, snapshot, "sts")
    for policy in ("skip", "merge", "replace", "fail"):
        outcome = restore(snapshot, "sts/s", "-n", NS, "--dry-run", "--on-conflict", policy, "-o", "json")
        assert states(outcome) == {"StatefulSet/s": "identical"}, outcome.err


def test_what_was_restored_once_is_merged_again_without_a_word(
    restore: Callable[..., Outcome], server: ApiServer
) -> None:
    before, after = (FIELD / "31-merge-conflicts-with-itself" / f"{name}.db.gz" for name in ("before", "snap"))
    assert restore(before, "cm/x", "-n", NS, "--yes").code == 0
    outcome = restore(after, "cm/x", "-n", NS, "--on-conflict", "merge", "--yes")
    assert outcome.code == 0, outcome.err
    assert outcome.lines[-1] == "1 merged"
    again = restore(after, "cm/x", "-n", NS, "--on-conflict", "fail", "--dry-run", "-o", "json")
    assert states(again) == {"ConfigMap/x": "identical"}


def test_what_an_older_version_of_this_program_created_is_taken_over(
    restore: Callable[..., Outcome], server: ApiServer
) -> None:
    snapshot = FIELD / "31-merge-conflicts-with-itself" / "snap.db.gz"
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x", "namespace": NS}, "data": {"k": "old"}}
    server.store.add(body, manager="snapinspect")
    outcome = restore(snapshot, "cm/x", "-n", NS, "--on-conflict", "merge", "--yes")
    assert outcome.code == 0, outcome.err
    server.store.add(body, manager="kubectl-edit")
    refused = restore(snapshot, "cm/x", "-n", NS, "--on-conflict", "merge", "--yes")
    assert refused.code == 1
    assert 'conflict with "kubectl-edit"' in refused.out


def test_without_a_cluster_the_plan_is_what_the_snapshot_tells() -> None:
    outcome = run("restore", SMALL, "deploy", "-n", "infra-production", "--dry-run", "--offline")
    assert outcome.code == 0, outcome.err
    assert outcome.lines[0] == "no cluster was asked: this is what the snapshot tells"
    assert "note: the cluster must have namespace infra-production" in outcome.lines
    assert outcome.lines[-1].startswith("plan: ")
    assert outcome.lines[-1].endswith(" to create")


def test_nothing_named_means_the_whole_cluster() -> None:
    outcome = run("restore", SMALL, "--dry-run", "--offline", "-o", "json")
    assert outcome.code == 0, outcome.err
    found = states(outcome)
    assert len(found) > 100
    assert not [name for name in found if name.startswith(("Event/", "Node/", "Lease/"))]


def test_a_missing_namespace_is_said_once_and_how_to_bring_it(restore: Callable[..., Outcome]) -> None:
    outcome = restore(SMALL, "cm/big", "cm/nginx-conf", "deploy/api", "-n", "infra-production", "--dry-run")
    said = [line for line in outcome.lines if "neither in the cluster" in line]
    assert len(said) == 1
    assert "--with-deps" in said[0]
    assert outcome.lines[-1] == "plan: 3 given up"
    assert outcome.code == 1


def test_an_interrupted_run_tells_what_was_done(server: ApiServer, tmp_path: Path) -> None:
    server.store.add({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "infra-production"}})
    # Both go out side by side, and either may be there first.
    reached = threading.Barrier(3)

    def slow(exchange: Exchange) -> bool:
        if exchange.method == "PATCH" and exchange.path.endswith(("/big", "/nginx-conf")):
            reached.wait(30)
            threading.Event().wait(1)
        return False

    server.routes.append(slow)
    config = server.kubeconfig(tmp_path / "config")
    words = ("restore", SMALL, "cm/big", "cm/nginx-conf", "deploy/api", "-n", "infra-production", "--yes")
    with subprocess.Popen(
        command(*words, "--kubeconfig", config),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        reached.wait(30)
        os.kill(running.pid, signal.SIGINT)
        out, err = running.communicate(timeout=30)
    assert running.returncode == 130, err
    assert out.splitlines()[-1] == "2 created, 1 not reached"
    assert "Traceback" not in err
