"""Get Kubernetes objects back out of an etcd snapshot.

``snapinspect.open(path)`` gives the ``Snapshot`` on which the commands stand, too::

    import snapinspect

    with snapinspect.open("etcd-backup.db") as snapshot:
        for found in snapshot.recover(snapshot.select(["deploy/web"], namespaces=["shop"])):
            print(found.cleaned.body)
"""

from snapinspect.snapshot import Entry, Recovered, Snapshot, open_snapshot

__version__ = "0.1.0"

open = open_snapshot  # noqa: A001 - `snapinspect.open(path)` reads as what it does

__all__ = ["Entry", "Recovered", "Snapshot", "__version__", "open"]
