"""Metadata inside an object: of the templates of pods, jobs and claims, wherever a kind has them.

Custom resources hold them under any name, and hold other things called ``metadata``, too: patches and templates of
text. What counts is told by its fields and their types, which are those of ``ObjectMeta``
(``k8s.io/apimachinery/pkg/apis/meta/v1/types.go``).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from snapinspect.clean.paths import suffix

Way = tuple[Any, str | int]
"""The way to what holds a value, or None, and the step from there: a path is only made where something changes."""
Change = Callable[[dict[str, Any], str], Any]

FLAT: Final = frozenset(
    {
        ("", "ConfigMap"),
        ("", "Event"),
        ("", "Secret"),
        ("apiextensions.k8s.io", "CustomResourceDefinition"),
        ("events.k8s.io", "Event"),
    }
)
"""Kinds, by group and kind, that hold no template; some of them are very large."""
DEEPEST: Final = 64
"""How far down is looked; real templates lie within ten steps."""

_UID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z")
_NOT_ENTERED = frozenset({"data", "stringData", "binaryData", "metadata", "status"})
"""What an object has at its top that holds no template."""


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_uid(value: Any) -> bool:
    return value in (None, "") or (isinstance(value, str) and _UID.fullmatch(value) is not None)


def _is_time(value: Any) -> bool:
    return value is None or (isinstance(value, str) and _TIME.fullmatch(value) is not None)


def _is_version(value: Any) -> bool:
    return isinstance(value, str) and (value.isdecimal() or not value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int)


def _is_list(value: Any) -> bool:
    return value is None or isinstance(value, list)


def _is_mapping(value: Any) -> bool:
    return value is None or isinstance(value, dict)


def _are_owners(value: Any) -> bool:
    return value is None or (
        isinstance(value, list) and all(isinstance(owner, dict) and _is_uid(owner.get("uid")) for owner in value)
    )


_OBJECT_META: Final[dict[str, Callable[[Any], bool]]] = {
    "annotations": _is_mapping,
    "clusterName": _is_text,
    "creationTimestamp": _is_time,
    "deletionGracePeriodSeconds": _is_number,
    "deletionTimestamp": _is_time,
    "finalizers": _is_list,
    "generateName": _is_text,
    "generation": _is_number,
    "initializers": _is_mapping,
    "labels": _is_mapping,
    "managedFields": _is_list,
    "name": _is_text,
    "namespace": _is_text,
    "ownerReferences": _are_owners,
    "resourceVersion": _is_version,
    "selfLink": _is_text,
    "uid": _is_uid,
}


def is_metadata(value: Any) -> bool:
    """Whether ``value`` is such as a server stores; no placeholder (``{{ .uid }}``) stands where it has a fact."""
    if not isinstance(value, dict):
        return False
    for key, item in value.items():
        fits = _OBJECT_META.get(key)
        if fits is None or not fits(item):
            return False
    return True


def update_embedded(body: dict[str, Any], change: Change) -> dict[str, Any]:
    """The object with each mapping in it that has metadata replaced by what ``change`` makes of it and its path.

    Only the way to a change is copied. What a template holds itself comes before it.
    """
    result = body
    for key, item in body.items():
        if key not in _NOT_ENTERED and _holds_one(item, DEEPEST):
            kept = _update(item, (None, key), change, DEEPEST)
            if kept is not item:
                result = {**result, key: kept}
    return result


def _holds_one(value: Any, depth: int) -> bool:
    """Whether there is anything to change; most objects hold none, and looking takes a fraction of what ``_update`` does."""
    if depth == 0:
        return False
    if isinstance(value, dict):
        if "metadata" in value and is_metadata(value["metadata"]):
            return True
        for item in value.values():
            if item and isinstance(item, (dict, list)) and _holds_one(item, depth - 1):
                return True
    elif isinstance(value, list):
        for item in value:
            if item and isinstance(item, (dict, list)) and _holds_one(item, depth - 1):
                return True
    return False


def _update(value: Any, way: Way, change: Change, depth: int) -> Any:
    if depth == 0:
        return value
    if isinstance(value, dict):
        result = value
        for key, item in value.items():
            if item and isinstance(item, dict | list):
                kept = _update(item, (way, key), change, depth - 1)
                if kept is not item:
                    result = {**result, key: kept}
        return change(result, _path(way)) if is_metadata(value.get("metadata")) else result
    if isinstance(value, list):
        items = [_update(item, (way, index), change, depth - 1) for index, item in enumerate(value)]
        return value if all(new is old for new, old in zip(items, value, strict=True)) else items
    return value


def _path(way: Way | None) -> str:
    if way is None:
        return ""
    before, step = way
    return _path(before) + (f"[{step}]" if isinstance(step, int) else suffix(str(step)))
