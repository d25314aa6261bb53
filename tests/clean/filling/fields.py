"""How fields are filled in: the shapes that upstream's defaulting functions have."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

Fields = dict[str, Any]


def pointers(fields: Fields, **defaults: Any) -> None:
    """Fields that are filled in where they are missing."""
    for key, value in defaults.items():
        fields.setdefault(key, deepcopy(value))


def plain(fields: Fields, **defaults: Any) -> None:
    """Fields that are filled in where they are missing, empty or zero, which is the same to them."""
    for key, value in defaults.items():
        fields[key] = fields.get(key) or deepcopy(value)


def each(fields: Fields, key: str) -> Iterator[Fields]:
    items = fields.get(key)
    return (item for item in items if isinstance(item, dict)) if isinstance(items, list) else iter(())


def inside(fields: Any, *keys: str) -> Iterator[Fields]:
    """The mapping under the keys, if there is one."""
    for key in keys:
        fields = fields.get(key) if isinstance(fields, dict) else None
    if isinstance(fields, dict):
        yield fields


def made(fields: Fields, key: str) -> Fields:
    """The mapping under a key, which is there even if nothing is in it."""
    value: Fields = fields.setdefault(key, {})
    return value


def protect(body: Fields, sort: str) -> None:
    """The admission plugin StorageObjectInUseProtection, for ``pv``, ``pvc`` and ``vac``."""
    finalizers = made(body, "metadata").setdefault("finalizers", [])
    if f"kubernetes.io/{sort}-protection" not in finalizers:
        finalizers.append(f"kubernetes.io/{sort}-protection")
