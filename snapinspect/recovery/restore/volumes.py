"""Claims and the volumes that they come back to.

A volume that outlived its claim is ``Released`` and still holds the old claim's UID; a claim with another UID waits for
it for ever (``pkg/controller/volume/persistentvolume/pv_controller.go``). Clearing the UID lets them bind again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from snapinspect.clean.paths import DROP, update
from snapinspect.clean.subject import dig, text
from snapinspect.kube.cluster import ApiError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from snapinspect.kube.cluster import Cluster
    from snapinspect.model import Body
    from snapinspect.recovery.restore.wanted import Wanted

VOLUME: Final = ("v1", "PersistentVolume")
_CLAIM: Final = ("", "PersistentVolumeClaim")


@dataclass(frozen=True, slots=True)
class Release:
    """A volume that waits for a claim that is gone, whose ``uid`` it holds, and the claim that is to have it."""

    volume: str
    uid: str
    namespace: str
    claim: str

    def patch(self, resource_version: str) -> Body:
        """A merge patch that frees the volume for the claim, if it has not changed since."""
        reference = {"namespace": self.namespace, "name": self.claim, "uid": None, "resourceVersion": None}
        return {"metadata": {"resourceVersion": resource_version}, "spec": {"claimRef": reference}}

    def __str__(self) -> str:
        return f"persistentvolume/{self.volume}"


class Volumes:
    """Looks after the claims among the wanted objects. ``moved`` says that these come from another namespace."""

    def __init__(
        self, cluster: Cluster, wanted: Sequence[Wanted], say: Callable[[str], object], *, moved: bool = False
    ) -> None:
        self.releases: list[Release] = []
        self._cluster = cluster
        self._say = say
        self._is_hidden = False
        self._moved = moved
        self._planned = {each.name for each in wanted if each.target[:2] == ("", VOLUME[1])}
        self._claimed: set[str] = set()

    def settle(self, wanted: Wanted) -> Wanted:
        """The object with a word on its volume; a volume to be released is added to ``releases``."""
        if wanted.target[:2] == ("", VOLUME[1]):
            self._settle_volume(wanted.name)
            return wanted
        volume = text(dig(wanted.body, "spec", "volumeName"))
        return self._settle_claim(wanted, volume) if wanted.target[:2] == _CLAIM and volume else wanted

    def _settle_claim(self, claim: Wanted, volume: str) -> Wanted:
        live = self._live(volume)
        if self._is_hidden:
            return claim
        if live is None:
            return claim if volume in self._planned else claim.having(claim.body, _missing(volume))
        reference, holder = dig(live, "spec", "claimRef"), _claim_of(live)
        here = claim.namespace or "", claim.name
        if _is_released(live) and (holder == here or self._moved):
            self._offer(volume, reference, *here)
        elif reference and holder != here:
            return self._without_volume(claim, volume, "/".join(holder))
        return claim

    def _settle_volume(self, name: str) -> None:
        live = self._live(name)
        if live is not None and _is_released(live) and not self._moved:
            self._offer(name, dig(live, "spec", "claimRef"), *_claim_of(live))

    def _offer(self, volume: str, reference: Any, namespace: str, claim: str) -> None:
        if volume not in self._claimed:
            self._claimed.add(volume)
            self.releases.append(Release(volume, text(dig(reference, "uid")), namespace, claim))

    def _without_volume(self, claim: Wanted, volume: str, holder: str) -> Wanted:
        """A claim in a new namespace gets a volume of its own; where it always was, a person must decide."""
        if not self._moved:
            return claim.having(claim.body, f"its volume {volume} belongs to the claim {holder}: it will wait for it")
        body = update(claim.body, ["spec", "volumeName"], lambda _: DROP)
        return claim.having(body, f"its volume {volume} stays with the claim {holder}: a new, empty one is made for it")

    def _live(self, volume: str) -> Body | None:
        served = self._cluster.served(*VOLUME)
        if self._is_hidden or not served:
            return None
        try:
            return self._cluster.get(served, None, volume)
        except ApiError as error:
            if error.code != 403:
                raise
            self._is_hidden = True
            self._say("volumes may not be seen: whether those of the claims are there, and free, is not known")
            return None


def release(cluster: Cluster, planned: Release, write: Any) -> str:
    """Frees the volume; gives the reason when it is no longer what the plan saw. ``write`` makes JSON text."""
    served = cluster.served(*VOLUME)
    live = served and cluster.get(served, None, planned.volume)
    if not (served and live and _is_released(live) and dig(live, "spec", "claimRef", "uid") == planned.uid):
        return "the volume is no longer what the plan saw: it is left alone"
    version = text(dig(live, "metadata", "resourceVersion"))
    cluster.patch(served, None, planned.volume, write(planned.patch(version)))
    return ""


def in_use(live: Body, wanted: Wanted) -> str:
    """Why a live volume must not be pointed at the wanted one's claim: that would take it from the one that has it."""
    if wanted.target[:2] != ("", VOLUME[1]) or dig(live, "status", "phase") != "Bound":
        return ""
    holder, claim = (_claim_of(body) for body in (live, wanted.body))
    return "" if holder == claim else f"the volume is in use by the claim {'/'.join(holder)}"


def _claim_of(volume: Body) -> tuple[str, str]:
    reference = dig(volume, "spec", "claimRef")
    return text(dig(reference, "namespace")), text(dig(reference, "name"))


def _is_released(volume: Body) -> bool:
    return dig(volume, "status", "phase") == "Released" and bool(dig(volume, "spec", "claimRef", "uid"))


def _missing(volume: str) -> str:
    return f"its volume {volume} is not in the cluster, nor among what is restored: it will wait for it"
