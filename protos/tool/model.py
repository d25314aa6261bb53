"""The schemas as the maintainer's tools hold them: packages of messages of fields.

Releases are ``major.minor`` text. ``since`` and ``until`` are empty where they are the
parent's: a field says only what its message does not say already.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import PurePosixPath

LAYOUT = (
    ("k8s.io.api.", "kubernetes/api/"),
    ("k8s.io.apimachinery.pkg.apis.", "kubernetes/apimachinery/"),
    ("k8s.io.apimachinery.pkg.api.", "kubernetes/apimachinery/"),
    ("k8s.io.apimachinery.pkg.util.", "kubernetes/apimachinery/"),
    ("k8s.io.apimachinery.pkg.", "kubernetes/apimachinery/"),
    ("k8s.io.apiextensions_apiserver.pkg.apis.", "kubernetes/"),
    ("k8s.io.kube_aggregator.pkg.apis.", "kubernetes/"),
    ("github.com.openshift.api.", "openshift/"),
)
"""Package prefixes and the folders that they are kept in; the first that fits is taken."""


@dataclass
class Field:
    """``type`` is a protobuf scalar or ``message``; of a map, whose keys are strings, its values' type.

    ``ref`` is the full name of the message. ``keep_zero`` is None where the type's default holds.
    """

    number: int
    name: str
    label: str
    type: str
    ref: str = ""
    json: str = ""
    inline: bool = False
    hidden: bool = False
    keep_zero: bool | None = None
    nullable: bool = False
    since: str = ""
    until: str = ""


@dataclass
class Message:
    name: str
    form: str = ""
    embedded: bool = False
    since: str = ""
    until: str = ""
    fields: dict[int, Field] = field(default_factory=dict)


@dataclass
class Package:
    """``group`` is None for a package that serves no API."""

    name: str
    group: str | None = None
    version: str = ""
    legacy: bool = False
    since: str = ""
    until: str = ""
    messages: dict[str, Message] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """Where the package's .proto file stands, from ``protos/`` on."""
        return path_of(self.name)


def path_of(package: str) -> str:
    """``k8s.io.api.apps.v1`` is ``kubernetes/api/apps/v1.proto``."""
    for prefix, folder in LAYOUT:
        if package.startswith(prefix):
            rest = package.removeprefix(prefix).replace(".", "/")
            return str(PurePosixPath(folder) / f"{rest}.proto")
    raise ValueError(f"no folder is known for package {package}: add it to LAYOUT")


def default_json_name(name: str) -> str:
    """What protoc makes of it: underscores go, the letter after each is raised (``src/google/protobuf/descriptor.cc``)."""
    return re.sub("_(.?)", lambda match: match[1].upper(), name)


def default_keep_zero(kind: str) -> bool:
    """Whether a zero value of this type stays in JSON when the schema says nothing."""
    return kind == "message"
