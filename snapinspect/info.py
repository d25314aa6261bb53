"""What a snapshot is: the facts of ``snapinspect info``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from snapinspect.etcd import Facts, Member
from snapinspect.model import Body, Progress, Record, silent
from snapinspect.snapshot import Snapshot

_NEAR = 50
"""Records looked at on either end for the time: among so many, one was stamped the moment that it was written."""

Information = dict[str, Any]
"""The JSON of ``info``; the names are part of the command line's contract."""


def describe(snapshot: Snapshot, *, detail: bool = False, progress: Progress = silent) -> Information:
    """Everything that ``info`` tells. ``detail`` counts kinds, namespaces and encodings, reading every value."""
    source, store = snapshot.source, snapshot.store
    facts = store.facts()
    oldest = next(store.oldest(1), None)
    return {
        "path": source.path,
        "format": source.format,
        "fileSize": source.size,
        "dbSize": facts.db_size,
        "dbSizeInUse": facts.db_size_in_use,
        "sha256": source.evidence.digests(progress).state,
        "hash": facts.hash,
        "revision": store.revision,
        "compactRevision": store.compact_revision,
        "records": store.count_records(),
        "liveKeys": sum(1 for _ in store.keys()),  # noqa: SIM118 - a store is no dict
        **_cluster_facts(facts),
        "prefixes": list(snapshot.prefixes),
        "clusterUID": snapshot.cluster_uid,
        **(_counts(snapshot) if detail else {"kinds": {}, "namespaces": {}, "encodings": {}}),
        "oldestRevision": oldest.revision.main if oldest else None,
        "timeRange": _time_range(snapshot),
    }


def _cluster_facts(facts: Facts) -> Information:
    return {
        "consistentIndex": facts.consistent_index,
        "term": facts.term,
        "storageVersion": facts.storage_version,
        "clusterVersion": facts.cluster_version,
        "members": [_member(member) for member in facts.members],
    }


def _member(member: Member) -> Information:
    return {
        "id": member.id,
        "name": member.name,
        "peerURLs": list(member.peer_urls),
        "clientURLs": list(member.client_urls),
        "isLearner": member.is_learner,
    }


def _counts(snapshot: Snapshot) -> Information:
    kinds: Counter[str] = Counter()
    namespaces: Counter[str] = Counter()
    encodings: Counter[str] = Counter()
    for _, head in snapshot.entries(snapshot.select(everything=True)):
        encodings[head.encoding] += 1
        if head.kind:
            kinds[f"{head.api_version}/{head.kind}"] += 1
        if head.namespace:
            namespaces[head.namespace] += 1
    return {
        name: dict(counter.most_common())
        for name, counter in (("kinds", kinds), ("namespaces", namespaces), ("encodings", encodings))
    }


def _time_range(snapshot: Snapshot) -> dict[str, str | None]:
    """When the first and the last record held were written, at the earliest.

    No record is older than the latest timestamp in it, nor than those before it.
    """
    return {
        "from": _latest_stamp(snapshot, snapshot.store.oldest(_NEAR)),
        "to": _latest_stamp(snapshot, snapshot.store.newest(_NEAR)),
    }


def _latest_stamp(snapshot: Snapshot, records: Iterator[Record]) -> str | None:
    bodies = (snapshot.body_of(record) for record in records if not record.tombstone)
    moments = [moment for body in bodies if body for moment in map(_moment, _stamps(body)) if moment]
    return max(moments).strftime("%Y-%m-%dT%H:%M:%SZ") if moments else None


def _stamps(body: Body) -> Iterator[Any]:
    """Where the API server and those who use it put the time of writing."""
    metadata = body.get("metadata")
    if isinstance(metadata, dict):
        yield metadata.get("creationTimestamp")
        entries = metadata.get("managedFields")
        if isinstance(entries, list):
            yield from (entry.get("time") for entry in entries if isinstance(entry, dict))
    spec = body.get("spec")
    if body.get("kind") == "Lease" and isinstance(spec, dict):
        yield spec.get("renewTime")
    if body.get("kind") == "Event":
        yield body.get("lastTimestamp")


def _moment(stamp: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(stamp).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        return None
