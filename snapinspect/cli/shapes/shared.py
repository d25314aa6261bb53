"""Shapes that several outputs have in common."""

from __future__ import annotations

from snapinspect.cli.shapes.notation import Either, Named, Shape, Told

IDENTITY: dict[str, Shape] = {
    "apiVersion": Told("text?", "of the stored version; null where the value does not tell it"),
    "kind": "text?",
    "namespace": Told("text?", "null of what is cluster-scoped"),
    "name": "text",
}
MOMENT: dict[str, Shape] = {
    "time": Told("time?", "null where nothing in the snapshot tells it"),
    "timeSource": Told("text?", "what tells the time, in words"),
}
CHANGES: Shape = [Named("change")]

SUM: dict[str, Shape] = {
    "objects": "whole",
    "size": Told("whole", "bytes of live values"),
    "managedFields": Told("whole", "bytes of them that managedFields take"),
    "unread": Told("whole", "objects whose values could not be read"),
    "leased": Told("whole", "objects that an etcd lease removes one day"),
    "historyRevisions": Told("whole", "revisions that compaction would drop"),
    "historySize": Told("whole", "bytes of these"),
    "share": Told("number?", "of all bytes, 0 to 1"),
}
SHARED: dict[str, Shape] = {
    "change": {
        "path": Told("text", "as jsonpath has it: .spec.replicas"),
        "old": Told("any", "null where it was absent; of Secrets a hash, without --show-secrets"),
        "new": Told("any", "null where it is gone"),
    },
    "needed": {
        **IDENTITY,
        "path": Told("text", "the field that refers to it"),
        "state": Told("present|missing|optional|unreadable", "optional: missing, and marked as optional"),
        "needs?": [Named("needed")],
    },
    "needing": {**IDENTITY, "path": Told("text", "the field that refers"), "neededBy?": [Named("needing")]},
    "sum": SUM,
    "total": {**SUM, "kinds": "whole", "namespaces": "whole"},
    "kindSum": {"group": "text", "kind": "text?", "resource": "text?", **SUM},
    "namespaceSum": {"namespace": "text?", **SUM},
    "object": Told(
        {"apiVersion?": "text", "kind?": "text", "metadata?": {"*": "any"}, "*": "any"},
        "a Kubernetes object, whose form its own API says",
    ),
    "row": Told({"*": "any"}, "by the names of the columns"),
}
OBJECTS = Either(
    (
        Named("object"),
        {"apiVersion": "v1", "kind": "List", "items": [Named("object")]},
    )
)
