"""Outputs that are lists: with ``-o jsonl`` each line is one of their items."""

from __future__ import annotations

from snapinspect.cli.shapes.notation import Either, Named, Shape, Told
from snapinspect.cli.shapes.shared import CHANGES, IDENTITY, MOMENT

_KEY = Told("text", "the etcd key; bytes that are no UTF-8 as \\xNN")
_SOURCE = Told("live|free|wal|unproven", "where the record was found: the tree, free pages, the log, or a damaged file")
_INFERRED = Told("flag", "whether the revision was worked out, as in a write-ahead log")
_REASON = {"path": "text", "rule": Told("text", "as `snapinspect rules` names it"), "reason": "text"}

ROWS: dict[str, Shape] = {
    "ls": [
        {
            "key": _KEY,
            **IDENTITY,
            "createRevision": "whole",
            "modRevision": "whole",
            "version": Told("whole", "how often it was written since it was created"),
            "size": Told("whole", "bytes of the stored value"),
            "created": "time?",
            "encoding": Told("text", "protobuf, json, cbor, encrypted:PROVIDER:KEY or other"),
            "guessed": Told("flag", "whether kind and name are what the key suggests, as the value cannot be read"),
            "source?": Told(
                "text", "where it was found, when that is not the tree: free, wal and its remarks, unproven"
            ),
        }
    ],
    "ls helm": [
        {
            "name": "text",
            "namespace": "text",
            "revision": "whole",
            "updated": "text?",
            "status": Told("text?", "deployed, failed, superseded, … as Helm says"),
            "chart": "text?",
            "appVersion": "text?",
            "description": "text?",
            "keptIn": Told("text", "what stores it: Secret or ConfigMap"),
        }
    ],
    "history": [
        {
            "revision": "whole",
            "operation": "created|updated|deleted",
            "again": Told("flag", "created again after it was deleted"),
            "version": Told("whole?", "null of a deletion"),
            **MOMENT,
            "timeUncertainty": Told("whole?", "seconds by which the time may be off"),
            "size": "whole",
            "managers": Told(["text"], "who changed something, by managedFields"),
            "changed": Told(Either((["text"], "null")), "paths; null where the state before is not held"),
            "source": _SOURCE,
            "revisionInferred": _INFERRED,
            "committed": Told("flag", "false of an entry of the log that may not have been agreed on"),
        }
    ],
    "deleted": [
        {
            "key": _KEY,
            **IDENTITY,
            "deletedRevision": "whole?",
            "lastRevision": Told("whole", "the last state's; `get --at` takes it"),
            "deletedAt": "time?",
            "sign": Told("tombstone|recreated|absent", "how the end is known"),
            "size": "whole",
            "source": _SOURCE,
            "revisionInferred": _INFERRED,
        }
    ],
    "log": [
        {
            "revision": Told("whole?", "null of what lies between two snapshots"),
            **MOMENT,
            "actor": Told("text?", "the field managers that had a part in it"),
            "verb": "created|updated|scaled|rolled-out|deleted|recreated",
            **IDENTITY,
            "summary": Told("text", "the same in words"),
            "changes": CHANGES,
            "folded": Told("whole", "how many alike are told by this entry, too"),
            "foldedNames": ["text"],
        }
    ],
    "diff": [
        {
            "operation": "added|removed|changed",
            **IDENTITY,
            "changes": CHANGES,
            "unread": Told("flag", "whether one side could not be read"),
        }
    ],
    "find": [
        {
            "path": "text",
            "clusterUID": Told("text?", "the UID of namespace kube-system"),
            "revision": "whole?",
            **MOMENT,
            "timeUncertainty": "whole?",
            "verdict": "first seen|same|changed|recreated|back|gone|absent|unreadable",
            "present": "flag?",
            **IDENTITY,
            "createRevision": "whole?",
            "modRevision": "whole?",
            "version": "whole?",
            "uid": "text?",
            "hash": Told("text?", "of what a person wrote; with --raw, of the stored bytes"),
            "proven": "flag?",
            "lastRevision": Told("whole?", "of what is gone and still held"),
            "deletedRevision": "whole?",
            "deletedAt": "time?",
            "reason": Told("text?", "why the verdict cannot be better"),
            "lastGood": Told("flag", "the one to take it from"),
        }
    ],
    "keys": [
        {
            "provider": "text",
            "version": "text",
            "key": "text",
            "kmsKeyID": "text?",
            "kind": "text?",
            "namespace": "text?",
            "objects": "whole",
            "opens": "flag",
            "reason": Told("text?", "why it does not"),
        }
    ],
    "rules": [
        {
            "id": "text",
            "kinds": Told(["text"], '"*" is every object'),
            "does": "text",
            "reason": "text",
            "trap": Told("text", "what would go wrong otherwise"),
            "*": Told("any", "what it does, in the form that --rules takes"),
        }
    ],
    "sql": [Named("row")],
    "catalog query": [Named("row")],
    "catalog find-string": [Named("row")],
    "catalog log": [
        {
            "cluster": "text?",
            "namespace": "text?",
            "snapshot": "text",
            "time": "time?",
            "revision": "whole?",
            "verdict": "first|changed|recreated|gone|back",
            "hash": "text?",
            "managers": ["text"],
            "changes": [{"path": "text", "*": "any"}],
        }
    ],
    "cache list": [{"url": "text", "size": "whole", "whole": "flag", "used": "time"}],
    "export": [
        Either(
            (
                Told(
                    {
                        "snapshot": "text",
                        "size": "whole",
                        "sha256": "text",
                        "revision": "whole",
                        "clusterUID": "text?",
                        "program": "text",
                        "arguments": ["text"],
                        "time": "time",
                    },
                    "the first line of index.jsonl: the evidence",
                ),
                Told(
                    {
                        "file": Told("text?", "null of what recovery left out"),
                        "key": _KEY,
                        **IDENTITY,
                        "revision": "whole",
                        "changes?": [_REASON],
                        "leftOut?": {"rule": "text", "reason": "text"},
                    },
                    "each other line: an object",
                ),
            )
        )
    ],
}
