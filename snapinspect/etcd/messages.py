"""The messages and methods of etcd's API, from the schema that is compiled into the package."""

from __future__ import annotations

from functools import cache
from pkgutil import get_data
from typing import Any, NamedTuple


class Method(NamedTuple):
    """One call of a service: its path on the wire and the classes of its messages."""

    path: str
    request: Any
    response: Any


@cache
def message(name: str) -> Any:
    """The class of a message: ``RangeRequest``."""
    from google.protobuf import message_factory

    return message_factory.GetMessageClass(_pool().FindMessageTypeByName(f"etcdserverpb.{name}"))


@cache
def method(name: str) -> Method:
    """A method by its service and name: ``KV.Range``."""
    service, _, short = name.partition(".")
    found = _pool().FindServiceByName(f"etcdserverpb.{service}").methods_by_name[short]
    return Method(
        f"/{found.containing_service.full_name}/{short}",
        message(found.input_type.name),
        message(found.output_type.name),
    )


@cache
def _pool() -> Any:
    """A pool of its own: another library of the process may have declared etcd's messages in its own way."""
    from google.protobuf import descriptor_database, descriptor_pb2, descriptor_pool

    compiled = descriptor_pb2.FileDescriptorSet.FromString(get_data("snapinspect.etcd", "schemas.binpb") or b"")
    files = descriptor_database.DescriptorDatabase()
    for file in compiled.file:
        files.Add(file)
    return descriptor_pool.DescriptorPool(files)
