"""What `snapinspect serve` costs on a snapshot: ready, a table through kubectl, pages, watches, memory.

python -m bench.serve SNAPSHOT [REQUESTS]
"""

from __future__ import annotations

import json
import ssl
import statistics
import subprocess
import sys
import time
from base64 import b64decode
from contextlib import closing
from http.client import HTTPSConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

PODS = "/api/v1/pods"
_BIN = Path(sys.executable).parent
_WATCHES = 200


class Server:
    """A running server, and one connection to it."""

    def __init__(self, snapshot: str) -> None:
        began = time.monotonic()
        self.process = subprocess.Popen(
            [_BIN / "snapinspect", "serve", snapshot], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert self.process.stdout
        self.kubeconfig = self.process.stdout.readline().removeprefix("export KUBECONFIG=").strip()
        self.ready = time.monotonic() - began
        config: dict[str, Any] = json.loads(Path(self.kubeconfig).read_text())
        cluster = config["clusters"][0]["cluster"]
        self._url = urlsplit(cluster["server"])
        self._trust = ssl.create_default_context(
            cadata=b64decode(cluster["certificate-authority-data"]).decode(),
        )
        self._headers = {"Authorization": f"Bearer {config['users'][0]['user']['token']}"}
        self.connection = self.connect()

    def connect(self) -> HTTPSConnection:
        return HTTPSConnection(self._url.hostname or "", self._url.port, context=self._trust, timeout=60)

    def ask(self, path: str, connection: HTTPSConnection) -> None:
        connection.request("GET", self._url.path + path, headers=self._headers)

    def get(self, path: str) -> bytes:
        self.ask(path, self.connection)
        return self.connection.getresponse().read()

    def resident(self) -> float:
        """MB."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1024

    def close(self) -> None:
        self.connection.close()
        self.process.terminate()
        self.process.wait()


def seconds(command: list[str | Path], times: int = 3) -> float:
    """The median of some runs."""
    return statistics.median(_seconds(command) for _ in range(times))


def _seconds(command: list[str | Path]) -> float:
    began = time.monotonic()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    return time.monotonic() - began


def pages(server: Server) -> list[float]:
    """Seconds of each page of 500."""
    found: list[float] = []
    token = ""
    while not found or token:
        began = time.monotonic()
        page = json.loads(server.get(f"{PODS}?limit=500&continue={token}"))
        found.append(time.monotonic() - began)
        token = page["metadata"].get("continue", "")
    return found


def watched(server: Server) -> float:
    """Seconds until as many watches as are promised have all begun."""
    began = time.monotonic()
    each = [server.connect() for _ in range(_WATCHES)]
    version = json.loads(server.get(f"{PODS}?limit=1"))["metadata"]["resourceVersion"]
    for connection in each:
        server.ask(f"{PODS}?watch=true&resourceVersion={version}", connection)
    assert all(connection.getresponse().status == 200 for connection in each)
    took = time.monotonic() - began
    for connection in each:
        connection.close()
    return took


def main(snapshot: str, requests: int) -> None:
    listed = seconds([_BIN / "snapinspect", "ls", snapshot])
    raw = seconds([_BIN / "snapinspect", "get", snapshot, "pods", "-A", "--raw", "-o", "json"])
    with closing(Server(snapshot)) as server:
        print(f"ready {server.ready:.2f} s, ls {listed:.2f} s, beyond it {server.ready - listed:.2f} s")
        kubectl: list[str | Path] = [_BIN / "kubectl", "--kubeconfig", server.kubeconfig, "get", "pods", "-A"]
        _seconds(kubectl)
        through = seconds(kubectl)
        print(f"kubectl get pods -A {through:.2f} s, get --raw -o json {raw:.2f} s, ratio {through / raw:.2f}")
        each = pages(server)
        print(
            f"{len(each)} pages of 500: first {each[0]:.3f} s, median {statistics.median(each):.3f} s, last whole {each[-2 if len(each) > 1 else -1]:.3f} s"
        )
        print(f"{_WATCHES} watches have begun after {watched(server):.2f} s")
        before = 0.0
        for at in range(requests):
            server.get(f"{PODS}?limit=20")
            if at == requests // 10:
                before = server.resident()
        print(f"memory {before:.0f} MB after {requests // 10} requests, {server.resident():.0f} MB after {requests}")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 10_000)
