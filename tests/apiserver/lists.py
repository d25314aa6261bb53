"""Lists as an API server answers them: in pages, narrowed by selectors, built-in kinds without saying what each one is.

Sources: ``k8s.io/apiserver/pkg/registry/generic/registry/store.go`` (ListPredicate), ``pkg/storage/continue.go``.
"""

from __future__ import annotations

import base64
import copy
from typing import TYPE_CHECKING, Any

from apiserver.status import Refusal

if TYPE_CHECKING:
    from apiserver.objects import Body, Resource, Store


def listed(store: Store, resource: Resource, namespace: str | None, query: dict[str, str]) -> Body:
    """One page. Unlike a real server's, pages show each the state of its own moment."""
    if "list" not in resource.verbs:
        raise Refusal(405, "MethodNotAllowed", "the server does not allow this method on the requested resource")
    found = [body for body in store.found(resource, namespace) if _is_selected(body, query)]
    after = _after(query.get("continue", ""))
    rest = [body for body in found if _place(body) > after]
    size = int(query.get("limit", 0)) or len(rest)
    version = f"{resource.group}/{resource.version}" if resource.group else resource.version
    metadata: dict[str, Any] = {"resourceVersion": str(store.revision)}
    if len(rest) > size:
        metadata["continue"] = base64.urlsafe_b64encode("\n".join(_place(rest[size - 1])).encode()).decode()
        if not {"labelSelector", "fieldSelector"} & query.keys():
            metadata["remainingItemCount"] = len(rest) - size
    items = [_item(body, version, is_custom=resource.is_custom) for body in rest[:size]]
    return {"kind": f"{resource.kind}List", "apiVersion": version, "metadata": metadata, "items": items}


def _item(body: Body, version: str, *, is_custom: bool) -> Body:
    """A copy; only custom resources tell their kind in a list."""
    item = {key: value for key, value in copy.deepcopy(body).items() if key not in ("apiVersion", "kind")}
    return {"apiVersion": version, "kind": body["kind"], **item} if is_custom else item


def _is_selected(body: Body, query: dict[str, str]) -> bool:
    metadata = body["metadata"]
    labels = dict(pair.split("=") for pair in query.get("labelSelector", "").split(",") if pair)
    fields = dict(pair.split("=") for pair in query.get("fieldSelector", "").split(",") if pair)
    if fields.keys() - {"metadata.name", "metadata.namespace"}:
        raise Refusal(400, "BadRequest", "field label not supported")
    has_fields = all(metadata.get(path.removeprefix("metadata.")) == value for path, value in fields.items())
    return has_fields and labels.items() <= metadata.get("labels", {}).items()


def _place(body: Body) -> tuple[str, str]:
    metadata = body["metadata"]
    return metadata.get("namespace", ""), metadata["name"]


def _after(token: str) -> tuple[str, str]:
    """The place behind which the next page begins."""
    if not token:
        return "", ""
    namespace, _, name = base64.urlsafe_b64decode(token).decode().partition("\n")
    return namespace, name
