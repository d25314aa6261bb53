"""Reads the API packages of an upstream checkout: ``generated.proto`` for the wire, Go for the JSON."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tool.golang import GoField, GoPackage, read_go
from tool.model import LAYOUT, Field, Message, Package, default_json_name, default_keep_zero

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_SKIPPED_FOLDERS = {"vendor", "testdata", "third_party", "_output"}
_SKIPPED_PACKAGES = ("k8s.io.apimachinery.pkg.apis.testapigroup.", "k8s.io.apimachinery.pkg.runtime.schema")
_SCALARS = {"string", "bytes", "bool", "int32", "int64", "uint32", "uint64", "double"}
_PACKAGE = re.compile(r"^package ([\w.]+);", re.MULTILINE)
_COMMENT = re.compile(r"^\s*//.*\n", re.MULTILINE)
_MESSAGE = re.compile(r"^message (\w+) \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
_FIELD = re.compile(r"(optional|repeated|map)\s*(?:<\s*string\s*,\s*([\w.]+)\s*>|([\w.]+))\s+(\w+)\s*=\s*(\d+)")


class UpstreamError(Exception):
    """A file upstream is not laid out as expected."""


@dataclass
class Upstream:
    """Packages by full name, and what the files leave open.

    ``untagged`` are the fields, by message and number, that no Go struct tag tells about;
    ``marshalers`` the messages that write their JSON themselves, in a form that only reading can tell.
    """

    packages: dict[str, Package] = field(default_factory=dict)
    untagged: set[tuple[str, int]] = field(default_factory=set)
    marshalers: set[str] = field(default_factory=set)


def read_upstream(paths: Iterable[Path]) -> Upstream:
    """The API packages under these folders. Raises UpstreamError."""
    upstream, sources = Upstream(), {}
    for path in _generated(paths):
        text = path.read_text("utf-8")
        declared = _PACKAGE.search(text)
        if declared is None:
            raise UpstreamError(f"{path} names no package")
        name = declared[1]
        if _is_ours(name):
            sources[name] = read_go(path.parent)
            upstream.packages[name] = _package(name, text, sources[name])
    lists = {f"{name}.{short}" for name, go in sources.items() for short in go.lists}
    for name, go in sources.items():
        _add_go_facts(upstream, name, go, lists)
    return upstream


def _generated(paths: Iterable[Path]) -> Iterator[Path]:
    for root in paths:
        for path in sorted(root.rglob("generated.proto")):
            if not _SKIPPED_FOLDERS.intersection(path.relative_to(root).parts):
                yield path


def _is_ours(package: str) -> bool:
    return package.startswith(tuple(prefix for prefix, _ in LAYOUT)) and not package.startswith(_SKIPPED_PACKAGES)


def _package(name: str, text: str, go: GoPackage) -> Package:
    package = Package(name)
    version = name.rpartition(".")[2]
    if go.group is not None and re.fullmatch(r"v\d\w*", version):
        package.group, package.version = go.group, version
    for short, body in _MESSAGE.findall(_COMMENT.sub("", text)):
        package.messages[short] = Message(short, fields=_fields(body, name))
    return package


def _fields(body: str, package: str) -> dict[int, Field]:
    fields = {}
    for statement in filter(None, (part.strip() for part in body.split(";"))):
        parsed = _FIELD.fullmatch(statement)
        if parsed is None:
            raise UpstreamError(f"{package} has a line that is no field: {statement}")
        label, of_map, plain, name, number = parsed.groups()
        kind = of_map or plain
        ref = "" if kind in _SCALARS else _full_name(kind, package)
        fields[int(number)] = Field(int(number), name, label, "message" if ref else kind, ref, default_json_name(name))
    return fields


def _full_name(kind: str, package: str) -> str:
    """Upstream writes names whole (since 1.31 with a dot in front), or short when in the same package."""
    return kind.removeprefix(".") if "." in kind else f"{package}.{kind}"


def _add_go_facts(upstream: Upstream, name: str, go: GoPackage, lists: set[str]) -> None:
    for message in upstream.packages[name].messages.values():
        full = f"{name}.{message.name}"
        if message.name in go.lists:
            message.form = "items"
        elif message.name in go.marshalers:
            upstream.marshalers.add(full)
        message.embedded = message.name not in go.kinds and _has_object_meta(message)
        facts = go.fields.get(message.name, {})
        for number, found in message.fields.items():
            if number in facts:
                _apply(facts[number], found, is_list=found.ref in lists and found.label == "optional")
            else:
                upstream.untagged.add((full, number))


def _has_object_meta(message: Message) -> bool:
    return any(
        found.name == "metadata" and found.ref.endswith(".meta.v1.ObjectMeta") for found in message.fields.values()
    )


def _apply(fact: GoField, found: Field, *, is_list: bool) -> None:
    """Sets what JSON makes of the field; ``is_list``: its message is a slice or a map in Go."""
    omitted = fact.omitempty or fact.omitzero
    found.json, found.inline, found.hidden = fact.json, fact.inline, fact.hidden
    can_be_nil = fact.pointer or is_list or found.label != "optional" or found.type == "bytes"
    found.nullable = can_be_nil and not omitted and not fact.inline and not fact.hidden
    if found.label != "optional" or fact.inline or fact.hidden:
        return
    dropped = fact.omitzero if found.type == "message" and not is_list else omitted
    keep_zero = fact.pointer or not dropped
    found.keep_zero = None if keep_zero == default_keep_zero(found.type) else keep_zero
