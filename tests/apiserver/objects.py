"""What the small API server keeps, and what it refuses as a real one does."""

from __future__ import annotations

import copy
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from threading import Condition, RLock
from typing import Any, NamedTuple

from openapi import resources

from apiserver.refusals import on_create, on_update
from apiserver.status import Refusal

Body = dict[str, Any]
Identity = tuple[str, str, str | None, str]
_CRD = ("apiextensions.k8s.io", "customresourcedefinitions")
_MERGE_KEYS = ("name", "containerPort", "port", "mountPath", "key", "type", "uid")
_UNOWNED = {"apiVersion", "kind", "status"}


@dataclass(frozen=True)
class Resource:
    """One served resource."""

    group: str
    version: str
    kind: str
    plural: str
    namespaced: bool
    verbs: tuple[str, ...] = ("create", "delete", "get", "list", "patch", "update", "watch")
    is_custom: bool = False

    @property
    def qualified(self) -> str:
        return f"{self.plural}.{self.group}" if self.group else self.plural

    def as_json(self) -> Body:
        return {
            "name": self.plural,
            "singularName": self.kind.lower(),
            "namespaced": self.namespaced,
            "kind": self.kind,
            "verbs": list(self.verbs),
        }


class Event(NamedTuple):
    """A change, for those who watch: ``type`` is ADDED, MODIFIED or DELETED."""

    type: str
    resource: Resource
    body: Body


@dataclass
class Kept:
    """An object, and which manager set which of its leaves."""

    body: Body
    owners: dict[tuple[str, ...], str] = field(default_factory=dict)
    reads: int = 0


def _verbs(kind: str) -> tuple[tuple[str, ...], ...]:
    """The verbs of a kind that is only ever sent to the server, not kept there; nothing for any other."""
    return (("create",),) if kind.endswith("Review") or kind == "Binding" else ()


def group_version(resource: Resource) -> str:
    return f"{resource.group}/{resource.version}" if resource.group else resource.version


class Store:
    """The objects. ``changed`` is notified, and ``events`` grows, with each change.

    ``settles_after`` is how often a CRD or namespace must be read before it is Established or Active.
    """

    def __init__(self) -> None:
        self.lock = RLock()
        self.changed = Condition(self.lock)
        self.events: list[Event] = []
        self.settles_after = 0
        self.withdrawn: set[tuple[str, str]] = set()
        self.revision = 1000
        self._kept: dict[Identity, Kept] = {}
        self._builtin = [
            Resource(one["group"], one["version"], one["kind"], one["plural"], one["namespaced"], *_verbs(one["kind"]))
            for one in resources().values()
        ]

    def resources(self) -> list[Resource]:
        """All that is served; ``withdrawn`` holds (group, plural) of what is not."""
        with self.lock:
            served = [*self._builtin, *self._custom()]
        return [one for one in served if (one.group, one.plural) not in self.withdrawn]

    def resource(self, group: str, version: str, plural: str) -> Resource | None:
        wanted = (group, version, plural)
        return next((one for one in self.resources() if (one.group, one.version, one.plural) == wanted), None)

    def add(self, body: Body, manager: str = "kubectl") -> Body:
        """Puts an object there as another client would, for a test's beginning; its metadata stays as given."""
        group, _, version = body["apiVersion"].rpartition("/")
        found = next(
            one for one in self.resources() if (one.group, one.version, one.kind) == (group, version, body["kind"])
        )
        with self.lock:
            made = self._stamped(found, copy.deepcopy(body))
            return self._keep("ADDED", found, made, _owners(body, manager))

    def load(self, body: Body) -> None:
        """Keeps an object just as it is, be it that the server wrote it."""
        group, _, version = body["apiVersion"].rpartition("/")
        with self.lock:
            found = next(
                one for one in self.resources() if (one.group, one.version, one.kind) == (group, version, body["kind"])
            )
            place = self._place(found, body["metadata"].get("namespace"), body["metadata"]["name"])
            self._kept[place] = Kept(copy.deepcopy(body))
            self.revision = max(self.revision, int(body["metadata"]["resourceVersion"]))

    def objects(self, plural: str | None = None) -> list[Body]:
        """All that is kept, or what is kept of one plural."""
        with self.lock:
            return [kept.body for place, kept in self._kept.items() if plural in (None, place[1])]

    def get(self, resource: Resource, namespace: str | None, name: str) -> Body:
        kept = self._kept.get((resource.group, resource.plural, namespace, name))
        if kept is None:
            raise Refusal.not_found(resource, name)
        kept.reads += 1
        self._settle(resource, kept)
        return {**copy.deepcopy(kept.body), "apiVersion": group_version(resource)}

    def found(self, resource: Resource, namespace: str | None) -> list[Body]:
        """The objects of one resource in one namespace, or in all, in the order of their keys."""
        return [
            kept.body
            for place, kept in sorted(self._kept.items(), key=lambda one: (one[0][2] or "", one[0][3]))
            if place[:2] == (resource.group, resource.plural) and namespace in (None, place[2])
        ]

    def create(self, resource: Resource, namespace: str | None, body: Body, manager: str, *, dry: bool = False) -> Body:
        metadata = body.setdefault("metadata", {})
        if namespace:
            metadata.setdefault("namespace", namespace)
        if not metadata.get("name"):
            metadata["name"] = metadata.get("generateName", "") + uuid.uuid4().hex[:5]
        on_create(self, resource, namespace, body)
        place = self._place(resource, namespace, metadata["name"])
        if place in self._kept:
            raise Refusal.exists(resource, metadata["name"])
        made = self._stamped(resource, copy.deepcopy(body))
        return made if dry else self._keep("ADDED", resource, made, _owners(body, manager))

    def update(
        self, resource: Resource, namespace: str | None, name: str, body: Body, manager: str, *, dry: bool = False
    ) -> Body:
        kept = self._find(resource, namespace, name)
        _check_versions(resource, kept.body, body)
        live = kept.body
        for once in ("uid", "creationTimestamp", "resourceVersion", "generation"):
            body["metadata"].pop(once, None)
            body["metadata"] |= {once: live["metadata"][once]} if once in live["metadata"] else {}
        if "status" in live:
            body["status"] = live["status"]
        on_update(resource, live, body)
        changed = [leaf for leaf in _leaves(body) if kept.owners.get(leaf[0]) is None or _at(live, leaf[0]) != leaf[1]]
        owners = {**{path: who for path, who in kept.owners.items() if _at(body, path) is not None}}
        owners |= {path: manager for path, _ in changed}
        return body if dry else self._keep("MODIFIED", resource, body, owners)

    def patch(
        self, resource: Resource, namespace: str | None, name: str, body: Body, manager: str, *, dry: bool = False
    ) -> Body:
        kept = self._find(resource, namespace, name)
        _check_versions(resource, kept.body, body)
        merged = _merged(kept.body, body)
        on_update(resource, kept.body, merged)
        owners = kept.owners | dict.fromkeys((path for path, _ in _leaves(body)), manager)
        return merged if dry else self._keep("MODIFIED", resource, merged, owners)

    def apply(
        self,
        resource: Resource,
        namespace: str | None,
        name: str,
        body: Body,
        manager: str,
        *,
        force: bool = False,
        dry: bool = False,
    ) -> Body:
        """Server-side apply."""
        if self._place(resource, namespace, name) not in self._kept:
            return self.create(resource, namespace, body, manager, dry=dry)
        kept = self._find(resource, namespace, name)
        _check_versions(resource, kept.body, body)
        merged = _merged(kept.body, body)
        on_update(resource, kept.body, merged)
        disputed = [
            (path, kept.owners[path])
            for path, value in _leaves(body)
            if kept.owners.get(path, manager) != manager and _at(kept.body, path) != value
        ]
        if disputed and not force:
            raise Refusal.disputed(disputed)
        owners = kept.owners | dict.fromkeys((path for path, _ in _leaves(body)), manager)
        return merged if dry else self._keep("MODIFIED", resource, merged, owners)

    def delete(self, resource: Resource, namespace: str | None, name: str) -> Body:
        with self.lock:
            kept = self._find(resource, namespace, name)
            del self._kept[self._place(resource, namespace, name)]
            self._tell("DELETED", resource, kept.body)
            return kept.body

    def _find(self, resource: Resource, namespace: str | None, name: str) -> Kept:
        kept = self._kept.get(self._place(resource, namespace, name))
        if kept is None:
            raise Refusal.not_found(resource, name)
        return kept

    def _place(self, resource: Resource, namespace: str | None, name: str) -> Identity:
        return resource.group, resource.plural, namespace if resource.namespaced else None, name

    def _stamped(self, resource: Resource, body: Body) -> Body:
        """The object with what the server writes."""
        metadata = body["metadata"]
        metadata.setdefault("uid", str(uuid.uuid4()))
        metadata.setdefault("creationTimestamp", time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))
        if resource.plural == "namespaces":
            metadata["labels"] = {**metadata.get("labels", {}), "kubernetes.io/metadata.name": metadata["name"]}
            body.setdefault("spec", {"finalizers": ["kubernetes"]})
            body["status"] = {"phase": "Active"} if not self.settles_after else {}
        if resource.plural == "services" and body.get("spec", {}).get("type") != "ExternalName":
            address = body.setdefault("spec", {}).setdefault(
                "clusterIP", f"10.99.{len(self._kept) // 250}.{len(self._kept) % 250 + 1}"
            )
            body["spec"].setdefault("clusterIPs", [address])
        if (resource.group, resource.plural) == _CRD:
            body["status"] = _established() if not self.settles_after else {}
        return body

    def _keep(self, event: str, resource: Resource, body: Body, owners: dict[tuple[str, ...], str]) -> Body:
        self.revision += 1
        body["metadata"]["resourceVersion"] = str(self.revision)
        place = self._place(resource, body["metadata"].get("namespace"), body["metadata"]["name"])
        self._kept[place] = Kept(body, owners)
        self._tell(event, resource, body)
        return copy.deepcopy(body)

    def _tell(self, event: str, resource: Resource, body: Body) -> None:
        self.events.append(Event(event, resource, copy.deepcopy(body)))
        self.changed.notify_all()

    def _settle(self, resource: Resource, kept: Kept) -> None:
        if kept.reads <= self.settles_after or kept.body.get("status"):
            return
        if (resource.group, resource.plural) == _CRD:
            kept.body["status"] = _established()
        elif resource.plural == "namespaces":
            kept.body["status"] = {"phase": "Active"}

    def _custom(self) -> Iterator[Resource]:
        for place, kept in self._kept.items():
            if place[:2] == _CRD and kept.body.get("status", {}).get("conditions"):
                spec = kept.body["spec"]
                for version in spec["versions"]:
                    if version.get("served", True):
                        names = spec["names"]
                        yield Resource(
                            spec["group"],
                            version["name"],
                            names["kind"],
                            names["plural"],
                            spec["scope"] == "Namespaced",
                            is_custom=True,
                        )


def _established() -> Body:
    return {"conditions": [{"type": "Established", "status": "True"}]}


def _check_versions(resource: Resource, live: Body, body: Body) -> None:
    for precondition in ("resourceVersion", "uid"):
        wanted = body.get("metadata", {}).get(precondition)
        if wanted and wanted != live["metadata"].get(precondition):
            raise Refusal.outdated(resource, live["metadata"]["name"])


def _owners(body: Body, manager: str) -> dict[tuple[str, ...], str]:
    return {path: manager for path, _ in _leaves(body)}


def _leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """What has no fields of its own, without what a server writes; items of lists go by their merge key."""
    if isinstance(value, dict) and value:
        for key, item in value.items():
            if not _is_servers((*path, key)):
                yield from _leaves(item, (*path, key))
    elif isinstance(value, list) and (key := _merge_key(value)):
        for item in value:
            yield from _leaves(item, (*path, f"{key}={item[key]}"))
    else:
        yield path, value


def _is_servers(path: tuple[str, ...]) -> bool:
    """Whether no manager owns what stands there."""
    in_metadata = len(path) == 2 and path[0] == "metadata"
    return path[0] in _UNOWNED or (in_metadata and path[1] not in ("labels", "annotations"))


def _at(value: Any, path: tuple[str, ...]) -> Any:
    for step in path:
        if isinstance(value, list):
            key, _, wanted = step.partition("=")
            value = next((item for item in value if isinstance(item, dict) and str(item.get(key)) == wanted), None)
        elif isinstance(value, dict):
            value = value.get(step)
        else:
            return None
    return value


def _merge_key(items: list[Any]) -> str | None:
    if not items or not all(isinstance(item, dict) for item in items):
        return None
    return next((key for key in _MERGE_KEYS if all(key in item for item in items)), None)


def _merged(live: Any, body: Any) -> Any:
    """``body`` laid over ``live``, lists by their merge key; null removes."""
    if isinstance(live, dict) and isinstance(body, dict):
        merged = {key: _merged(live.get(key), item) for key, item in body.items() if item is not None}
        return {**{key: copy.deepcopy(item) for key, item in live.items() if key not in body}, **merged}
    if isinstance(live, list) and isinstance(body, list) and (key := _merge_key([*live, *body])):
        before = {item[key]: item for item in live}
        after = {item[key]: _merged(before.get(item[key]), item) for item in body}
        return list((copy.deepcopy(before) | after).values())
    if isinstance(body, dict):
        return {key: _merged(None, item) for key, item in body.items() if item is not None}
    return copy.deepcopy(body)
