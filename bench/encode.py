r"""Objects as an API server stores them: JSON, or Kubernetes protobuf in the ``k8s\0`` envelope.

The inverse of ``snapinspect.kube.decode``, from the same schemas but through the protobuf package, so that
one can be held against the other. What Go keeps in a value rather than a pointer is always on the wire, zero
or not; Go's pointers are known by their zero, which appears in JSON (``keep_zero``).
"""

from __future__ import annotations

import json
from base64 import b64decode
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

from snapinspect.kube import schema

if TYPE_CHECKING:
    from collections.abc import Callable

    from google.protobuf.message import Message

_UNKNOWN = "k8s.io.apimachinery.pkg.runtime.Unknown"
_SCHEMAS = Path(schema.__file__).with_name("schemas.binpb")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def stored(body: dict[str, Any]) -> bytes:
    """The value that holds the object: protobuf for a built-in kind, JSON for a custom resource."""
    name = _message_for(body["apiVersion"], body["kind"])
    return _compact(body) + b"\n" if name is None else _protobuf(name, body)


_message_for = cache(schema.message_for)


def _protobuf(name: str, body: dict[str, Any]) -> bytes:
    content = _class(name)()
    _fill(content, name, body)
    envelope = _class(_UNKNOWN)(raw=_wire(content), contentEncoding="", contentType="")
    envelope.typeMeta.apiVersion, envelope.typeMeta.kind = body["apiVersion"], body["kind"]
    return b"k8s\0" + _wire(envelope)


def _wire(message: Message) -> bytes:
    return message.SerializeToString(deterministic=True)


@cache
def _pool() -> descriptor_pool.DescriptorPool:
    """The default pool with all schemas in it: their options are readable only there."""
    pool = descriptor_pool.Default()
    waiting = {file.name: file for file in descriptor_pb2.FileDescriptorSet.FromString(_SCHEMAS.read_bytes()).file}

    def add(name: str) -> None:
        file = waiting.pop(name, None)
        if file is not None:
            for needed in file.dependency:
                add(needed)
            pool.AddSerializedFile(file.SerializeToString())

    for name in list(waiting):
        add(name)
    return pool


@cache
def _class(name: str) -> Any:
    return message_factory.GetMessageClass(_pool().FindMessageTypeByName(name))


@cache
def _fields(name: str) -> tuple[schema.Field, ...]:
    """The message's fields without those that Kubernetes has given up, which nobody writes any more."""
    until = _pool().FindExtensionByName("snapinspect.until")
    declared: Any = _pool().FindMessageTypeByName(name).fields_by_name
    fields = schema.message(name).fields
    return tuple(field for field in fields if not declared[field.name].GetOptions().HasExtension(until))


def _fill(target: Any, name: str, value: Any) -> None:
    """Sets the fields of ``target``, the message ``name``, from its JSON form."""
    special = _FORMS.get(schema.message(name).form)
    if special:
        special(target, value)
        return
    target.SetInParent()
    for field in _fields(name):
        if field.inline:
            _fill(getattr(target, field.name), field.message or "", value)
        elif value.get(field.json) is not None:
            _set(target, field, value[field.json])
        elif field.label == "optional" and not field.nullable and (field.json in value or not field.keep_zero):
            _set_zero(target, field)


def _set(target: Any, field: schema.Field, value: Any) -> None:
    convert = b64decode if "bytes" in (field.type, field.value_type) else None
    if field.label == "map" and field.value_type == "message":
        for key, item in value.items():
            _fill(getattr(target, field.name)[key], field.message or "", item)
    elif field.label == "map":
        getattr(target, field.name).update({key: convert(item) if convert else item for key, item in value.items()})
    elif field.type == "message" and field.label == "repeated":
        for item in value:
            _fill(getattr(target, field.name).add(), field.message or "", item)
    elif field.type == "message":
        _fill(getattr(target, field.name), field.message or "", value)
    elif field.label == "repeated":
        getattr(target, field.name).extend(value)
    else:
        setattr(target, field.name, convert(value) if convert else value)


def _set_zero(target: Any, field: schema.Field) -> None:
    if field.type == "message":
        getattr(target, field.name).SetInParent()
    elif field.type != "bytes":
        setattr(target, field.name, "" if field.type == "string" else 0)


def _time(target: Any, value: str) -> None:
    since = datetime.fromisoformat(value) - _EPOCH
    target.seconds, target.nanos = since.days * 86400 + since.seconds, since.microseconds * 1000


def _quantity(target: Any, value: str) -> None:
    target.string = value


def _int_or_string(target: Any, value: int | str) -> None:
    text = isinstance(value, str)
    target.type, target.intVal, target.strVal = int(text), 0 if text else value, value if text else ""


def _raw(target: Any, value: Any) -> None:
    setattr(target, target.DESCRIPTOR.fields[0].name, _compact(value))


def _compact(value: Any) -> bytes:
    return _to_json(value).encode()


_to_json = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


_FORMS: dict[str, Callable[[Any, Any], None]] = {
    "time": _time,
    "micro_time": _time,
    "quantity": _quantity,
    "int_or_string": _int_or_string,
    "json": _raw,
    "raw_extension": _raw,
}
