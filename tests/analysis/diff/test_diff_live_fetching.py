"""``diff --live``: what is asked of the cluster, and what becomes of it when that refuses."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from apiserver import ApiServer, Exchange, Refusal, Resource
from live_world import FIXTURES, NS, SMALL, World

TOKEN = "eyJhbGciOi-the-token-of-an-account"


def config_map(name: str, namespace: str = NS, **labels: str) -> dict[str, Any]:
    metadata: dict[str, Any] = {"name": name, "namespace": namespace, **({"labels": labels} if labels else {})}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"k": "v"}}


@pytest.mark.parametrize(
    ("args", "lists"),
    [
        (["deploy"], ["/apis/apps/v1/deployments"]),
        (["po"], ["/api/v1/pods"]),
        (["deploy", "-A"], ["/apis/apps/v1/deployments"]),
        (
            ["deploy,cm", "-n", NS],
            [f"/api/v1/namespaces/{NS}/configmaps", f"/apis/apps/v1/namespaces/{NS}/deployments"],
        ),
        (["cm", "-n", "b", "-n", "a"], ["/api/v1/namespaces/a/configmaps", "/api/v1/namespaces/b/configmaps"]),
        (["cm/nginx-conf", "-n", NS], [f"/api/v1/namespaces/{NS}/configmaps?fieldSelector=metadata.name%3Dnginx-conf"]),
        (["crd", "-n", NS], ["/apis/apiextensions.k8s.io/v1/customresourcedefinitions"]),
        (["events", "-n", NS], [f"/api/v1/namespaces/{NS}/events"]),
        (["--key", "/registry/minions/"], ["/api/v1/nodes"]),
        (["--key", f"/registry/services/specs/{NS}/"], ["/api/v1/services"]),
        (["podmetrics"], []),
        (["componentstatuses"], []),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) and value and value[0][0] != "/" else None,
)
def test_only_what_is_meant_is_asked_for(world: World, args: list[str], lists: list[str]) -> None:
    serve_metrics(world.server)
    outcome = world.diff(*args)
    assert outcome.code == 0, outcome.err
    assert sorted(world.lists()) == lists
    assert "must be written in full" not in outcome.err


def test_a_namespace_is_all_kinds_in_it_and_the_namespace_itself(world: World) -> None:
    assert world.diff("-n", NS).code == 0
    lists = world.lists()
    assert len(lists) > 25
    itself = f"/api/v1/namespaces?fieldSelector=metadata.name%3D{NS}"
    assert itself in lists
    assert all(f"/namespaces/{NS}/" in path for path in lists if path != itself)
    assert not any("/events" in path for path in lists)


def test_all_is_everything_that_is_kept_and_nothing_that_is_made_up(world: World) -> None:
    assert world.diff("--all").code == 0
    plurals = [path.rpartition("/")[2] for path in world.lists()]
    assert {"nodes", "secrets", "events", "widgets", "clusterthings", "certificates"} <= set(plurals)
    assert not {"componentstatuses", "tokenreviews", "bindings", "subjectaccessreviews"} & set(plurals)
    # One storage path has events by two names.
    assert plurals.count("events") == 1


def test_every_page_is_read(world: World) -> None:
    for number in range(1203):
        world.server.store.add(config_map(f"made-{number:04}"))
    outcome = world.diff("cm", "-n", NS, "-o", "json")
    assert {name for _, _, name in outcome.told} == {f"made-{number:04}" for number in range(1203)}
    first, *others = world.lists()
    assert first == f"/api/v1/namespaces/{NS}/configmaps"
    assert len(others) == 2
    assert all("continue=" in path for path in others)


def test_a_list_whose_state_is_compacted_away_begins_again(world: World) -> None:
    """What was deleted since the first page must not stay."""
    for number in range(600):
        world.server.store.add(config_map(f"made-{number:03}"))
    gone: list[str] = []

    def expire(exchange: Exchange) -> bool:
        if "continue" not in exchange.query or gone:
            return False
        gone.append("made-000")
        world.remove("configmaps", "made-000")
        raise Refusal(410, "Expired", "The provided continue parameter is too old")

    world.server.routes.append(expire)
    outcome = world.diff("cm", "-n", NS, "-o", "json")
    assert outcome.code == 1
    assert {name for _, _, name in outcome.told} == {f"made-{number:03}" for number in range(1, 600)}
    assert gone


def test_an_object_that_lost_its_label_is_changed_and_not_gone(world: World) -> None:
    label, value = next(iter(world.body("deployments", "web")["metadata"]["labels"].items()))
    selector = ("-n", NS, "-l", f"{label}={value}")
    assert world.diff("deploy", *selector).code == 0
    world.write("deployments", "web", lambda body: body["metadata"]["labels"].pop(label))
    world.write("deployments", "api", lambda body: body["spec"].update(replicas=7))
    world.add(config_map("labelled", **{label: value}))
    outcome = world.diff("deploy,cm", *selector, "-o", "json")
    assert outcome.told == {("Deployment", NS, "web"): "changed", ("ConfigMap", NS, "labelled"): "added"}


def forbid(world: World, path: str, message: str) -> None:
    world.server.fault("GET", path, 403, reason="Forbidden", message=message, times=99)


def test_what_may_not_be_listed_is_named_and_not_taken_for_gone(world: World) -> None:
    said = 'secrets is forbidden: User "me" cannot list resource "secrets" in API group "" at the cluster scope'
    forbid(world, r"/secrets\b", said)
    alone = world.diff()
    assert (alone.code, alone.out) == (3, "")
    assert f"warning: not compared, as the cluster said: {said}: secrets\n" in alone.err
    assert "nothing differs of what could be compared\n" in alone.err
    world.write("configmaps", "nginx-conf", lambda body: body["data"].update(more="new"))
    others = world.diff("-o", "json")
    assert others.code == 3
    assert others.told == {("ConfigMap", NS, "nginx-conf"): "changed"}
    named = world.diff("secret/nosuch")
    assert named.code == 2
    assert said in named.err


def test_one_of_two_namespaces_may_not_be_listed(world: World) -> None:
    forbid(world, "/namespaces/infra-staging/configmaps", "no right there")
    world.write("configmaps", "nginx-conf", lambda body: body["data"].update(more="new"))
    outcome = world.diff("cm", "-n", NS, "-n", "infra-staging", "-o", "json")
    assert outcome.code == 3
    assert outcome.told == {("ConfigMap", NS, "nginx-conf"): "changed"}
    assert "no right there: configmaps in infra-staging" in outcome.err


def test_a_group_that_cannot_be_asked_is_named_and_not_taken_for_gone(world: World) -> None:
    world.server.fault("GET", "/apis/example.com/v1", 500, message="no etcd leader", times=99)
    outcome = world.diff()
    assert (outcome.code, outcome.out) == (3, "")
    assert "warning: not compared, as the cluster said: no etcd leader: example.com\n" in outcome.err
    assert world.diff("cm").code == 0


def test_credentials_that_are_not_valid_end_it(tmp_path: Path) -> None:
    with ApiServer(token=TOKEN) as server:
        world = World(server, server.kubeconfig(tmp_path / "config"))
        server.token = "another"
        outcome = world.diff("cm")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.splitlines()[0] == "error: Unauthorized"
    assert TOKEN not in outcome.err


def test_a_server_that_goes_away_ends_it(world: World) -> None:
    world.server.fault("GET", "/configmaps", times=99)
    outcome = world.diff("cm,secret")
    assert (outcome.code, outcome.out) == (2, "")
    assert f"error: no answer from {world.server.url}" in outcome.err


def test_no_cluster_is_trouble(tmp_path: Path) -> None:
    world = World(ApiServer(), tmp_path / "nosuch")
    outcome = world.diff()
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith("error: no cluster: ")


def test_an_answer_that_is_no_list_is_a_loss(world: World) -> None:
    def login_page(exchange: Exchange) -> bool:
        if exchange.path != "/api/v1/configmaps":
            return False
        exchange.reply(200, ["please", "log in"])  # type: ignore[arg-type]
        return True

    world.server.routes.append(login_page)
    outcome = world.diff("cm,svc")
    assert outcome.code == 3
    assert "the server's answer is no list" in outcome.err


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["--to", "5"], "--live and --to"),
        ([str(FIXTURES / "cbor.db.gz")], "one snapshot with the cluster"),
        (["--at", "5"], "--at names one moment"),
        (["nosuchkind"], "no kind is called 'nosuchkind'"),
        (["cm/nosuch"], "not found: cm/nosuch"),
        (["cm/kube-root-ca.crt"], "is found in"),
        (["--from", "999999"], "after the snapshot's last"),
        (["-l", "a=b=c"], "selector"),
    ],
    ids=["to", "new", "at", "kind", "name", "ambiguous", "from", "labels"],
)
def test_trouble_is_2(world: World, args: list[str], words: str) -> None:
    outcome = world.diff(*args)
    assert (outcome.code, outcome.out) == (2, ""), outcome.err
    assert words in outcome.err.split("error: ")[1]


def test_an_object_that_only_the_cluster_has_can_be_named(world: World) -> None:
    world.add(config_map("labelled"))
    assert world.diff("cm/labelled", "-o", "json").told == {("ConfigMap", NS, "labelled"): "added"}


def serve_metrics(server: ApiServer) -> None:
    """What metrics-server adds to a cluster: a group that another server answers for."""
    server.store._builtin.append(Resource("metrics.k8s.io", "v1beta1", "PodMetrics", "pods", namespaced=True))
    metrics = {"metadata": {"name": "measured", "namespace": NS}, "containers": []}
    server.store.add({"apiVersion": "metrics.k8s.io/v1beta1", "kind": "PodMetrics", **metrics})
    server.store.add(api_service("metrics.k8s.io", "v1beta1"))


def api_service(group: str, version: str) -> dict[str, Any]:
    service = {"name": "server", "namespace": "kube-system"}
    return {
        "apiVersion": "apiregistration.k8s.io/v1",
        "kind": "APIService",
        "metadata": {"name": f"{version}.{group}"},
        "spec": {"group": group, "version": version, "service": service},
    }


def test_what_other_servers_answer_for_is_left_out_and_said(world: World) -> None:
    serve_metrics(world.server)
    world.server.store._builtin.append(Resource("other.example.net", "v1", "Thing", "things", namespaced=False))
    world.server.store.add({"apiVersion": "other.example.net/v1", "kind": "Thing", "metadata": {"name": "t"}})
    world.server.store.add(api_service("other.example.net", "v1"))
    outcome = world.diff("-o", "json")
    assert {kind for kind, _, _ in outcome.told} == {"APIService"}
    assert re.search(r"note: left out, as other servers .*: metrics\.k8s\.io, other\.example\.net\n", outcome.err)
    assert not any("metrics" in path or "example.net" in path for path in world.lists())
    world.server.fault("GET", "/apis/other.example.net/v1", 503, message="service unavailable", times=99)
    outcome = world.diff("-o", "json")
    assert outcome.code == 1
    assert re.search(r"note: left out, as other servers .*: metrics\.k8s\.io, other\.example\.net\n", outcome.err)


def test_what_another_server_keeps_in_this_etcd_is_compared(world: World) -> None:
    """As OpenShift's API server does."""
    world.server.store.add(api_service("cert-manager.io", "v1"))
    world.write("certificates", "web-tls", lambda body: body["spec"].update(secretName="other"))
    outcome = world.diff("certificates", "-o", "json")
    assert outcome.told == {("Certificate", NS, "web-tls"): "changed"}


def test_aggregated_groups_that_may_not_be_asked_for_are_said(world: World) -> None:
    serve_metrics(world.server)
    forbid(world, r"/apiservices\?limit=500$", "apiservices is forbidden")
    outcome = world.diff("--name", "*-conf")
    assert outcome.code == 3
    assert "note: which groups other servers answer for cannot be told: apiservices is forbidden" in outcome.err
    assert "left out, as other servers answer for it" in outcome.err


PROGRAM = "import sys; from snapinspect.__main__ import main; sys.argv[0] = 'snapinspect'; main()"


def test_an_interruption_ends_it_at_once(world: World) -> None:
    asked, answer = Event(), Event()

    def wait(exchange: Exchange) -> bool:
        if exchange.path == "/api/v1/pods":
            asked.set()
            answer.wait(60)
        return False

    world.server.routes.append(wait)
    words = ["diff", str(SMALL), "--live", "--kubeconfig", str(world.config)]
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as run:
        assert asked.wait(60)
        began = time.monotonic()
        run.send_signal(signal.SIGINT)
        out, err = run.communicate(timeout=60)
        answer.set()
    assert time.monotonic() - began < 10
    assert (run.returncode, out) == (130, b"")
    assert err.splitlines()[-1] == b"interrupted"
    assert b"Traceback" not in err
