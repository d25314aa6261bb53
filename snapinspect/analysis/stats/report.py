"""The JSON of ``stats``; its names are part of the command line's contract."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from snapinspect.analysis.helm.stored import HelmRevision, Release, releases
from snapinspect.analysis.stats.contents import Contents
from snapinspect.analysis.stats.counting import Counted, Key, Large, Place, Sum
from snapinspect.analysis.stats.remedies import remedies
from snapinspect.analysis.stats.room import DEFAULT_QUOTA, SUGGESTED_MOST, Room, room_of
from snapinspect.kube.keys import KeySpace
from snapinspect.kube.kinds import KindTable
from snapinspect.model import Progress, silent
from snapinspect.select import Selection
from snapinspect.snapshot import Snapshot
from snapinspect.write.counted import counted

Statistics = dict[str, Any]
"""Sizes are bytes: of values as they are stored, and under ``space`` of the database's pages."""

_EVENTS = {("", "Event"), ("events.k8s.io", "Event")}


def describe(snapshot: Snapshot, selection: Selection, *, top: int = 10, progress: Progress = silent) -> Statistics:
    """All that ``stats`` tells: ``space`` of the whole file, the rest of what is selected, in lists of up to ``top``.

    What is selected and cannot be read is counted, and added to the snapshot's problems. Raises Damaged, and
    SourceError of a running etcd.
    """
    return survey(snapshot, selection, top=top, progress=progress)[0]


def survey(
    snapshot: Snapshot, selection: Selection, *, top: int = 10, progress: Progress = silent
) -> tuple[Statistics, list[Place]]:
    """What ``describe`` tells, and the sums of each kind in each namespace from which that was made."""
    with progress("reading values", snapshot.source.size) as advance:
        counted = snapshot.seen_as(Contents).count(selection, top, advance)
    room = room_of(snapshot.store)
    events = counted.sums(lambda place: _kind(place) in _EVENTS).get(True, Sum())
    found = releases(counted.helm)
    helpful = remedies(room, snapshot.store.revision, counted.total(), events, found)
    told = {
        "path": snapshot.source.path,
        "format": snapshot.source.format,
        "fileSize": snapshot.source.size,
        "revision": snapshot.revision,
        "compactRevision": snapshot.store.compact_revision,
        "space": _space(room),
        "remedies": [{"action": each.action, "frees": each.frees, "how": each.how} for each in helpful],
        **_places(counted, snapshot.kinds, top),
        "largest": [_large(each, snapshot.kinds) for each in counted.largest],
        "mostRevisions": [_key(each, snapshot.key_space) for each in counted.most_revisions],
        "mostHistory": [_key(each, snapshot.key_space) for each in counted.most_history],
        "helm": _helm(counted.helm, found, top),
        "events": _sum(events, counted.total()),
        "notes": [*snapshot.notes, *_unknown(room, counted.total())],
    }
    return told, counted.places


def _space(room: Room) -> Statistics:
    return {
        "size": room.size,
        "inUse": room.in_use,
        "free": room.free,
        "live": room.live,
        "history": room.history,
        "unused": room.unused,
        "structure": room.structure,
        "pageSize": room.page_size,
        "freePages": room.free // room.page_size if room.free is not None and room.page_size else None,
        "buckets": room.buckets,
        "leases": room.leases,
        "quota": _quota(room),
        "noSpaceAlarm": room.has_alarm,
        "defragmented": room.defragmented,
        "compactedAndDefragmented": room.compacted,
        "estimated": room.method or None,
    }


def _quota(room: Room) -> Statistics | None:
    if not room.has_quota or room.size is None:
        return None
    return {
        "default": DEFAULT_QUOTA,
        "suggestedMost": SUGGESTED_MOST,
        "shareOfDefault": _share(room.size, DEFAULT_QUOTA),
        "shareOfSuggestedMost": _share(room.size, SUGGESTED_MOST),
    }


def _places(counted: Counted, table: KindTable, top: int) -> Statistics:
    kinds, namespaces, total = counted.sums(_kind), counted.sums(_namespace), counted.total()
    return {
        "total": {
            **_sum(total, total),
            "kinds": len(kinds.keys() - {("", "")}),
            "namespaces": len(namespaces.keys() - {None}),
        },
        "kinds": [
            {
                "group": group,
                "kind": kind or None,
                "resource": _resource(table, group, kind),
                **_sum(part, total),
            }
            for (group, kind), part in _largest(kinds)[:top]
        ],
        "namespaces": [{"namespace": namespace, **_sum(part, total)} for namespace, part in _largest(namespaces)[:top]],
    }


def _kind(place: Place) -> tuple[str, str]:
    return place.group, place.kind


def _namespace(place: Place) -> str | None:
    return place.namespace


def _resource(table: KindTable, group: str, kind: str) -> str | None:
    """What ``ls`` calls the kind."""
    return table.for_object(group, kind).directory if kind else None


def _largest(sums: dict[Any, Sum]) -> list[tuple[Any, Sum]]:
    return sorted(sums.items(), key=lambda item: (-item[1].size - item[1].history, str(item[0])))


def _sum(part: Sum, total: Sum) -> Statistics:
    """``share`` is that of live values and history together."""
    return {
        "objects": part.objects,
        "size": part.size,
        "managedFields": part.managed,
        "unread": part.unread,
        "leased": part.leased,
        "historyRevisions": part.revisions,
        "historySize": part.history,
        "share": _share(part.size + part.history, total.size + total.history),
    }


def _large(large: Large, table: KindTable) -> Statistics:
    head = large.head
    return {
        "key": _text(large.key),
        "apiVersion": head.api_version or None,
        "kind": head.kind or None,
        "resource": _resource(table, head.group, head.kind),
        "namespace": head.namespace,
        "name": head.name,
        "size": large.size,
        "managedFields": large.managed,
        "guessed": head.guessed,
    }


def _key(key: Key, space: KeySpace) -> Statistics:
    """``size`` is null when the key is gone."""
    place = space.parse(key.key)
    return {
        "key": _text(key.key),
        "group": key.place.group,
        "kind": key.place.kind or None,
        "resource": _resource(space.table, key.place.group, key.place.kind),
        "namespace": key.place.namespace,
        "name": place.name if place else _text(key.key),
        "revisions": key.revisions,
        "historySize": key.history,
        "size": key.live,
    }


def _helm(revisions: list[HelmRevision], found: list[Release], top: int) -> Statistics:
    superseded = [each for release in found for each in release.superseded]
    return {
        "releases": len(found),
        "revisions": len(revisions),
        "size": sum(each.size for each in revisions),
        "superseded": len(superseded),
        "supersededSize": sum(each.size for each in superseded),
        "unread": sum(each.status is None for each in revisions),
        "largest": [_release(each) for each in found[:top]],
    }


def _release(release: Release) -> Statistics:
    return {
        "namespace": release.namespace,
        "name": release.name,
        "storage": release.storage,
        "size": release.size,
        "supersededSize": release.superseded_size,
        "revisions": [
            {"revision": each.number, "status": each.status, "name": each.name, "size": each.size}
            for each in release.revisions
        ],
    }


def _unknown(room: Room, total: Sum) -> Iterator[str]:
    if room.unknown:
        yield room.unknown
    if total.unread:
        yield f"how much of {counted(total.unread, 'unreadable object')} is managedFields is not known"


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _text(key: bytes) -> str:
    return key.decode("utf-8", "backslashreplace")
