"""Objects by their identity, as cleaning rules and references ask for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from snapinspect.model import Body, Record
    from snapinspect.snapshot.decoded import Objects
    from snapinspect.snapshot.shown import Shown

_REMEMBERED = 1_024


class Lookups:
    """The live objects of a view; what was looked up lately is remembered, as many ask for the same."""

    def __init__(self, view: Shown, decoded: Objects) -> None:
        self._view = view
        self._decoded = decoded
        self._bodies: dict[bytes, Body | None] = {}

    def find(self, group: str, kind: str, namespace: str | None, name: str) -> Body | None:
        """The object, or None if there is none or it cannot be read."""
        for key in self._keys(group, kind, namespace, name):
            if key not in self._bodies:
                if len(self._bodies) >= _REMEMBERED:
                    self._bodies.clear()
                record = self._view.live(key)
                self._bodies[key] = self._decoded.body(record) if record else None
            body = self._bodies[key]
            if body is not None and body.get("kind") == kind:
                return body
        return None

    def locate(self, group: str, kind: str, namespace: str | None, name: str) -> Record | None:
        """Its record, whether it can be read or not."""
        for key in self._keys(group, kind, namespace, name):
            record = self._view.record(key)
            head = self._decoded.head(record) if record else None
            if record is not None and (head is None or head.kind == kind):
                return record
        return None

    def _keys(self, group: str, kind: str, namespace: str | None, name: str) -> Iterator[bytes]:
        view = self._view
        yield from view.key_space.keys_for(view.kinds.for_object(group, kind), namespace, name)
