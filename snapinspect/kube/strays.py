"""Kinds that neither a table nor a definition in the snapshot tells of, such as those of an aggregated API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snapinspect.kube.kinds import Kind, guess

if TYPE_CHECKING:
    from snapinspect.model import Head, ResourceKey


def stray(place: ResourceKey, head: Head) -> Kind:
    """The kind of the object at ``place``, called by its storage path or by the plural that would be guessed."""
    plural = place.resource.rpartition("/")[2].lower()
    guessed = guess(head.group, head.kind)
    names = () if guessed.plural == plural else (guessed.plural,)
    version = head.api_version.rpartition("/")[2] or "v1"
    return guessed._replace(
        plural=plural,
        short_names=names,
        namespaced=place.namespace is not None,
        paths=(place.resource,),
        versions=(version,),
    )
