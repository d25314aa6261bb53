"""Whether a snapshot is whole: what is damaged, what that means, and how much of it can still be had."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any, NamedTuple, TypeVar

from snapinspect.bolt.check import Checked
from snapinspect.errors import Locked, UnknownKind
from snapinspect.etcd import Store, is_forkable
from snapinspect.etcd.about import Facts, Member
from snapinspect.etcd.salvage import SalvagedDatabase
from snapinspect.etcd.wal.store import LoggedDatabase
from snapinspect.jobs import beside
from snapinspect.model import FREE, UNPROVEN, Problem, Progress, Record, silent
from snapinspect.snapshot import Snapshot
from snapinspect.sources import Digests

T = TypeVar("T")

_AT_ONCE = 256
_OF_ONE = 4_096
"""Bytes of the file for each record, about, before any is counted."""
_MEMBER_ID = re.compile(r"[0-9a-f]{1,16}")
_MEANS = {
    "digest": "the file is not what was saved: it was changed, cut off or damaged on its way",
    "meta": "the other meta page leads into the tree; if the broken one was the newer, the last changes are missing",
    "metas": "nothing leads into the tree any more; --salvage reads what pages are left, and nothing proves which are current",
    "page": "what lies below this page cannot be reached by way of the tree; --salvage looks for it in all pages",
    "buckets": "all that is read may be of an earlier time; --salvage shows it, and marks it unproven",
    "compaction": "how far compaction went is not known, so that less can be proven to be current",
    "element": "a record on this page is lost, unless a copy of it is found elsewhere; --salvage shows the others, too",
    "lost": "records of this time may be missing, and what they changed or deleted may look as it did before",
    "source": "what is read is not all that was there; what `ls` and `get` show is right as far as it goes",
    "differs": "one of the copies is damaged, and nothing tells which; --salvage gives each",
    "log": "what etcd wrote last may be missing, and of what compaction removed there is less history",
    "value": "this object cannot be read in this revision",
    "member": "what etcd keeps about its own cluster is damaged; the objects are not",
}
"""What a finding means for who needs the objects, by its code."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is damaged: ``where`` it is, ``what`` is wrong, and what that means."""

    code: str
    where: str
    what: str
    means: str


Report = dict[str, Any]
"""The JSON of ``verify``; the names are part of the command line's contract."""


class Examined(NamedTuple):
    """What ``verify`` tells, and what it read for that of the whole file."""

    report: Report
    digests: Digests
    facts: Facts


def verify(snapshot: Snapshot, progress: Progress = silent) -> Report:
    """Looks at every byte that means something. ``snapshot`` should be opened by ``sources.recovery.open_examined``."""
    return examine(snapshot, progress).report


def examine(snapshot: Snapshot, progress: Progress = silent) -> Examined:
    """The same, for who goes on with what was read."""
    store = snapshot.store
    logged = store if isinstance(store, LoggedDatabase) else None
    database = logged.base if logged else store
    values = _Values(snapshot)
    digests, (pages, structural), decoded, facts = _looked_at(snapshot, database, values, progress)
    findings = (
        [_finding("digest", "the file", "its SHA-256 is not the one at its end")] if digests.state == "mismatch" else []
    )
    findings += [*structural, *decoded]
    if logged:
        findings += _of_log(logged)
    findings += [_finding("source", problem.subject, problem.reason) for problem in snapshot.source.problems]
    findings += _check_cluster(facts)
    report = {
        "path": snapshot.source.path,
        "format": snapshot.source.format,
        "sound": not findings,
        "sha256": digests.state,
        "bytesBehind": digests.behind,
        "notes": list(filter(None, [digests.remark])),
        **pages,
        "revision": store.revision,
        "compactRevision": store.compact_revision,
        "records": values.records,
        "values": dict(values.counts),
        "wal": logged and _log(logged),
        "consistentIndex": facts.consistent_index,
        "members": len(facts.members),
        "findings": [asdict(finding) for finding in findings],
        "recoverable": _recoverable(snapshot),
    }
    return Examined(report, digests, facts)


class _Looked(NamedTuple):
    """What came of the digest, the pages, the values, and what etcd keeps about itself."""

    digests: Digests
    pages: tuple[Report, list[Finding]]
    decoded: list[Finding]
    facts: Facts


def _looked_at(snapshot: Snapshot, database: Store, values: _Values, progress: Progress) -> _Looked:
    """All of these at once, where there may be several processes: each reads the file from its beginning to its end.

    Those of its own begin before the store has found its records, as that is what takes the other processor so long.
    """
    store = snapshot.store
    salvaged = database if isinstance(database, SalvagedDatabase) else None
    with ExitStack() as stack:

        def meanwhile(work: Callable[[], T]) -> Callable[[], T]:
            return stack.enter_context(beside(work, snapshot.source.size // _OF_ONE)) if is_forkable(store) else work

        digests = meanwhile(lambda: snapshot.source.evidence.digests(progress))
        checked = meanwhile(salvaged.check) if salvaged else None
        facts = meanwhile(store.facts)
        decoded = list(values.check(progress))
        pages = _check_pages(salvaged, checked()) if salvaged and checked else ({}, [])
        return _Looked(digests(), pages, decoded, facts())


def _finding(code: str, where: str, what: str) -> Finding:
    return Finding(code, where, what, _MEANS[code])


def _check_pages(store: SalvagedDatabase, checked: Checked) -> tuple[Report, list[Finding]]:
    page_size = store.survey.page_size
    findings = [_finding(_sort(fault.page, checked), f"page {fault.page}", fault.reason) for fault in checked.faults]
    sorts = {(f"page {lost.page}", lost.reason): lost.sort for lost in store.survey.lost}
    findings += _of_losses(store.losses(_any), {finding.where for finding in findings}, sorts)
    pages = {
        "metas": [
            {"page": number, "valid": meta is not None, "txid": meta and meta.txid}
            for number, meta in enumerate(checked.metas)
        ],
        "pages": {"size": page_size, "total": checked.pages, "reached": checked.reached, "free": checked.free},
    }
    return pages, findings


def _sort(page: int, checked: Checked) -> str:
    if page >= len(checked.metas):
        return "page"
    return "meta" if any(checked.metas) else "metas"


def _of_log(logged: LoggedDatabase) -> Iterator[Finding]:
    """What is damaged in the write-ahead log, all of which has been read for the values in it."""
    for loss in dict.fromkeys((*logged.replayed.losses, *logged.discovered())):
        yield _finding("log", loss.subject, loss.reason)


def _log(logged: LoggedDatabase) -> Report:
    return {
        "segments": logged.segments,
        "applied": len(logged.replayed.written),
        "uncommitted": len(logged.replayed.uncommitted),
        "torn": list(logged.torn),
    }


def _of_losses(losses: Iterable[Problem], known: set[str], sorts: Mapping[tuple[str, str], str]) -> Iterator[Finding]:
    """What the salvaging store found beyond what the check of the pages has named; ``sorts`` are those of lost pages."""
    for loss in losses:
        if loss.subject not in known:
            code = sorts.get((loss.subject, loss.reason)) or ("lost" if loss.code == "lost" else "differs")
            yield _finding(code, loss.subject, loss.reason)


class _Tally(NamedTuple):
    """What became of some values."""

    counts: Counter[str]
    findings: list[Finding]


class _Values:
    """Reads every value, and counts what becomes of it."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.records = 0
        self.counts: Counter[str] = Counter(decoded=0, tombstones=0, locked=0, unknownKind=0, damaged=0)
        self._snapshot = snapshot

    def check(self, progress: Progress) -> Iterator[Finding]:
        """Every record of the tree; a locked value and an unknown kind are not damage, but cannot be proven sound."""
        with progress("decoding every value", self._snapshot.store.count_records()) as advance:
            for counts, findings in self._snapshot.spread_history(self._tallies):
                self.counts.update(counts)
                self.records += counts.total()
                advance(counts.total())
                yield from findings

    def _tallies(self, records: Iterable[Record]) -> Iterator[_Tally]:
        rest = (record for record in records if record.source != FREE)
        while part := list(islice(rest, _AT_ONCE)):
            tally = _Tally(Counter(), [])
            for record in part:
                self._read(record, tally)
            yield tally

    def _read(self, record: Record, tally: _Tally) -> None:
        failure = None if record.tombstone else self._snapshot.failure_of(record)
        if record.tombstone:
            tally.counts["tombstones"] += 1
        elif failure is None:
            tally.counts["decoded"] += 1
        elif isinstance(failure, Locked):
            tally.counts["locked"] += 1
        elif isinstance(failure, UnknownKind):
            tally.counts["unknownKind"] += 1
        else:
            tally.counts["damaged"] += 1
            where = f"{_text(record.key)} at revision {record.revision}"
            tally.findings.append(_finding("value", where, str(failure)))


def _check_cluster(facts: Facts) -> Iterator[Finding]:
    """A restored snapshot may lack a consistent index, so that only one that is there can be wrong."""
    if facts.consistent_index == 0:
        yield _finding("member", "bucket meta", "the consistent index is 0")
    for member in facts.members:
        if fault := _fault_of(member):
            yield _finding("member", f"member {member.id}", fault)


def _fault_of(member: Member) -> str:
    if not _MEMBER_ID.fullmatch(member.id):
        return "its id is no hexadecimal number"
    return "" if member.peer_urls else "it has no peer URL"


def _recoverable(snapshot: Snapshot) -> Report:
    """How many live objects the file still proves, and how many more may be current."""
    if snapshot.is_certain:
        return {"objects": len(list(snapshot.store.keys())), "unproven": 0}
    sources = Counter(record.source for record in snapshot.store.scan(_any))
    return {"objects": sources.total() - sources[UNPROVEN], "unproven": sources[UNPROVEN]}


def _text(key: bytes) -> str:
    return key.decode("utf-8", "backslashreplace")


def _any(_key: bytes) -> bool:
    return True
