"""OpenAPI v2 of all that is served, in JSON and in protobuf: what ``explain`` of clients up to 1.27 reads.

Source: kube-openapi ``pkg/builder`` and ``pkg/schemaconv``; the protobuf form is gnostic's ``openapiv2/OpenAPIv2.proto``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from snapinspect.protobuf import framed
from snapinspect.write.json import dumps

if TYPE_CHECKING:
    from collections.abc import Mapping

    from snapinspect.model import Body

PROTOBUF = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"
"""How clients ask for it; what is sent is called otherwise, as ``@`` may not stand in a media type."""
SENT = PROTOBUF.replace("@", ".")
_LENGTH = 2
"""The wire type of what has one."""
_KEPT = ("description", "format", "pattern", "required", "type")
_THIRD, _SECOND = "#/components/schemas/", "#/definitions/"


def document(schemas: Mapping[str, Any]) -> Body:
    """The document of OpenAPI v3 ``schemas``."""
    definitions = {name: _schema(schema) for name, schema in schemas.items()}
    info = {"title": "Kubernetes", "version": "v1.36.0"}
    return {"swagger": "2.0", "info": info, "paths": {}, "definitions": definitions}


def packed(body: Body) -> bytes:
    """The same document in protobuf."""
    info = _text(1, body["info"]["title"]) + _text(2, body["info"]["version"])
    definitions = _named(1, body["definitions"], _pack)
    return _text(1, body["swagger"]) + _field(2, info) + _field(8, b"") + _field(9, definitions)


def _schema(schema: Any) -> Body:
    """Version 2 knows neither alternatives nor a reference with anything beside it."""
    if not isinstance(schema, dict):
        return {}
    meant = [schema, *(each for each in schema.get("allOf", ()) if isinstance(each, dict))]
    reference = next((each["$ref"] for each in meant if isinstance(each.get("$ref"), str)), "")
    if reference:
        return {"$ref": reference.replace(_THIRD, _SECOND)}
    found = {name: schema[name] for name in _KEPT if name in schema}
    found |= {name: value for name, value in schema.items() if name.startswith("x-kubernetes-")}
    if schema.get("oneOf") and "type" not in schema:
        found["type"] = "string"
    if isinstance(schema.get("properties"), dict):
        found["properties"] = {name: _schema(each) for name, each in schema["properties"].items()}
    if "items" in schema:
        found["items"] = _schema(schema["items"])
    if isinstance(schema.get("additionalProperties"), dict):
        found["additionalProperties"] = _schema(schema["additionalProperties"])
    return found


def _pack(schema: Body) -> bytes:
    """A ``Schema``, by the numbers of its fields."""
    parts = [
        _text(1, schema.get("$ref")),
        _text(2, schema.get("format")),
        _text(4, schema.get("description")),
        _text(13, schema.get("pattern")),
        *(_text(19, name) for name in schema.get("required", ())),
    ]
    if "additionalProperties" in schema:
        parts.append(_field(21, _field(1, _pack(schema["additionalProperties"]))))
    if isinstance(schema.get("type"), str):
        parts.append(_field(22, _text(1, schema["type"])))
    if "items" in schema:
        parts.append(_field(23, _field(1, _pack(schema["items"]))))
    if "properties" in schema:
        parts.append(_field(25, _named(1, schema["properties"], _pack)))
    said = {name: value for name, value in schema.items() if name.startswith("x-")}
    parts.append(_named(31, said, lambda value: _text(2, dumps(value))))
    return b"".join(parts)


def _named(number: int, members: Mapping[str, Any], pack: Any) -> bytes:
    """A repeated message of a name and a value."""
    return b"".join(_field(number, _text(1, name) + _field(2, pack(value))) for name, value in members.items())


def _text(number: int, value: Any) -> bytes:
    return _field(number, value.encode("utf-8", "replace")) if isinstance(value, str) else b""


def _field(number: int, content: bytes) -> bytes:
    """A field of a length and that many bytes."""
    return framed(number << 3 | _LENGTH, content)
