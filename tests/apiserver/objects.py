"""What the small API server keeps, and what it refuses as a real one does."""

from __future__ import annotations

import copy
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from threading import Condition, RLock
from typing import Any, NamedTuple

from openapi import resources

from apiserver.answered import answered, without_negative_zero
from apiserver.ownership import Owners, after_apply, after_update, applier, overlaid, owned_by, updater
from apiserver.refusals import on_create, on_update
from apiserver.status import Refusal

Body = dict[str, Any]
Identity = tuple[str, str, str | None, str]
_CRD = ("apiextensions.k8s.io", "customresourcedefinitions")


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
    owners: Owners = field(default_factory=dict)
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
            return list(self._served())

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
            return self._keep("ADDED", found, made, owned_by(updater(manager, body["apiVersion"]), body))

    def load(self, body: Body) -> None:
        """Keeps an object, itself and not a copy, just as it is, be it that the server wrote it."""
        group, _, version = body["apiVersion"].rpartition("/")
        with self.lock:
            found = next(
                one for one in self._served() if (one.group, one.version, one.kind) == (group, version, body["kind"])
            )
            place = self._place(found, body["metadata"].get("namespace"), body["metadata"]["name"])
            self._kept[place] = Kept(body)
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
        return {**answered(resource.plural, kept.body), "apiVersion": group_version(resource)}

    def found(self, resource: Resource, namespace: str | None) -> list[Body]:
        """The objects of one resource in one namespace, or in all, in the order of their keys."""
        return [
            answered(resource.plural, kept.body)
            for place, kept in sorted(self._kept.items(), key=lambda one: (one[0][2] or "", one[0][3]))
            if place[:2] == (resource.group, resource.plural) and namespace in (None, place[2])
        ]

    def create(self, resource: Resource, namespace: str | None, body: Body, manager: str, *, dry: bool = False) -> Body:
        if body.get("metadata", {}).get("resourceVersion"):
            raise Refusal(500, "InternalError", "resourceVersion should not be set on objects to be created")
        return self._create(resource, namespace, body, updater(manager, group_version(resource)), dry=dry)

    def _create(self, resource: Resource, namespace: str | None, body: Body, owner: str, *, dry: bool) -> Body:
        body = self._read(resource, body)
        metadata = body.setdefault("metadata", {})
        metadata.pop("resourceVersion", None)
        if namespace:
            metadata.setdefault("namespace", namespace)
        if not metadata.get("name"):
            metadata["name"] = metadata.get("generateName", "") + uuid.uuid4().hex[:5]
        on_create(self, resource, namespace, body)
        place = self._place(resource, namespace, metadata["name"])
        if place in self._kept:
            raise Refusal.exists(resource, metadata["name"])
        made = self._stamped(resource, copy.deepcopy(body))
        made = made if dry else self._keep("ADDED", resource, made, owned_by(owner, body))
        return answered(resource.plural, made)

    def update(
        self, resource: Resource, namespace: str | None, name: str, body: Body, manager: str, *, dry: bool = False
    ) -> Body:
        kept = self._find(resource, namespace, name)
        body = self._read(resource, body)
        if resource.is_custom and not body["metadata"].get("resourceVersion"):
            said = "Invalid value: 0: must be specified for an update"
            raise Refusal.invalid(resource, name, "metadata.resourceVersion", said)
        _check_versions(resource, kept.body, body)
        live = kept.body
        for once in ("uid", "creationTimestamp", "resourceVersion", "generation"):
            body["metadata"].pop(once, None)
            body["metadata"] |= {once: live["metadata"][once]} if once in live["metadata"] else {}
        if "status" in live:
            body["status"] = live["status"]
        on_update(resource, live, body)
        owners = after_update(updater(manager, group_version(resource)), kept.owners, live, body)
        return self._changed(resource, kept, body, owners, dry=dry)

    def patch(
        self, resource: Resource, namespace: str | None, name: str, body: Body, manager: str, *, dry: bool = False
    ) -> Body:
        kept = self._find(resource, namespace, name)
        _check_versions(resource, kept.body, body)
        merged = {**kept.body, **overlaid(kept.body, body)}
        for key, item in body.get("metadata", {}).items():
            # A JSON merge patch replaces lists as a whole (RFC 7386).
            if isinstance(item, list):
                merged["metadata"][key] = item
        on_update(resource, kept.body, merged)
        owners = after_update(updater(manager, group_version(resource)), kept.owners, kept.body, merged)
        return self._changed(resource, kept, merged, owners, dry=dry)

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
    ) -> tuple[int, Body]:
        """Server-side apply; whatever resourceVersion it bears, it creates what is not there."""
        if self._place(resource, namespace, name) not in self._kept:
            return 201, self._create(resource, namespace, body, applier(manager), dry=dry)
        kept = self._find(resource, namespace, name)
        body = self._read(resource, body)
        merged, owners, disputed = after_apply(applier(manager), kept.owners, kept.body, body)
        if disputed and not force:
            raise Refusal.disputed(disputed)
        _check_versions(resource, kept.body, body)
        merged["metadata"] |= {"resourceVersion": kept.body["metadata"]["resourceVersion"]}
        on_update(resource, kept.body, merged)
        return 200, self._changed(resource, kept, merged, owners, dry=dry)

    def _read(self, resource: Resource, body: Body) -> Body:
        return without_negative_zero(body) if resource.is_custom else body

    def _changed(self, resource: Resource, kept: Kept, body: Body, owners: Owners, *, dry: bool) -> Body:
        """What is just what was there is not written again."""
        if dry or (body == kept.body and owners == kept.owners):
            return answered(resource.plural, body)
        return answered(resource.plural, self._keep("MODIFIED", resource, body, owners))

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

    def _keep(self, event: str, resource: Resource, body: Body, owners: Owners) -> Body:
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

    def _served(self) -> Iterator[Resource]:
        for one in chain(self._builtin, self._custom()):
            if (one.group, one.plural) not in self.withdrawn:
                yield one

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
