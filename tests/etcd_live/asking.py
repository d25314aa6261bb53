"""The questions that every engine must answer alike, and the etcds that are there to answer them."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any, NamedTuple

from snapinspect.etcd import Store
from snapinspect.model import Record


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


class Process(NamedTuple):
    """A running process of this machine."""

    pid: int
    name: str

    def listening_ports(self) -> list[str]:
        """The local addresses of its TCP sockets, as ``/proc/net/tcp`` writes them."""
        opened = (str(link.readlink()) for link in Path(f"/proc/{self.pid}/fd").iterdir())
        inodes = {name[8:-1] for name in opened if name.startswith("socket:")}
        tables = (Path(f"/proc/{self.pid}/net/{table}").read_text().splitlines()[1:] for table in ("tcp", "tcp6"))
        return [line.split()[1] for table in tables for line in table if line.split()[9] in inodes]


def processes_below(directory: Path) -> list[Process]:
    """Those that run in a directory below ``directory``, or name it among their arguments."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            arguments = (process / "cmdline").read_bytes().split(b"\0")
            where = str((process / "cwd").readlink())
        except OSError:
            continue
        if int(process.name) == os.getpid() or not arguments[0]:
            continue
        if where.startswith(f"{directory}/") or any(os.fsencode(directory) in argument for argument in arguments):
            found.append(Process(int(process.name), Path(os.fsdecode(arguments[0])).name))
    return found
