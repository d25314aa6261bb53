"""Reads the packages back from the .proto files, by way of protoc."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from google.protobuf import descriptor_pool
from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto, FileDescriptorProto, FileDescriptorSet

from tool.compiler import compile_folders
from tool.model import Field, Message, Package

if TYPE_CHECKING:
    from pathlib import Path

OPTIONS_FILE = "snapinspect/json.proto"
FOLDERS = ("snapinspect", "kubernetes", "openshift")
_TYPES = {number: name.removeprefix("TYPE_").lower() for name, number in FieldDescriptorProto.Type.items()}


def read_packages(protos: Path) -> dict[str, Package]:
    """The Kubernetes and OpenShift packages under ``protos`` by full name. Raises CompileError."""
    raw = compile_folders(protos, FOLDERS).SerializeToString()
    option = _options(FileDescriptorSet.FromString(raw))
    # Options are readable only in what was parsed after they were declared.
    compiled = FileDescriptorSet.FromString(raw)
    return {file.package: _package(file, option) for file in compiled.file if file.name != OPTIONS_FILE}


def _options(compiled: FileDescriptorSet) -> dict[str, Any]:
    pool = descriptor_pool.Default()
    declaring = next(file for file in compiled.file if file.name == OPTIONS_FILE)
    pool.AddSerializedFile(declaring.SerializeToString())
    return dict(pool.FindFileByName(OPTIONS_FILE).extensions_by_name)


def _package(file: FileDescriptorProto, option: dict[str, Any]) -> Package:
    value = file.options.Extensions
    return Package(
        file.package,
        group=value[option["group"]] if file.options.HasExtension(option["group"]) else None,
        version=value[option["version"]],
        legacy=value[option["legacy"]],
        since=value[option["package_since"]],
        until=value[option["package_until"]],
        messages={declared.name: _message(declared, file.package, option) for declared in file.message_type},
    )


def _message(declared: DescriptorProto, package: str, option: dict[str, Any]) -> Message:
    value = declared.options.Extensions
    form = option["form"].enum_type.values_by_number[value[option["form"]]]
    entries = {f".{package}.{declared.name}.{entry.name}": entry for entry in declared.nested_type}
    return Message(
        declared.name,
        form=form.name.lower() if form.number else "",
        embedded=value[option["embedded"]],
        since=value[option["message_since"]],
        until=value[option["message_until"]],
        fields={field.number: _field(field, entries.get(field.type_name), option) for field in declared.field},
    )


def _field(field: FieldDescriptorProto, entry: DescriptorProto | None, option: dict[str, Any]) -> Field:
    """``entry`` is the message that protoc makes of a map: key is field 1, value field 2."""
    value = field.options.Extensions
    typed = entry.field[1] if entry else field
    inline, hidden = value[option["inline"]], value[option["hidden"]]
    return Field(
        field.number,
        field.name,
        "map" if entry else "repeated" if field.label == FieldDescriptorProto.LABEL_REPEATED else "optional",
        _TYPES[typed.type],
        typed.type_name.removeprefix("."),
        json="" if inline or hidden else field.json_name,
        inline=inline,
        hidden=hidden,
        keep_zero=value[option["keep_zero"]] if field.options.HasExtension(option["keep_zero"]) else None,
        nullable=value[option["nullable"]],
        since=value[option["since"]],
        until=value[option["until"]],
    )
