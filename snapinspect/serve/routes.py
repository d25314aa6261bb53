"""From a path to an answer, for everything but watches."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from snapinspect.serve import lists, openapi, swagger
from snapinspect.serve.discovery import AGGREGATED
from snapinspect.serve.refusal import NO_PROCESS, READ_ONLY, Refusal, no_object, no_resource
from snapinspect.serve.reviews import review
from snapinspect.serve.scale import SCALE, scale_of
from snapinspect.serve.shapes import METADATA, METADATA_LIST, TABLE, Shape
from snapinspect.write.json import dumps

if TYPE_CHECKING:
    from snapinspect.model import Body
    from snapinspect.serve.asked import Asked
    from snapinspect.serve.context import Context
    from snapinspect.serve.offered import Resource

_HEALTH = {"healthz", "livez", "readyz"}
_OTHER_PATHS = ("/healthz", "/livez", "/openapi/v2", "/openapi/v3", "/readyz", "/version")
_VERSION = {
    "major": "1",
    "minor": "36",
    "gitVersion": "v1.36.0+snapinspect",
    "gitCommit": "",
    "gitTreeState": "clean",
    "buildDate": "1970-01-01T00:00:00Z",
    "goVersion": "",
    "compiler": "",
    "platform": "",
}


class Target(NamedTuple):
    """What a path names; ``name`` and ``subresource`` are empty for a list."""

    resource: Resource
    namespace: str | None
    name: str
    subresource: str

    def is_watch(self, asked: Asked) -> bool:
        return asked.method == "GET" and not self.subresource and asked.is_set("watch")


class Answer(NamedTuple):
    """What is sent, in pieces."""

    pieces: Iterable[bytes]
    kind: str = "application/json"
    code: int = 200


def json_answer(body: Body, kind: str = "application/json", code: int = 200) -> Answer:
    return Answer([dumps(body).encode() + b"\n"], kind, code)


def target_of(context: Context, path: tuple[str, ...]) -> Target:
    """The resource that a path means. Raises Refusal with 404 for what is not served."""
    if path[0] == "api" and len(path) > 2:
        group, (version, *rest) = "", path[1:]
    elif path[0] == "apis" and len(path) > 3:
        group, version, *rest = path[1:]
    else:
        raise no_resource()
    namespace = None
    if rest[0] == "namespaces" and len(rest) > 2 and (group, version, rest[2]) in context.base.resources:
        namespace, rest = rest[1], rest[2:]
    resource = context.base.resources.get((group, version, rest[0]))
    if resource is None or (len(rest) > 3 and rest[2] != "proxy"):
        raise no_resource()
    name, subresource, *_ = (*rest[1:3], "", "")
    return Target(resource, namespace, name, subresource)


def answer(context: Context, asked: Asked) -> Answer:
    """The answer to a request that is no watch. Raises Refusal."""
    path = asked.path
    if path and path[0] in _HEALTH:
        return Answer([b"ok"], "text/plain")
    if asked.method == "POST":
        return _reviewed(asked)
    if asked.method not in {"GET", "HEAD"}:
        raise Refusal(405, f"{READ_ONLY}: {asked.method} cannot be")
    if path == ("version",):
        return json_answer(_VERSION)
    if path in {("api",), ("apis",)}:
        return _groups(context, asked)
    if path == ("openapi", "v2"):
        return _swagger(context, asked)
    if path[:1] == ("openapi",):
        return json_answer(openapi.answer(context, path))
    if path[:1] == ("apis",) and len(path) == 2:
        return json_answer(context.discovery.group(path[1]))
    if path[:1] == ("apis",) and len(path) == 3:
        return json_answer(context.discovery.version(path[1], path[2]))
    if path[:1] == ("api",) and len(path) == 2:
        return json_answer(context.discovery.version("", path[1]))
    if not path:
        return json_answer({"paths": sorted([*context.discovery.paths(), *_OTHER_PATHS])})
    return _read(context, asked, target_of(context, path))


def shape_for(asked: Asked, resource: Resource, context: Context) -> Shape:
    """The form in which objects are wanted."""
    form = asked.form(TABLE, METADATA, METADATA_LIST)
    return Shape(form, resource, asked.query.get("includeObject", ""), lambda: context.now)


def _read(context: Context, asked: Asked, target: Target) -> Answer:
    resource, namespace, name, subresource = target
    if subresource in NO_PROCESS:
        raise Refusal(405, NO_PROCESS[subresource])
    if subresource not in {"", "status", "scale"}:
        raise no_resource()
    shape = shape_for(asked, SCALE if subresource == "scale" else resource, context)
    if not name:
        return Answer(lists.listed(context, asked, resource, namespace, shape))
    body = context.current.named(resource, namespace, name)
    if body is None:
        raise no_object(resource.plural, resource.group, name)
    shown = scale_of(body, resource) if subresource == "scale" else body
    if shown is None:
        raise no_resource()
    return json_answer(shape.alone(shown))


def _swagger(context: Context, asked: Asked) -> Answer:
    """Clients of this document ask for protobuf alone, or for JSON."""
    body = swagger.document(openapi.schemas_of(context.base.resources.values()))
    if swagger.PROTOBUF in asked.accept or swagger.SENT in asked.accept:
        return Answer([swagger.packed(body)], swagger.SENT)
    return json_answer(body)


def _groups(context: Context, asked: Asked) -> Answer:
    form = asked.form(AGGREGATED)
    kind = "application/json"
    if form.kind:
        kind += f";g=apidiscovery.k8s.io;v={form.version or 'v2'};as={AGGREGATED}"
    return json_answer(context.discovery.groups(asked.path, form), kind)


def _reviewed(asked: Asked) -> Answer:
    if asked.path[-1:] and asked.path[0] == "apis" and len(asked.path) > 3:
        found = review(asked.path[-1], "/".join(asked.path[1:3]), asked.body, asked.content_type)
        if found is not None:
            return json_answer(found, code=201)
    if asked.path[-1:] and asked.path[-1] in NO_PROCESS:
        raise Refusal(405, NO_PROCESS[asked.path[-1]])
    raise Refusal(405, f"{READ_ONLY}: nothing can be created")
