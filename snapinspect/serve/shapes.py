"""Objects as they are asked for: whole, only their metadata, or as rows of a table.

Source: apimachinery ``pkg/apis/meta/v1/types.go`` (Table, PartialObjectMetadata).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from snapinspect.serve.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from snapinspect.model import Body
    from snapinspect.serve.asked import Form
    from snapinspect.serve.offered import Resource

TABLE, METADATA, METADATA_LIST = "Table", "PartialObjectMetadata", "PartialObjectMetadataList"
_META = "meta.k8s.io/v1"
_INCLUDED = ("Metadata", "Object", "None", "")


class Shape:
    """One answer's form. ``now`` tells the time from which ages count, in seconds since 1970."""

    def __init__(self, form: Form, resource: Resource, include: str, now: Callable[[], int]) -> None:
        if include not in _INCLUDED:
            raise Refusal(400, f"unrecognized includeObject value: {include!r}")
        self._form = form
        self._resource = resource
        self._include = include or "Metadata"
        self._now = now

    @property
    def list_key(self) -> str:
        """The field in which a list has its members."""
        return "rows" if self._form.kind == TABLE else "items"

    @property
    def order(self) -> Callable[[Body], Any] | None:
        """By what a list's members are ordered; None where their keys are."""
        if self._form.kind != TABLE:
            return None
        # Imported here for start-up, as only tables need printers.
        from snapinspect.serve.printers.table import ORDERS

        return ORDERS.get((self._resource.group, self._resource.kind))

    def list_head(self) -> Body:
        """A list's fields but for its members and metadata."""
        if self._form.kind == TABLE:
            return {"kind": TABLE, "apiVersion": _META, "columnDefinitions": self._columns()}
        if self._form.kind:
            return {"kind": METADATA_LIST, "apiVersion": _META}
        return {"kind": f"{self._resource.kind}List", "apiVersion": self._resource.api_version}

    def member(self, body: Body) -> Body:
        """An object inside a list."""
        if self._form.kind == TABLE:
            return self._row(body)
        return _partial(body) if self._form.kind else body

    def alone(self, body: Body, *, headed: bool = True) -> Body:
        """An object by itself; a table of one row, which only the first of a watch is ``headed``."""
        if self._form.kind != TABLE:
            return self.member(body)
        metadata = body.get("metadata")
        version = metadata.get("resourceVersion", "") if isinstance(metadata, dict) else ""
        columns = self._columns() if headed else None
        return {
            "kind": TABLE,
            "apiVersion": _META,
            "metadata": {"resourceVersion": version},
            "columnDefinitions": columns,
            "rows": [self._row(body)],
        }

    def _columns(self) -> list[dict[str, Any]]:
        return [
            {
                "name": column.name,
                "type": column.type,
                "format": column.format,
                "description": "",
                "priority": column.priority,
            }
            for column in self._resource.columns
        ]

    def _row(self, body: Body) -> Body:
        from snapinspect.serve.printers.table import cells, conditions

        row: Body = {"cells": cells(self._resource, body, self._now())}
        if told := conditions(self._resource, body):
            row["conditions"] = told
        if self._include == "Object":
            row["object"] = body
        elif self._include == "Metadata":
            row["object"] = _partial(body)
        return row


def _partial(body: Body) -> Body:
    return {"kind": METADATA, "apiVersion": _META, "metadata": body.get("metadata", {})}
