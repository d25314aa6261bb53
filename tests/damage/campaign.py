"""Damages a real etcd's snapshot again and again, and holds what is read of it against what was written.

``python tests/damage/campaign.py --count 10000`` runs it at length and prints figures; with ``--rebuilt`` each file is
rebuilt, and an etcd started from it.
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

from compacted import Written
from mutations import MUTATIONS, PAGE, splice
from rebuilding import start_rebuilt

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
    misled: Counter[str] = field(default_factory=Counter)
    rebuilt: Counter[str] = field(default_factory=Counter)
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
        held = list(database.revisions(every))
        list(database.losses(every))
        database.facts()
        self.figures.slowest = max(self.figures.slowest, time.process_time() - start)
        self.figures.cases[mutation.__name__] += 1
        if mutation is not splice:
            self._hold_live(data, shown)
            self._hold_intact(data, shown, held)
        return data

    def _hold_live(self, data: bytes, shown: list[Record]) -> None:
        """What is called live was live; only what stands on touched pages may be other than it was."""
        touched = _touched(self._whole, data)
        for record in shown:
            if record.source != LIVE:
                continue
            run = self._runs.get(record.mod_revision)
            assert run is not None, f"revision {record.mod_revision} is not in the tree, and said to be live"
            if touched & run:
                continue
            if self._truth.get(record.key) != (record.mod_revision, bytes(record.value)):
                deleted = self._change_after(record)
                assert touched & self._runs[deleted], f"{record.key!r} of revision {record.revision} is not live"
                self.figures.misled["live, its tombstone being damaged into another key's"] += 1

    def _change_after(self, record: Record) -> int:
        """The revision that deleted what a record says; any other change that is damaged must have been noticed."""
        revision, value = next(change for change in self._written.keys[record.key] if change[0] > record.mod_revision)
        assert value is None, f"{record.key!r} of revision {record.revision} is not live: it was changed"
        return revision

    def _hold_intact(self, data: bytes, shown: list[Record], held: list[Record]) -> None:
        """What was live and stands on untouched pages is shown as it was."""
        touched = _touched(self._whole, data)
        forged = {each.key for each in held if each.tombstone and not self._is_written(each)}
        by_key: dict[bytes, list[Record]] = {}
        for record in shown:
            by_key.setdefault(record.key, []).append(record)
        for key, (revision, value) in self._truth.items():
            if touched & self._runs[revision]:
                continue
            found = by_key.get(key, [])
            if not found and key in forged:
                self.figures.misled["gone, another key's tombstone being damaged into its own"] += 1
                continue
            assert found, f"{key!r} stands on untouched pages, and is not shown"
            for each in found:
                is_intact = each.source == LIVE and not touched & self._runs[each.mod_revision]
                assert not is_intact or (each.mod_revision, bytes(each.value)) == (revision, value)
            self.figures.shown["proven" if found[0].source == LIVE else "unproven"] += 1

    def _is_written(self, tombstone: Record) -> bool:
        return (tombstone.mod_revision, None) in self._written.keys.get(tombstone.key, ())


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
    parser.add_argument("--rebuilt", action="store_true", help="rebuild each, and start an etcd from it")
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home, running_etcd() as etcd:
        written = live_and_compact(etcd, Path(home))
        campaign = Campaign(written, written.defragmented.read_bytes())
    for seed in range(options.seed, options.seed + options.count):
        try:
            data = campaign.run(seed)
            if options.rebuilt:
                campaign.figures.rebuilt[start_rebuilt(data)] += 1
        except Exception as error:
            raise AssertionError(f"seed {seed}") from error
    figures = campaign.figures
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    sys.stdout.write(
        f"files read: {dict(figures.cases)}\n"
        f"live objects on untouched pages, all of them shown: {dict(figures.shown)}\n"
        f"misled, as only a SHA-256 could have told: {dict(figures.misled)}\n"
        f"rebuilt, and an etcd started from it: {dict(figures.rebuilt)}\n"
        f"slowest file: {figures.slowest:.2f} s of processor time\n"
        f"memory at most: {memory} MiB\n"
    )


if __name__ == "__main__":
    _main()
