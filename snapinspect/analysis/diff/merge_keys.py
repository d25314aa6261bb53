"""By which fields the items of a list are told apart, so that an inserted one is one change.

Sources: ``x-kubernetes-list-map-keys`` and ``x-kubernetes-patch-merge-key`` of the API's OpenAPI document
(k8s.io/kubernetes ``api/openapi-spec/swagger.json``). Some lists that the API replaces as a whole are here, too,
as people mean their items by these fields all the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from snapinspect.clean.subject import dig

if TYPE_CHECKING:
    from collections.abc import Sequence

MERGE_KEYS: Final[dict[str, tuple[tuple[str, ...], ...]]] = {
    "addresses": (("type", "address"),),
    "conditions": (("type",),),
    "hostAliases": (("ip",),),
    "hostIPs": (("ip",),),
    "ingress": (("ip",), ("hostname",)),
    "matchExpressions": (("key",), ("key", "operator")),
    "ownerReferences": (("uid",),),
    "paths": (("path", "pathType"),),
    "podIPs": (("ip",),),
    "ports": (
        ("containerPort", "protocol"),
        ("port", "protocol"),
        ("number", "protocol"),
        ("name",),
    ),
    "managedFields": (("manager", "operation", "subresource"),),
    "rules": (("name",), ("host",)),
    "sources": (("secret.name",), ("configMap.name",)),
    "subjects": (("kind", "namespace", "name"),),
    "taints": (("key", "effect"),),
    "tls": (("secretName",),),
    "tolerations": (("key", "operator", "value", "effect"),),
    "topologySpreadConstraints": (("topologyKey", "whenUnsatisfiable"),),
    "volumeClaimTemplates": (("metadata.name",),),
    "volumeDevices": (("devicePath",),),
    "volumeMounts": (("mountPath",),),
}
"""By field, the candidates in the order in which they are tried; the first that tells all items apart is used."""

_ANY_FIELD: Final = (("name",),)
"""For all other lists: containers, env, volumes, imagePullSecrets, webhooks, versions and most of those of custom resources."""

_DEFAULTS: Final = {
    "protocol": "TCP",
    "namespace": "",
    "subresource": "",
    "pathType": "",
    "operator": "",
    "value": "",
    "effect": "",
    "key": "",
}
"""What a key's field means where it is absent."""


Keys = tuple[tuple[str, tuple[str, ...]], ...]
"""The keys of one candidate, each with the steps to it."""


def _ready(candidates: tuple[tuple[str, ...], ...]) -> tuple[Keys, ...]:
    return tuple(tuple((key, tuple(key.split("."))) for key in keys) for keys in candidates)


_CANDIDATES: Final = {field: _ready(candidates) for field, candidates in MERGE_KEYS.items()}
_USUAL: Final = _ready(_ANY_FIELD)


def names(field: str, items: Sequence[Any]) -> list[str]:
    """What stands for each item of the list ``field`` in a path: ``[name=web]``, or its index, ``[0]``."""
    return names_by_key(field, items) or [f"[{at}]" for at in range(len(items))]


def names_by_key(field: str, *lists: Sequence[Any]) -> list[str] | None:
    """The names by merge keys of all items of ``lists``, one list behind the other; None when no key tells them apart."""
    for keys in _CANDIDATES.get(field, _USUAL):
        found: list[str] = []
        for items in lists:
            own = _names(keys, items)
            if own is None:
                break
            found += own
        else:
            return found
    return None


def _names(keys: Keys, items: Sequence[Any]) -> list[str] | None:
    found: list[str] = []
    for item in items:
        name = _name(keys, item)
        if name is None:
            return None
        found.append(name)
    return found if len(set(found)) == len(found) else None


def _name(keys: Keys, item: Any) -> str | None:
    """What the keys tell of an item; None when it lacks one that has no default."""
    told = []
    for key, steps in keys:
        value = dig(item, *steps)
        if value is None:
            value = _DEFAULTS.get(key)
        if not isinstance(value, str | int) or isinstance(value, bool):
            return None
        if value != "":
            told.append(f"{key}={value}")
    return f"[{','.join(told)}]"
