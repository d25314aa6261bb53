"""What each supported kubectl, and Helm, make of a snapshot: programs as they are, from 1.27 to 1.36."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator
from gzip import compress
from pathlib import Path
from typing import Any

import pytest
from served_snapshot import LAYERS, Served, serving
from written_snapshot import write_snapshot

ROOT = Path(__file__).parents[2]
RELEASE: dict[str, Any] = json.loads((ROOT / "fixtures" / "helm" / "web.json").read_text())
NAMESPACE = ("-n", "infra-production")
GONE_SINCE = {"ipaddresses", "servicecidrs"}
"""What 1.27 knows only in versions that are no longer served."""
POD = "web-64d96546dc-5lckk"


@pytest.mark.parametrize("version", LAYERS)
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("get pods -A -o wide --sort-by=.metadata.name", "NOMINATED NODE"),
        ("get all,cm,secrets -n infra-production --show-labels", "deployment.apps/web"),
        ("get widgets -A -L app -o custom-columns=N:.metadata.name", "N\n"),
        ("get pods -A --field-selector status.phase=Running,spec.nodeName!= --chunk-size=2", "Running"),
        ("get pod -n infra-production -o jsonpath={.items[*].metadata.name}", POD),
        ("get deploy web -n infra-production -o yaml --show-managed-fields", "managedFields"),
        ("get deploy web -n infra-production --subresource=scale", "DESIRED   AVAILABLE"),
        ("get deploy web -n infra-production --subresource=status", "3/3"),
        ("describe pod -n infra-production", "Containers:"),
        ("describe node", "Non-terminated Pods"),
        ("describe deploy,svc,cm,secret -n infra-production", "RollingUpdateStrategy"),
        ("explain deployment.spec.replicas", "replicas <integer>"),
        ("explain widget.spec --recursive", "enabled\t<boolean>"),
        ("api-resources", "widgets"),
        ("api-versions", "example.com/v1"),
        ("auth can-i list pods", "yes"),
        ("auth can-i --list", "[get list watch]"),
        ("auth whoami", "snapinspect"),
        ("events -n infra-production", "ScalingReplicaSet"),
        ("rollout history deploy/web -n infra-production", "initial: deploy"),
        ("rollout status deploy/web -n infra-production --timeout=20s", "successfully rolled out"),
        ("wait --for=condition=Available deploy/web -n infra-production --timeout=20s", "condition met"),
        ("get --raw /version", "v1.36"),
        ("version", "v1.36"),
    ],
)
def test_every_kubectl_reads(small: Served, version: str, words: str, expected: str) -> None:
    done = small.kubectl(*words.split(), version=version)
    assert done.returncode == 0, done.stderr
    assert expected in done.stdout


@pytest.mark.parametrize("version", LAYERS)
@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (f"logs {POD} -n infra-production", "holds no logs"),
        (f"exec {POD} -n infra-production -- ls", "runs no containers"),
        (f"delete pod {POD} -n infra-production", "read-only"),
        ("taint node node-1 a=b:NoSchedule", "read-only"),
        ("scale deploy web --replicas=1 -n infra-production", "read-only"),
        ("label deploy web a=b -n infra-production", "read-only"),
        (f"cp infra-production/{POD}:/etc/hosts /dev/null", "runs no containers"),
        (f"port-forward {POD} 1:1 -n infra-production", "runs no containers"),
        (f"attach {POD} -n infra-production", "runs no containers"),
        ("create configmap c --from-literal=a=b", "read-only"),
        ("top pods", "Metrics API not available"),
        ("get pods --field-selector spec.color=red", "spec.color"),
    ],
)
def test_every_kubectl_is_told_what_cannot_be(small: Served, version: str, words: str, reason: str) -> None:
    done = small.kubectl(*words.split(), version=version)
    assert done.returncode == 1
    assert reason in done.stderr


@pytest.mark.parametrize("version", LAYERS)
@pytest.mark.parametrize(("words", "code"), [("diff", 2), ("apply", 1), ("apply --dry-run=server", 1), ("replace", 1)])
def test_what_would_change_an_object_says_why_it_cannot(
    small: Served, tmp_path: Path, version: str, words: str, code: int
) -> None:
    body = json.loads(small.kubectl("get", "deploy", "web", *NAMESPACE, "-o", "json", version=version).stdout)
    body["spec"]["replicas"] = 9
    changed = tmp_path / "web.json"
    changed.write_text(json.dumps(body))
    done = small.kubectl(*words.split(), "-f", str(changed), version=version)
    assert done.returncode == code
    assert "a snapshot is read-only" in done.stderr


def one_of_each_kind(served: Served) -> dict[str, list[str]]:
    """By namespace, how kubectl calls the first object of each kind."""
    found: dict[str, list[str]] = {}
    for path, _ in served.listed():
        items = served.get(f"{path}?limit=1")["items"]
        if items:
            metadata, parts = items[0]["metadata"], path.strip("/").split("/")
            kind = f"{parts[-1]}.{parts[1]}" if parts[0] == "apis" else parts[-1]
            found.setdefault(metadata.get("namespace", ""), []).append(f"{kind}/{metadata['name']}")
    return found


@pytest.mark.parametrize("version", LAYERS)
def test_every_kind_that_there_is_can_be_described(small: Served, version: str) -> None:
    gone = GONE_SINCE if version == "1.27" else set()
    kinds = set()
    for namespace, names in one_of_each_kind(small).items():
        meant = [name for name in dict.fromkeys(names) if name.partition(".")[0].partition("/")[0] not in gone]
        done = small.kubectl("describe", *meant, *(("-n", namespace) if namespace else ()), version=version)
        assert (done.returncode, done.stderr) == (0, "")
        assert sum(line.startswith("Name:") for line in done.stdout.splitlines()) == len(meant)
        kinds |= {name.partition("/")[0] for name in meant}
    assert len(kinds) > 50


@pytest.mark.parametrize("field", ["deployment.spec.template.spec.containers", "widget.spec"])
def test_explain_of_the_second_openapi_says_the_same(small: Served, field: str) -> None:
    told = {}
    for third in ("true", "false"):
        done = small.kubectl("explain", field, version="1.27", KUBECTL_EXPLAIN_OPENAPIV3=third)
        assert done.returncode == 0, done.stderr
        told[third] = {line.split("<")[0].strip() for line in done.stdout.splitlines() if "\t<" in line}
    assert told["true"]
    assert told["true"] == told["false"]


def kept(release: dict[str, Any]) -> dict[str, Any]:
    """The Secret in which Helm keeps a release: gzip, and base64 twice."""
    packed = b64encode(b64encode(compress(json.dumps(release).encode()))).decode()
    name, number = release["name"], str(release["version"])
    labels = {"name": name, "owner": "helm", "status": release["info"]["status"], "version": number}
    metadata = {"name": f"sh.helm.release.v1.{name}.v{number}", "namespace": release["namespace"], "labels": labels}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": metadata,
        "type": "helm.sh/release.v1",
        "data": {"release": packed},
    }


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    releases = []
    for number, status in enumerate(("superseded", "deployed"), 1):
        info = {**RELEASE["info"], "status": status}
        releases.append(kept({**RELEASE, "version": number, "info": info, "config": {"replicas": number}}))
    folder = tmp_path_factory.mktemp("helm")
    with serving(folder, str(write_snapshot(folder / "snap.db", releases))) as served:
        yield served


@pytest.mark.parametrize("version", LAYERS)
def test_helm_finds_its_releases(released: Served, version: str) -> None:
    def told(*words: str) -> str:
        done = released.helm(*words, version=version)
        assert done.returncode == 0, done.stderr
        return done.stdout

    within = ("-n", RELEASE["namespace"])
    (listed,) = json.loads(told("list", "-A", "-o", "json"))
    assert (listed["name"], listed["revision"], listed["status"]) == ("web", "2", "deployed")
    assert json.loads(told("get", "values", "web", *within, "-o", "json")) == {"replicas": 2}
    assert json.loads(told("get", "values", "web", *within, "-o", "json", "--revision", "1")) == {"replicas": 1}
    assert told("get", "manifest", "web", *within).strip() == RELEASE["manifest"].strip()
    history = json.loads(told("history", "web", *within, "-o", "json"))
    assert [(each["revision"], each["status"]) for each in history] == [(1, "superseded"), (2, "deployed")]
    assert "STATUS: deployed" in told("status", "web", *within)


def test_helm_is_told_that_nothing_can_be_changed(released: Served) -> None:
    done = released.helm("rollback", "web", "1", "-n", RELEASE["namespace"])
    assert done.returncode == 1
    assert "read-only" in done.stderr
