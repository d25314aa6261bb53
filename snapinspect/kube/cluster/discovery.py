"""What an API server serves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from snapinspect.model import Body


class Served(NamedTuple):
    """A kind in one version that the server serves."""

    api_version: str
    kind: str
    plural: str
    namespaced: bool

    def path(self, namespace: str | None, name: str = "") -> str:
        """Where the API has the object, or without a name all of them."""
        parts = [root_of(self.api_version)]
        if self.namespaced and namespace:
            parts += ["namespaces", quote(namespace, safe="")]
        parts += [self.plural, quote(name, safe="")] if name else [self.plural]
        return "/".join(parts)


def root_of(api_version: str) -> str:
    """The path below which a group and version lie: only the core group has one of its own."""
    return f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"


def read_resources(listed: Body, api_version: str) -> Iterator[Served]:
    """The kinds in an ``APIResourceList``, without subresources."""
    resources: Any = listed.get("resources")
    for one in resources if isinstance(resources, list) else ():
        if isinstance(one, dict) and isinstance(name := one.get("name"), str) and "/" not in name:
            yield Served(api_version, str(one.get("kind")), name, one.get("namespaced") is True)
