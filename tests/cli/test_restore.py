"""``snapinspect restore``: the plan, the question, the results and the exit code."""

from __future__ import annotations

import json
import os
import pty
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from apiserver import ApiServer
from cli_program import ROOT, SMALL, Outcome, command, run

UID = "the snapshot's"
NS = "infra-production"
Facts = Callable[[str], list[dict[str, Any]]]


@pytest.fixture
def server() -> Iterator[ApiServer]:
    with ApiServer() as running:
        for name in ("kube-system", NS):
            running.store.add({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        yield running


@pytest.fixture
def restore(server: ApiServer, tmp_path: Path) -> Callable[..., Outcome]:
    config = server.kubeconfig(tmp_path / "config")
    return lambda *args: run("restore", SMALL, *args, "--kubeconfig", config)


def objects_of(outcome: Outcome) -> list[dict[str, Any]]:
    return json.loads(outcome.out)["objects"]


def written(server: ApiServer) -> list[str]:
    return [path for method, path in server.requests if method != "GET" and "dryRun" not in path]


def test_the_plan_comes_first_and_dry_run_stops_there(restore: Callable[..., Outcome], server: ApiServer) -> None:
    outcome = restore("cm/nginx-conf", "-n", NS, "--dry-run")
    assert outcome.code == 0, outcome.err
    first, heading, row, *_ = outcome.lines
    assert first == f"cluster {server.url} (context test, v1.36.2), NOT the one that the snapshot is from"
    assert heading.split() == ["STATE", "ACTION", "KIND", "NAMESPACE", "NAME"]
    assert row.split() == ["create", "create", "ConfigMap", NS, "nginx-conf"]
    assert written(server) == []


def test_the_cluster_that_the_snapshot_is_from_is_known(
    restore: Callable[..., Outcome], server: ApiServer, facts: Facts
) -> None:
    theirs = next(
        one["object"]["metadata"]["uid"]
        for one in facts("small.truth")
        if (one["kind"], one["name"]) == ("Namespace", "kube-system")
    )
    server.store.add({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "kube-system", "uid": theirs}})
    outcome = restore("cm/nginx-conf", "-n", NS, "--dry-run")
    assert outcome.lines[0].endswith("the one that the snapshot is from")
    assert "NOT" not in outcome.lines[0]


def test_a_whole_namespace_with_what_it_needs_goes_into_a_fresh_cluster_and_is_identical_then(
    restore: Callable[..., Outcome], server: ApiServer
) -> None:
    server.store.delete(server.store.resource("", "v1", "namespaces"), None, NS)
    server.store.settles_after = 1
    args = ("-n", NS, "--with-deps", "--yes", "-o", "json")
    first = restore(*args)
    assert first.code == 0, first.err
    assert {one["outcome"] for one in objects_of(first)} == {"created"}
    assert len(objects_of(first)) > 70
    count = len(written(server))
    again = restore(*args)
    assert again.code == 0, again.err
    assert [one["name"] for one in objects_of(again) if one["state"] != "identical"] == []
    assert len(written(server)) == count


def test_results_are_told_as_they_come_and_end_in_a_table(restore: Callable[..., Outcome]) -> None:
    outcome = restore("cm/nginx-conf", "cm/big", "-n", NS, "--yes")
    assert outcome.code == 0, outcome.err
    assert f"created configmap/nginx-conf in {NS}" in outcome.err
    assert outcome.lines[-3].split() == ["KIND", "NAMESPACE", "CREATED"]
    assert outcome.lines[-2].split() == ["ConfigMap", NS, "2"]
    assert outcome.lines[-1] == "2 created"


def test_what_the_server_rejects_is_told_in_its_words_and_is_exit_code_1(
    restore: Callable[..., Outcome], server: ApiServer
) -> None:
    words = 'configmaps "big" is forbidden: exceeded quota: compute'
    server.fault("PATCH", "configmaps/big", 403, reason="Forbidden", message=words)
    server.fault("POST", "configmaps.*Strict$", 403, reason="Forbidden", message=words)
    outcome = restore("cm/big", "cm/nginx-conf", "-n", NS, "--yes")
    assert outcome.code == 1
    assert f"warning: failed configmap/big in {NS}: {words}" in outcome.err
    assert f"created configmap/nginx-conf in {NS}" in outcome.err


def test_a_kind_that_is_not_served_is_exit_code_1(restore: Callable[..., Outcome]) -> None:
    outcome = restore("widgets.example.com/min", "-n", NS, "--yes")
    assert outcome.code == 1
    assert "the cluster serves no Widget in example.com/v1" in outcome.out


def test_a_difference_is_shown_against_the_live_object(restore: Callable[..., Outcome], server: ApiServer) -> None:
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "nginx-conf", "namespace": NS}}
    server.store.add({**body, "data": {"nginx.conf": "changed\n"}})
    outcome = restore("cm/nginx-conf", "-n", NS, "--yes")
    assert outcome.code == 0
    assert f"--- configmap/nginx-conf in {NS}\tlive" in outcome.lines
    assert any(line.startswith("-") and "changed" in line for line in outcome.lines)
    assert written(server) == []


def test_secrets_are_hidden_in_a_difference_unless_asked_for(
    restore: Callable[..., Outcome], server: ApiServer
) -> None:
    body = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "basic", "namespace": NS}}
    server.store.add({**body, "type": "kubernetes.io/basic-auth", "data": {"password": "b3RoZXI="}})
    hidden = restore("secret/basic", "-n", NS, "--dry-run")
    assert "<hidden " in hidden.out
    assert "b3RoZXI=" not in hidden.out + hidden.err
    assert "b3RoZXI=" in restore("secret/basic", "-n", NS, "--dry-run", "--show-secrets").out
    assert "b3RoZXI=" not in restore("secret/basic", "-n", NS, "--dry-run", "-o", "json").out


@pytest.mark.parametrize(("policy", "verb"), [("merge", "merged"), ("replace", "replaced")])
def test_a_policy_changes_what_differs(
    restore: Callable[..., Outcome], server: ApiServer, policy: str, verb: str
) -> None:
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "nginx-conf", "namespace": NS}}
    server.store.add({**body, "data": {"nginx.conf": "changed\n"}})
    outcome = restore("cm/nginx-conf", "-n", NS, "--yes", "--on-conflict", policy, "--force-conflicts")
    assert outcome.code == 0, outcome.err
    assert f"{verb} configmap/nginx-conf in {NS}" in outcome.err


def test_to_fail_writes_nothing_at_all(restore: Callable[..., Outcome], server: ApiServer) -> None:
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "nginx-conf", "namespace": NS}}
    server.store.add({**body, "data": {"nginx.conf": "changed\n"}})
    outcome = restore("cm/nginx-conf", "cm/big", "-n", NS, "--yes", "--on-conflict", "fail")
    assert outcome.code == 1
    assert "nothing was written, as 1 object is in the way" in outcome.err
    assert written(server) == []


def test_another_namespace_is_gone_to_and_what_is_not_changed_is_said(
    restore: Callable[..., Outcome], server: ApiServer
) -> None:
    server.store.add({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "copy"}})
    outcome = restore("sa,rolebinding,role", "-n", NS, "--to-namespace", "copy", "--yes")
    assert outcome.code == 0, outcome.err
    assert "note: the namespace's name inside other fields" in outcome.err
    binding = next(one for one in server.store.objects("rolebindings"))
    assert binding["metadata"]["namespace"] == "copy"
    assert {subject.get("namespace", "copy") for subject in binding["subjects"]} == {"copy"}


def test_a_volume_that_waits_for_an_old_claim_is_shown_and_released_on_demand(
    restore: Callable[..., Outcome], server: ApiServer, facts: Facts
) -> None:
    volume = next(
        one["object"]
        for one in facts("small.truth")
        if one["kind"] == "PersistentVolume" and one["object"]["spec"]["claimRef"]["name"] == "data-pg-1"
    )
    name = volume["metadata"]["name"]
    server.store.add({**volume, "status": {"phase": "Released"}})
    shown = restore("pvc/data-pg-1", "-n", NS, "--dry-run")
    assert f"persistentvolume/{name} holds the UID of a claim that is gone" in shown.out
    assert "--release-volumes" in shown.out
    done = restore("pvc/data-pg-1", "-n", NS, "--yes", "--release-volumes")
    assert done.code == 0, done.err
    assert f"released persistentvolume/{name}" in done.err
    assert "uid" not in server.store.objects("persistentvolumes")[0]["spec"]["claimRef"]


def test_what_was_deleted_comes_back_in_its_last_state(
    server: ApiServer, tmp_path: Path, snapshot_file: Callable[[str], Path]
) -> None:
    args = ("restore", snapshot_file("history"), "cm", "-n", NS, "--deleted", "--yes")
    outcome = run(*args, "--kubeconfig", server.kubeconfig(tmp_path / "config"), "-o", "json")
    assert outcome.code == 0, outcome.err
    assert [(one["name"], one["outcome"]) for one in objects_of(outcome)] == [
        ("doomed", "created"),
        ("flappy", "created"),
    ]


def test_a_volume_whose_disk_may_be_gone_is_said_and_would_keep_it(restore: Callable[..., Outcome]) -> None:
    outcome = restore("pv", "--dry-run")
    assert "its reclaim policy was Delete: it is written as Retain, and its disk may be gone already" in outcome.out


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["cm/big", "-n", NS], "there is no terminal on which to ask"),
        (["cm/big", "-n", NS, "-o", "json"], "-o json leaves no room for a question"),
        (["cm/big", "-n", NS, "--raw", "--yes"], "--raw gives objects that no server takes"),
        (["--offline", "--yes"], "--offline writes nothing"),
        (["cm", "-A", "--to-namespace", "x", "--dry-run"], "--to-namespace moves one namespace"),
        (["cm/big", "-n", NS, "--to-namespace", "Bad_Name", "--dry-run"], "'Bad_Name' is no name of a namespace"),
        (["cm/big", "-n", NS, "--on-conflict", "guess", "--yes"], "guess"),
    ],
)
def test_wrong_usage_is_exit_code_2_and_writes_nothing(
    restore: Callable[..., Outcome], server: ApiServer, args: list[str], words: str
) -> None:
    outcome = restore(*args)
    assert outcome.code == 2
    assert words in outcome.err
    assert written(server) == []


def test_no_cluster_is_an_error_with_a_hint(tmp_path: Path) -> None:
    outcome = run("restore", SMALL, "cm/big", "-n", NS, "--dry-run", "--kubeconfig", tmp_path / "none")
    assert outcome.code == 1
    assert outcome.err.startswith("error: no cluster: ")
    assert "hint: " in outcome.err


def test_expired_credentials_are_an_error_with_a_hint(restore: Callable[..., Outcome], server: ApiServer) -> None:
    server.token = "renewed"
    outcome = restore("cm/big", "-n", NS, "--dry-run")
    assert outcome.code == 1
    assert outcome.err.splitlines() == [
        "error: Unauthorized",
        "hint: The credentials are not valid, or no longer: log in again, or name others with --kubeconfig or --context.",
    ]


def test_a_changed_file_is_not_restored_from(tmp_path: Path, server: ApiServer) -> None:
    damaged = tmp_path / "damaged.db"
    damaged.write_bytes(SMALL.read_bytes()[:-1] + b"x")
    config = server.kubeconfig(tmp_path / "config")
    outcome = run("restore", damaged, "cm/big", "-n", NS, "--yes", "--kubeconfig", config)
    assert outcome.code == 1
    assert "the SHA-256 at its end is not that of its content" in outcome.err
    assert written(server) == []


@pytest.mark.parametrize(("answer", "code"), [("y", 0), ("n", 1)])
def test_it_asks_on_a_terminal_and_takes_the_answer(server: ApiServer, tmp_path: Path, answer: str, code: int) -> None:
    config = server.kubeconfig(tmp_path / "config")
    ours, theirs = pty.openpty()
    try:
        os.write(ours, f"{answer}\n".encode())
        done = subprocess.run(
            command("restore", SMALL, "cm/big", "-n", NS, "--kubeconfig", config),
            cwd=ROOT,
            stdin=theirs,
            capture_output=True,
            timeout=60,
            check=False,
        )
    finally:
        os.close(ours)
        os.close(theirs)
    assert done.returncode == code, done.stderr
    assert f"Write to {server.url}?".encode() in done.stderr
    assert len(written(server)) == (answer == "y")
