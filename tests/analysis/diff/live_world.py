"""A cluster that answers what a real API server said of each object of a snapshot, and the program that asks it."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from apiserver import ApiServer
from typer.testing import CliRunner

from snapinspect.cli.app import app
from snapinspect.kube.numbers import loads

FIXTURES = Path(__file__).resolve().parents[3] / "fixtures" / "k8s-1.36"
SMALL = FIXTURES / "small.db"
NS = "infra-production"
Body = dict[str, Any]


class Outcome(NamedTuple):
    """What a run left behind."""

    code: int
    out: str
    err: str

    @property
    def facts(self) -> list[dict[str, Any]]:
        """What ``-o json`` told."""
        found: list[dict[str, Any]] = json.loads(self.out)
        return found

    @property
    def told(self) -> dict[tuple[str, str | None, str], str]:
        """What ``-o json`` told, as the operation by kind, namespace and name."""
        return {(each["kind"], each["namespace"], each["name"]): each["operation"] for each in self.facts}


@dataclass
class World:
    """``server`` is the cluster, ``config`` leads to it."""

    server: ApiServer
    config: Path

    def diff(self, *args: str | Path, snapshot: Path = SMALL) -> Outcome:
        """``snapinspect diff SNAPSHOT --live`` with these arguments."""
        words = ["diff", str(snapshot), "--live", *map(str, args), "--kubeconfig", str(self.config)]
        result = CliRunner().invoke(app, words, prog_name="snapinspect")
        return Outcome(result.exit_code, result.stdout_bytes.decode(), result.stderr)

    def body(self, plural: str, name: str, namespace: str | None = NS) -> Body:
        """The object that the cluster keeps; what is changed in it is changed there."""
        return next(
            body
            for body in self.server.store.objects(plural)
            if (body["metadata"].get("namespace"), body["metadata"]["name"]) == (namespace, name)
        )

    def write(
        self, plural: str, name: str, change: Callable[[Body], object] = bool, *, namespace: str | None = NS
    ) -> None:
        """Somebody writes the object, and changes it or not."""
        body = self.body(plural, name, namespace)
        change(body)
        mark_written(self.server, body)

    def add(self, body: Body) -> None:
        """An object that is made now."""
        self.server.store.add(body)

    def remove(self, plural: str, name: str, namespace: str | None = NS) -> None:
        store = self.server.store
        group, _, version = self.body(plural, name, namespace)["apiVersion"].rpartition("/")
        resource = store.resource(group, version, plural)
        assert resource
        store.delete(resource, namespace, name)

    def lists(self) -> list[str]:
        """Which lists of objects were asked for, page by page; not the one by which aggregated groups are found."""
        asked = [path for _, path in self.server.requests if "limit=500" in path]
        return [path.replace("?limit=500", "").replace("&limit=500", "") for path in asked[1:]]


def mark_written(server: ApiServer, body: Body) -> None:
    """Gives an object the marks of a new write."""
    store = server.store
    store.revision += 1
    body["metadata"]["resourceVersion"] = str(store.revision)
    for entry in body["metadata"].get("managedFields", ()):
        entry["time"] = "2026-12-24T18:00:00Z"


@cache
def _truth(name: str) -> bytes:
    # What wrote these files wrote one number in Python's form instead of the server's.
    return gzip.decompress((FIXTURES / f"{name}.jsonl.gz").read_bytes()).replace(b"1e-07", b"1e-7")


def truth(name: str) -> list[Body]:
    """The objects of a truth file, definitions first."""
    bodies = [loads(line)["object"] for line in _truth(name).splitlines()]
    return sorted(bodies, key=lambda body: body["kind"] != "CustomResourceDefinition")


@contextmanager
def world_of(name: str, home: Path, **options: Any) -> Iterator[World]:
    """The cluster of that truth file."""
    with ApiServer(**options) as server:
        for body in truth(name):
            server.store.load(body)
        yield World(server, server.kubeconfig(home / "config"))
