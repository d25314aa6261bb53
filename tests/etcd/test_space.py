"""How full a database is, held against what etcd says of itself, and against what it makes of it."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import grpc  # type: ignore[import-untyped]
import pytest
from bolt_writer import Image
from compacted import Written
from full_etcd import QUOTA, fill_up
from real_etcd import RealEtcd, running_etcd

from snapinspect.errors import Damaged
from snapinspect.etcd import Database
from snapinspect.etcd.space import Space

DIGEST = 32
TOLERANCE = 0.002
"""Of the size after defragmentation, and a few pages more: etcd writes some more after it."""
FEW_PAGES = 3


def space(path: Path) -> Space:
    return Database(path.read_bytes()[:-DIGEST]).space()


def status(etcd: RealEtcd) -> tuple[int, int]:
    """Size and size in use as the server tells them."""
    (told,) = json.loads(etcd.ctl("endpoint", "status", "-w", "json"))
    return told["Status"]["dbSize"], told["Status"]["dbSizeInUse"]


def assert_near(estimated: int, found: int, page_size: int) -> None:
    assert abs(estimated - found) <= TOLERANCE * found + FEW_PAGES * page_size, (estimated, found)


@pytest.mark.parametrize("name", ["small", "history", "cbor", "aescbc", "secretbox"])
def test_every_byte_is_accounted_for(
    snapshot_file: Callable[[str], Path], status: Callable[[str], Any], name: str
) -> None:
    path = snapshot_file(name)
    found = space(path)
    assert found.size == status(name)["totalSize"] == path.stat().st_size - DIGEST
    database = Database(path.read_bytes()[:-DIGEST])
    assert found.in_use == database.facts().db_size_in_use
    assert found.in_use == sum(found.buckets.values()) + 3 * found.page_size
    assert 0 < found.live < found.records < found.records + found.unused < found.in_use <= found.size
    assert found.compacted < found.defragmented <= found.size
    assert not found.has_alarm


def test_records_are_counted_with_their_headers(snapshot_file: Callable[[str], Path]) -> None:
    """The same by another way: each record as etcd encodes it, its revision, and the element's header."""
    database = Database(snapshot_file("history").read_bytes()[:-DIGEST])
    file = database._file
    bucket = file.bucket(b"key")
    assert bucket is not None
    assert database.space().records == sum(16 + len(key) + len(value) for key, value in bucket.items())
    leases = file.bucket(b"lease")
    assert leases is not None
    assert database.space().leases == len(list(leases.items()))


def fill(etcd: RealEtcd, count: int, sizes: Sequence[int]) -> None:
    """Writes ``count`` values of these sizes under keys that repeat, deletes some, and grants leases."""
    chance = random.Random(3)
    for number in range(count):
        etcd.put(b"/registry/things/%04d" % chance.randrange(count // 3), chance.randbytes(chance.choice(sizes)))
        if not number % 9:
            etcd.delete(b"/registry/things/%04d" % chance.randrange(count // 3))
    for _ in range(20):
        etcd.grant()


SIZES = {
    "small": (3_000, range(10, 900)),
    "large": (700, range(500, 30_000)),
    "mixed": (700, [5, 300, 1_900, 4_000, 90_000]),
}
"""How many values are written, and the sizes that they have."""


@pytest.mark.parametrize("sizes", SIZES)
def test_what_etcd_makes_of_it(sizes: str, tmp_path: Path) -> None:
    """Defragmentation alone, then compaction and defragmentation, each as large as it was estimated to become."""
    with running_etcd() as etcd:
        fill(etcd, *SIZES[sizes])
        before = space(etcd.save(tmp_path / "before.db"))
        etcd.ctl("defrag")
        size, in_use = status(etcd)
        assert_near(before.defragmented, size, before.page_size)
        between = space(etcd.save(tmp_path / "between.db"))
        assert (between.records, between.live) == (before.records, before.live)
        assert_near(between.in_use, in_use, before.page_size)
        etcd.compact(etcd.range().header.revision)
        etcd.ctl("defrag")
        size, _ = status(etcd)
        assert_near(before.compacted, size, before.page_size)
        after = space(etcd.save(tmp_path / "after.db"))
    assert after.records == after.live == before.live
    assert after.leases == before.leases == 20
    assert after.size < before.size / 2


def test_compaction_leaves_free_pages_behind(compacted: Written) -> None:
    """As a snapshot is taken without defragmentation, and with it."""
    before, after = space(compacted.snapshot), space(compacted.defragmented)
    assert before.size - before.in_use > 10 * before.page_size
    assert_near(before.defragmented, after.size, before.page_size)
    assert before.live == after.live


def test_a_file_with_a_freelist() -> None:
    """Older etcds write one; its page is in use, and would be again."""
    image = Image(page_size=4096)
    records = {b"%08d_%08d" % (7, 7): b"x"}
    root = image.tree({b"key": {}, b"meta": records})
    freelist = image.page(16, b"", 0)
    plain = Database(image.file(root)).space()
    listed = Database(image.file(root, freelist=freelist)).space()
    assert listed.in_use - plain.in_use == listed.defragmented - plain.defragmented == 4096
    assert (plain.records, plain.live, plain.buckets) == (0, 0, {"key": 0, "meta": 0})


def test_pages_that_two_buckets_share_are_damage() -> None:
    image = Image(inline=False)
    shared = image.tree({b"a": b"b"})
    empty = image.tree({})
    bucket = shared.to_bytes(8, "little") + bytes(8)
    root = image.leaf((1, b"key", empty.to_bytes(8, "little") + bytes(8)), (1, b"one", bucket), (1, b"two", bucket))
    with pytest.raises(Damaged, match="twice"):
        Database(image.file(root)).space()


def test_the_alarm_of_an_exceeded_quota(tmp_path: Path) -> None:
    with running_etcd(*QUOTA) as etcd:
        assert not space(etcd.save(tmp_path / "before.db")).has_alarm
        with pytest.raises(grpc.RpcError, match="space exceeded"):
            fill_up(etcd)
        assert space(etcd.save(tmp_path / "after.db")).has_alarm
