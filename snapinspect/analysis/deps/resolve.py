"""From a reference to the stored object that it means."""

from __future__ import annotations

from functools import cache

from snapinspect.analysis.deps.links import Link
from snapinspect.model import Record
from snapinspect.snapshot import Snapshot


class Resolver:
    """Finds what links lead to in one view."""

    def __init__(self, view: Snapshot) -> None:
        self._view = view
        self._names_below = cache(self._list_names)

    def targets(self, link: Link) -> list[Record]:
        """The objects that are meant, whether they can be read or not; empty if there are none."""
        names = self._numbered(link) if link.reference.numbered else [link.name]
        found = [self._view.locate(link.group, link.kind, link.namespace, name) for name in names]
        return [record for record in found if record is not None]

    def _numbered(self, link: Link) -> list[str]:
        names = self._names_below(link.group, link.kind, link.namespace)
        return [name for name in names if name.startswith(link.name) and name.removeprefix(link.name).isdecimal()]

    def _list_names(self, group: str, kind: str, namespace: str | None) -> list[str]:
        view = self._view
        directories = view.key_space.keys_for(view.kinds.for_object(group, kind), namespace, "")
        selection = view.select(keys=[directory.decode("utf-8", "surrogateescape") for directory in directories])
        return [key.rpartition(b"/")[2].decode("utf-8", "surrogateescape") for key, _ in view.stored(selection)]
