"""What etcd keeps in a bbolt file: revisions of keys, and the cluster's own facts."""

from snapinspect.etcd.database import Database
from snapinspect.etcd.store import (
    Bucketed,
    Discovering,
    Facts,
    Holding,
    KeyFilter,
    Listed,
    Lossy,
    Member,
    Reaching,
    Sampling,
    Store,
    Timed,
    chosen,
    is_forkable,
)

__all__ = [
    "Bucketed",
    "Database",
    "Discovering",
    "Facts",
    "Holding",
    "KeyFilter",
    "Listed",
    "Lossy",
    "Member",
    "Reaching",
    "Sampling",
    "Store",
    "Timed",
    "chosen",
    "is_forkable",
]
