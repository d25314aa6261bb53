"""The objects that are to be put back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from snapinspect.clean.subject import dig, group_of, mappings, text
from snapinspect.write.names import object_name

if TYPE_CHECKING:
    from snapinspect.model import Body
    from snapinspect.snapshot import Recovered

Target = tuple[str, str, str | None, str]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A clean object. ``owners`` are its ownerReferences in the snapshot, ``notes`` what a person should know of it.

    ``uid`` is the one that it had; ``awaited`` are those of its owners that are yet to be made.
    """

    body: Body
    owners: tuple[dict[str, Any], ...] = ()
    notes: tuple[str, ...] = ()
    uid: str = ""
    awaited: tuple[dict[str, Any], ...] = ()

    @property
    def api_version(self) -> str:
        return text(self.body.get("apiVersion"))

    @property
    def kind(self) -> str:
        return text(self.body.get("kind"))

    @property
    def namespace(self) -> str | None:
        return text(dig(self.body, "metadata", "namespace")) or None

    @property
    def name(self) -> str:
        return text(dig(self.body, "metadata", "name"))

    @property
    def owner_uids(self) -> tuple[str, ...]:
        """The UIDs that its owners had."""
        return tuple(text(owner.get("uid")) for owner in self.owners)

    @property
    def target(self) -> Target:
        """What no other object has: group, kind, namespace and name."""
        return group_of(self.api_version), self.kind, self.namespace, self.name

    def __str__(self) -> str:
        named = object_name(group_of(self.api_version), self.kind, self.name)
        return f"{named} in {self.namespace}" if self.namespace else named

    def having(self, body: Body, *notes: str) -> Wanted:
        """The same with another body, and more to know."""
        return replace(self, body=body, notes=(*self.notes, *notes))


def gather(recovered: Recovered) -> Wanted:
    """A recovered object as one that is to be put back."""
    metadata = dig(recovered.object.body, "metadata")
    owners = tuple(mappings(dig(metadata, "ownerReferences")))
    return Wanted(recovered.cleaned.body, owners, recovered.cleaned.warnings, text(dig(metadata, "uid")))
