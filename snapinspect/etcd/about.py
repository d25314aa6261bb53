"""What etcd says of itself, beside the keys."""

from __future__ import annotations

from typing import NamedTuple


class Member(NamedTuple):
    """A member of the etcd cluster; ``id`` is 16 hexadecimal digits."""

    id: str
    name: str
    peer_urls: tuple[str, ...]
    client_urls: tuple[str, ...]
    is_learner: bool


class Status(NamedTuple):
    """How one endpoint is. ``error`` says why nothing else is known; ids are 16 hexadecimal digits, sizes bytes."""

    endpoint: str
    error: str = ""
    member_id: str = ""
    version: str = ""
    storage_version: str = ""
    db_size: int = 0
    db_size_in_use: int = 0
    leader_id: str = ""
    is_learner: bool = False
    raft_term: int = 0
    raft_index: int = 0
    raft_applied_index: int = 0
    errors: tuple[str, ...] = ()

    @property
    def is_leader(self) -> bool:
        return bool(self.leader_id) and self.leader_id == self.member_id


class Facts(NamedTuple):
    """What etcd keeps about itself. Sizes are bytes; what the source does not tell is None or empty.

    ``endpoints`` are those of a running etcd, and how each is.
    """

    db_size: int | None
    db_size_in_use: int | None
    hash: int | None
    consistent_index: int | None
    term: int | None
    storage_version: str | None
    cluster_version: str | None
    members: tuple[Member, ...] = ()
    endpoints: tuple[Status, ...] = ()
