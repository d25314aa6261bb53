"""The objects of one context at one revision, found by their etcd keys: a page costs what it holds, wherever it lies."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from functools import cached_property
from typing import TYPE_CHECKING

from snapinspect.analysis.deleted import Deleted
from snapinspect.errors import Undecodable
from snapinspect.serve.events import event_as
from snapinspect.serve.offered import offered
from snapinspect.serve.replayed import Replayed
from snapinspect.serve.versions import in_version
from snapinspect.snapshot.values import Entry, encoding_name, head_in, problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from snapinspect.analysis.diff.secrets import Veil
    from snapinspect.model import Body, Record
    from snapinspect.serve.offered import Place, Resource
    from snapinspect.snapshot import Snapshot

UNREADABLE, DELETED = "snapinspect/unreadable", "snapinspect/deleted"
_BEYOND = b"0"
"""The byte after ``/``, with which keys below a directory are over."""


class Holdings:
    """What a view holds, as the API shows it. With a ``veil`` Secrets show hashes of their values."""

    def __init__(self, view: Snapshot, veil: Veil | None = None) -> None:
        self.view = view
        self._veil = veil

    @property
    def revision(self) -> int:
        return self.view.revision

    def at(self, revision: int) -> Holdings:
        """The same at another revision. Raises NotHeld for one that is gone."""
        view = self.view.seen_as(type(self.view), revision)
        view.store.get(b"", revision)
        return Holdings(view, self._veil)

    def over(self, state: dict[bytes, Record], revision: int) -> Holdings:
        """The same over what ``state`` holds."""
        view = self.view.seen_as(Replayed)
        view.state, view.moment = state, revision
        return Holdings(view, self._veil)

    @cached_property
    def keys(self) -> list[bytes]:
        """All keys in their order."""
        return sorted(set(self.view.known_keys()))

    @cached_property
    def resources(self) -> dict[Place, Resource]:
        """What is served."""
        places = map(self.view.key_space.parse, self._first_of_each_directory())
        held = {place.resource for place in places if place is not None}
        return offered(self.view.kinds, self.view.definitions(), held)

    def directories(self, resource: Resource, namespace: str | None) -> list[bytes]:
        """Below what the objects of a resource lie, in the order of the keys."""
        below = f"{namespace}/" if namespace and resource.namespaced else ""
        return sorted(f"{prefix}/{path}/{below}".encode() for prefix in self.view.prefixes for path in resource.paths)

    def walk(self, resource: Resource, namespace: str | None, after: bytes = b"") -> Iterator[bytes]:
        """The keys of its objects behind ``after``, in order."""
        for span in self._spans(resource, namespace, after):
            for at in span:
                yield self.keys[at]

    def remaining(self, resource: Resource, namespace: str | None, after: bytes) -> int:
        """How many keys ``walk`` gives."""
        return sum(map(len, self._spans(resource, namespace, after)))

    def _spans(self, resource: Resource, namespace: str | None, after: bytes) -> Iterator[range]:
        """Where in ``keys`` they stand."""
        for directory in self.directories(resource, namespace):
            start = max(bisect_left(self.keys, directory), bisect_right(self.keys, after))
            yield range(start, bisect_left(self.keys, directory[:-1] + _BEYOND))

    def named(self, resource: Resource, namespace: str | None, name: str) -> Body | None:
        """The object of that name."""
        for directory in self.directories(resource, namespace):
            body = self.body(directory + name.encode("utf-8", "surrogateescape"), resource)
            if body is not None:
                return body
        return None

    def body(self, key: bytes, resource: Resource) -> Body | None:
        """The object under a key as ``resource``; None where none, or one of another kind, is there."""
        record = self.view.record(key)
        return None if record is None else self.shown(record, resource)

    def shown(self, record: Record, resource: Resource) -> Body | None:
        """The object in a record; one that cannot be read shows its name and why, None is of another kind."""
        try:
            head = head_in(record.value, record.key, self.view.keys)
            body = self._load(Entry(record, head))
        except Undecodable as error:
            return self._unreadable(record, resource, error)
        if body.get("kind") != resource.kind or self.view.key_space.is_bookkeeping(record.key):
            return None
        if resource.kind == "Event":
            return event_as(body, resource.api_version)
        body = in_version(body, resource.api_version)
        if resource.kind == "StatefulSet":
            body = _with_typed_claims(body)
        if isinstance(self.view, Deleted):
            body = _annotated(body, DELETED, _ending(self.view, record.key))
        return self._veil.over(body) if self._veil else body

    def _load(self, entry: Entry) -> Body:
        """The object as it is stored. What is wrong with it is a problem once, however often it is asked for."""
        problems = self.view.problems
        known = len(problems)
        body = self.view.load(entry).body
        problems[known:] = [each for each in problems[known:] if each not in problems[:known]]
        return body

    def _unreadable(self, record: Record, resource: Resource, error: Undecodable) -> Body | None:
        guess = self.view.key_space.guess(record.key, encoding_name(bytes(record.value[:512])))
        if self.view.key_space.holds_no_object(record.key):
            return None
        named = problem(record.key, error)
        if named not in self.view.problems:
            self.view.problems.append(named)
        metadata = {"name": guess.name, "resourceVersion": str(record.mod_revision)}
        if guess.namespace:
            metadata["namespace"] = guess.namespace
        bare = {"apiVersion": resource.api_version, "kind": resource.kind, "metadata": metadata}
        return _annotated(bare, UNREADABLE, str(error))

    def _first_of_each_directory(self) -> Iterator[bytes]:
        last = b""
        for key in self.keys:
            directory = key[: key.rfind(b"/")]
            if directory != last:
                last = directory
                yield key


def _ending(view: Deleted, key: bytes) -> str:
    ended = view.lives[key][-1].ended
    return f"deleted at revision {ended}" if ended else "deleted"


def _with_typed_claims(body: Body) -> Body:
    """With what the server fills in when it answers (kubernetes ``pkg/apis/apps/v1/defaults.go``): etcd does not hold it."""
    spec = body.get("spec")
    claims = spec.get("volumeClaimTemplates") if isinstance(spec, dict) else None
    if not (isinstance(spec, dict) and isinstance(claims, list)):
        return body
    typed = [{"kind": "PersistentVolumeClaim", "apiVersion": "v1", **each} for each in claims if isinstance(each, dict)]
    return {**body, "spec": {**spec, "volumeClaimTemplates": typed}}


def _annotated(body: Body, name: str, text: str) -> Body:
    metadata = body.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    annotations = metadata.get("annotations")
    annotations = annotations if isinstance(annotations, dict) else {}
    return {**body, "metadata": {**metadata, "annotations": {**annotations, name: text}}}
