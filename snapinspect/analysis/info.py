"""What a snapshot is: the facts of ``snapinspect info``."""

from __future__ import annotations

from collections import Counter
from typing import Any

from snapinspect.analysis.release import kubernetes_version
from snapinspect.etcd.about import Facts, Member
from snapinspect.model import Progress, Record, silent
from snapinspect.snapshot import Snapshot
from snapinspect.snapshot.timeline import Timeline, read_near_timeline
from snapinspect.sources import Digests

Information = dict[str, Any]
"""The JSON of ``info``; the names are part of the command line's contract."""
_OF_THE_WHOLE = ("dbSizeInUse", "hash", "records", "liveKeys", "kubernetesVersion")


def describe(
    snapshot: Snapshot,
    *,
    detail: bool = False,
    timeline: Timeline | None = None,
    facts: Facts | None = None,
    digests: Digests | None = None,
    progress: Progress = silent,
) -> Information:
    """Everything that ``info`` tells. ``detail`` counts kinds, namespaces and encodings, reading every value.

    Who has read the ``timeline`` of the snapshot, etcd's ``facts`` or the ``digests`` hands them on, as reading them again
    takes another walk through the file.
    Of a snapshot of which no more than an outline was read, what only the whole tells is None.
    """
    source, store = snapshot.source, snapshot.store
    facts = facts or store.facts()
    oldest = next(store.oldest(1), None)
    if digests is None and source.outlines is None:
        digests = source.evidence.digests(progress)
    told: Information = {
        "path": source.path,
        "format": source.format,
        "fileSize": source.size,
        "dbSize": facts.db_size,
        "dbSizeInUse": facts.db_size_in_use,
        "sha256": digests.state if digests else None,
        "hash": facts.hash,
        "revision": store.revision,
        "compactRevision": store.compact_revision,
        "records": store.count_records(),
        "liveKeys": sum(1 for _ in store.keys()),  # noqa: SIM118 - a store is no dict
        **_cluster_facts(facts),
        "prefixes": list(snapshot.prefixes),
        "clusterUID": snapshot.cluster_uid,
        "kubernetesVersion": kubernetes_version(snapshot),
        **(_counts(snapshot) if detail else {"kinds": {}, "namespaces": {}, "encodings": {}}),
        "oldestRevision": oldest.revision.main if oldest else None,
        "timeRange": _time_range(store.revision, oldest, timeline or read_near_timeline(snapshot)),
        "endpoints": _endpoints(facts),
        "notes": [*snapshot.notes, *filter(None, [digests.remark if digests else ""])],
    }
    return told if source.outlines is None else {**told, **dict.fromkeys(_OF_THE_WHOLE), "dbSize": source.outlines}


def _endpoints(facts: Facts) -> list[Information]:
    """How each endpoint of a running etcd is; a file has none."""
    return [
        {
            "endpoint": status.endpoint,
            "version": status.version,
            "memberID": status.member_id,
            "isLeader": status.is_leader,
            "isLearner": status.is_learner,
            "dbSize": status.db_size,
            "raftTerm": status.raft_term,
            "raftIndex": status.raft_index,
            "error": status.error or None,
        }
        for status in facts.endpoints
    ]


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


def _time_range(last_revision: int, oldest: Record | None, timeline: Timeline) -> dict[str, str | None]:
    """When the first and the last record held were written, as near as the snapshot tells."""
    first = timeline.when(oldest.revision.main) if oldest else None
    last = timeline.when(last_revision)
    return {"from": str(first) if first else None, "to": str(last) if last else None}
