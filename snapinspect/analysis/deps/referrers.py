"""Who names an object, or selects its Pods."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from snapinspect.analysis.deps.links import Identity, links, normal, selectors
from snapinspect.analysis.deps.references import Reference, Selects
from snapinspect.clean.rule import kind_key
from snapinspect.errors import Undecodable
from snapinspect.kube.kinds import Kind
from snapinspect.model import Head, KubeObject, Record
from snapinspect.select import Target
from snapinspect.select.labels import LabelSelector
from snapinspect.snapshot import Snapshot
from snapinspect.snapshot.values import one_value, problem


class Referrer(NamedTuple):
    """An object that refers to another one, and the path of its field that does."""

    record: Record
    head: Head
    path: str


class Referrers:
    """The objects that hold such references and selectors, found by what they refer to.

    It knows what may lead to any namespace, and the rest of those namespaces that it was made to ``cover``.
    What recovery leaves out is none of them.
    """

    def __init__(self, view: Snapshot, references: Iterable[Reference], selects: Iterable[Selects]) -> None:
        self._view = view
        self._references = frozenset(references)
        self._selects = {kind_key(kind): row.path for row in selects for kind in row.kinds}
        self._known = {(kind.group, kind.kind): kind for kind in view.kinds}
        near, far = self._reaches()
        self._near, self._far = self._targets(near), self._targets(far)
        self._covered: set[str] = set()
        self._everything = False
        self._naming: dict[bytes, list[Referrer]] = defaultdict(list)
        self._selecting: dict[str | None, list[tuple[LabelSelector, Referrer]]] = defaultdict(list)
        self._read(self._far, [])

    def cover(self, namespaces: Iterable[str]) -> None:
        """Finds those that lie in these namespaces."""
        new = set(namespaces) - self._covered
        if new and not self._everything:
            self._covered |= new
            self._read(self._near, sorted(new))

    def cover_all(self) -> None:
        """Finds those that lie anywhere; called first or never."""
        self._everything = True
        self._read(self._near, [])

    def naming(self, key: bytes) -> list[Referrer]:
        """Those that name the object under this etcd key."""
        return self._naming.get(key, [])

    def selecting(self, namespace: str | None, labels: dict[str, Any]) -> Iterator[Referrer]:
        """Those that select Pods with these labels."""
        return (referrer for selector, referrer in self._selecting.get(namespace, ()) if selector.matches(labels))

    def _reaches(self) -> tuple[set[Identity], set[Identity]]:
        """The kinds that refer within their namespace alone, and the others."""
        kinds = {kind_key(kind) for row in self._references for kind in row.kinds} | self._selects.keys()
        crossing = {kind_key(kind) for row in self._references if row.crosses for kind in row.kinds}
        far = {one for one in kinds & self._known.keys() if one in crossing or not self._known[one].namespaced}
        return kinds - far, far

    def _targets(self, identities: Iterable[Identity]) -> list[Target]:
        known = [self._known[identity] for identity in sorted(identities) if identity in self._known]
        return list(dict.fromkeys(map(_target, known)))

    def _read(self, targets: list[Target], namespaces: list[str]) -> None:
        if not targets:
            return
        selection = self._view.select(targets, namespaces=namespaces, all_namespaces=not namespaces)
        for found in self._view.objects(selection):
            try:
                with one_value():
                    if self._view.omission(found) is None:
                        self._add(found)
            except Undecodable as error:
                self._view.problems.append(problem(found.record.key, error))

    def _add(self, found: KubeObject) -> None:
        body = normal(found.body)
        view = self._view
        for link in links(body, view.kinds):
            if link.reference in self._references and not link.reference.numbered:
                referrer = Referrer(found.record, found.head, link.reference.path)
                kind = view.kinds.for_object(link.group, link.kind)
                for key in view.key_space.keys_for(kind, link.namespace, link.name):
                    self._naming[key].append(referrer)
        for selector in selectors(body):
            self._selecting[found.head.namespace].append((selector, Referrer(found.record, found.head, selector.text)))


def _target(kind: Kind) -> Target:
    """A builtin kind is meant in any group that it was ever served in."""
    return Target(kind.plural if kind.builtin else kind.qualified)
