"""Helm's releases: each of their revisions is an object of its own, which Helm keeps ten of by default.

Sources: github.com/helm/helm ``pkg/storage/driver/secrets.go`` (type, labels and names of version 3, whose ``cfgmaps.go``
writes the same labels); version 2's ``pkg/storage/driver/cfgmaps.go`` (labels in capitals, ``OWNER=TILLER``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from snapinspect.errors import Undecodable
from snapinspect.kube.decode import decode
from snapinspect.model import Body, Head, Record

SUPERSEDED = "superseded"

_TYPE = "helm.sh/release.v1"
_PREFIX = "sh.helm.release.v1."
_OWNERS = ("helm", "TILLER")
_MARKS = {
    "Secret": ((_TYPE.encode(),),),
    "ConfigMap": tuple((name, owner.encode()) for name, owner in zip((b"owner", b"OWNER"), _OWNERS, strict=True)),
}
"""What stands in the value of each such object, whatever it is encoded in, so that few others need to be decoded."""
_NAME = re.compile(r"(?:sh\.helm\.release\.v1\.)?(.+)\.v([0-9]+)", re.DOTALL)
_LONGEST_NUMBER = 9


class HelmRevision(NamedTuple):
    """One revision of a release: the object ``name`` of the kind ``storage``. ``status`` is None where it is locked."""

    namespace: str | None
    release: str
    storage: str
    name: str
    number: int | None
    status: str | None
    size: int


@dataclass(slots=True)
class Release:
    """A release with its revisions in the order of their numbers."""

    namespace: str | None
    name: str
    storage: str
    revisions: list[HelmRevision] = field(default_factory=list)

    @property
    def size(self) -> int:
        return sum(each.size for each in self.revisions)

    @property
    def superseded(self) -> list[HelmRevision]:
        """Those that a later one replaced, and that nothing but a rollback needs."""
        return [each for each in self.revisions if each.status == SUPERSEDED]

    @property
    def superseded_size(self) -> int:
        return sum(each.size for each in self.superseded)


def helm_revision(record: Record, head: Head, plain: bytes | None) -> HelmRevision | None:
    """The revision of a release in a record whose value is ``plain``; None when it holds something else.

    A Secret that cannot be read, ``plain`` being None, is taken for one by its name.
    """
    marks = _MARKS.get(head.kind)
    if marks is None or head.group:
        return None
    if plain is None:
        return locked_revision(record, head)
    if not any(all(word in plain for word in words) for words in marks):
        return None
    try:
        return revision_in(record, head, decode(plain).body)
    except Undecodable:
        return None


def revision_in(record: Record, head: Head, body: Body) -> HelmRevision | None:
    """The revision that an object keeps; None when it is of something else."""
    labels = _labels(body)
    if not (body.get("type") == _TYPE if head.kind == "Secret" else labels.get("owner") in _OWNERS):
        return None
    return _described(record, head, labels, labels.get("status", "unknown").lower())


def locked_revision(record: Record, head: Head) -> HelmRevision | None:
    """What the name of an object that cannot be read tells; None when it is none of Helm's."""
    return _described(record, head, {}, None) if head.name.startswith(_PREFIX) else None


def releases(revisions: Iterable[HelmRevision]) -> list[Release]:
    """The releases, the largest first."""
    found: dict[tuple[str | None, str, str], Release] = {}
    for each in revisions:
        place = each.namespace, each.release, each.storage
        found.setdefault(place, Release(*place)).revisions.append(each)
    for release in found.values():
        release.revisions.sort(key=lambda each: each.number or 0)
    return sorted(found.values(), key=lambda release: (-release.size, release.namespace or "", release.name))


def _described(record: Record, head: Head, labels: dict[str, str], status: str | None) -> HelmRevision:
    named = _NAME.fullmatch(head.name)
    name, number = named.groups() if named else (head.name, "")
    number = labels.get("version", number)
    return HelmRevision(
        head.namespace,
        labels.get("name", name),
        head.kind,
        head.name,
        int(number) if number.isdecimal() and len(number) <= _LONGEST_NUMBER else None,
        status,
        len(record.value),
    )


def _labels(body: Body) -> dict[str, str]:
    """The labels, whose names version 2 wrote in capitals."""
    metadata = body.get("metadata")
    labels = metadata.get("labels") if isinstance(metadata, dict) else None
    return {name.lower(): str(value) for name, value in labels.items()} if isinstance(labels, dict) else {}
