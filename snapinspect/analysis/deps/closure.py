"""What a selection needs beyond itself, and what serves it."""

from __future__ import annotations

from collections import deque
from collections.abc import Container
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from snapinspect.analysis.deps.links import Link, links, normal, pod_labels
from snapinspect.analysis.deps.referrers import Referrers
from snapinspect.analysis.deps.resolve import Resolver
from snapinspect.analysis.deps.table import REFERENCES, SELECTORS
from snapinspect.errors import Undecodable
from snapinspect.model import Body, Head, KubeObject, Record
from snapinspect.select import Selection
from snapinspect.snapshot import Snapshot
from snapinspect.snapshot.values import one_value


class Missing(NamedTuple):
    """The object ``needer`` names another one that the snapshot lacks."""

    needer: Head
    link: Link

    def __str__(self) -> str:
        needer, link = self.needer, self.link
        place = f" (in {needer.namespace})" if needer.namespace else ""
        where = f" in {link.namespace}" if link.namespace not in (None, needer.namespace) else ""
        return (
            f"{needer.kind.lower()} {needer.name} needs {link.kind.lower()} {link.name}{where}, "
            f"which the snapshot lacks{place}"
        )


@dataclass(frozen=True, slots=True)
class Dependencies:
    """``keys`` are etcd keys of objects that are there and not selected themselves; ``missing`` is what is not."""

    keys: tuple[bytes, ...]
    missing: tuple[Missing, ...]


class _Served(NamedTuple):
    """An object that others may serve."""

    key: bytes
    namespace: str | None
    labels: dict[str, Any] | None


def dependencies(view: Snapshot, selection: Selection, bring: Container[str] = ()) -> Dependencies:
    """What the selected objects refer to, and so on, with what serves them: Services, bindings, autoscalers, ….

    What recovery leaves out of the selection (unless its rule's id is in ``bring``) is not followed. Values
    that cannot be read are not told here: they are read again by whoever writes them.
    """
    walk = _Walk(apart(view))
    for found in walk.view.objects(selection):
        walk.selected.add(found.record.key)
        if selection.named(found.head) or _is_brought(walk.view, found, bring):
            walk.visit(found.record, found.head, normal(found.body), attached=False)
    walk.run()
    return Dependencies(tuple(key for key in walk.visited if key not in walk.selected), tuple(walk.missing))


def apart(view: Snapshot) -> Snapshot:
    """The same view with problems of its own."""
    other = view.seen_as(type(view))
    other.problems = []
    return other


def _is_brought(view: Snapshot, found: KubeObject, bring: Container[str]) -> bool:
    try:
        with one_value():
            omission = view.omission(found)
    except Undecodable:
        return False
    return omission is None or omission.rule in bring


class _Walk:
    """A walk along the references, breadth first.

    An object that only serves another one is ``attached``: it is brought whole, but what else it serves is not.
    """

    def __init__(self, view: Snapshot) -> None:
        self.view = view
        self.selected: set[bytes] = set()
        self.visited: dict[bytes, bool] = {}
        self.missing: dict[Missing, None] = {}
        self._resolver = Resolver(view)
        self._ahead: deque[tuple[Record, bool]] = deque()
        self._served: list[_Served] = []

    @cached_property
    def _referrers(self) -> Referrers:
        return Referrers(self.view, [row for row in REFERENCES if row.attached], SELECTORS)

    def visit(self, record: Record, head: Head, body: Body, *, attached: bool) -> None:
        """Takes note of an object, and of what lies ahead of it."""
        self.visited[record.key] = attached
        self._served.append(_Served(record.key, head.namespace, pod_labels(body)))
        for link in links(body, self.view.kinds):
            if attached and link.reference.attached:
                continue
            targets = self._resolver.targets(link)
            self._ahead.extend((target, False) for target in targets)
            if not targets and not link.optional:
                self.missing[Missing(head, link)] = None

    def run(self) -> None:
        """Goes on until nothing new is found."""
        while self._ahead or self._served:
            while self._ahead:
                self._step(*self._ahead.popleft())
            served, self._served = self._served, []
            self._referrers.cover(one.namespace for one in served if one.namespace is not None)
            for one in served:
                self._turn_back(one)

    def _step(self, record: Record, attached: bool) -> None:
        before = self.visited.get(record.key)
        if before is False or before is attached:
            return
        head, body = self.view.head_of(record), self.view.body_of(record)
        if head is None or body is None:
            self.visited[record.key] = False
        else:
            self.visit(record, head, normal(body), attached=attached)

    def _turn_back(self, one: _Served) -> None:
        found = list(self._referrers.naming(one.key))
        if one.labels is not None:
            found += self._referrers.selecting(one.namespace, one.labels)
        self._ahead.extend((referrer.record, True) for referrer in found)
