"""Runs protoc over the .proto files and tells whether the package's copies agree with them."""

from __future__ import annotations

import tempfile
from importlib.resources import files
from pathlib import Path

from google.protobuf.descriptor_pb2 import FileDescriptorSet
from grpc_tools import protoc  # type: ignore[import-untyped]

SETS = {
    "snapinspect/kube/schemas.binpb": ("snapinspect", "kubernetes", "openshift"),
    "snapinspect/etcd/schemas.binpb": ("etcd",),
    "snapinspect/kube/encryption/kms.binpb": ("kms",),
}
"""What is compiled into the Python package: file, and the folders of ``protos/`` that go in."""


class CompileError(Exception):
    """protoc refused the files; it has said why on standard error."""


def compile_folders(protos: Path, folders: tuple[str, ...]) -> FileDescriptorSet:
    """All .proto files of the folders, in the order of their paths, without source positions."""
    paths = sorted(str(path.relative_to(protos)) for folder in folders for path in (protos / folder).rglob("*.proto"))
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "set.binpb"
        bundled = files("grpc_tools") / "_proto"
        if protoc.main(["protoc", f"-I{protos}", f"-I{bundled}", f"--descriptor_set_out={out}", *paths]):
            raise CompileError(f"protoc failed on {protos}")
        compiled = FileDescriptorSet.FromString(out.read_bytes())
    compiled.file.sort(key=lambda file: file.name)
    return compiled


def write(protos: Path, package_root: Path) -> list[Path]:
    """Compiles every set into the package at ``package_root``; returns the files written."""
    written = []
    for name, folders in SETS.items():
        target = package_root / name
        target.write_bytes(compile_folders(protos, folders).SerializeToString(deterministic=True))
        written.append(target)
    return written


def stale(protos: Path, package_root: Path) -> list[Path]:
    """The package's compiled files that are missing or say something else than the .proto files."""
    return [
        package_root / name
        for name, folders in SETS.items()
        if _load(package_root / name) != compile_folders(protos, folders)
    ]


def _load(path: Path) -> FileDescriptorSet | None:
    return FileDescriptorSet.FromString(path.read_bytes()) if path.is_file() else None
