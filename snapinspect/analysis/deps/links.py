"""The references that stand in one object."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, Final, NamedTuple, TypeVar

from snapinspect import clean
from snapinspect.analysis.deps.references import Reference, Selects
from snapinspect.analysis.deps.table import DEFINED, EVERY, POD_SPECS, REFERENCES, SELECTORS
from snapinspect.clean.paths import reach, steps
from snapinspect.clean.rule import kind_key
from snapinspect.clean.subject import dig, group_of, mapping, mappings, text
from snapinspect.errors import Undecodable
from snapinspect.kube.kinds import KindTable
from snapinspect.model import Body
from snapinspect.select.labels import LabelSelector, Requirement
from snapinspect.snapshot.values import one_value

_OPERATORS = {"In": "in", "NotIn": "notin", "Exists": "exists", "DoesNotExist": "!"}
Identity = tuple[str, str]
"""Group and kind."""
Row = TypeVar("Row", Reference, Selects)


class Link(NamedTuple):
    """One object names another one. ``namespace`` is None for what lies in none."""

    reference: Reference
    group: str
    kind: str
    namespace: str | None
    name: str
    optional: bool


@cache
def _path(path: str) -> list[str]:
    return steps(path)


class _Anywhere:
    """A lookup that knows of no object that it is missing."""

    def find(self, group: str, kind: str, namespace: str | None, name: str) -> Body | None:  # noqa: ARG002
        return None

    def holds(self, group: str, kind: str, namespace: str | None, name: str) -> bool:  # noqa: ARG002
        return True


_ANYWHERE = _Anywhere()


def normal(body: Body) -> Body:
    """The object in the form in which references are read: clean, and in the newest version of its kind; one of an odd
    shape as it is.
    """
    try:
        with one_value():
            return clean.clean(body, _ANYWHERE).body
    except Undecodable:
        return body


def links(body: Body, kinds: KindTable) -> Iterator[Link]:
    """What an object names, each once, in the order of the table; ``body`` is as ``normal`` gives it."""
    namespace = text(dig(body, "metadata", "namespace")) or None
    seen: set[tuple[str, str, str | None, str]] = set()
    for link in _all_links(body, namespace, kinds):
        if link[1:5] not in seen:
            seen.add(link[1:5])
            yield link


def selectors(body: Body) -> Iterator[LabelSelector]:
    """What an object selects Pods by; nothing where it selects none."""
    for row in _SELECTORS.get(_identity(body), ()):
        for value in reach(body, _path(row.path)):
            if isinstance(value, dict) and (value or not row.plain):
                yield _selector(value, row)


def pod_labels(body: Body) -> dict[str, Any] | None:
    """The labels of the Pods that an object is or makes; None if it makes none."""
    spec = _POD_SPECS.get(_identity(body))
    if spec is None:
        return None
    return mapping(dig(body, *spec[:-1], "metadata", "labels"))


def _all_links(body: Body, namespace: str | None, kinds: KindTable) -> Iterator[Link]:
    group, name = _identity(body)
    kind = kinds.for_object(group, name)
    if namespace is not None:
        yield Link(EVERY, *EVERY.identity, None, namespace, optional=False)
    if not kind.builtin and kind.origin != "openshift":
        yield Link(DEFINED, *DEFINED.identity, None, kind.qualified, optional=False)
    for row in _REFERENCES.get((group, name), ()):
        yield from _row_links(row, body, namespace, kinds)


def _row_links(row: Reference, body: Body, namespace: str | None, kinds: KindTable) -> Iterator[Link]:
    empty = True
    for value in reach(body, _path(row.path)):
        empty = False
        link = _link(row, value, body, namespace, kinds)
        if link is not None:
            yield link
    if empty and row.absent:
        yield Link(row, *row.identity, namespace, row.absent, optional=True)


def _link(row: Reference, value: Any, body: Body, namespace: str | None, kinds: KindTable) -> Link | None:
    fields = mapping(value)
    if row.where is not None and fields.get(row.where[0]) != row.where[1]:
        return None
    name = text(fields.get(row.name) if row.name else value)
    place = text(fields.get(row.namespace)) or namespace
    if row.pattern is not None:
        match = row.pattern.fullmatch(name)
        name = match["name"] if match else ""
        place = match["namespace"] if match and "namespace" in row.pattern.groupindex else place
    if row.numbered:
        name = f"{name}-{text(dig(body, 'metadata', 'name'))}-" if name else ""
    group, kind = row.identity if row.to else _named(fields)
    if not name or not kind:
        return None
    namespaced = kinds.for_object(group, kind).namespaced
    if namespaced and place is None:
        return None
    optional = row.optional or row.numbered or fields.get("optional") is True
    return Link(row, group, kind, place if namespaced else None, name, optional)


def _named(fields: dict[str, Any]) -> Identity:
    """The kind that a reference tells by itself; the group stands alone or before a version."""
    return text(fields.get("apiGroup")) or group_of(fields.get("apiVersion")), text(fields.get("kind"))


def _selector(value: dict[str, Any], row: Selects) -> LabelSelector:
    labels = value if row.plain else mapping(value.get("matchLabels"))
    found = [Requirement(key, "in", (wanted,)) for key, wanted in labels.items()]
    for condition in [] if row.plain else mappings(value.get("matchExpressions")):
        values = condition.get("values")
        operator = _OPERATORS.get(text(condition.get("operator")), "in")
        found.append(
            Requirement(text(condition.get("key")), operator, tuple(values) if isinstance(values, list) else ())
        )
    return LabelSelector(row.path, tuple(found))


def _identity(body: Body) -> Identity:
    return group_of(body.get("apiVersion")), text(body.get("kind"))


def _by_kind(table: Iterable[Row]) -> dict[Identity, tuple[Row, ...]]:
    rows: dict[Identity, list[Row]] = defaultdict(list)
    for row in table:
        for kind in row.kinds:
            rows[kind_key(kind)].append(row)
    return {identity: tuple(found) for identity, found in rows.items()}


_REFERENCES: Final = _by_kind(REFERENCES)
_SELECTORS: Final = _by_kind(SELECTORS)
_POD_SPECS: Final = {kind_key(kind): _path(spec) for kind, spec in POD_SPECS.items()}
