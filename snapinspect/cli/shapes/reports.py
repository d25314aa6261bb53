"""Outputs that are one JSON object."""

from __future__ import annotations

from snapinspect.cli.shapes.notation import Either, Named, Shape, Told
from snapinspect.cli.shapes.shared import CHANGES, IDENTITY, OBJECTS

_DIGEST = Told("ok|absent|mismatch", "the SHA-256 at the file's end against its content")
_NOT_OF_A_PART = "null where only a part of an object in a store was read, as the other facts of the whole"
_BIG = {"key": "text", "kind": "text?", "resource": "text?", "namespace": "text?", "name": "text"}
_OUTCOME = {
    "outcome?": "created|merged|replaced|released|identical|skipped|failed|not-tried",
    "message?": Told("text", "what the server said, once it was tried"),
}
_MOST = [
    {**_BIG, "group": "text", "revisions": "whole", "historySize": "whole", "size": Told("whole?", "if it is live")}
]

REPORTS: dict[str, Shape] = {
    "get": OBJECTS,
    "info": {
        "path": "text",
        "format": "text",
        "fileSize": Told("whole?", "bytes"),
        "dbSize": "whole?",
        "dbSizeInUse": "whole?",
        "sha256": Told("ok|absent|mismatch?", f"{_DIGEST.words}; {_NOT_OF_A_PART}"),
        "hash": Told("whole?", "the one that `etcdutl snapshot status` prints"),
        "revision": "whole",
        "compactRevision": "whole",
        "records": "whole?",
        "liveKeys": "whole?",
        "consistentIndex": "whole?",
        "term": "whole?",
        "storageVersion": "text?",
        "clusterVersion": "text?",
        "members": [
            {"id": "text", "name": "text", "peerURLs": ["text"], "clientURLs": ["text"], "isLearner": "flag"},
        ],
        "prefixes": ["text"],
        "clusterUID": Told("text?", "the UID of namespace kube-system"),
        "kubernetesVersion": "text?",
        "kinds": Told({"*": "whole"}, "how many, by apiVersion/Kind; with --detail, as the next two"),
        "namespaces": {"*": "whole"},
        "encodings": Told({"*": "whole"}, "protobuf, json, cbor, encrypted:PROVIDER:KEY, other"),
        "oldestRevision": Told("whole?", "of the records held"),
        "timeRange": {"from": "time?", "to": "time?"},
        "endpoints": Told(
            [
                {
                    "endpoint": "text",
                    "version": "text?",
                    "memberID": "text?",
                    "isLeader": "flag?",
                    "isLearner": "flag?",
                    "dbSize": "whole?",
                    "raftTerm": "whole?",
                    "raftIndex": "whole?",
                    "error": "text?",
                }
            ],
            "of a live etcd",
        ),
        "notes": ["text"],
    },
    "verify": {
        "path": "text",
        "format": "text",
        "sound": "flag",
        "sha256": _DIGEST,
        "bytesBehind": Told("whole", "that lie behind the digest"),
        "notes": ["text"],
        "metas?": [{"page": "whole", "valid": "flag", "txid": "whole?"}],
        "pages?": {"size": "whole", "total": "whole", "reached": "whole", "free": "whole?"},
        "revision": "whole",
        "compactRevision": "whole",
        "records": "whole",
        "values": {
            "decoded": "whole",
            "tombstones": "whole",
            "locked": Told("whole", "encrypted, and no key was given"),
            "unknownKind": "whole",
            "damaged": "whole",
        },
        "wal": Told(
            Either(({"segments": "whole", "applied": "whole", "uncommitted": "whole", "torn": ["any"]}, "null")),
            "a data directory's write-ahead log; null without one",
        ),
        "consistentIndex": "whole?",
        "members": "whole",
        "findings": [
            {
                "code": Told("text", "digest, meta, metas, page, buckets, compaction, element, lost, source, …"),
                "where": "text",
                "what": "text",
                "means": Told("text", "what it means for who reads the snapshot"),
            }
        ],
        "recoverable": {"objects": Told("whole", "proven"), "unproven": "whole"},
    },
    "stats": {
        "path": "text",
        "format": "text",
        "fileSize": "whole?",
        "revision": "whole",
        "compactRevision": "whole",
        "space": {
            "size": "whole?",
            "inUse": "whole?",
            "free": "whole?",
            "live": "whole?",
            "history": "whole?",
            "unused": "whole?",
            "structure": "whole?",
            "pageSize": "whole?",
            "freePages": "whole?",
            "buckets": Either(({"*": "whole"}, "null")),
            "leases": "whole?",
            "quota": Either(
                (
                    {
                        "default": "whole",
                        "suggestedMost": "whole",
                        "shareOfDefault": "number?",
                        "shareOfSuggestedMost": "number?",
                    },
                    "null",
                )
            ),
            "noSpaceAlarm": "flag?",
            "defragmented": Told("whole?", "bytes after a defragmentation"),
            "compactedAndDefragmented": "whole?",
            "estimated": Told("text?", "how the last two are known"),
        },
        "remedies": [{"action": "text", "frees": "whole", "how": "text"}],
        "total": Named("total"),
        "kinds": [Named("kindSum")],
        "namespaces": [Named("namespaceSum")],
        "largest": [
            {
                **_BIG,
                "apiVersion": "text?",
                "size": "whole",
                "managedFields": Told("whole?", "null where the value cannot be read"),
                "guessed": "flag",
            }
        ],
        "mostRevisions": _MOST,
        "mostHistory": _MOST,
        "helm": {
            "releases": "whole",
            "revisions": "whole",
            "size": "whole",
            "superseded": "whole",
            "supersededSize": "whole",
            "unread": "whole",
            "largest": [
                {
                    "namespace": "text?",
                    "name": "text",
                    "storage": "text",
                    "size": "whole",
                    "supersededSize": "whole",
                    "revisions": [{"revision": "whole", "status": "text?", "name": "text", "size": "whole"}],
                }
            ],
        },
        "events": Named("sum"),
        "notes": ["text"],
    },
    "deps": {
        "object": IDENTITY,
        "needs": [Named("needed")],
        "neededBy": [Named("needing")],
        "missing": [{**IDENTITY, "path": "text", "neededBy": IDENTITY}],
    },
    "restore": {
        "cluster": {
            "context": "text",
            "server": "text",
            "version": "text",
            "same": Told("flag?", "whether the snapshot is from it; null where that cannot be told"),
        },
        "onConflict": "skip|fail|merge|replace",
        "objects": [
            {
                **IDENTITY,
                "state": "text",
                "action": "create|merge|replace|leave|give-up",
                "reason": "text",
                "notes": ["text"],
                "changes": CHANGES,
                **_OUTCOME,
            }
        ],
        "volumes": Told(
            [{"volume": "text", "claim": {"namespace": "text", "name": "text", "uid": "text"}, **_OUTCOME}],
            "that wait for a claim that is gone",
        ),
    },
}
