"""What is served, as clients ask for it: aggregated in the version that they know, or group by group.

Source: apiserver ``pkg/endpoints/discovery/aggregated`` and ``pkg/endpoints/discovery``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from snapinspect.serve.refusal import no_resource
from snapinspect.serve.scale import SCALE, has_scale

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from snapinspect.model import Body
    from snapinspect.serve.asked import Form
    from snapinspect.serve.offered import Place, Resource

AGGREGATED = "APIGroupDiscoveryList"
_VERBS = ["get", "list", "watch"]
_REVIEWS = (
    ("authentication.k8s.io", "v1", "SelfSubjectReview", "selfsubjectreviews"),
    ("authorization.k8s.io", "v1", "SelfSubjectAccessReview", "selfsubjectaccessreviews"),
    ("authorization.k8s.io", "v1", "SelfSubjectRulesReview", "selfsubjectrulesreviews"),
)
"""What can be created, as nothing is kept of it."""

Versions = dict[str, list[dict[str, Any]]]


class Discovery:
    """The answers of ``/api`` and ``/apis``, of all resources of one context."""

    def __init__(self, resources: Mapping[Place, Resource]) -> None:
        self._groups: dict[str, Versions] = {}
        for resource in resources.values():
            self._add(resource.group, resource.version, _facts(resource))
            if has_scale(resource):
                self._add(resource.group, resource.version, _scale_facts(resource))
        for group, version, kind, plural in _REVIEWS:
            facts = {
                "name": plural,
                "singularName": kind.lower(),
                "namespaced": False,
                "kind": kind,
                "verbs": ["create"],
            }
            self._add(group, version, facts)

    def groups(self, path: tuple[str, ...], form: Form) -> Body:
        """``/api`` and ``/apis``."""
        core = path == ("api",)
        names = [name for name in self._groups if (not name) is core]
        if form.kind == AGGREGATED:
            version = form.version or "v2"
            return {
                "kind": AGGREGATED,
                "apiVersion": f"apidiscovery.k8s.io/{version}",
                "metadata": {},
                "items": [self._aggregated(name) for name in names],
            }
        if core:
            return {"kind": "APIVersions", "versions": list(self._groups[""]), "serverAddressByClientCIDRs": []}
        return {"kind": "APIGroupList", "apiVersion": "v1", "groups": [self._group(name) for name in names]}

    def group(self, name: str) -> Body:
        """``/apis/GROUP``."""
        if name not in self._groups:
            raise no_resource()
        return {"kind": "APIGroup", "apiVersion": "v1", **self._group(name)}

    def version(self, group: str, version: str) -> Body:
        """``/api/v1`` and ``/apis/GROUP/VERSION``."""
        found = self._groups.get(group, {}).get(version)
        if found is None:
            raise no_resource()
        api_version = f"{group}/{version}" if group else version
        return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": api_version, "resources": found}

    @property
    def versions(self) -> Iterable[tuple[str, str]]:
        """Every group and version."""
        return ((group, version) for group, versions in self._groups.items() for version in versions)

    def paths(self) -> Iterator[str]:
        """Where ``/api`` and ``/apis`` are answered, and what is below them."""
        yield from ("/api", "/apis", *(f"/apis/{name}" for name in self._groups if name))
        for group, version in self.versions:
            yield f"/apis/{group}/{version}" if group else f"/api/{version}"

    def _add(self, group: str, version: str, facts: dict[str, Any]) -> None:
        self._groups.setdefault(group, {}).setdefault(version, []).append(facts)

    def _group(self, name: str) -> Body:
        versions = [{"groupVersion": f"{name}/{version}", "version": version} for version in self._groups[name]]
        return {"name": name, "versions": versions, "preferredVersion": versions[0]}

    def _aggregated(self, name: str) -> Body:
        versions = [
            {
                "version": version,
                "freshness": "Current",
                "resources": _all_aggregated(name, version, resources),
            }
            for version, resources in self._groups[name].items()
        ]
        return {"metadata": {"name": name} if name else {}, "versions": versions}


def _facts(resource: Resource) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "name": resource.plural,
        "singularName": resource.singular,
        "namespaced": resource.namespaced,
        "kind": resource.kind,
        "verbs": _VERBS,
    }
    if resource.short_names:
        facts["shortNames"] = list(resource.short_names)
    if resource.categories:
        facts["categories"] = list(resource.categories)
    return facts


def _scale_facts(resource: Resource) -> dict[str, Any]:
    return {
        "name": f"{resource.plural}/{SCALE.singular}",
        "singularName": "",
        "namespaced": resource.namespaced,
        "group": SCALE.group,
        "version": SCALE.version,
        "kind": SCALE.kind,
        "verbs": ["get"],
    }


def _all_aggregated(group: str, version: str, resources: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A subresource stands inside its resource."""
    found: dict[str, dict[str, Any]] = {}
    for facts in resources:
        name, _, subresource = facts["name"].partition("/")
        if subresource:
            kind = {field: facts[field] for field in ("group", "version", "kind")}
            told = {"subresource": subresource, "responseKind": kind, "verbs": facts["verbs"]}
            found[name].setdefault("subresources", []).append(told)
        else:
            found[name] = _aggregated(group, version, facts)
    return list(found.values())


def _aggregated(group: str, version: str, facts: dict[str, Any]) -> dict[str, Any]:
    return {
        "resource": facts["name"],
        "responseKind": {"group": group, "version": version, "kind": facts["kind"]},
        "scope": "Namespaced" if facts["namespaced"] else "Cluster",
        "singularResource": facts["singularName"],
        "verbs": facts["verbs"],
        **{name: facts[name] for name in ("shortNames", "categories") if name in facts},
    }
