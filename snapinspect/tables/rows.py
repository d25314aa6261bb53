"""The rows of each table, made of a snapshot: as many columns as are asked for, and the rest left empty."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from snapinspect.analysis.authors import managers_of
from snapinspect.analysis.deleted import deleted
from snapinspect.analysis.diff.secrets import Veil
from snapinspect.analysis.history import begins_life
from snapinspect.kube.head import quick_head
from snapinspect.model import UNCOMMITTED, origin
from snapinspect.snapshot.timeline import last_written, read_timeline
from snapinspect.write.json import dumps

if TYPE_CHECKING:
    from snapinspect.model import Body, Head, Record
    from snapinspect.snapshot import Snapshot
    from snapinspect.tables.question import Question

Row = dict[str, Any]


class Rows:
    """Reads one snapshot, named ``name``, for a ``question``; ``veil`` hides the values of Secrets, None shows them."""

    def __init__(self, snapshot: Snapshot, name: str, question: Question, veil: Veil | None) -> None:
        self._snapshot = snapshot
        self._question = question
        self._veil = veil
        self._where = {"snapshot": name, "cluster": snapshot.cluster_uid}

    def of(self, table: str) -> Iterator[Row]:
        """The rows of ``table``, all columns that can be had without decoding among them."""
        return ({**self._where, **row} for row in self._readers[table]())

    @property
    def _readers(self) -> dict[str, Callable[[], Iterator[Row]]]:
        return {
            "snapshots": self._snapshots,
            "objects": self._objects,
            "revisions": self._revisions,
            "deletions": self._deletions,
            "references": self._references,
            "problems": self._problems,
        }

    def _snapshots(self) -> Iterator[Row]:
        moment = last_written(self._snapshot)
        yield {
            "format": self._snapshot.source.format,
            "file_size": self._snapshot.source.size,
            "revision": self._snapshot.revision,
            "compact_revision": self._snapshot.store.compact_revision,
            "taken": moment.seconds if moment else None,
        }

    def _objects(self) -> Iterator[Row]:
        if any(map(self._question.asks, _OF_RECORDS)):
            return self._objects_of_records()
        heads = self._snapshot.heads(self._selection())
        return (named(key, head) for key, head in heads if self._is_asked(head))

    def _objects_of_records(self) -> Iterator[Row]:
        needs_body = any(map(self._question.asks, ("labels", "owner", "body")))
        for record, head in self._snapshot.entries(self._selection()):
            if not self._is_asked(head):
                continue
            row = facts_of(record, head)
            yield row | self._decoded(self._snapshot.body_of(record)) if needs_body else row

    def _selection(self) -> Any:
        namespaces = self._question.namespaces
        found = self._snapshot.select(everything=True, namespaces=sorted(namespaces or ()))
        return found if namespaces else self._snapshot.select(everything=True)

    def _is_asked(self, head: Head) -> bool:
        question = self._question
        if question.kinds is not None and head.kind not in question.kinds:
            return False
        return question.namespaces is None or head.namespace in question.namespaces

    def _decoded(self, body: Body | None) -> Row:
        if body is None:
            return {}
        if not self._question.asks("body"):
            return decoded(body)
        return {**decoded(body), "body": dumps(self._veil.over(body) if self._veil else body)}

    def _revisions(self) -> Iterator[Row]:
        snapshot = self._snapshot
        timeline = read_timeline(snapshot) if self._question.asks("time") else None
        needs_body = self._question.asks("managers") or self._question.asks("body")
        heads: dict[bytes, Head] = {}
        for record in snapshot.store.revisions(lambda _key: True):
            if record.source == UNCOMMITTED:
                continue
            head = None if record.tombstone else quick_head(record.value) or snapshot.head_of(record)
            head = head or heads.get(record.key) or snapshot.key_space.guess(record.key, "other")
            heads[record.key] = head
            moment = timeline.when(record.mod_revision) if timeline else None
            row: Row = {
                "key": text_of(record.key),
                **which(head),
                "revision": record.mod_revision,
                "create_revision": record.create_revision or None,
                "version": record.version or None,
                "operation": "deleted" if record.tombstone else "created" if begins_life(record) else "updated",
                "time": moment.seconds if moment else None,
                "size": len(record.value),
                "source": origin(record),
            }
            body = snapshot.body_of(record) if needs_body and not record.tombstone else None
            if body is not None:
                row |= self._decoded(body) | {"managers": managers_of(body)}
            yield row

    def _deletions(self) -> Iterator[Row]:
        timeline = read_timeline(self._snapshot) if self._question.asks("deleted") else None
        for gone in deleted(self._snapshot):
            moment = timeline.when(gone.life.ended) if timeline and gone.life.ended else None
            yield {
                "key": text_of(gone.life.last.key),
                **which(gone.head),
                "deleted_revision": gone.life.ended,
                "last_revision": gone.life.last.mod_revision,
                "deleted": moment.seconds if moment else None,
                "size": len(gone.life.last.value),
                "source": origin(gone.life.last),
            }

    def _references(self) -> Iterator[Row]:
        # Imported here, as few queries need the rules.
        from snapinspect.analysis.deps.links import links, normal

        snapshot = self._snapshot
        for found in snapshot.objects(snapshot.select(everything=True)):
            for link in links(normal(found.body), snapshot.kinds):
                yield {
                    **which(found.head),
                    "path": link.reference.path or None,
                    "to_kind": link.kind,
                    "to_namespace": link.namespace,
                    "to_name": link.name,
                    "held": snapshot.holds(link.group, link.kind, link.namespace, link.name),
                }

    def _problems(self) -> Iterator[Row]:
        snapshot = self._snapshot
        for _ in snapshot.objects(snapshot.select(everything=True)):
            pass
        for problem in dict.fromkeys(snapshot.problems):
            yield {"code": problem.code, "subject": problem.subject, "reason": problem.reason}


def decoded(body: Body) -> Row:
    """The columns that are read from inside an object."""
    metadata = body.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    labels, owners = metadata.get("labels"), metadata.get("ownerReferences")
    owner = next((each for each in owners if isinstance(each, dict)), None) if isinstance(owners, list) else None
    return {
        "labels": [(str(key), str(value)) for key, value in labels.items()] if isinstance(labels, dict) else None,
        "owner": f"{owner.get('kind')}/{owner.get('name')}" if owner else None,
    }


def text_of(key: bytes) -> str:
    """An etcd key as it is written."""
    return key.decode("utf-8", "backslashreplace")


def facts_of(record: Record, head: Head) -> Row:
    """The columns of an object that its record and its head tell, without its body."""
    return {
        **named(record.key, head),
        "create_revision": record.create_revision,
        "revision": record.mod_revision,
        "revisions": record.version or None,
        "size": len(record.value),
    }


_OF_RECORDS = ("create_revision", "revision", "revisions", "size", "labels", "owner", "body")
"""The columns of an object that its key and its head don't tell."""


def named(key: bytes, head: Head) -> Row:
    """The columns of an object that its key and its head tell."""
    return {
        "key": text_of(key),
        **which(head),
        "uid": head.uid or None,
        "created": head.created,
        "encoding": head.encoding,
    }


def which(head: Head) -> Row:
    """The columns that say which object it is."""
    return {
        "api_version": head.api_version or None,
        "kind": head.kind or None,
        "namespace": head.namespace,
        "name": head.name,
    }
