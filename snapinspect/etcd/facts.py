"""What etcd keeps about itself beside the keys.

Sources: go.etcd.io/etcd ``server/storage/schema`` (``bucket.go``, ``cindex.go``, ``membership.go``,
``schema.go``), ``etcdutl/snapshot/v3_snapshot.go`` (the hash and sizes of ``snapshot status``).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from snapinspect.bolt import BoltFile, layout
from snapinspect.bolt.pages import contents
from snapinspect.errors import Damaged
from snapinspect.etcd.about import Facts, Member
from snapinspect.model import Progress

_U64 = 8
_ID = re.compile(r"[0-9a-f]{1,16}")


@dataclass(frozen=True, slots=True)
class Applied:
    """How far a member had come when its database was written, and what later entries of its log meet.

    ``index`` and ``term`` are those of the last entry that the database holds, the term 0 where it is not told; ``leases``
    are ids; ``alarms`` are pairs of a member and an alarm's type; ``members`` are all that are or were, ``voters`` those
    that agree on entries. ``has_auth`` when users need permissions.
    """

    index: int
    term: int = 0
    leases: frozenset[int] = frozenset()
    alarms: frozenset[tuple[int, int]] = frozenset()
    members: frozenset[int] = frozenset()
    voters: frozenset[int] = frozenset()
    has_auth: bool = False


def read_applied(file: BoltFile) -> Applied:
    """Sources: ``server/storage/schema`` (``cindex.go``, ``lease.go``, ``alarm.go``, ``confstate.go``, ``auth.go``)."""
    meta = file.contents(b"meta")
    return Applied(
        index=_number(meta.get(b"consistent_index")) or 0,
        term=_number(meta.get(b"term")) or 0,
        leases=frozenset(int.from_bytes(key, "big", signed=True) for key in file.contents(b"lease")),
        alarms=frozenset(map(_alarm, file.contents(b"alarm"))),
        members=_ids(file.contents(b"members")) | _ids(file.contents(b"members_removed")),
        voters=_voters(meta.get(b"confState"), file.contents(b"members")),
        has_auth=file.contents(b"auth").get(b"authEnabled") == b"\x01",
    )


def _alarm(raw: bytes) -> tuple[int, int]:
    from google.protobuf.message import DecodeError

    from snapinspect.etcd.messages import message

    try:
        alarm = message("AlarmMember").FromString(raw)
    except DecodeError:
        raise Damaged("an alarm of etcd's is no message") from None
    return alarm.memberID, alarm.alarm


def _ids(members: dict[bytes, bytes]) -> frozenset[int]:
    texts = (key.decode("ascii", "replace") for key in members)
    return frozenset(int(text, 16) for text in texts if _ID.fullmatch(text))


def _voters(state: bytes | None, members: dict[bytes, bytes]) -> frozenset[int]:
    """By raft's own state where it is kept, else all members but learners."""
    if state:
        voters = _json(state).get("voters")
        return frozenset(filter(_is_id, voters)) if isinstance(voters, list) else frozenset()
    return frozenset(
        int(each.id, 16) for each in read_members(members) if not each.is_learner and _ID.fullmatch(each.id)
    )


def _is_id(value: object) -> bool:
    return type(value) is int and 0 <= value < 1 << 64


def read_facts(file: BoltFile, progress: Progress) -> Facts:
    """Everything that ``info`` shows of etcd; hashes the whole file."""
    meta, cluster = file.contents(b"meta"), file.contents(b"cluster")
    return Facts(
        db_size=file.size,
        db_size_in_use=_size_in_use(file),
        hash=content_hash(file, progress),
        consistent_index=_number(meta.get(b"consistent_index")),
        term=_number(meta.get(b"term")),
        storage_version=_text(meta.get(b"storageVersion")),
        cluster_version=_text(cluster.get(b"clusterVersion")),
        members=tuple(read_members(file.contents(b"members"))),
    )


def content_hash(file: BoltFile, progress: Progress) -> int:
    """CRC-32C over each bucket's name and then its keys and values, as ``etcdutl snapshot status`` prints it."""
    import google_crc32c

    extend = google_crc32c.extend
    crc = 0
    data = file.data
    with progress("hashing", file.size) as advance:
        visited = file.unvisited()
        for name, bucket in file.root().buckets(visited):
            crc = extend(crc, name)
            for page in bucket.leaf_pages(visited):
                for part in contents(data, page):
                    crc = extend(crc, part)
                advance(page.end - page.start)
    return crc


def read_buckets(file: BoltFile) -> dict[bytes, dict[bytes, bytes]]:
    """What all buckets but the one of the keys hold, by their names. Raises Damaged when one cannot be read."""
    return {name: dict(bucket.items()) for name, bucket in file.root().buckets() if name != b"key"}


def _size_in_use(file: BoltFile) -> int:
    """Bytes of the pages that are reached from the root, the metas and the freelist."""
    page_size = file.meta.page_size
    pages = 2 + file.tree_pages()
    if file.meta.freelist != layout.NO_FREELIST:
        pages += file.page(file.meta.freelist).overflow + 1
    return pages * page_size


def read_members(contents: dict[bytes, bytes]) -> Iterator[Member]:
    """The members that the bucket ``members`` describes. Raises Damaged for one that is not described in JSON."""
    for member_id, raw in contents.items():
        about = _json(raw)
        yield Member(
            id=member_id.decode("ascii", "backslashreplace"),
            name=str(about.get("name", "")),
            peer_urls=_texts(about.get("peerURLs")),
            client_urls=_texts(about.get("clientURLs")),
            is_learner=about.get("isLearner") is True,
        )


def _json(raw: bytes) -> dict[str, Any]:
    try:
        about = json.loads(raw)
    except (ValueError, RecursionError):
        raise Damaged("a member of the etcd cluster is not described in JSON") from None
    return about if isinstance(about, dict) else {}


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(str(item) for item in value) if isinstance(value, list) else ()


def _number(raw: bytes | None) -> int | None:
    return int.from_bytes(raw, "big") if raw and len(raw) == _U64 else None


def _text(raw: bytes | None) -> str | None:
    return raw.decode("utf-8", "backslashreplace") if raw else None
