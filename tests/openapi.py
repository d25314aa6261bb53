"""What an API server of Kubernetes 1.36 says of an object: the schemas and resources that it publishes.

``data/openapi-1.36.json.gz`` holds its OpenAPI v3 schemas without descriptions, ``data/resources-1.36.jsonl`` its
discovery, both with every feature gate on.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"
NO_FIELD = "there is no such field"
_REFERENCE = "#/components/schemas/"
_PYTHON = {
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}


@cache
def schemas() -> dict[str, Any]:
    """The schemas by name."""
    found: dict[str, Any] = json.loads(gzip.decompress((DATA / "openapi-1.36.json.gz").read_bytes()))["schemas"]
    return found


@cache
def resources() -> dict[tuple[str, str, str], dict[str, Any]]:
    """What is served, by group, version and kind."""
    lines = (DATA / "resources-1.36.jsonl").read_text().splitlines()
    return {(one["group"], one["version"], one["kind"]): one for one in map(json.loads, lines)}


@cache
def schema_names() -> dict[tuple[str, str, str], str]:
    """The schema of each group, version and kind."""
    return {
        (means["group"], means["version"], means["kind"]): name
        for name, schema in schemas().items()
        for means in schema.get("x-kubernetes-group-version-kind", ())
    }


def identity(body: dict[str, Any]) -> tuple[str, str, str]:
    """An object's group, version and kind."""
    group, _, version = body["apiVersion"].rpartition("/")
    return group, version, body["kind"]


def complaints(body: dict[str, Any]) -> list[str]:
    """What the API server would not take, as strict as ``kubectl create`` is: an unknown field is one, too."""
    name = schema_names().get(identity(body))
    return [f"no schema for {identity(body)}"] if name is None else list(_complaints(schemas()[name], body, ""))


def _complaints(schema: dict[str, Any], value: Any, path: str) -> Iterator[str]:
    if "$ref" in schema:
        yield from _complaints(schemas()[schema["$ref"].removeprefix(_REFERENCE)], value, path)
    for part in schema.get("allOf", ()):
        yield from _complaints(part, value, path)
    if "oneOf" in schema and all(list(_complaints(part, value, path)) for part in schema["oneOf"]):
        yield f"{path}: {value!r} is none of {schema['oneOf']}"
    kind = schema.get("type")
    if kind is not None and not _PYTHON[kind](value):
        yield f"{path}: {value!r} is no {kind}"
    elif "enum" in schema and value not in schema["enum"]:
        yield f"{path}: {value!r} is none of {schema['enum']}"
    elif kind == "array":
        for index, item in enumerate(value):
            yield from _complaints(schema.get("items", {}), item, f"{path}[{index}]")
    elif kind == "object":
        yield from _field_complaints(schema, value, path)


def _field_complaints(schema: dict[str, Any], value: dict[str, Any], path: str) -> Iterator[str]:
    properties, others = schema.get("properties", {}), schema.get("additionalProperties")
    for name in schema.get("required", ()):
        if name not in value:
            yield f"{path}: {name} is missing"
    for key, item in value.items():
        if key in properties:
            yield from _complaints(properties[key], item, f"{path}.{key}")
        elif isinstance(others, dict):
            yield from _complaints(others, item, f"{path}.{key}")
        elif properties and not schema.get("x-kubernetes-preserve-unknown-fields"):
            yield f"{path}.{key}: {NO_FIELD}"


def has_field(kind: tuple[str, str, str], path: Iterable[str]) -> bool:
    """Whether objects of a kind have a field at a path, ``[]`` standing for each element of a list."""
    found: dict[str, Any] | None = schemas()[schema_names()[kind]]
    for step in path:
        found = _below(_resolved(found), step) if found else None
    return found is not None


def _resolved(schema: dict[str, Any]) -> dict[str, Any]:
    reference = schema.get("$ref") or next((part.get("$ref") for part in schema.get("allOf", ())), None)
    return schemas()[reference.removeprefix(_REFERENCE)] if reference else schema


def _below(schema: dict[str, Any], step: str) -> dict[str, Any] | None:
    if step == "[]":
        return schema.get("items")
    others = schema.get("additionalProperties")
    return schema.get("properties", {}).get(step) or (others if isinstance(others, dict) else None)
