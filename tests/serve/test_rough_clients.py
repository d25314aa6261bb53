"""Clients that leave, stall, knock wrongly or open sockets: nothing breaks, and nothing is left behind."""

from __future__ import annotations

import json
import os
import signal
import ssl
import subprocess
import sys
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import websocket
from served_snapshot import KUBECTL, Served, serving
from written_snapshot import write_snapshot

FIELD = Path(__file__).parents[2] / "fixtures" / "field"
PODS = "/api/v1/pods"
BEARER = "base64url.bearer.authorization.k8s.io."


def socket_to(served: Served, path: str, token: str) -> websocket.WebSocket:
    url = served.server().replace("https://", "wss://") + path
    packed = urlsafe_b64encode(token.encode()).decode().rstrip("=")
    trust = {"context": ssl.create_default_context(cadata=served.authority())}
    return websocket.create_connection(
        url, subprotocols=[BEARER + packed, "base64.binary.k8s.io"], sslopt=trust, timeout=20
    )


def test_a_watch_over_a_websocket_tells_what_is_there(small: Served) -> None:
    names = [item["metadata"]["name"] for item in small.get(PODS)["items"]]
    watch = socket_to(small, f"{PODS}?watch=1&resourceVersion=0", small.token)
    assert watch.getsubprotocol() == "base64.binary.k8s.io"
    events = [json.loads(watch.recv()) for _ in names]
    watch.close()
    assert [(event["type"], event["object"]["metadata"]["name"]) for event in events] == [
        ("ADDED", name) for name in names
    ]


@pytest.mark.parametrize(
    ("path", "token", "code"),
    [
        (f"{PODS}?watch=1", "wrong", 401),
        ("/api/v1/nothing?watch=1", "", 404),
        (f"{PODS}?watch=1&resourceVersion=99999999", "", 504),
        (PODS, "", 400),
        ("/api/v1/namespaces/default/pods/a/exec?command=ls", "", 405),
    ],
)
def test_a_websocket_that_cannot_be_is_refused(small: Served, path: str, token: str, code: int) -> None:
    with pytest.raises(websocket.WebSocketBadStatusException) as refused:
        socket_to(small, path, token or small.token)
    assert refused.value.status_code == code
    assert json.loads(refused.value.resp_body)["kind"] == "Status"


@pytest.mark.parametrize("raw", [b"\0\xff\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n"])
def test_a_malformed_request_is_answered_with_400(small: Served, raw: bytes) -> None:
    connection = small.connect()
    connection.connect()
    connection.sock.sendall(raw)
    assert b" 400 " in connection.sock.recv(4096)
    connection.close()
    assert small.request("/livez") == (200, b"ok")


def test_clients_that_leave_in_the_middle_are_forgotten(small: Served) -> None:
    for path in (f"{PODS}?watch=true", PODS, "/openapi/v2"):
        connection = small.connect()
        target = urlsplit(small.server()).path + path
        connection.request("GET", target, headers={"Authorization": f"Bearer {small.token}"})
        connection.sock.shutdown(2)
        connection.close()
    assert small.request("/livez") == (200, b"ok")


def test_the_end_comes_at_once_with_watches_and_a_slow_reader(tmp_path: Path) -> None:
    long = {"note": "x" * 500_000}
    objects = [
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"c{at}", "namespace": "n"}, "data": long}
        for at in range(40)
    ]
    command = [sys.executable, "-m", "snapinspect", "serve", str(write_snapshot(tmp_path / "long.db", objects))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        kubeconfig = Path(process.stdout.readline().removeprefix("export KUBECONFIG=").strip())
        served = Served(kubeconfig, tmp_path, process.pid)
        path, headers = urlsplit(served.server()).path, {"Authorization": f"Bearer {served.token}"}
        open_ones = [served.connect() for _ in range(20)]
        for at, each in enumerate(open_ones):
            query = "" if at == 0 else "?watch=true&resourceVersion=2"
            each.request("GET", f"{path}/api/v1/configmaps{query}", headers=headers)
        # The list of 20 MB is not read; the watches have begun.
        assert [each.getresponse().status for each in open_ones] == [200] * 20
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=20)
    assert time.monotonic() - began < 10
    assert process.returncode == 130
    assert "Traceback" not in errors
    assert "Cancel" not in errors
    assert not kubeconfig.parent.exists()
    for each in open_ones:
        each.close()


def test_problems_are_named_behind_a_command_too() -> None:
    packed = FIELD / "40-one-damaged-value" / "abort-min.db.gz"
    command = [sys.executable, "-m", "snapinspect", "serve", str(packed), "--", str(KUBECTL), "get", "cm", "-A"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, env=os.environ)
    assert done.returncode == 0
    assert "<unknown>" in done.stdout
    assert "/registry/configmaps/ns/m" in done.stderr


def test_a_list_ends_as_it_should_when_few_of_many_are_meant(
    snapshot_file: Callable[[str], Path], tmp_path: Path
) -> None:
    with serving(tmp_path, str(snapshot_file("history"))) as served:
        body = served.get("/api/v1/events?fieldSelector=metadata.name%3Dnothing")
    assert body["items"] == []
    assert body["kind"] == "EventList"
