"""Damages a real etcd's snapshot again and again, and holds what is read of it against what was written.

``python tests/damage/campaign.py --count 10000`` runs it at length and prints figures.
"""

from __future__ import annotations

import random
import resource
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from compacted import DOOMED, Written
from mutations import MUTATIONS, PAGE, splice

from snapinspect.bolt import BoltFile
from snapinspect.bolt.check import check
from snapinspect.errors import SnapinspectError
from snapinspect.etcd import Database
from snapinspect.etcd.carve import CarvedDatabase
from snapinspect.etcd.salvage import SalvagedDatabase
from snapinspect.model import LIVE, Record


def every(_key: bytes) -> bool:
    return True


@dataclass
class Figures:
    """What a campaign came to."""

    cases: Counter[str] = field(default_factory=Counter)
    shown: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0


class Campaign:
    """Damages ``written.snapshot``; ``other`` is another database, to be spliced in."""

    def __init__(self, written: Written, other: bytes) -> None:
        self.figures = Figures()
        self._whole = written.snapshot.read_bytes()
        self._other = other
        self._truth = written.at(written.last)
        self._runs = dict(_runs(self._whole))
        self._written = written

    def run(self, seed: int) -> bytes:
        """One damaged file, read in every way; AssertionError when something is wrong. Gives the file."""
        chance = random.Random(seed)
        mutation = MUTATIONS[seed % len(MUTATIONS)]
        data = mutation(chance, bytearray(self._whole), self._other)
        start = time.process_time()
        read_directly(data)
        try:
            database = SalvagedDatabase(data)
        except SnapinspectError:
            self.figures.cases["refused"] += 1
            return data
        shown = list(database.scan(every))
        list(database.revisions(every))
        list(database.losses(every))
        database.facts()
        self.figures.slowest = max(self.figures.slowest, time.process_time() - start)
        self.figures.cases[mutation.__name__] += 1
        if mutation is not splice:
            self._hold(data, shown)
        return data

    def _hold(self, data: bytes, shown: list[Record]) -> None:
        """What stands on untouched pages is shown as it was written, and what is live was live."""
        touched = _touched(self._whole, data)
        by_key: dict[bytes, list[Record]] = {}
        for record in shown:
            by_key.setdefault(record.key, []).append(record)
            if record.source == LIVE:
                assert record.key not in DOOMED
                run = self._runs.get(record.mod_revision)
                assert run is not None, f"revision {record.mod_revision} is not in the tree, and said to be live"
                assert touched & run or (record.mod_revision, bytes(record.value)) == self._truth[record.key]
        for key, (revision, value) in self._truth.items():
            if touched & self._runs[revision]:
                continue
            found = by_key.get(key, [])
            assert found, f"{key!r} stands on untouched pages, and is not shown"
            told = [each for each in found if not touched & self._runs.get(each.mod_revision, set())]
            assert all(
                (each.mod_revision, bytes(each.value)) == (revision, value) for each in told if each.source == LIVE
            )
            self.figures.shown["proven" if found[0].source == LIVE else "unproven"] += 1


def read_directly(data: bytes) -> None:
    """Reads as without ``--salvage``: an error of ours is right, any other is not."""
    check(data)
    for kind in (Database, CarvedDatabase):
        try:
            database = kind(data)
            list(database.scan(every))
            list(database.revisions(every))
            database.facts()
        except SnapinspectError:
            pass


def _runs(data: bytes) -> list[tuple[int, set[int]]]:
    """For each revision in the tree the numbers of the pages that it stands on."""
    file = BoltFile(data)
    bucket = file.bucket(b"key")
    assert bucket is not None
    runs = []
    for page in bucket.leaf_pages():
        for at in range(page.body, page.body + page.elements * 16, 16):
            start = at + int.from_bytes(data[at + 4 : at + 8], "little")
            revision = int.from_bytes(data[start : start + 8], "big")
            runs.append((revision, set(range(page.start // PAGE, page.end // PAGE))))
    return runs


def _touched(whole: bytes, data: bytes) -> set[int]:
    """The pages that are not as they were."""
    return {at // PAGE for at in range(0, len(whole), PAGE) if whole[at : at + PAGE] != data[at : at + PAGE]}


def _main() -> None:
    import argparse
    import tempfile

    from compacted import live_and_compact
    from real_etcd import running_etcd

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home, running_etcd() as etcd:
        written = live_and_compact(etcd, Path(home))
        campaign = Campaign(written, written.defragmented.read_bytes())
    for seed in range(options.seed, options.seed + options.count):
        try:
            campaign.run(seed)
        except Exception as error:
            raise AssertionError(f"seed {seed}") from error
    figures = campaign.figures
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    sys.stdout.write(
        f"files read: {dict(figures.cases)}\n"
        f"live objects on untouched pages, all of them shown: {dict(figures.shown)}\n"
        f"slowest file: {figures.slowest:.2f} s of processor time\n"
        f"memory at most: {memory} MiB\n"
    )


if __name__ == "__main__":
    _main()
