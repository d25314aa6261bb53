"""Real objects as moulds: text cut where objects of the same shape differ from one another."""

from __future__ import annotations

import gzip
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

FIXTURES = Path(__file__).parents[1] / "fixtures" / "k8s-1.36"
_ANYWHERE = (
    r"(?P<changed>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)|(?P<renewed>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z)"
    r"|(?<=containerd://)(?P<container>[0-9a-f]{64})|(?<=kube-api-access-)(?P<access>\w{5})"
)


@cache
def _stored() -> dict[str, dict[str, Any]]:
    with gzip.open(FIXTURES / "small.truth.jsonl.gz") as lines:
        return {line["key"]: line["object"] for line in map(json.loads, lines)}


def fixture(key: str) -> dict[str, Any]:
    """A copy of the object under an etcd key, without the resourceVersion, which is not stored."""
    body: dict[str, Any] = json.loads(json.dumps(_stored()[key]))
    del body["metadata"]["resourceVersion"]
    return body


class Shape:
    """One object's key and body, in which each of ``marks``, name by text, stands for what will differ.

    Marked in any case are ``uid`` and ``owner`` (its owner's), ``created`` and ``changed`` (times, all but
    the first alike), ``renewed`` (microseconds), ``container`` (an id) and ``access`` (the token volume's suffix).
    """

    def __init__(self, key: str, body: dict[str, Any], marks: dict[str, str]) -> None:
        metadata = body["metadata"]
        known = {metadata["uid"]: "uid", metadata["creationTimestamp"]: "created"}
        known |= {owner["uid"]: "owner" for owner in metadata.get("ownerReferences", ())} | marks
        self._names = known
        texts = sorted(known, key=len, reverse=True)
        pattern = re.compile("|".join([*map(re.escape, texts), _ANYWHERE]))
        text = json.dumps({"key": key, "body": body})
        self._pieces: list[str] = []
        self._marks: list[str] = []
        at = 0
        for found in pattern.finditer(text):
            self._pieces.append(text[at : found.start()])
            self._marks.append(found.lastgroup or known[found[0]])
            at = found.end()
        self._rest = text[at:]

    def make(self, values: dict[str, str]) -> tuple[str, dict[str, Any]]:
        """The key and the body with ``values`` in place of the marks."""
        parts = [text for pair in zip(self._pieces, map(values.__getitem__, self._marks), strict=True) for text in pair]
        made = json.loads("".join([*parts, self._rest]))
        return made["key"], made["body"]
