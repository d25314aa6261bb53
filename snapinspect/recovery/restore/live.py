"""The live objects in the places of the wanted ones, asked for by lists where many are wanted."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from snapinspect.clean.subject import dig, text
from snapinspect.kube.cluster import ApiError, Unreachable
from snapinspect.kube.numbers import loads

if TYPE_CHECKING:
    from collections.abc import Iterable

    from snapinspect.kube.cluster import Cluster, Served
    from snapinspect.model import Body
    from snapinspect.recovery.restore.wanted import Wanted

_FEW: Final = 8
"""Up to so many objects of a kind in a namespace are asked for one by one."""

_Place = tuple["Served", str | None]


class LiveObjects:
    """What is there of the ``wanted``. Where a list may not be read, each is asked for by itself."""

    def __init__(self, cluster: Cluster, wanted: Iterable[Wanted]) -> None:
        self._cluster = cluster
        self._listed: dict[_Place, dict[str, Body]] = {}
        names: dict[_Place, set[str]] = defaultdict(set)
        for each in wanted:
            served = _served(cluster, each)
            if served:
                names[served, each.namespace].add(each.name)
        for place, which in names.items():
            if len(which) > _FEW and place[0].listable:
                self._list(place, which)

    def find(self, served: Served, wanted: Wanted) -> Body | None:
        """The live object, or None. Raises ApiError."""
        listed = self._listed.get((served, wanted.namespace))
        if listed is not None:
            return listed.get(wanted.name)
        return self._cluster.get(served, wanted.namespace, wanted.name)

    def _list(self, place: _Place, names: set[str]) -> None:
        """Keeps the objects of these names; the items of a list do not say of what kind they are."""
        served, namespace = place
        kind = {"apiVersion": served.api_version, "kind": served.kind}
        found: dict[str, Body] = {}
        try:
            for page in self._cluster.pages(served, namespace):
                found = {} if page.begins else found
                for item in page.items:
                    name = text(dig(item.body, "metadata", "name"))
                    if name in names:
                        found[name] = {**kind, **loads(item.text.encode())}
        except Unreachable:
            raise
        except ApiError as error:
            if error.code == 401:
                raise
            return
        self._listed[place] = found


def _served(cluster: Cluster, wanted: Wanted) -> Served | None:
    try:
        return cluster.served(wanted.api_version, wanted.kind)
    except Unreachable:
        raise
    except ApiError as error:
        if error.code == 401:
            raise
        # It is said of each object when its turn comes.
        return None
