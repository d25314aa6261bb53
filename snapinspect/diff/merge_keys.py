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

_DEFAULTS: Final = {"protocol": "TCP", "namespace": "", "subresource": "", "pathType": "", "operator": "", "value": "", "effect": "", "key": ""}
"""What a key's field means where it is absent."""


def names(field: str, items: Sequence[Any]) -> list[str]:
    """What stands for each item of the list ``field`` in a path: ``[name=web]``, or its index, ``[0]``."""
    return names_by_key(field, items) or [f"[{at}]" for at in range(len(items))]


def names_by_key(field: str, *lists: Sequence[Any]) -> list[str] | None:
    """The names by merge keys of all items of ``lists``, one list behind the other; None when no key tells them apart."""
    for keys in MERGE_KEYS.get(field, _ANY_FIELD):
        found = [_names(keys, items) for items in lists]
        if all(name is not None for name in found):
            return [name for each in found for name in each or ()]
    return None


def _names(keys: tuple[str, ...], items: Sequence[Any]) -> list[str] | None:
    found = [_name(keys, item) for item in items]
    known = [name for name in found if name is not None]
    return known if len(set(known)) == len(items) else None


def _name(keys: tuple[str, ...], item: Any) -> str | None:
    if not isinstance(item, dict):
        return None
    values = [dig(item, *key.split(".")) for key in keys]
    told = [_DEFAULTS.get(key) if value is None else value for key, value in zip(keys, values, strict=True)]
    if any(not isinstance(value, str | int) or isinstance(value, bool) for value in told):
        return None
    return f"[{','.join(f'{key}={value}' for key, value in zip(keys, told, strict=True) if value != '')}]"
