"""The namespaces that objects go into, each looked at once."""

from __future__ import annotations

from enum import Enum
from threading import Lock
from typing import TYPE_CHECKING, Final

from snapinspect.clean.subject import dig, text
from snapinspect.kube.cluster import ApiError

if TYPE_CHECKING:
    from collections.abc import Callable

    from snapinspect.kube.cluster import Cluster
    from snapinspect.model import Body

NAMESPACE: Final = ("v1", "Namespace")


class Standing(Enum):
    """How a namespace is; ``hidden`` where the account may not look."""

    there = "there"
    absent = "absent"
    ending = "ending"
    hidden = "hidden"


class Namespaces:
    """``say`` is told when a namespace may not be looked at."""

    def __init__(self, cluster: Cluster, say: Callable[[str], object]) -> None:
        self._cluster = cluster
        self._say = say
        self._found: dict[str, tuple[Standing, Body]] = {}
        self._lock = Lock()

    def standing(self, name: str) -> Standing:
        return self._look(name)[0]

    def uid(self, name: str) -> str:
        """Empty for one that is not there, or is hidden."""
        return text(dig(self._look(name)[1], "metadata", "uid"))

    def _look(self, name: str) -> tuple[Standing, Body]:
        with self._lock:
            if name not in self._found:
                self._found[name] = self._asked(name)
            return self._found[name]

    def _asked(self, name: str) -> tuple[Standing, Body]:
        served = self._cluster.served(*NAMESPACE)
        try:
            live = served and self._cluster.get(served, None, name)
        except ApiError as error:
            if error.code != 403:
                raise
            self._say(f"namespace {name} may not be looked at")
            return Standing.hidden, {}
        if live is None:
            return Standing.absent, {}
        return (Standing.ending if dig(live, "metadata", "deletionTimestamp") else Standing.there), live
