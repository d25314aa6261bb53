"""What an API server serves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from snapinspect.model import Body


class Served(NamedTuple):
    """A kind in one version that the server serves; ``listable`` if all of it can be asked for at once."""

    api_version: str
    kind: str
    plural: str
    namespaced: bool
    listable: bool = True
    singular: str = ""
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()

    @property
    def group(self) -> str:
        return self.api_version.rpartition("/")[0]

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
    for one in _mappings(listed.get("resources")):
        name = one.get("name")
        if isinstance(name, str) and "/" not in name:
            yield Served(
                api_version,
                str(one.get("kind")),
                name,
                one.get("namespaced") is True,
                "list" in _words(one.get("verbs")),
                str(one.get("singularName") or ""),
                _words(one.get("shortNames")),
                _words(one.get("categories")),
            )


def read_groups(listed: Body) -> Iterator[str]:
    """The versions in an ``APIGroupList``, as ``group/version``; of each group the one that the server prefers first."""
    for group in _mappings(listed.get("groups")):
        preferred = group.get("preferredVersion")
        versions = [preferred] if isinstance(preferred, dict) else []
        named = [version.get("groupVersion") for version in [*versions, *_mappings(group.get("versions"))]]
        yield from dict.fromkeys(name for name in named if isinstance(name, str) and "/" in name)


def _mappings(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _words(value: Any) -> tuple[str, ...]:
    return tuple(word for word in value if isinstance(word, str)) if isinstance(value, list) else ()
