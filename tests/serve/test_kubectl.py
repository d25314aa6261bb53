"""An unmodified kubectl, and the Python client, against a running server."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from served_snapshot import Served, serving

NAMESPACE = ("-n", "infra-production")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("get", "deploy", "web", *NAMESPACE), "web    3/3     3            3"),
        (("get", "crd"), "widgets.example.com"),
        (("get", "crd", "widgets.example.com", "-o", "jsonpath={.apiVersion} {.spec.versions[0].name}"), "/v1 v1beta1"),
        (("get", "pods", "-A", "-l", "app in (web)", "--chunk-size=2"), "web-64d96546dc-dfvss"),
        (("describe", "deploy", "web", *NAMESPACE), "ScalingReplicaSet"),
        (("explain", "deployment.spec.replicas"), "FIELD: replicas <integer>"),
        (("explain", "widget.spec"), "KIND:       Widget"),
        (("api-resources",), "widgets"),
        (("auth", "can-i", "list", "pods"), "yes"),
        (("auth", "whoami"), "snapinspect"),
        (("rollout", "status", "deploy/web", *NAMESPACE, "--timeout=20s"), "successfully rolled out"),
        (("wait", "--for=condition=Available", "deploy/web", *NAMESPACE, "--timeout=20s"), "condition met"),
        (("events", *NAMESPACE), "ScalingReplicaSet"),
    ],
)
def test_what_people_type(small: Served, words: tuple[str, ...], expected: str) -> None:
    done = small.kubectl(*words)
    assert done.returncode == 0, done.stderr
    assert expected in done.stdout


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("logs", "web-64d96546dc-5lckk", *NAMESPACE), "holds no logs"),
        (("delete", "pod", "web-64d96546dc-5lckk", *NAMESPACE), "read-only"),
        (("create", "ns", "new"), "read-only"),
        (("get", "pod", "nothing"), 'pods "nothing" not found'),
    ],
)
def test_what_cannot_be(small: Served, words: tuple[str, ...], reason: str) -> None:
    done = small.kubectl(*words)
    assert done.returncode == 1
    assert reason in done.stderr


def test_a_replay_shows_what_happened(history: Served) -> None:
    context = next(each["name"] for each in history.config["contexts"] if each["name"].endswith("@replay"))
    watch = ("get", "deploy", *NAMESPACE, "-w", "--output-watch-events", "--request-timeout=6s")
    lines = [line.split()[:2] for line in history.kubectl("--context", context, *watch).stdout.splitlines()]
    assert ["ADDED", "web"] in lines
    assert ["DELETED", "web"] in lines
    assert lines.index(["ADDED", "web"]) < lines.index(["DELETED", "web"])


def test_what_is_gone_is_marked(history: Served) -> None:
    context = next(each["name"] for each in history.config["contexts"] if each["name"].endswith("@deleted"))
    shown = history.kubectl("--context", context, "get", "deploy", "web", *NAMESPACE, "-o", "yaml").stdout
    assert "snapinspect/deleted: deleted at revision" in shown


def test_the_python_client_lists_and_watches(small: Served) -> None:
    from kubernetes import client, config, watch

    with config.new_client_from_config(str(small.kubeconfig)) as api:
        pods = client.CoreV1Api(api)
        listed = [pod.metadata.name for pod in pods.list_pod_for_all_namespaces(limit=5).items]
        stream = watch.Watch().stream(pods.list_pod_for_all_namespaces, timeout_seconds=1)
        assert [event["object"].metadata.name for event in stream][:5] == listed


def test_hidden_values_are_the_same_from_night_to_night(snapshot_file: Callable[[str], Path], tmp_path: Path) -> None:
    nights = [str(snapshot_file(name)) for name in ("small", "history")]
    with serving(tmp_path, *nights, "--hide-secrets") as served:
        contexts = [each["name"] for each in served.config["contexts"]]
        template = "jsonpath={.data.password}"
        words = ("get", "secret", "db-credentials", *NAMESPACE, "-o", template)
        shown = [served.kubectl("--context", context, *words).stdout for context in contexts]
    assert len(shown) == 2
    assert "hidden" in shown[0]
    assert shown[0] == shown[1]


def test_a_port_that_is_taken_is_said(small: Served, snapshot_file: Callable[[str], Path]) -> None:
    port = str(urlsplit(small.server()).port)
    command = [sys.executable, "-m", "snapinspect", "serve", str(snapshot_file("small")), "--port", port]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 2
    assert port in done.stderr
    assert done.stderr.count("\n") == 2


def test_an_object_that_cannot_be_read_is_listed_with_the_reason(tmp_path: Path) -> None:
    packed = Path(__file__).parents[2] / "fixtures" / "field" / "40-one-damaged-value" / "abort-min.db.gz"
    with serving(tmp_path, str(packed)) as served:
        listed = json.loads(served.kubectl("get", "cm", "-A", "-o", "json").stdout)["items"]
    assert [each["metadata"]["name"] for each in listed] == ["a", "b", "m", "x", "y", "z"]
    marked = [each["metadata"]["name"] for each in listed if "snapinspect/unreadable" in str(each["metadata"])]
    assert marked == ["m"]


def test_a_command_runs_with_the_kubeconfig_and_its_exit_code_is_ours(snapshot_file: Callable[[str], Path]) -> None:
    command = [sys.executable, "-m", "snapinspect", "serve", str(snapshot_file("small")), "--"]
    done = subprocess.run([*command, "sh", "-c", 'test -s "$KUBECONFIG" && exit 7'], capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (7, b"")
    done = subprocess.run([*command, "/nothing/there"], capture_output=True, text=True, check=False)
    assert done.returncode == 127
    assert "cannot be run" in done.stderr
    assert "Traceback" not in done.stderr
