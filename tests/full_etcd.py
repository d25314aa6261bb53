"""An etcd at its quota."""

from __future__ import annotations

import time

from real_etcd import RealEtcd

QUOTA = ("--quota-backend-bytes", str(4 << 20))
_WRITES = 60
_COMMIT = 0.05
"""Seconds after which etcd looks at the size of its file again."""


def fill_up(etcd: RealEtcd) -> None:
    """Writes until ``etcd``, started with QUOTA, takes no more: raises what it then says, grpc.RpcError."""
    for number in range(_WRITES):
        etcd.put(b"large-%d" % number, bytes(1 << 20))
        time.sleep(_COMMIT)
