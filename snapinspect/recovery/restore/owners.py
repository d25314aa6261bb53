"""Owners: a restored object points only at those that are there, or that are made before or after it."""

from __future__ import annotations

from dataclasses import replace
from threading import Lock
from typing import TYPE_CHECKING, Any

from snapinspect.clean.paths import update
from snapinspect.clean.subject import dig, mappings, text
from snapinspect.kube.cluster import ApiError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from snapinspect.kube.cluster import Cluster
    from snapinspect.model import Body
    from snapinspect.recovery.restore.wanted import Wanted

Place = tuple[str, str, str | None, str]
_REFERENCES = ["metadata", "ownerReferences"]


class Owners:
    """Which owners of the wanted objects are live, and which are wanted themselves."""

    def __init__(self, cluster: Cluster, wanted: Iterable[Wanted]) -> None:
        self._cluster = cluster
        self._by_uid = {each.uid: each for each in wanted if each.uid}
        self._uids: dict[Place, str] = {}
        self._lock = Lock()

    def settle(self, wanted: Wanted) -> Wanted:
        """The object with references to the owners that are there, ``awaited`` those that the plan makes.

        An owner is there under its very UID, or it is wanted itself and was created anew: then it is pointed at under
        its new one. Any other reference would make the garbage collector delete the object.
        """
        kept: list[Body] = []
        awaited: list[Body] = []
        for owner in wanted.owners:
            planned = self._by_uid.get(text(owner.get("uid")))
            if planned:
                owner = {**owner, "apiVersion": planned.api_version, "name": planned.name}
            live = self._live_uid(owner, planned.namespace if planned else wanted.namespace)
            if live and (planned or live == owner.get("uid")):
                kept.append({**owner, "uid": live})
            elif planned:
                awaited.append(owner)
        if not kept and not awaited:
            return wanted
        return replace(wanted.having(with_owners(wanted.body, kept)), awaited=tuple(awaited))

    def _live_uid(self, owner: Body, namespace: str | None) -> str:
        place = text(owner.get("apiVersion")), text(owner.get("kind")), namespace, text(owner.get("name"))
        with self._lock:
            if place not in self._uids:
                self._uids[place] = self._asked(place)
            return self._uids[place]

    def _asked(self, place: Place) -> str:
        api_version, kind, namespace, name = place
        try:
            served = self._cluster.served(api_version, kind)
            live = served and self._cluster.get(served, namespace, name)
        except ApiError as error:
            if error.code == 403:
                return ""
            raise
        return "" if dig(live, "metadata", "deletionTimestamp") else text(dig(live, "metadata", "uid"))


def with_owners(body: Body, owners: Sequence[Body]) -> Body:
    """The object with these ownerReferences besides those that it has; it has one controller at most."""
    there = owners_of(body)
    uids = {owner.get("uid") for owner in there}
    is_controlled = any(owner.get("controller") for owner in there)
    new = [each for each in owners if each.get("uid") not in uids and not (is_controlled and each.get("controller"))]
    if not new:
        return body
    changed: Body = update(body, _REFERENCES, lambda _: [*there, *new])
    return changed


def with_owners_of(wanted: Wanted, live: Body) -> Wanted:
    """The object with the live one's owners, which changing it never takes away."""
    owned: Any = update(wanted.body, _REFERENCES, lambda _: owners_of(live) or None)
    return wanted.having(with_owners(owned, owners_of(wanted.body))) if owners_of(live) else wanted


def owners_of(body: Body) -> list[Body]:
    return list(mappings(dig(body, *_REFERENCES)))
