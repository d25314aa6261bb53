"""What an entry of raft's log asks for.

Source: go.etcd.io/etcd ``server/etcdserver/server.go`` (``applyEntryNormal``).
"""

from __future__ import annotations

from typing import Any

from snapinspect.etcd.messages import message
from snapinspect.etcd.wal.log import NORMAL, Entry


def request_of(entry: Entry) -> Any | None:
    """The ``etcdserverpb.InternalRaftRequest`` of an entry.

    None for one that asks nothing of the keys: a change of the members, a leader's first entry, which is empty, or
    a request of etcd's version 2, by which members of old releases told their names.
    """
    if entry.type != NORMAL or entry.start == entry.end:
        return None
    # Imported here, as only those who read a log need it.
    from google.protobuf.message import DecodeError

    try:
        return message("InternalRaftRequest").FromString(entry.segment.data[entry.start : entry.end])
    except DecodeError:
        return None
