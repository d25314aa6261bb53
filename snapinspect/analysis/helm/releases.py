"""Which releases a snapshot keeps, and in which revisions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from snapinspect.analysis.helm.stored import HelmRevision, locked_revision, revision_in
from snapinspect.errors import Undecodable
from snapinspect.model import Body
from snapinspect.snapshot import Snapshot
from snapinspect.snapshot.values import problem

_KINDS = ("secrets", "configmaps")
_NAMES = ("*.v[0-9]*",)


class Kept(NamedTuple):
    """A revision of a release, and the object that keeps it: None when that cannot be read."""

    revision: HelmRevision
    key: bytes
    body: Body | None


def kept_releases(
    view: Snapshot, namespaces: Iterable[str] = (), *, all_namespaces: bool = False
) -> dict[tuple[str, str], list[Kept]]:
    """By namespace and name the revisions that are kept, in the order of their numbers; what cannot be read is a problem."""
    found: dict[tuple[str, str], list[Kept]] = {}
    for kept in _kept(view, namespaces, all_namespaces=all_namespaces):
        found.setdefault((kept.revision.namespace or "", kept.revision.release), []).append(kept)
    for revisions in found.values():
        revisions.sort(key=lambda kept: kept.revision.number or 0)
    return dict(sorted(found.items()))


def newest(revisions: list[Kept], number: int | None = None) -> Kept | None:
    """The revision of this number, or the last one; None when there is none."""
    meant = [kept for kept in revisions if number is None or kept.revision.number == number]
    return meant[-1] if meant else None


def _kept(view: Snapshot, namespaces: Iterable[str], *, all_namespaces: bool) -> Iterator[Kept]:
    selection = view.select(_KINDS, namespaces=namespaces, all_namespaces=all_namespaces, names=_NAMES)
    for entry in view.entries(selection):
        body: Body | None = None
        try:
            body = view.load(entry).body
            revision = revision_in(entry.record, entry.head, body)
        except Undecodable as error:
            revision = locked_revision(entry.record, entry.head)
            if revision is not None:
                view.problems.append(problem(entry.record.key, error))
        if revision is not None:
            yield Kept(revision, entry.record.key, body)
