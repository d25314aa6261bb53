"""A real etcd's snapshots after compaction, with all that was ever written to it: what may still lie in free pages."""

from __future__ import annotations

import json
import random
import time
from bisect import bisect_right
from dataclasses import dataclass, field
from pathlib import Path
from zlib import crc32

from real_etcd import RealEtcd

DOOMED = tuple(b"/registry/configmaps/shop/doomed-%d" % number for number in range(8))
"""Deleted, and their deletion compacted."""
PHOENIX = b"/registry/configmaps/shop/phoenix"
"""Deleted, and created again before compaction."""
_COMMIT = 0.12
"""Seconds after which etcd has written a transaction into its file."""
_NAMES = 60


@dataclass
class Written:
    """Everything that was written: per key its revisions in order, with the value, or None for a deletion."""

    snapshot: Path
    defragmented: Path
    compacted: int
    last: int
    keys: dict[bytes, list[tuple[int, bytes | None]]] = field(default_factory=dict)

    def at(self, revision: int) -> dict[bytes, tuple[int, bytes]]:
        """The state at a revision: revision and value by key."""
        state = {}
        for key, changes in self.keys.items():
            before = bisect_right(changes, revision, key=lambda change: change[0])
            if before and (value := changes[before - 1][1]) is not None:
                state[key] = changes[before - 1][0], value
        return state

    def value(self, key: bytes, revision: int) -> bytes | None:
        """What was written under a key at a revision; raises KeyError when nothing was."""
        return dict(self.keys[key])[revision]

    def life(self, key: bytes) -> tuple[int, int]:
        """The first revision of a doomed object, and that of its deletion."""
        return self.keys[key][0][0], self.keys[key][-1][0]


def config_map(name: str, text: str) -> bytes:
    body = {
        "kind": "ConfigMap",
        "apiVersion": "v1",
        "metadata": {
            "name": name,
            "namespace": "shop",
            "uid": f"00000000-0000-0000-0000-{crc32(name.encode()):012}",
            "creationTimestamp": "2026-11-22T11:20:00Z",
        },
        "data": {"text": text},
    }
    return json.dumps(body).encode()


def live_and_compact(etcd: RealEtcd, out: Path) -> Written:
    """Writes, updates, deletes, creates again, compacts, writes more; keeps a snapshot of before and after defragmentation."""
    chance = random.Random(5)
    written = Written(out / "compacted.db", out / "defragmented.db", 0, 0)

    def put(key: bytes, text: str) -> None:
        value = config_map(key.rpartition(b"/")[2].decode(), text)
        written.keys.setdefault(key, []).append((etcd.put(key, value), value))

    def delete(key: bytes) -> None:
        written.keys[key].append((etcd.delete(key), None))

    def churn(count: int) -> None:
        for number in range(count):
            key = b"/registry/configmaps/shop/c%02d" % chance.randrange(_NAMES)
            if chance.random() < 0.2 and written.keys.get(key, [(0, None)])[-1][1] is not None:
                delete(key)
            else:
                put(key, f"{number} " * chance.choice([3, 30, 300, 3000]))
            if not number % 50:
                time.sleep(_COMMIT)

    churn(50)
    put(PHOENIX, "first life")
    for key in DOOMED:
        put(key, "to be gone")
        churn(15)
    delete(PHOENIX)
    for key in DOOMED:
        delete(key)
        churn(5)
    put(PHOENIX, "second life")
    churn(200)
    written.compacted = max(changes[-1][0] for changes in written.keys.values())
    churn(20)
    etcd.compact(written.compacted)
    time.sleep(2 * _COMMIT)
    churn(40)
    written.last = max(changes[-1][0] for changes in written.keys.values())
    etcd.save(written.snapshot)
    etcd.ctl("defrag")
    etcd.save(written.defragmented)
    return written
