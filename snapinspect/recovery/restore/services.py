"""Addresses and node ports of services, of which a cluster gives out each once.

Source: ``pkg/registry/core/service/storage/alloc.go`` (clusterIPs, nodePort, healthCheckNodePort).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from snapinspect.clean.paths import DROP, update
from snapinspect.clean.subject import dig, mappings, text
from snapinspect.kube.cluster import ApiError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from snapinspect.kube.cluster import Cluster
    from snapinspect.model import Body
    from snapinspect.recovery.restore.wanted import Wanted

_SERVICE: Final = ("", "Service")
_NONE: Final = "None"
_PORTS: Final = ["spec", "ports", "[]", "nodePort"]
_HEALTH: Final = ["spec", "healthCheckNodePort"]


class Allocated:
    """What the live services hold. ``say`` is told when they may not be seen."""

    def __init__(
        self, cluster: Cluster, wanted: Sequence[Wanted], say: Callable[[str], object], *, moved: bool
    ) -> None:
        self._moved = moved
        self._holders: dict[Any, tuple[str, str]] = {}
        services = [each for each in wanted if each.target[:2] == _SERVICE]
        if any(True for each in services for _ in _held(each.body)):
            self._ask(cluster, say)

    def _ask(self, cluster: Cluster, say: Callable[[str], object]) -> None:
        served = cluster.served("v1", "Service")
        try:
            for page in cluster.pages(served, None) if served else ():
                for item in page.items:
                    holder = _place(item.body)
                    self._holders.update(dict.fromkeys(_held(item.body), holder))
        except ApiError as error:
            if error.code != 403:
                raise
            say("which node ports and addresses other services hold may not be seen")

    def settle(self, wanted: Wanted) -> Wanted:
        """The service without what another one holds, if it goes into another namespace; else a word on it."""
        if wanted.target[:2] != _SERVICE:
            return wanted
        taken = {held: holder for held in _held(wanted.body) if (holder := self._other(held, wanted))}
        if not taken:
            return wanted
        end = "the server chooses another" if self._moved else "the server will refuse it"
        notes = [f"{_named(held)} is held by service {'/'.join(holder)}: {end}" for held, holder in taken.items()]
        body = _without(wanted.body, set(taken)) if self._moved else wanted.body
        return wanted.having(body, *notes)

    def _other(self, held: Any, wanted: Wanted) -> tuple[str, str] | None:
        holder = self._holders.get(held)
        return holder if holder != (wanted.namespace, wanted.name) else None


def _held(service: Body) -> Iterator[Any]:
    """Addresses as text, ports as numbers."""
    spec = dig(service, "spec")
    addresses = dig(spec, "clusterIPs")
    for address in addresses if isinstance(addresses, list) else [dig(spec, "clusterIP")]:
        if text(address) and address != _NONE:
            yield address
    for port in (*(each.get("nodePort") for each in mappings(dig(spec, "ports"))), dig(spec, "healthCheckNodePort")):
        if isinstance(port, int) and port:
            yield port


def _without(service: Body, taken: set[Any]) -> Body:
    drop = partial(_unless, taken)
    body: Body = update(update(service, _PORTS, drop), _HEALTH, drop)
    if any(isinstance(each, str) for each in taken):
        # Both fields tell of the same addresses.
        for field in ("clusterIP", "clusterIPs"):
            body = update(body, ["spec", field], lambda _: DROP)
    return body


def _unless(taken: set[Any], value: Any) -> Any:
    return DROP if isinstance(value, int) and value in taken else value


def _place(service: Body) -> tuple[str, str]:
    return text(dig(service, "metadata", "namespace")), text(dig(service, "metadata", "name"))


def _named(held: Any) -> str:
    return f"address {held}" if isinstance(held, str) else f"node port {held}"
