"""A view of a few objects that are named, which are searched for, where the whole is more than is asked."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from snapinspect.errors import Damaged
from snapinspect.etcd import Database
from snapinspect.kube.keys import KeySpace
from snapinspect.kube.kinds import KindTable
from snapinspect.kube.settled import SettledKinds
from snapinspect.select import Target, is_pattern
from snapinspect.snapshot.view import CRD_PATH

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from snapinspect.etcd.searched import Searched
    from snapinspect.snapshot.view import Snapshot, View

_PREFIXES = ("/registry",)
"""The only prefix of nearly all clusters: where a snapshot has others, what lies there says more of what is meant."""
_MOST = 3
"""Names and keys that are searched for; each takes reading the file once."""
_SHORTEST = 6
"""Characters that hardly anything but one owner's objects begin with."""
_MADE = frozenset(
    {
        *("ControllerRevision", "EndpointSlice", "Endpoints", "Job", "PersistentVolumeClaim"),
        *("Pod", "ReplicaSet", "ReplicationController"),
    }
)
"""What controllers make of Kubernetes' own kinds, so that cleaning asks for the owner; of others it hardly does."""


def narrowed(view: View, targets: Sequence[Target], keys: Sequence[str] = (), namespaces: Sequence[str] = ()) -> View:
    """The same view, of which no more is read than what lies under these names and keys and what it takes to know it.

    The names are those of objects in these ``namespaces``, if any are given; ``view`` itself where names are patterns or none, or where searching the file does not prove what is there.
    """
    names = [target.name for target in targets if target.name is not None and not is_pattern(target.name)]
    # The longer what is searched for, the quicker it is found.
    places = [""] if any(map(is_pattern, namespaces)) else [f"/{name}" for name in namespaces] or [""]
    is_few = len(names) == len(targets) and 0 < len(names) * len(places) + len(keys) <= _MOST
    # What is salvaged, carved, logged or asked of a server is no plain file.
    if not is_few or type(view.store) is not Database:
        return view
    known = KindTable.builtin()
    is_settled = all(known.is_settled(target.word) for target in targets)
    definitions = [] if is_settled else [f"/{CRD_PATH}/"]
    # Where names begin as very many others do, they are searched for whole.
    for meant in dict.fromkeys((tuple(map(_beginning, targets)), tuple(names))):
        needles = [f"{place}/{name}" for place in places for name in dict.fromkeys(meant)] or keys
        with suppress(Damaged):
            other = view.over(_searched(view.store, [*needles, *definitions]))
            if other.prefixes != _PREFIXES:
                return view
            if is_settled and not _has_namesake(other.known_keys(), targets):
                # Hardly anything asks what definitions say, and finding them takes as long as finding the object.
                other.kinds = SettledKinds(partial(_kinds, view.over(other.store)))
            return other
    return view


def _searched(store: Database, needles: Iterable[str]) -> Searched:
    """Raises Damaged where searching does not tell."""
    # Imported here, as most ask for more than a few objects.
    from snapinspect.etcd.searched import Searched

    return Searched(store, tuple(needle.encode("utf-8", "surrogateescape") for needle in needles))


def _kinds(view: Snapshot) -> KindTable:
    return view.kinds


def _has_namesake(keys: Iterable[bytes], targets: Iterable[Target]) -> bool:
    """Whether one of ``keys`` is of a kind that no table knows and that goes by the plural of one that is meant, as Knative's services do."""
    table, space = KindTable.builtin(), KeySpace(_PREFIXES)
    plurals = {kind.plural for target in targets for kind in table.resolve(target.word)}
    places = filter(None, map(space.parse, keys))
    return any(place.resource.rpartition("/")[2] in plurals and not table.at(place.resource) for place in places)


def _beginning(target: Target) -> str:
    """What the name begins with like that of its owner, which cleaning asks for: ``web`` of ``web-0``; all of it where there is hardly one."""
    name = target.name or ""
    stem = name.rpartition("-")[0]
    kinds = {kind.kind for kind in KindTable.builtin().resolve(target.word)}
    return name if len(stem) < _SHORTEST or (kinds and kinds.isdisjoint(_MADE)) else stem
