"""Which printer has which kind, and the cells of an object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from snapinspect.serve.printers import access, cluster, config, devices, pods, storage, traffic, workloads
from snapinspect.serve.printers.custom import custom_cell
from snapinspect.serve.printers.values import NONE, UNKNOWN, age, dig, text

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


ORDERS: dict[tuple[str, str], Callable[[Body], Any]] = {
    ("flowcontrol.apiserver.k8s.io", "FlowSchema"): cluster.precedence
}
"""How the rows of a list are ordered, where that is not by the keys."""

_CONDITIONS = {("", "Pod"): pods.completion}
"""What is said of a row as a whole."""


def conditions(resource: Resource, body: Body) -> list[Body]:
    """The conditions of an object's row."""
    told = _CONDITIONS.get((resource.group, resource.kind))
    return told(body) if told else []


def cells(resource: Resource, body: Body, now: int) -> list[Any]:
    """One cell for each column of the resource."""
    name = _NAMES.get((resource.group, resource.kind), _name)(body)
    if resource.custom:
        return [name, *(custom_cell(column, body, now) for column in resource.columns[1:])]
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
