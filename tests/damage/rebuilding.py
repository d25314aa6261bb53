"""Damaged files, rebuilt: an etcd starts from each, and holds what was proven of it."""

from __future__ import annotations

import tempfile
from pathlib import Path

from real_etcd import ETCDS, restored_etcd

import snapinspect
from snapinspect.errors import SnapinspectError
from snapinspect.model import LIVE
from snapinspect.recovery.rebuild import Change, rebuild
from snapinspect.sources.recovery import open_salvaged


def start_rebuilt(data: bytes) -> str:
    """Rebuilds a damaged file, starts an etcd from it, and says what came of it: ``refused`` where nothing can be had.

    AssertionError when etcd holds anything but the records that were shown as ``live`` of the damaged file.
    """
    with tempfile.TemporaryDirectory(prefix="r-") as scratch:
        broken, whole = Path(scratch, "broken.db"), Path(scratch, "whole.db")
        broken.write_bytes(data)
        try:
            with snapinspect.open(str(broken), opener=open_salvaged) as snapshot:
                shown = list(snapshot.store.scan(lambda _key: True))
                rebuild(snapshot, whole, Change())
        except SnapinspectError:
            assert not whole.exists()
            return "refused"
        proven = {each.key: (each.mod_revision, bytes(each.value)) for each in shown if each.source == LIVE}
        with restored_etcd(whole, ETCDS["packaged"]) as etcd:
            assert {kv.key: (kv.mod_revision, kv.value) for kv in etcd.range().kvs} == proven
        return "started" if proven else "started, empty"
