"""What etcd keeps in a bbolt file: revisions of keys, and the cluster's own facts."""

from snapinspect.etcd.database import Database
from snapinspect.etcd.store import Facts, KeyFilter, Lossy, Member, Store

__all__ = ["Database", "Facts", "KeyFilter", "Lossy", "Member", "Store"]
