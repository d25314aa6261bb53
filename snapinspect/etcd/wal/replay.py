"""What a member's log adds to its database: the changes that an etcd would make of it when it starts, and those it might not.

Sources: go.etcd.io/etcd ``server/etcdserver/server.go`` (``apply``), ``raft/v3/raft.go`` (an entry is committed
when most voters have written it down), ``raftpb/raft.proto``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from snapinspect.errors import Damaged
from snapinspect.etcd.facts import Applied
from snapinspect.etcd.store import Store
from snapinspect.etcd.wal.apply import Keyspace
from snapinspect.etcd.wal.frames import fields
from snapinspect.etcd.wal.log import CONF_CHANGE, Entry, Log
from snapinspect.model import UNCOMMITTED, Problem, Progress, Record

_CHANGE_TYPE, _CHANGE_NODE = 2, 3
_ADD, _REMOVE, _LEARNER = 0, 1, 3


@dataclass(slots=True)
class Replayed:
    """``written`` are the changes that follow the database's, ``uncommitted`` those that may never have happened.

    ``losses`` say why there is not more. ``is_foreign`` when the log is not that of the database.
    """

    written: list[Record] = field(default_factory=list)
    uncommitted: list[Record] = field(default_factory=list)
    losses: list[Problem] = field(default_factory=list)
    is_foreign: bool = False


def replay(base: Store, applied: Applied, log: Log, progress: Progress) -> Replayed:
    """Applies the entries behind ``applied``, which is what ``base`` says of itself."""
    found = Replayed(losses=list(log.damage))
    if log.snapshot > applied.index:
        name = f"{log.snapshot:016x}.snap.db"
        reason = (
            f"its leader sent this member a newer database, with which etcd would start: read {name} beside this one"
        )
        found.losses.append(Problem("lost", f"entries {applied.index + 1} to {log.snapshot}", reason))
        return found
    if not _is_of_one_history(applied, log):
        reason = "it was written by another cluster, or by this one after it was restored: nothing of it was applied"
        found.losses.append(Problem("lost", "the write-ahead log", reason))
        found.is_foreign = True
        return found
    entries = list(_following(log, applied.index, found.losses))
    commit = _committed(entries, applied, log)
    keyspace = Keyspace(base, applied)
    with progress("applying the write-ahead log", len(entries)) as advance:
        for entry in entries:
            if entry.index <= commit:
                found.written += keyspace.apply(entry)
            else:
                found.uncommitted += keyspace.apply(entry, UNCOMMITTED)
            advance(1)
    return found


def _is_of_one_history(applied: Applied, log: Log) -> bool:
    """Whether the log can be that of the cluster of the database: by the member that wrote it, and by raft's terms.

    Where it begins behind the database's last entry, or the database names no members, nothing contradicts it.
    """
    last = log.at(applied.index)
    agrees = last is None or not applied.term or last.term == applied.term
    return agrees and (not applied.members or log.node in applied.members or not log.node)


def _following(log: Log, index: int, losses: list[Problem]) -> Iterator[Entry]:
    """The entries behind ``index``, as long as none is missing between."""
    for entry in log.entries:
        if entry.index <= index:
            continue
        if entry.index != index + 1:
            reason = "these entries of the write-ahead log are missing, and nothing behind them can be applied"
            losses.append(Problem("lost", f"entries {index + 1} to {entry.index - 1}", reason))
            return
        index = entry.index
        yield entry


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
