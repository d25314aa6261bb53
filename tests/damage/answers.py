"""Which objects a command's output tells, whatever form it has."""

from __future__ import annotations

import csv
import io
import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from snapinspect.snapshot import UNPROVEN_MARK

Told = Counter[Any]
"""What identifies an object in a form, and how often it was told."""
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DEEP = 20_000


@contextmanager
def _room() -> Iterator[None]:
    """Stack enough to read back what nests deep."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(_DEEP)
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


def _json(text: str) -> Any:
    with _room():
        return json.loads(text)


def _yaml(text: str) -> Any:
    with _room():
        return yaml.load(text, _LOADER)


def _documents(text: str) -> Iterator[Any]:
    for document in re.split(r"^---\n", text, flags=re.MULTILINE):
        # What is deep is JSON on one line, which libyaml need not hold.
        yield _json(document) if document.startswith("{") else _yaml(document)


def _lines(text: str) -> list[str]:
    """Lines end with a line feed only: values may hold other breaks."""
    return text.removesuffix("\n").split("\n") if text else []


def _identity(body: Any) -> Any:
    metadata = body.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    return str(body.get("kind")), str(metadata.get("namespace")), str(metadata.get("name"))


def _whole(body: Any) -> Any:
    """An object as it is, but for the mark of what is unproven."""
    metadata = body.get("metadata")
    if isinstance(metadata, dict) and isinstance(metadata.get("annotations"), dict):
        annotations = {key: value for key, value in metadata["annotations"].items() if key != UNPROVEN_MARK}
        metadata = {**metadata, "annotations": annotations}
        if not annotations:
            del metadata["annotations"]
        body = {**body, "metadata": metadata}
    with _room():
        return json.dumps(body, sort_keys=True)


def _items(text: str) -> list[Any]:
    whole = _json(text)
    return whole["items"] if isinstance(whole, dict) and whole.get("kind") == "List" else [whole]


def _fact(fact: Any) -> Any:
    return str(fact["kind"]), str(fact["namespace"] or None), str(fact["name"])


Read = Callable[[str], Iterable[Any]]


def rows(columns: int) -> Read:
    """A table's rows, of which so many columns are looked at."""
    return lambda text: (tuple(re.split(r"   +", line)[:columns]) for line in _lines(text)[1:] if line)


def names(text: str) -> Iterable[Any]:
    return (line.removesuffix(" (unproven)") for line in _lines(text))


def fact_list(text: str) -> Iterable[Any]:
    return map(_fact, _json(text))


def fact_lines(text: str) -> Iterable[Any]:
    return (_fact(_json(line)) for line in _lines(text))


def fact_yaml(text: str) -> Iterable[Any]:
    return map(_fact, _yaml(text))


def fact_csv(text: str) -> Iterable[Any]:
    return map(_fact, csv.DictReader(io.StringIO(text)))


def manifests(text: str) -> Iterable[Any]:
    return map(_identity, _documents(text))


def manifest_list(text: str) -> Iterable[Any]:
    return map(_identity, _items(text))


def manifest_lines(text: str) -> Iterable[Any]:
    return (_identity(_json(line)) for line in _lines(text))


def whole_manifests(text: str) -> Iterable[Any]:
    return map(_whole, _documents(text))


def whole_list(text: str) -> Iterable[Any]:
    return map(_whole, _items(text))


def whole_lines(text: str) -> Iterable[Any]:
    return (_whole(_json(line)) for line in _lines(text))


def words(text: str) -> Iterable[Any]:
    return text.split()


def differences(text: str) -> Iterable[Any]:
    """The heads of ``diff -o diff``, one for each object."""
    return (line for line in _lines(text) if line.startswith("--- "))


def exported(directory: Path, read: Read) -> Told:
    """What lies in the files of an export."""
    return Counter(told for path in sorted(directory.rglob("*.yaml")) for told in read(path.read_text()))


def changes(text: str) -> Iterable[Any]:
    """The revisions of an object's history, and what happened at each."""
    return ((each["revision"], each["operation"]) for each in _json(text))


def changes_csv(text: str) -> Iterable[Any]:
    return ((each["revision"], each["operation"]) for each in csv.DictReader(io.StringIO(text)))


def found(text: str) -> Iterable[Any]:
    """Where ``find`` finds an object: the revision of its last change, the version and the UID."""
    return (tuple(re.split(r"   +", line)[3:6]) for line in _lines(text.partition("\n\n")[0])[1:])


def entries(text: str) -> Iterable[Any]:
    """The objects of which a log tells anything, those among them that it folds into one entry."""
    return {
        (each["kind"], each["namespace"], name)
        for each in map(_json, _lines(text))
        for name in (each["name"], *each["foldedNames"])
    }


def first_named(text: str) -> Iterable[Any]:
    return [_fact(_json(text)["object"])]


def planned(text: str) -> Iterable[Any]:
    return map(_fact, _json(text)["objects"])


def plan_rows(text: str) -> Iterable[Any]:
    """The rows of a plan, between what is said of the cluster and what it comes to."""
    return (row[1:] for row in rows(5)(text) if len(row) == 5)


def first_manifest(text: str) -> Iterable[Any]:
    """Of an object and what it needs the object itself, which is the last to be written."""
    return [_whole(_json(_lines(text)[-1]))]
