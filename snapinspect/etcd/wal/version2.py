"""Keys of etcd's version 2, which lie in a log and in raft's snapshots, never in the database.

Source: go.etcd.io/etcd ``server/etcdserver/etcdserverpb/etcdserver.proto`` of 3.4 (Request: 2 method, 3 path),
``server/etcdserver/server.go`` (``StoreKeysPrefix``: what users wrote lies below ``/1``), ``etcdserver/api/v2store/node.go``
(a node's fields in JSON; one without ``Children`` is a key), ``etcdserver/api/snap/snapshotter.go`` (names of files).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from json import loads

from snapinspect.errors import Damaged
from snapinspect.etcd.wal.frames import fields
from snapinspect.etcd.wal.log import NORMAL, Entry
from snapinspect.model import Data

_METHOD, _PATH = 2, 3
"""Fields of a Request; an InternalRaftRequest has a Request in the field of the same number as the method."""
_METHODS = (b"PUT", b"POST")
_USERS = b"/1/"
_WRITES = re.compile(rb"\x12(?:\x03PUT|\x04POST)\x1a")
_NAME = re.compile(r"([0-9a-f]{16})-([0-9a-f]{16})\.snap")
_NUMBER, _TEXT = rb"[0-9]{1,20}", rb"(?:[^\"\\]|\\.)*+"
_KEY = re.compile(
    rb'"Path":"/1(/%(text)b)","CreatedIndex":%(number)b,"ModifiedIndex":%(number)b,"ExpireTime":"%(text)b",'
    rb'"Value":"%(text)b","Children":null' % {b"text": _TEXT, b"number": _NUMBER},
    re.DOTALL,
)
_FRONT = 64
"""Bytes of an entry among which a request of version 2 says what it is; few others need to be looked at any closer."""


def is_raft_snapshot(name: str) -> bool:
    """Whether a file of this name is a snapshot of raft's, in which the store of version 2 is kept whole."""
    return _NAME.fullmatch(name) is not None


def keys_in_raft_snapshot(data: Data) -> set[bytes]:
    """The keys that a snapshot of raft's holds, as ``keys_of_version2`` gives them."""
    return {_unescaped(match[1]) for match in _KEY.finditer(data)}


def _unescaped(path: bytes) -> bytes:
    """A path as it was before it was written in JSON, or as it stands where it is no JSON."""
    try:
        text: str = loads(b'"%b"' % path)
        return text.encode()
    except ValueError:
        return path


def keys_of_version2(entries: Iterable[Entry]) -> set[bytes]:
    """The keys that requests of version 2 wrote, by their paths as users know them."""
    found = set()
    for entry in entries:
        if entry.type == NORMAL and _WRITES.search(
            entry.segment.data, entry.start, min(entry.end, entry.start + _FRONT)
        ):
            path = _written(entry)
            if path.startswith(_USERS):
                found.add(path[len(_USERS) - 1 :])
    return found


def _written(entry: Entry) -> bytes:
    """The path that the entry writes, if it is a request of version 2: by itself, or inside an InternalRaftRequest."""
    data = entry.segment.data
    try:
        request = _members(data, entry.start, entry.end)
        if data[slice(*request.get(_METHOD, (0, 0)))] not in _METHODS:
            request = _members(data, *request.get(_METHOD, (0, 0)))
        is_write = data[slice(*request.get(_METHOD, (0, 0)))] in _METHODS
        return data[slice(*request.get(_PATH, (0, 0)))] if is_write else b""
    except Damaged:
        return b""


def _members(data: Data, start: int, end: int) -> dict[int, tuple[int, int]]:
    """Where the fields of a message lie that have bytes."""
    return {number: (first, last) for number, first, last in fields(data, start, end) if last}
