"""The read model: a snapshot, at a revision, as Kubernetes objects.

Every command stands on it, and so may any program::

    with snapinspect.open("etcd-backup.db") as snapshot:
        for found in snapshot.recover(snapshot.select(["deploy/web"], namespaces=["shop"])):
            print(found.cleaned.body)
"""

from snapinspect.snapshot.opening import open_snapshot
from snapinspect.snapshot.recovered import Recovered
from snapinspect.snapshot.values import UNPROVEN_MARK, Entry
from snapinspect.snapshot.view import Snapshot, Unread, View

__all__ = ["UNPROVEN_MARK", "Entry", "Recovered", "Snapshot", "Unread", "View", "open_snapshot"]
