"""One object with what it needs, what needs it, and what the snapshot lacks of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from snapinspect.analysis.deps.closure import apart
from snapinspect.analysis.deps.links import Link, links, normal, pod_labels
from snapinspect.analysis.deps.referrers import Referrer, Referrers
from snapinspect.analysis.deps.resolve import Resolver
from snapinspect.analysis.deps.table import EVERY, REFERENCES, SELECTORS
from snapinspect.model import Body, Head, KubeObject, Problem, Record
from snapinspect.snapshot import Snapshot

Tree = dict[str, Any]
"""The JSON of ``deps``: ``{object, needs, neededBy, missing}``."""

_DEEPEST = 32


class Surroundings:
    """Draws trees around objects of one view; ``problems`` are the objects that could not be asked."""

    def __init__(self, view: Snapshot) -> None:
        self._view = apart(view)
        self._resolver = Resolver(self._view)
        self._missing: list[Tree] = []

    @property
    def problems(self) -> list[Problem]:
        return self._view.problems

    def tree(self, found: KubeObject) -> Tree:
        """What surrounds an object. An object that is met again stands there without what follows from it."""
        self._missing = []
        return {
            "object": _identity(found.head),
            "needs": self._needs(found.head, found.body, {found.record.key}),
            "neededBy": self._needed_by(found.record, found.head),
            "missing": self._missing,
        }

    def _needs(self, head: Head, body: Body, seen: set[bytes], depth: int = 1) -> list[Tree]:
        return [
            item for link in links(normal(body), self._view.kinds) for item in self._needed(link, head, seen, depth)
        ]

    def _needed(self, link: Link, head: Head, seen: set[bytes], depth: int) -> Iterator[Tree]:
        targets = self._resolver.targets(link)
        if link.reference is EVERY and depth > 1 and all(record.key in seen for record in targets):
            return
        if not targets and not link.reference.numbered:
            lacking = {**_named(link), "path": link.reference.path, "state": "optional" if link.optional else "missing"}
            if not link.optional:
                self._missing.append({**_named(link), "path": link.reference.path, "neededBy": _identity(head)})
            yield lacking
        for record in targets:
            yield self._branch(record, link, seen, depth)

    def _branch(self, record: Record, link: Link, seen: set[bytes], depth: int) -> Tree:
        head, body = self._view.head_of(record), self._view.body_of(record)
        if head is None or body is None:
            return {**_named(link), "path": link.reference.path, "state": "unreadable"}
        found = {**_identity(head), "path": link.reference.path, "state": "present"}
        if record.key in seen or depth >= _DEEPEST:
            return found
        seen.add(record.key)
        needs = self._needs(head, body, seen, depth + 1)
        return {**found, "needs": needs} if needs else found

    def _needed_by(self, record: Record, head: Head) -> list[Tree]:
        referrers = Referrers(self._view, REFERENCES, SELECTORS)
        if head.namespace is None:
            referrers.cover_all()
        else:
            referrers.cover([head.namespace])
        return self._referring(referrers, record, head, set(), (record.key,))

    def _referring(
        self, referrers: Referrers, record: Record, head: Head, seen: set[bytes], way: tuple[bytes, ...]
    ) -> list[Tree]:
        """Who needs an object, and so on; ``way`` leads to it, and is not gone back."""
        found = []
        for referrer in _distinct(self._direct(referrers, record, head)):
            key = referrer.record.key
            if key in way:
                continue
            item: Tree = {**_identity(referrer.head), "path": referrer.path}
            if key not in seen and len(way) < _DEEPEST:
                seen.add(key)
                above = self._referring(referrers, referrer.record, referrer.head, seen, (*way, key))
                item |= {"neededBy": above} if above else {}
            found.append(item)
        return found

    def _direct(self, referrers: Referrers, record: Record, head: Head) -> Iterator[Referrer]:
        yield from referrers.naming(record.key)
        labels = pod_labels(normal(self._view.body_of(record) or {}))
        if labels is not None:
            yield from referrers.selecting(head.namespace, labels)


def _distinct(referrers: Iterable[Referrer]) -> list[Referrer]:
    return list({referrer.record.key: referrer for referrer in referrers}.values())


def _identity(head: Head) -> Tree:
    return {"apiVersion": head.api_version, "kind": head.kind, "namespace": head.namespace, "name": head.name}


def _named(link: Link) -> Tree:
    return {"group": link.group, "kind": link.kind, "namespace": link.namespace, "name": link.name}
