"""Which kinds a snapshot has of what is selected, and in which versions they are stored."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snapinspect.kube.kinds import Kind
    from snapinspect.model import Head
    from snapinspect.select import Selection
    from snapinspect.snapshot import Snapshot

Form = tuple[str, str]
"""An apiVersion and a kind."""
Place = tuple[str | None, str]
"""A namespace and a name."""
Identity = tuple[str, str]
"""A group and a kind."""


@dataclass(slots=True)
class Held:
    """What lies under one storage path: the form that was met first, and the places of what has another one.

    Kinds share a path when they moved from one group to another. ``root`` is what the keys begin with, before namespace
    and name (empty: that is not where they end). ``size`` is in bytes as stored.
    """

    main: Form
    root: bytes
    others: dict[Form, set[Place]] = field(default_factory=dict)
    size: int = 0


@dataclass(slots=True)
class Inventory:
    """What is held by storage path; ``foreign`` counts records that are no Kubernetes objects."""

    held: dict[str, Held] = field(default_factory=dict)
    foreign: int = 0


def take_inventory(snapshot: Snapshot, selection: Selection) -> Inventory:
    """Reads the heads of all that is selected; labels do not count, as either side may have others."""
    inventory = Inventory()
    for record, head in snapshot.entries(selection._replace(labels=None)):
        if snapshot.key_space.is_bookkeeping(record.key):
            continue
        if not head.kind:
            inventory.foreign += 1
        elif not head.guessed:
            kind = selection.space.table.for_object(head.group, head.kind)
            form = head.api_version, head.kind
            held = inventory.held.setdefault(path_of(kind), Held(form, _root(record.key, head)))
            held.size += len(record.value)
            if form != held.main:
                held.others.setdefault(form, set()).add((head.namespace, head.name))
    return inventory


def _root(key: bytes, head: Head) -> bytes:
    ending = (f"{head.namespace}/{head.name}" if head.namespace else head.name).encode()
    return key.removesuffix(ending) if key.endswith(b"/" + ending) else b""


def path_of(kind: Kind) -> str:
    """The storage path by which kinds that share one are known."""
    return kind.paths[0] if kind.paths else kind.qualified


def group_of(api_version: str) -> str:
    return api_version.rpartition("/")[0]


def identity_of(form: Form) -> Identity:
    api_version, kind = form
    return group_of(api_version), kind
