"""Real objects, and realistic ones for what the real cluster had not, with the lookup that rules ask."""

from __future__ import annotations

import gzip
import json
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from snapinspect.model import Body

LAST = "kubectl.kubernetes.io/last-applied-configuration"
HERE = Path(__file__).parent
FIXTURES = HERE.parents[1] / "fixtures" / "k8s-1.36"
FIELD = HERE.parents[1] / "fixtures" / "field"


class World:
    """Live objects, found as a snapshot would find them."""

    def __init__(self, objects: Iterable[Body]) -> None:
        self.objects = list(objects)
        self._by_name = {self._key(body): body for body in self.objects}

    @staticmethod
    def _key(body: Body) -> tuple[str, str, str | None, str]:
        metadata = body["metadata"]
        return body["apiVersion"].rpartition("/")[0], body["kind"], metadata.get("namespace"), metadata.get("name", "")

    def find(self, group: str, kind: str, namespace: str | None, name: str) -> Body | None:
        return self._by_name.get((group, kind, namespace, name))

    def holds(self, group: str, kind: str, namespace: str | None, name: str) -> bool:
        return self.find(group, kind, namespace, name) is not None

    def get(self, kind: str, name: str, namespace: str | None = "infra-production") -> Body:
        """The only object of that kind (of any group), name and namespace."""
        (found,) = [body for key, body in self._by_name.items() if key[1:] == (kind, namespace, name)]
        return found


def truth(name: str) -> World:
    with gzip.open(FIXTURES / f"{name}.truth.jsonl.gz", "rt", encoding="utf-8") as lines:
        return World(json.loads(line)["object"] for line in lines)


SMALL = truth("small")
"""Every live object of a fresh 1.36 cluster with one or more of every built-in kind."""
HISTORY = truth("history.rev1500")
"""The same cluster in the middle of its changes."""
WRITTEN = World(yaml.safe_load_all((HERE / "objects.yaml").read_text("utf-8")))
"""Objects of older servers, other vendors and rarer moments."""
CONVERSIONS = list(yaml.safe_load_all((HERE / "conversions.yaml").read_text("utf-8")))
"""What old releases stored, with what today's take, and parts of the warnings that go with it."""
OLD = World(pair["stored"] for pair in CONVERSIONS)
WORLDS = [SMALL, HISTORY, WRITTEN, OLD]


def unsigned(body: Body) -> Body:
    """The object as ``kubectl create`` would have left it: nothing tells what was sent."""
    copy = deepcopy(body)
    copy["metadata"].pop("managedFields", None)
    (copy["metadata"].get("annotations") or {}).pop(LAST, None)
    return copy


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Each value that holds no other, with its path."""
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from leaves(item, f"{path}.{key}")
    elif isinstance(value, list) and value:
        for index, item in enumerate(value):
            yield from leaves(item, f"{path}[{index}]")
    else:
        yield path, value
