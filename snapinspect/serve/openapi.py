"""OpenAPI v3 of one group and version: its kinds, and what they refer to.

``schemas.json.gz`` holds the schemas of Kubernetes 1.36 without their descriptions; a definition's come from the snapshot.
"""

from __future__ import annotations

import gzip
import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from snapinspect.serve.refusal import no_resource

if TYPE_CHECKING:
    from collections.abc import Iterable

    from snapinspect.model import Body
    from snapinspect.serve.context import Context
    from snapinspect.serve.offered import Resource

_REFERENCE = re.compile(r'"#/components/schemas/([^"]+)"')
_IDENTITY = "x-kubernetes-group-version-kind"
_OBJECT_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"


def answer(context: Context, path: tuple[str, ...]) -> Body:
    """``/openapi/v3`` and what it lists. Raises Refusal for all else."""
    if path == ("openapi", "v3"):
        places = [
            f"apis/{group}/{version}" if group else f"api/{version}" for group, version in context.discovery.versions
        ]
        found = {place: {"serverRelativeURL": f"{context.path}/openapi/v3/{place}"} for place in places}
        return {"paths": found}
    if path[:2] == ("openapi", "v3") and len(path) in {4, 5}:
        group, version = ("", path[3]) if path[2] == "api" else path[3:] if len(path) == 5 else ("", "")
        served = [each for each in context.base.resources.values() if (each.group, each.version) == (group, version)]
        if served:
            return _document(served, "/".join(path[2:]))
    raise no_resource()


def _document(served: list[Resource], place: str) -> Body:
    paths = {}
    for resource in served:
        action = {"get": {_IDENTITY: _identity(resource), "x-kubernetes-action": "list", "responses": {}}}
        for middle in ("", "/namespaces/{namespace}") if resource.namespaced else ("",):
            paths[f"/{place}{middle}/{resource.plural}"] = action
    info = {"title": "Kubernetes", "version": "v1.36.0"}
    return {"openapi": "3.0.0", "info": info, "paths": paths, "components": {"schemas": schemas_of(served)}}


def schemas_of(served: Iterable[Resource]) -> dict[str, Any]:
    """The schemas of those resources, and all to which they refer."""
    known = {resource: _builtin_name(resource) for resource in served}
    schemas = {name: _schemas()[name] for name in _reached([*filter(None, known.values()), _OBJECT_META])}
    for resource, name in known.items():
        schema = schemas[name] if name else _custom(resource)
        named = name or f"{resource.group}.{resource.version}.{resource.kind}"
        schemas[named] = {**schema, _IDENTITY: [_identity(resource)]}
    return schemas


def _identity(resource: Resource) -> Body:
    return {"group": resource.group, "version": resource.version, "kind": resource.kind}


def _custom(resource: Resource) -> Body:
    """A definition's schema, with the fields that every object has."""
    properties = resource.schema.get("properties")
    common = {
        "apiVersion": {"type": "string"},
        "kind": {"type": "string"},
        "metadata": {"$ref": f"#/components/schemas/{_OBJECT_META}"},
    }
    fields = properties if isinstance(properties, dict) else {}
    return {"type": "object", **resource.schema, "properties": {**fields, **common}}


def _builtin_name(resource: Resource) -> str:
    return "" if resource.custom else _names().get((resource.group, resource.version, resource.kind), "")


def _reached(names: Iterable[str]) -> list[str]:
    """Those, and all to which they refer, however far."""
    found: dict[str, None] = {}
    ahead = list(names)
    while ahead:
        name = ahead.pop()
        if name not in found and name in _schemas():
            found[name] = None
            ahead += _REFERENCE.findall(json.dumps(_schemas()[name]))
    return list(found)


@cache
def _schemas() -> dict[str, Any]:
    packed = Path(__file__).with_name("schemas.json.gz").read_bytes()
    found: dict[str, Any] = json.loads(gzip.decompress(packed))["schemas"]
    return found


@cache
def _names() -> dict[tuple[str, str, str], str]:
    return {
        (each["group"], each["version"], each["kind"]): name
        for name, schema in _schemas().items()
        for each in schema.get(_IDENTITY, ())
    }
