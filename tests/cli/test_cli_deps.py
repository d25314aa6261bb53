"""``deps``, and ``--with-deps`` of what recovers."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from cli_program import SMALL, run

WEB = ("deploy/web", "-n", "infra-production")
LOST = "storagebucket b, which the snapshot lacks"


def test_a_tree_for_people() -> None:
    outcome = run("deps", SMALL, *WEB)
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.lines[0] == "deployment/web in infra-production"
    assert "├─ secret/db-credentials  .spec.template.spec.containers[].env[].valueFrom.secretKeyRef" in outcome.lines
    service = outcome.lines.index("├─ service/web  .spec.selector")
    assert outcome.lines.index("needed by:") < service
    assert outcome.lines[service + 1] == "│  └─ ingress/main  .spec.defaultBackend.service"


def test_what_the_snapshot_lacks_is_said() -> None:
    outcome = run("deps", SMALL, "ing/main")
    assert outcome.lines[-3:] == [
        "the snapshot lacks:",
        "├─ service/api (for ingress/main)",
        "└─ storagebucket/b (for ingress/main)",
    ]
    assert "├─ service/api (missing)  .spec.rules[].http.paths[].backend.service" in outcome.lines


def test_a_tree_for_programs() -> None:
    tree = json.loads(run("deps", SMALL, "ing/main", "-o", "json").out)
    assert tree.keys() == {"object", "needs", "neededBy", "missing"}
    assert tree == yaml.safe_load(run("deps", SMALL, "ing/main", "-o", "yaml").out)
    assert {(lost["kind"], lost["name"]) for lost in tree["missing"]} == {("Service", "api"), ("StorageBucket", "b")}


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        ((), 2, "dependencies are shown of one object"),
        (("deploy",), 2, "Name it as KIND/NAME"),
        (("deploy/web", "svc/web"), 2, "of one object"),
        (("deploy/web",), 1, "-n"),
        (("deploy/web", "-A"), 1, "stands for 2 objects"),
        (("deploy/nosuch",), 1, "not found"),
    ],
)
def test_it_is_of_one_object(args: tuple[str, ...], code: int, said: str) -> None:
    outcome = run("deps", SMALL, *args)
    assert outcome.code == code
    assert said in outcome.err


def test_get_brings_what_an_object_needs() -> None:
    plain, whole = run("get", SMALL, *WEB, "-o", "name"), run("get", SMALL, *WEB, "--with-deps", "-o", "name")
    assert plain.lines == ["deployment.apps/web"]
    assert {"namespace/infra-production", "secret/db-credentials", "service/web", "deployment.apps/web"} <= set(
        whole.lines
    )
    assert whole.lines.index("secret/db-credentials") < whole.lines.index("deployment.apps/web")
    assert len(whole.lines) == len(set(whole.lines))
    assert f"ingress main needs {LOST}" in whole.err
    assert "left out 1 serviceaccount:" in whole.err
    assert whole.code == 0


def test_what_it_needs_as_it_was_stored() -> None:
    found = [json.loads(line) for line in run("get", SMALL, *WEB, "--with-deps", "--raw", "-o", "jsonl").lines]
    assert {"Deployment", "Secret", "ServiceAccount"} <= {body["kind"] for body in found}
    assert all("uid" in body["metadata"] for body in found)


def test_a_namespace_is_exported_complete(tmp_path: Path) -> None:
    out = tmp_path / "out"
    outcome = run("export", SMALL, "-n", "infra-production", "--with-deps", "--layout", "single", "-d", out)
    assert outcome.code == 0
    bodies = list(yaml.safe_load_all((out / "objects.yaml").read_text()))
    names = [(body["kind"], body["metadata"]["name"]) for body in bodies]
    placed = [
        (body["apiVersion"], body["kind"], body["metadata"].get("namespace"), body["metadata"]["name"])
        for body in bodies
    ]
    assert len(placed) == len(set(placed))
    assert names[0][0] == "CustomResourceDefinition"
    assert {
        ("StorageClass", "fast"),
        ("PriorityClass", "high"),
        ("CustomResourceDefinition", "widgets.example.com"),
    } <= set(names)
    assert [name for kind, name in names if kind == "Namespace"] == ["infra-production"]
    order = {kind: at for at, (kind, _) in reversed(list(enumerate(names)))}
    assert order["Namespace"] < order["PersistentVolume"] < order["PersistentVolumeClaim"] < order["Deployment"]
    written = [json.loads(line) for line in (out / "index.jsonl").read_text().splitlines()][1:]
    assert any(line["key"] == "/registry/storageclasses/fast" for line in written)


def test_what_is_gone_has_no_living_dependencies() -> None:
    outcome = run("get", SMALL, "cm", "-A", "--deleted", "--with-deps")
    assert outcome.code == 2
    assert "--at REVISION --with-deps" in outcome.err


def test_what_a_deleted_object_needed_is_got_by_the_line_that_is_told(snapshot_file: Callable[[str], Path]) -> None:
    history = snapshot_file("history")
    told = run("get", history, "deploy/web", "-n", "infra-production", "--deleted", "--with-deps").err
    (line,) = re.findall("`(snapinspect [^`]*)`", told)
    got = run(*shlex.split(line)[1:], "-o", "name").lines
    assert {"deployment.apps/web", "secret/db-credentials"} <= set(got)
