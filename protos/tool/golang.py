"""Reads of Go source what decides about JSON: struct tags, pointers, embedded structs.

Not a Go parser: it relies on gofmt's layout, which every upstream API package has.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_STRUCT = re.compile(r"^type (\w+) struct \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
_LIST = re.compile(r"^type (\w+) (?:\[\]|map\[)", re.MULTILINE)
_MARSHALS = re.compile(r"^func \(\w*\s*\*?(\w+)\) MarshalJSON\(", re.MULTILINE)
_TAGGED = re.compile(r"^\s*(?!//)(?P<declared>[^`\n]+?)\s*`(?P<tags>[^`\n]*)`", re.MULTILINE)
_GROUP = re.compile(r'\bGroupName\s*=\s*"([^"]*)"')
_GENERATED = ("zz_generated", "generated.pb.go", "generated.protomessage.pb.go", "_test.go")


@dataclass(frozen=True)
class GoField:
    """``inline``: the field is an embedded struct without a name in JSON, so its fields stand in the parent."""

    json: str
    inline: bool
    hidden: bool
    omitempty: bool
    omitzero: bool
    pointer: bool


@dataclass
class GoPackage:
    """What the types of one package say, by their names.

    ``fields`` are by protobuf number; ``kinds`` have an apiVersion and kind; ``lists`` are a Go
    slice or map; ``marshalers`` write their JSON themselves.
    """

    group: str | None = None
    fields: dict[str, dict[int, GoField]] = field(default_factory=dict)
    kinds: set[str] = field(default_factory=set)
    lists: set[str] = field(default_factory=set)
    marshalers: set[str] = field(default_factory=set)


def read_go(folder: Path) -> GoPackage:
    """What the handwritten Go files of one folder say."""
    package = GoPackage()
    for path in sorted(folder.glob("*.go")):
        if not path.name.endswith(_GENERATED) and not path.name.startswith(_GENERATED):
            _read_file(path.read_text("utf-8"), package)
    return package


def _read_file(source: str, package: GoPackage) -> None:
    if group := _GROUP.search(source):
        package.group = group[1]
    package.lists.update(_LIST.findall(source))
    package.marshalers.update(_MARSHALS.findall(source))
    for name, body in _STRUCT.findall(source):
        fields = package.fields.setdefault(name, {})
        for declared, tags in _TAGGED.findall(body):
            if declared.endswith("TypeMeta"):
                package.kinds.add(name)
            if number := re.search(r'protobuf:"[^",]*,(\d+)', tags):
                fields[int(number[1])] = _field(declared, tags)


def _field(declared: str, tags: str) -> GoField:
    tag = re.search(r'json:"([^"]*)"', tags)
    json, *flags = (tag[1] if tag else "").split(",")
    names, _, kind = declared.strip().rpartition(" ")
    embedded = not names
    return GoField(
        json="" if json == "-" else json or ("" if embedded else names.split()[0]),
        inline=embedded and not json,
        hidden=json == "-" and not flags,
        omitempty="omitempty" in flags,
        omitzero="omitzero" in flags,
        pointer=kind.startswith("*"),
    )
