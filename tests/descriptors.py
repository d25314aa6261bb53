"""The package's compiled schemas in a descriptor pool of their own, for the protobuf package to read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from google.protobuf import descriptor_pb2, descriptor_pool

PACKAGE = Path(__file__).resolve().parents[1] / "snapinspect"


Change = Callable[[descriptor_pb2.FileDescriptorProto], object]


def pool_of(compiled: str, change: Change = id) -> descriptor_pool.DescriptorPool:
    """All files of ``compiled``, a path inside the package; ``change`` may alter each before it goes in."""
    raw = (PACKAGE / compiled).read_bytes()
    waiting = {file.name: file for file in descriptor_pb2.FileDescriptorSet.FromString(raw).file}
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(descriptor_pb2.DESCRIPTOR.serialized_pb)

    def add(name: str) -> None:
        if file := waiting.pop(name, None):
            for imported in file.dependency:
                add(imported)
            change(file)
            pool.AddSerializedFile(file.SerializeToString())

    for name in list(waiting):
        if name != descriptor_pb2.DESCRIPTOR.name:
            add(name)
    return pool
