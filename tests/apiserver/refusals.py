"""What an API server refuses although the schema allows it.

Facts from ``pkg/apis/core/validation``, ``pkg/apis/batch/validation`` and ``pkg/registry/core/service`` of
kubernetes, and from what a real 1.36 API server answered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openapi import NO_FIELD, complaints, schema_names

from apiserver.status import Refusal

if TYPE_CHECKING:
    from apiserver.objects import Resource, Store

_ALLOCATED = "provided IP is already allocated"
_IMMUTABLE: dict[str, tuple[tuple[str, ...], ...]] = {
    "deployments": (("spec", "selector"),),
    "daemonsets": (("spec", "selector"),),
    "statefulsets": (("spec", "selector"), ("spec", "serviceName"), ("spec", "volumeClaimTemplates")),
    "jobs": (("spec", "selector"), ("spec", "template")),
    "services": (("spec", "clusterIP"),),
    "persistentvolumeclaims": (("spec", "storageClassName"), ("spec", "volumeName"), ("spec", "accessModes")),
    "rolebindings": (("roleRef",),),
    "clusterrolebindings": (("roleRef",),),
    "storageclasses": (("provisioner",), ("parameters",), ("reclaimPolicy",)),
}
"""Per plural the fields that stay as they were made."""


def on_create(store: Store, resource: Resource, namespace: str | None, body: dict[str, Any]) -> None:
    """Raises Refusal for what may not be created."""
    name = body["metadata"]["name"]
    if resource.namespaced:
        _check_namespace(store, namespace or "", resource, name)
    _check_schema(resource, body)
    check = {"services": _check_service, "jobs": _check_job, "pods": _check_pod}.get(resource.plural)
    if check:
        check(store, resource, body)


def on_update(resource: Resource, live: dict[str, Any], body: dict[str, Any]) -> None:
    """Raises Refusal for a change of what cannot be changed."""
    _check_schema(resource, body)
    if live.get("immutable") and live.get("data") != body.get("data"):
        name = live["metadata"]["name"]
        raise Refusal.invalid(resource, name, "data", "Forbidden: field is immutable when `immutable` is set")
    for path in _IMMUTABLE.get(resource.plural, ()):
        old, new = _field(live, path), _field(body, path)
        if new is None and path == ("spec", "clusterIP"):
            body["spec"].update({key: live["spec"][key] for key in ("clusterIP", "clusterIPs") if key in live["spec"]})
        elif old != new and not (old is None and path[-1] == "volumeName"):
            said = f"Invalid value: {new!r}: field is immutable"
            raise Refusal.invalid(resource, live["metadata"]["name"], ".".join(path), said)


def _field(body: dict[str, Any], path: tuple[str, ...]) -> Any:
    found: Any = body
    for step in path:
        found = (found or {}).get(step)
    return found


def _check_namespace(store: Store, namespace: str, resource: Resource, name: str) -> None:
    found = next((one for one in store.objects("namespaces") if one["metadata"]["name"] == namespace), None)
    if found is None:
        raise Refusal(404, "NotFound", f'namespaces "{namespace}" not found')
    if found["metadata"].get("deletionTimestamp"):
        said = f"unable to create new content in namespace {namespace} because it is being terminated"
        raise Refusal(403, "Forbidden", f'{resource.qualified} "{name}" is forbidden: {said}')


def _check_schema(resource: Resource, body: dict[str, Any]) -> None:
    if (resource.group, resource.version, resource.kind) not in schema_names():
        return
    complained = complaints({**body, "status": {}})
    complained = [each for each in complained if not each.startswith(".status")]
    if complained:
        path, _, said = complained[0].partition(": ")
        if said == NO_FIELD:
            # apimachinery ``pkg/runtime/error.go``, as every writer here asks for strict validation.
            raise Refusal(400, "BadRequest", f'strict decoding error: unknown field "{path.removeprefix(".")}"')
        raise Refusal.invalid(resource, body["metadata"]["name"], path.removeprefix("."), said)


def _check_service(store: Store, resource: Resource, body: dict[str, Any]) -> None:
    spec, name = body.get("spec", {}), body["metadata"]["name"]
    others = [one.get("spec", {}) for one in store.objects("services")]
    address = spec.get("clusterIP")
    if address not in (None, "", "None") and any(one.get("clusterIP") == address for one in others):
        said = f"Invalid value: [{address!r}]: failed to allocate IP {address}: {_ALLOCATED}"
        raise Refusal.invalid(resource, name, "spec.clusterIPs", said)
    taken = {port.get("nodePort") for one in others for port in one.get("ports") or ()}
    for index, port in enumerate(spec.get("ports") or ()):
        if port.get("nodePort") and port["nodePort"] in taken:
            said = f"Invalid value: {port['nodePort']}: provided port is already allocated"
            raise Refusal.invalid(resource, name, f"spec.ports[{index}].nodePort", said)


def _check_job(_store: Store, resource: Resource, body: dict[str, Any]) -> None:
    spec = body.get("spec", {})
    if spec.get("selector") and not spec.get("manualSelector"):
        raise Refusal.invalid(
            resource, body["metadata"]["name"], "spec.selector", "Invalid value: `selector` not auto-generated"
        )


def _check_pod(_store: Store, resource: Resource, body: dict[str, Any]) -> None:
    if body.get("spec", {}).get("ephemeralContainers"):
        said = "Forbidden: cannot be set on create"
        raise Refusal.invalid(resource, body["metadata"]["name"], "spec.ephemeralContainers", said)
