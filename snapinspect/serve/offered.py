"""Which resources are served: those of Kubernetes 1.36, those of the snapshot's definitions, and what else lies in it.

``resources.tsv`` holds what the discovery of a 1.36 API server lists, and the columns that its tables have.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from snapinspect.kube.kinds import Kind, KindTable
    from snapinspect.model import Body

Place = tuple[str, str, str]
"""Group, version and plural."""


class Column(NamedTuple):
    """A column of a table; those of priority 0 are shown without being asked for. ``path`` is a JSONPath."""

    name: str
    type: str = "string"
    format: str = ""
    priority: int = 0
    path: str = ""


@dataclass(frozen=True)
class Resource:
    """One kind in one version, as it is served. ``schema`` and ``subresources`` are what its definition says, if one does."""

    group: str
    version: str
    kind: str
    plural: str
    singular: str
    namespaced: bool
    short_names: tuple[str, ...]
    categories: tuple[str, ...]
    columns: tuple[Column, ...]
    paths: tuple[str, ...]
    custom: bool = False
    schema: Body = field(default_factory=dict, compare=False)
    subresources: Body = field(default_factory=dict, compare=False)

    @property
    def place(self) -> Place:
        return self.group, self.version, self.plural

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version


def offered(table: KindTable, definitions: Iterable[Body], held: Iterable[str]) -> dict[Place, Resource]:
    """All that is served of a snapshot; ``held`` are the storage paths at which something lies."""
    found: dict[Place, Resource] = {}
    for resource in [*_builtin(), *(each for body in definitions for each in _defined(body))]:
        found.setdefault(resource.place, resource)
    served = {path for resource in found.values() for path in resource.paths}
    for path in sorted(set(held) - served):
        for kind in table.at(path)[:1]:
            resource = _of_kind(kind)
            found.setdefault(resource.place, resource)
    return found


@cache
def _builtin() -> tuple[Resource, ...]:
    from snapinspect.kube.kinds import KindTable

    lines = Path(__file__).with_name("resources.tsv").read_text(encoding="utf-8").splitlines()
    table = KindTable.builtin()
    return tuple(_from_row(line.split("\t"), table) for line in lines[1:])


def _from_row(row: list[str], table: KindTable) -> Resource:
    group, version, kind, plural, singular, scope, short_names, categories, columns = row
    stored = table.for_object(group, kind).paths
    return Resource(
        group,
        version,
        kind,
        plural,
        singular,
        scope == "Namespaced",
        _listed(short_names),
        _listed(categories),
        tuple(_column(text) for text in columns.split("|") if text) or _PLAIN,
        ("events",) if kind == "Event" else stored,
    )


def _column(text: str) -> Column:
    name, kind, form, priority = text.split(":")
    return Column(name, kind, form, int(priority))


def _listed(cell: str) -> tuple[str, ...]:
    return tuple(cell.split(",")) if cell else ()


NAME = Column("Name", format="name")
_PLAIN = (NAME, Column("Age"))


def _of_kind(kind: Kind) -> Resource:
    return Resource(
        kind.group,
        kind.versions[0],
        kind.kind,
        kind.plural,
        kind.singular,
        kind.namespaced,
        kind.short_names,
        kind.categories,
        _PLAIN,
        kind.paths,
        True,
    )


def _defined(body: Body) -> Iterator[Resource]:
    """What a CustomResourceDefinition (v1 or v1beta1) serves; nothing of one that makes no sense."""
    from snapinspect.kube.kinds import KindTable

    spec = _mapping(body.get("spec"))
    names = _mapping(spec.get("names"))
    table = KindTable(()).with_custom([body])
    for kind in table:
        versions = [each for each in map(_mapping, _list(spec.get("versions"))) if each.get("served", True)]
        for version in versions or [{"name": spec.get("version")}]:
            name = version.get("name")
            if isinstance(name, str) and name in kind.versions:
                shown = version.get("additionalPrinterColumns", spec.get("additionalPrinterColumns"))
                schema = _mapping(version.get("schema", spec.get("validation"))).get("openAPIV3Schema")
                yield Resource(
                    kind.group,
                    name,
                    kind.kind,
                    kind.plural,
                    kind.singular or str(names.get("singular", "")),
                    kind.namespaced,
                    kind.short_names,
                    kind.categories,
                    _custom_columns(shown),
                    kind.paths,
                    True,
                    _mapping(schema),
                    _mapping(version.get("subresources", spec.get("subresources"))),
                )


def _custom_columns(shown: Any) -> tuple[Column, ...]:
    """Source: apiextensions-apiserver ``pkg/registry/customresource/tableconvertor``; age where nothing is said."""
    found = [
        Column(
            str(each.get("name", "")),
            str(each.get("type", "string")),
            str(each.get("format", "")),
            each["priority"] if isinstance(each.get("priority"), int) else 0,
            str(each.get("jsonPath", each.get("JSONPath", ""))),
        )
        for each in map(_mapping, _list(shown))
    ]
    return (NAME, *(found or [Column("Age", "date", path=".metadata.creationTimestamp")]))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
