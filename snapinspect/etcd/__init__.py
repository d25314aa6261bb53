"""What etcd keeps in a bbolt file: revisions of keys, and the cluster's own facts."""

from snapinspect.etcd.database import Database
from snapinspect.etcd.store import (
    Bucketed,
    Discovering,
    Fronted,
    Holding,
    KeyFilter,
    Listed,
    Lossy,
    Numbered,
    Reaching,
    Sampling,
    Skipping,
    Store,
    Timed,
    chosen,
    is_forkable,
)

__all__ = [
    "Bucketed",
    "Database",
    "Discovering",
    "Fronted",
    "Holding",
    "KeyFilter",
    "Listed",
    "Lossy",
    "Numbered",
    "Reaching",
    "Sampling",
    "Skipping",
    "Store",
    "Timed",
    "chosen",
    "is_forkable",
]
