"""Leases for keys whose own is gone: without one, what should expire would live for ever."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from snapinspect.etcd import lease
from snapinspect.etcd.keyvalue import read_keyvalue
from snapinspect.etcd.store import Stored
from snapinspect.recovery.rebuild.changes import is_tombstone

_SECONDS = {"events": 3600, "events.k8s.io": 3600, "masterleases": 15, "peerserverleases": 15}
"""How long an API server lets these live: kube-apiserver ``--event-ttl``, ``pkg/controlplane/instance.go``."""
_OTHERWISE = 3600
_SIGN = 1 << 63


class Leased(NamedTuple):
    """The lease of a live key, and the kind of the key by its path."""

    id: int
    kind: str


def leased(records: Iterable[Stored], kind_of: Callable[[bytes], str]) -> list[Leased]:
    """The leases that live keys name."""
    found: dict[bytes, int] = {}
    for stored in records:
        keyvalue = read_keyvalue(stored.keyvalue, 0, len(stored.keyvalue))
        if keyvalue.lease and not is_tombstone(stored):
            found[keyvalue.key] = keyvalue.lease
        else:
            found.pop(keyvalue.key, None)
    return [Leased(each - 2 * _SIGN if each >= _SIGN else each, kind_of(key)) for key, each in found.items()]


def missing_leases(named: Iterable[Leased], held: Mapping[bytes, bytes], *, in_seconds: bool) -> dict[bytes, bytes]:
    """New leases for those that are ``named`` and not ``held``, each as long as the others of its kind are.

    ``in_seconds`` when their ids are how long they live, as in kine.
    """
    seconds: dict[str, int] = dict(_SECONDS)
    gone: dict[int, str] = {}
    for each in named:
        value = held.get(each.id.to_bytes(8, "big", signed=True))
        if value is None:
            gone[each.id] = each.kind
        elif told := lease.seconds_of(value):
            seconds[each.kind] = told
    return dict(
        lease.pack_lease(each, each if in_seconds else seconds.get(kind, _OTHERWISE)) for each, kind in gone.items()
    )
