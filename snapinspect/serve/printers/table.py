"""Which printer has which kind, and the cells of an object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from snapinspect.errors import SnapinspectError
from snapinspect.serve.printers import access, cluster, config, devices, pods, storage, traffic, workloads
from snapinspect.serve.printers.values import NONE, UNKNOWN, age, dig, since, text
from snapinspect.write.jsonpath import parse_relaxed
from snapinspect.write.jsonpath.text import json_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from snapinspect.model import Body
    from snapinspect.serve.offered import Column, Resource

    Printer = Callable[[Body, int], list[Any]]

PRINTERS: dict[tuple[str, str], Printer] = {
    **access.PRINTERS,
    **cluster.PRINTERS,
    **config.PRINTERS,
    **devices.PRINTERS,
    **pods.PRINTERS,
    **storage.PRINTERS,
    **traffic.PRINTERS,
    **workloads.PRINTERS,
}
"""The cells of each kind behind its name, by group and kind, in the order of its columns."""

_NAMES = {("storage.k8s.io", "StorageClass"): storage.class_name}
"""What stands in the first cell, where that is more than the name."""


def cells(resource: Resource, body: Body, now: int) -> list[Any]:
    """One cell for each column of the resource."""
    name = _NAMES.get((resource.group, resource.kind), _name)(body)
    if resource.custom:
        return [name, *(_found(column, body, now) for column in resource.columns[1:])]
    printer = PRINTERS.get((resource.group, resource.kind))
    if resource.kind == "Event":
        return cluster.event(body, now)
    if "spec" not in body and dig(body, "metadata", "annotations", "snapinspect/unreadable"):
        return [name, *(UNKNOWN for _ in resource.columns[1:])]
    rest = printer(body, now) if printer else []
    return [name, *rest, *(_plain(column, body, now) for column in resource.columns[1 + len(rest) :])]


def _name(body: Body) -> str:
    return text(body, "metadata", "name")


def _plain(column: Column, body: Body, now: int) -> Any:
    """A cell of a kind that has no printer of its own."""
    if column.name == "Age":
        return age(body, now)
    return text(body, "metadata", "creationTimestamp") if column.name == "Created At" else NONE


def _found(column: Column, body: Body, now: int) -> Any:
    """What lies at the column's path: nothing where it leads nowhere, or to a value of another type."""
    if not column.path:
        return age(body, now) if column.name == "Age" else None
    try:
        values = [value for found in parse_relaxed(column.path).find(body) for value in found]
    except SnapinspectError:
        return None
    if not values:
        return None
    if column.type == "date":
        return since(values[0], now)
    if column.type == "integer":
        return values[0] if isinstance(values[0], int) else None
    if column.type == "boolean":
        return values[0] if isinstance(values[0], bool) else None
    return ",".join(map(json_text, values)) if column.type == "string" else values[0]
