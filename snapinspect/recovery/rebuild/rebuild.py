"""A new snapshot out of what a source holds, written in one pass and proven by its own digest."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from snapinspect.bolt.write import Items, write_file
from snapinspect.errors import Damaged, SourceError, UsageError
from snapinspect.etcd import Database
from snapinspect.etcd.about import Member
from snapinspect.etcd.facts import read_members
from snapinspect.etcd.store import Stored, require_held
from snapinspect.model import Progress, silent
from snapinspect.recovery.rebuild import changes
from snapinspect.recovery.rebuild.change import Change
from snapinspect.recovery.rebuild.contents import (
    META,
    SCHEDULED,
    Buckets,
    Left,
    buckets_of,
    compacted_up_to,
    records_of,
)
from snapinspect.recovery.rebuild.drop import dropping
from snapinspect.recovery.rebuild.leases import leased, missing_leases
from snapinspect.recovery.rebuild.redact import Redactor
from snapinspect.recovery.rebuild.referring import referring
from snapinspect.sources.kine import KineDatabase
from snapinspect.sources.landing import landing, write_all

if TYPE_CHECKING:
    from snapinspect.snapshot import Snapshot

_CHUNK = 1 << 22
_NOTHING = Change()
_TOLD_EVERY = 1 << 20
_LAST_REVISION = (1 << 63) - 1


@dataclass(slots=True)
class Rebuilt:
    """What was written: ``size`` in bytes, the SHA-256 at its end in hexadecimal, its last revision, what was left away, and
    a sentence for each object that stays and ``needed`` one that is dropped.
    """

    size: int = 0
    sha256: str = ""
    revision: int = 0
    records: int = 0
    leases: int = 0
    left: Left = field(default_factory=Left)
    redacted: Counter[str] = field(default_factory=Counter)
    needed: tuple[str, ...] = ()
    members: tuple[Member, ...] = ()


def rebuild(snapshot: Snapshot, target: Path, change: Change = _NOTHING, progress: Progress = silent) -> Rebuilt:
    """Writes a new snapshot to ``target``, which must not exist, of all that ``snapshot`` holds.

    Raises UsageError for a revision that is not held or a place inside the source, OutputError when it cannot be
    written, SourceError when the source changes meanwhile, Damaged for what only salvaging reads, and Locked for secrets
    that cannot be redacted because no key opens them. Then no file is left.
    """
    _require_outside(snapshot, target)
    before = _fingerprint(snapshot)
    plan = _Plan(snapshot, change)
    with landing(target) as descriptor:
        result = plan.write(descriptor, progress)
        if _fingerprint(snapshot) != before:
            raise SourceError(
                f"{snapshot.source.path} changed while it was read",
                "Copy it, or take a snapshot of it with `snapinspect save`, and rebuild that.",
            )
    return result


class _Plan:
    """The records and the buckets of the new snapshot."""

    def __init__(self, snapshot: Snapshot, change: Change) -> None:
        self._snapshot = snapshot
        self._change = change
        self._store = snapshot.store
        if change.at is not None:
            require_held(change.at, self._store.revision, self._store.compact_revision, _NO_WAY_BACK)
        self._as_is = change.is_none and isinstance(self._store, Database)
        if change.bump and self._last + change.bump > _LAST_REVISION:
            raise UsageError(f"a revision beyond {_LAST_REVISION} cannot be counted", "Take a smaller --bump-revision.")
        self._verdict = dropping(snapshot, change.drop) if change.drop else None
        self._redactor = Redactor(snapshot, strict=change.strict) if change.redact else None

    @cached_property
    def _last(self) -> int:
        """The last main revision that is taken over; finding it takes a walk over all of them."""
        return self._store.revision if self._change.at is None else self._change.at

    def write(self, descriptor: int, progress: Progress) -> Rebuilt:
        result = Rebuilt()
        if self._change.drop:
            result.needed = tuple(referring(self._snapshot.at(self._last), self._change.drop))
        buckets = self._buckets(result)
        with suppress(Damaged):
            result.members = tuple(read_members(buckets.get(b"members", {})))
        records = self._counted(self._records(result.left), result, progress)
        parts: dict[bytes, Items] = {name: sorted(items.items()) for name, items in buckets.items()}
        parts[b"key"] = records
        metas = write_file(partial(write_all, descriptor), ((name, parts[name]) for name in sorted(parts)))
        os.pwrite(descriptor, metas, 0)
        if self._redactor:
            result.redacted = self._redactor.counted
        result.sha256 = _seal(descriptor, progress)
        result.size = os.fstat(descriptor).st_size
        return result

    def _records(self, left: Left) -> Iterable[Stored]:
        change = self._change
        records = self._kept(left)
        if change.compact:
            records = changes.last_of_each(lambda: self._kept(left))
        if self._redactor:
            records = self._redactor.records(records)
        if not (self._as_is or change.compact) and self._last > self._store.compact_revision:
            records = changes.reaching(records, self._last)
        if change.bump:
            records = changes.reaching(records, self._last + change.bump)
        return records

    def _kept(self, left: Left) -> Iterable[Stored]:
        """The records of the source that are taken over; what is not is counted anew each time."""
        left.clear()
        records: Iterable[Stored] = records_of(
            self._store, left, self._change.at, with_unproven=self._change.with_unproven
        )
        if self._change.at is not None:
            records = changes.until(records, self._last)
        if self._verdict is not None:
            records = changes.without(records, self._verdict, left.drop)
        return records

    def _buckets(self, result: Rebuilt) -> Buckets:
        buckets = buckets_of(self._store)
        if not self._as_is:
            held = buckets.get(b"lease", {})
            missing = missing_leases(
                leased(self._kept(Left()), self._kind_of), held, in_seconds=isinstance(self._store, KineDatabase)
            )
            result.leases = len(missing)
            buckets = {**buckets, b"lease": {**held, **missing}}
        if self._redactor:
            buckets = self._redactor.buckets(buckets)
        if self._change.compact:
            buckets = compacted_up_to(buckets, self._last)
        if self._change.bump:
            buckets = compacted_up_to(buckets, self._last + self._change.bump, SCHEDULED)
        buckets.setdefault(META, {})
        return buckets

    def _kind_of(self, key: bytes) -> str:
        place = self._snapshot.key_space.parse(key)
        return place.resource if place else ""

    def _counted(self, records: Iterable[Stored], result: Rebuilt, progress: Progress) -> Iterator[Stored]:
        with progress("writing", self._snapshot.source.size) as advance:
            count = size = 0
            stored = None
            for stored in records:
                count += 1
                size += len(stored.keyvalue)
                if size > _TOLD_EVERY:
                    advance(size)
                    size = 0
                yield stored
        result.records = count
        result.revision = max(stored.main if stored else 1, self._store.compact_revision)


_NO_WAY_BACK = "Take a later revision, or an older snapshot; free pages alone do not prove a whole state."


def _seal(descriptor: int, progress: Progress) -> str:
    """Puts the SHA-256 of the file behind it, as ``etcdutl snapshot restore`` wants it; gives it in hexadecimal."""
    hasher = hashlib.sha256()
    size = os.fstat(descriptor).st_size
    with progress("hashing", size) as advance:
        at = 0
        while chunk := os.pread(descriptor, _CHUNK, at):
            hasher.update(chunk)
            at += len(chunk)
            advance(len(chunk))
    os.lseek(descriptor, 0, os.SEEK_END)
    write_all(descriptor, hasher.digest())
    return hasher.hexdigest()


def _require_outside(snapshot: Snapshot, target: Path) -> None:
    """No evidence is touched: nothing is written into a directory that is read."""
    source = Path(snapshot.source.path)
    if source.is_dir() and target.resolve().is_relative_to(source.resolve()):
        raise UsageError(f"{target} lies inside {source}, which is read", "Name a file outside of it.")


def _fingerprint(snapshot: Snapshot) -> tuple[int, int, int] | None:
    """By what a file is told that was written to meanwhile; None for a source that is none."""
    try:
        status = (snapshot.source.database or Path(snapshot.source.path)).stat()
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns
