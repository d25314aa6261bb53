"""What a member's log adds to its database: the changes that an etcd would make of it when it starts, and those it might not.

Sources: go.etcd.io/etcd ``server/etcdserver/server.go`` (``apply``), ``raft/v3/raft.go`` (an entry is committed
when most voters have written it down), ``raftpb/raft.proto``.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

from snapinspect.errors import Damaged
from snapinspect.etcd.facts import Applied
from snapinspect.etcd.store import Lossy, Store
from snapinspect.etcd.wal.apply import Keyspace
from snapinspect.etcd.wal.attempts import Attempt, attempt_of
from snapinspect.etcd.wal.frames import fields
from snapinspect.etcd.wal.log import CONF_CHANGE, Entry, Log
from snapinspect.model import UNCOMMITTED, Problem, Progress, Record

_CHANGE_TYPE, _CHANGE_NODE = 2, 3
_LOOKED_AT, _REFUSED, _TOO_FEW = 400, 4, 3
"""Entries by which a log is told from another database's; of so many one at least was not refused; the fewest records that tell."""
_ADD, _REMOVE, _LEARNER = 0, 1, 3


@dataclass(slots=True)
class Replayed:
    """``written`` are the changes that follow the database's, ``uncommitted`` those that may never have happened.

    ``losses`` say why there is not more. ``is_foreign`` when the log is not that of the database. ``granted`` are the
    seconds of each lease that the log adds, ``revoked`` the leases that it ends.
    """

    written: list[Record] = field(default_factory=list)
    uncommitted: list[Record] = field(default_factory=list)
    losses: list[Problem] = field(default_factory=list)
    is_foreign: bool = False
    granted: dict[int, int] = field(default_factory=dict)
    revoked: set[int] = field(default_factory=set)


def replay(base: Store, applied: Applied, log: Log, progress: Progress) -> Replayed:
    """Applies the entries behind ``applied``, which is what ``base`` says of itself."""
    found = Replayed(losses=list(log.damage))
    if not _is_of_one_history(base, applied, log):
        reason = "it was written by another cluster, or by this one after it was restored: nothing of it was applied"
        found.losses.append(Problem("lost", "the write-ahead log", reason))
        found.is_foreign = True
        return found
    entries = list(_following(log, applied.index, found.losses))
    commit = _committed(entries, applied, log)
    keyspace = Keyspace(base, applied)
    with progress("applying the write-ahead log", len(entries)) as advance:
        for entry in entries:
            if entry.index > commit:
                break
            found.written += keyspace.apply(entry)
            advance(1)
        found.granted, found.revoked = dict(keyspace.granted), set(keyspace.revoked)
        for entry in entries:
            if entry.index > commit:
                found.uncommitted += keyspace.apply(entry, UNCOMMITTED)
                advance(1)
    return found


def _is_of_one_history(base: Store, applied: Applied, log: Log) -> bool:
    """Whether the log can be that of the cluster of the database.

    By the member that wrote it, by raft's terms, and by the database's newest records: the last entries up to the
    database's own should have written some. Where the log begins later, nothing contradicts it.
    """
    if applied.members and log.node and log.node not in applied.members:
        return False
    last = log.at(applied.index)
    if last is not None and applied.term and last.term != applied.term:
        return False
    return isinstance(base, Lossy) or _wrote_newest(base, list(_attempts(log, applied.index)))


def _attempts(log: Log, index: int) -> Iterator[Attempt]:
    """What the last entries up to ``index`` tried."""
    end = bisect_right(log.entries, index, key=lambda entry: entry.index)
    for entry in log.entries[max(0, end - _LOOKED_AT) : end]:
        attempt = attempt_of(entry)
        if attempt is not None:
            yield attempt


def _wrote_newest(base: Store, attempts: list[Attempt]) -> bool:
    """Whether any of the database's newest records is among what was tried; few entries prove nothing.

    Not all need be: etcd 3.5.0 to 3.5.2 may have written more than the index says that they put beside it.
    """
    # What compaction left may be old: it tells nothing of the last entries.
    newest = [
        record
        for record in base.newest(len(attempts) // _REFUSED)
        if not record.tombstone and record.mod_revision > base.compact_revision
    ]
    if len(newest) < _TOO_FEW:
        return True
    tried = {(put.key, put.value) for attempt in attempts for put in attempt.puts()}
    return any((record.key, bytes(record.value)) in tried for record in newest)


def _following(log: Log, index: int, losses: list[Problem]) -> Iterator[Entry]:
    """The entries behind ``index``, as long as none is missing between."""
    sent = f"; or its leader sent this member a newer one: snap/{log.snapshot:016x}.snap.db"
    for entry in log.entries:
        if entry.index <= index:
            continue
        if entry.index != index + 1:
            reason = "these entries of the write-ahead log are missing, and nothing behind them can be applied"
            older = f": the database is older than the log{sent}" if log.snapshot > index else ""
            losses.append(Problem("lost", f"entries {index + 1} to {entry.index - 1}", reason + older))
            return
        index = entry.index
        yield entry
    if log.last < index:
        reason = f"it ends at entry {log.last}, before what the database holds: it is not the member's log of today"
        losses.append(Problem("lost", "the write-ahead log", reason))
    elif log.last > index:
        reason = f"the log knows of them only that they are in a newer database{sent}"
        losses.append(Problem("lost", f"entries {index + 1} to {log.last}", reason))


def _committed(entries: list[Entry], applied: Applied, log: Log) -> int:
    """The index up to which the members have agreed.

    It is written down late. The log of the only voter is a majority of itself: an etcd that starts commits all of it.
    """
    commit = max(log.commit, applied.index)
    voters = set(applied.voters)
    for entry in entries:
        if entry.index > commit and voters != {log.node}:
            break
        commit = max(commit, entry.index)
        if entry.type == CONF_CHANGE:
            _change(voters, entry)
    return commit


def _change(voters: set[int], entry: Entry) -> None:
    kind = node = 0
    try:
        for number, value, _ in fields(entry.segment.data, entry.start, entry.end):
            if number == _CHANGE_TYPE:
                kind = value
            elif number == _CHANGE_NODE:
                node = value
    except Damaged:
        return
    if kind == _ADD:
        voters.add(node)
    elif kind in {_REMOVE, _LEARNER}:
        voters.discard(node)
