"""What `snapinspect serve` costs on a snapshot: ready, a table through kubectl, pages, watches, memory.

    python -m bench.serve SNAPSHOT [REQUESTS]

Prints the rows of bench/README.md's table. Times are wall and CPU seconds, of all processes that take part.
"""

from __future__ import annotations

import json
import os
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from base64 import b64decode
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPSConnection
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from bench.measure import best, measure

PODS = "/api/v1/pods"
SMALL = Path(__file__).parents[1] / "fixtures" / "k8s-1.36" / "small.db"
_BIN = Path(sys.executable).parent
_WATCHES = 200
_ROUNDS = 3
_TICKS = os.sysconf("SC_CLK_TCK")


class Cost(NamedTuple):
    """Seconds."""

    wall: float
    cpu: float


class Server:
    """A running server, and one connection to it. ``ready`` is what it took to begin."""

    def __init__(self, snapshot: str | Path) -> None:
        began = time.perf_counter()
        self.process = subprocess.Popen(
            [_BIN / "snapinspect", "serve", snapshot], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert self.process.stdout
        self.kubeconfig = self.process.stdout.readline().removeprefix("export KUBECONFIG=").strip()
        self.ready = Cost(time.perf_counter() - began, self.cpu())
        config: dict[str, Any] = json.loads(Path(self.kubeconfig).read_text())
        cluster = config["clusters"][0]["cluster"]
        self._url = urlsplit(cluster["server"])
        self._trust = ssl.create_default_context(cadata=b64decode(cluster["certificate-authority-data"]).decode())
        self._headers = {"Authorization": f"Bearer {config['users'][0]['user']['token']}"}
        self.connection = self.connect()

    def connect(self) -> HTTPSConnection:
        return HTTPSConnection(self._url.hostname or "", self._url.port, context=self._trust, timeout=60)

    def ask(self, path: str, connection: HTTPSConnection) -> None:
        connection.request("GET", self._url.path + path, headers=self._headers)

    def get(self, path: str) -> bytes:
        self.ask(path, self.connection)
        return self.connection.getresponse().read()

    def cpu(self) -> float:
        """Seconds that the process has used."""
        after_name = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(after_name[11]) + int(after_name[12])) / _TICKS

    def memory(self) -> float:
        """MB beyond the mapped file."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("RssAnon")).split()[1]) / 1024

    @contextmanager
    def costing(self, found: list[Cost]) -> Iterator[None]:
        """Adds to ``found`` what the block takes, this process not counted."""
        wall, cpu = time.perf_counter(), self.cpu()
        yield
        found.append(Cost(time.perf_counter() - wall, self.cpu() - cpu))

    def close(self) -> None:
        self.connection.close()
        self.process.terminate()
        self.process.wait()


def least(costs: list[Cost]) -> Cost:
    return Cost(min(cost.wall for cost in costs), min(cost.cpu for cost in costs))


def command(*words: str | Path) -> Cost:
    """The least of some runs."""
    with tempfile.TemporaryDirectory() as folder:
        usage = best([measure(list(map(str, words)), Path(folder) / "out") for _ in range(_ROUNDS)])
    return Cost(usage.wall, usage.cpu)


def ready(snapshot: str | Path) -> Cost:
    found = []
    for _ in range(_ROUNDS):
        with closing(Server(snapshot)) as server:
            found.append(server.ready)
    return least(found)


def table(server: Server) -> Cost:
    """``kubectl get pods -A``, once its discovery is at hand: what kubectl and the server take."""
    served: list[Cost] = []
    kubectl = (_BIN / "kubectl", "--kubeconfig", server.kubeconfig, "get", "pods", "-A")
    command(*kubectl)
    with server.costing(served):
        own = command(*kubectl)
    return Cost(own.wall, own.cpu + served[0].cpu / _ROUNDS)


def pages(server: Server) -> list[Cost]:
    """Each page of 500."""
    found: list[Cost] = []
    token = ""
    while not found or token:
        with server.costing(found):
            page = json.loads(server.get(f"{PODS}?limit=500&continue={token}"))
        token = page["metadata"].get("continue", "")
    return found


def watched(server: Server) -> Cost:
    """Until as many watches as are promised have all begun."""
    found: list[Cost] = []
    each = [server.connect() for _ in range(_WATCHES)]
    version = json.loads(server.get(f"{PODS}?limit=1"))["metadata"]["resourceVersion"]
    with server.costing(found):
        for connection in each:
            server.ask(f"{PODS}?watch=true&resourceVersion={version}", connection)
        assert all(connection.getresponse().status == 200 for connection in each)
    for connection in each:
        connection.close()
    return found[0]


def row(name: str, cost: Cost, told: str = "") -> None:
    print(f"| {name} | {cost.wall:.2f} | {cost.cpu:.2f} | {told} |", flush=True)


def main(snapshot: str, requests: int) -> None:
    version = command(_BIN / "snapinspect", "--version")
    small = ready(SMALL)
    row("ready, of 3 MB", small, f"{small.cpu / version.cpu:.1f} x `--version` (CPU)")
    listed = command(_BIN / "snapinspect", "ls", snapshot, "--jobs", "1")
    begun = ready(snapshot)
    row("ready", begun, f"{begun.cpu - listed.cpu:+.2f} s beyond `ls` (CPU)")
    raw = command(_BIN / "snapinspect", "get", snapshot, "pods", "-A", "--raw", "-o", "json", "--jobs", "1")
    with closing(Server(snapshot)) as server:
        shown = table(server)
        row("kubectl get pods -A", shown, f"{shown.cpu / raw.cpu:.2f} x `get pods -A --raw -o json` (CPU)")
        each = pages(server)
        middle = Cost(*(statistics.median(values) for values in zip(*each, strict=True)))
        told = f"{len(each)} pages; CPU of the first {each[0].cpu:.2f}, of the last whole one {each[-2].cpu:.2f}"
        row("a page of 500 pods", middle, told)
        row(f"{_WATCHES} watches have begun", watched(server))
        before, spent = 0.0, list[Cost]()
        with server.costing(spent):
            for at in range(requests):
                server.get(f"{PODS}?limit=20")
                before = before or (server.memory() if at == requests // 10 else 0.0)
        told = f"{before:.0f} MB after {requests // 10}, {server.memory():.0f} MB after {requests}"
        row(f"{requests} requests of 20 pods", spent[0], told)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 10_000)
