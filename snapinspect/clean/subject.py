"""Reading an object whose every field may have any shape."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from snapinspect.kube.readers import Deferred

if TYPE_CHECKING:
    from snapinspect.model import Body, Lookup

LAST_APPLIED: Final = "kubectl.kubernetes.io/last-applied-configuration"


def dig(value: Any, *keys: str) -> Any:
    """What stands under ``keys``, or None where a key is missing or a value on the way is no mapping."""
    for key in keys:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def mapping(value: Any) -> dict[str, Any]:
    """``value`` if it is a mapping, else an empty one."""
    return value if isinstance(value, dict) else {}


def mappings(value: Any) -> list[dict[str, Any]]:
    """The mappings in a list; none of them if ``value`` is no list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def text(value: Any) -> str:
    """``value`` if it is a string, else an empty one."""
    return value if isinstance(value, str) else ""


def parse_json(value: Any) -> Any:
    """The JSON in a string, or None if there is none: it is untrusted, as deep and as large as it likes."""
    try:
        return json.loads(text(value))
    except (ValueError, RecursionError):
        return None


class Subject:
    """The object that the rules look at, as it is stored, with what they all ask for.

    Fields of it and of its metadata that go in any case may be ``Deferred``: ``at`` and ``managed_fields`` read them.
    """

    __slots__ = ("_last_applied", "body", "kind_of", "lookup", "metadata")

    def __init__(self, body: Body, lookup: Lookup) -> None:
        self.body = body
        self.lookup = lookup
        self.metadata: dict[str, Any] = mapping(body.get("metadata"))
        self.kind_of: tuple[str, str] = (group_of(body.get("apiVersion")), text(body.get("kind")))
        self._last_applied: dict[str, Any] | None = None

    @property
    def kind(self) -> str:
        return self.kind_of[1]

    @property
    def name(self) -> str:
        return text(self.metadata.get("name"))

    @property
    def namespace(self) -> str | None:
        return text(self.metadata.get("namespace")) or None

    @property
    def labels(self) -> dict[str, Any]:
        return mapping(self.metadata.get("labels"))

    @property
    def annotations(self) -> dict[str, Any]:
        return mapping(self.metadata.get("annotations"))

    @property
    def owner_references(self) -> list[dict[str, Any]]:
        return mappings(self.metadata.get("ownerReferences"))

    @property
    def managed_fields(self) -> list[dict[str, Any]]:
        return mappings(_read(self.metadata.get("managedFields")))

    @property
    def last_applied(self) -> dict[str, Any]:
        """What the last ``kubectl apply`` sent; empty if it is not known."""
        if self._last_applied is None:
            self._last_applied = mapping(parse_json(self.annotations.get(LAST_APPLIED)))
        return self._last_applied

    def at(self, key: str, *below: str) -> Any:
        """What stands under these keys in the object, or None."""
        return dig(_read(self.body.get(key)), *below)


def _read(value: Any) -> Any:
    return value.value() if isinstance(value, Deferred) else value


def group_of(api_version: Any) -> str:
    """The API group of an ``apiVersion``: ``apps`` of ``apps/v1``, an empty string of ``v1``."""
    return text(api_version).rpartition("/")[0]
