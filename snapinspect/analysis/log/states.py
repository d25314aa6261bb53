"""What is read of an object's states, so that a log can tell what became of it: no more than differs."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeVar

from snapinspect.analysis.authors import Authors
from snapinspect.analysis.diff.noise import SERVER_METADATA
from snapinspect.errors import Undecodable
from snapinspect.kube.head import head_of
from snapinspect.kube.skim import Skim
from snapinspect.snapshot.revised import authorship, differing
from snapinspect.snapshot.timeline import tells_each_time

if TYPE_CHECKING:
    from snapinspect.analysis.history import Held
    from snapinspect.model import Body, Head, Record

_TOLD = Skim(inside=(("metadata", Skim(skipped=SERVER_METADATA)),), skipped=frozenset({"status"}))
"""What of an object may differ so that it is told."""
_WITH_TIMES = Skim(skipped=frozenset({"status"}))
"""The same with what tells who wrote it, and when."""
_KEPT = 4_096
"""States of which what was read is kept."""

Value = TypeVar("Value")


class States(NamedTuple):
    """An object before and after a record, perhaps without what is the same in both; None is none, or unreadable."""

    before: Body | None
    after: Body | None
    authors_before: Authors | None = None
    authors: Authors | None = None


class Reader:
    """Reads states; ``whole`` says that of each all is wanted. What was read lately is kept, as each is the one before the next."""

    def __init__(self, view: Held, *, whole: bool) -> None:
        self._view = view
        self._whole = whole
        self._bodies: dict[int, Body | None] = {}
        self._known: dict[int, Authors] = {}

    def head(self, record: Record) -> Head | None:
        """What a record says of itself; an object in JSON, which has to be read for it, is kept."""
        if record.value[:1] != b"{":
            return self._view.head_of(record)
        body = self._view.part_of(record, _WITH_TIMES)
        head = head_of(body, "json") if body else None
        if head is None or not head.name:
            return self._view.head_of(record)
        _keep(self._bodies, record, body)
        return head

    def begun(self, record: Record) -> States:
        """The state of what ``record`` creates: perhaps no more than its authors."""
        authors = self._authors(record)
        if authors is not None:
            return States(None, {}, authors=authors)
        known = self._bodies.get(_identity(record))
        body = known or self._view.part_of(record, _WITH_TIMES)
        return States(None, body, authors=_told_in(body, record))

    def between(self, last: Record | None, record: Record, head: Head) -> States:
        """The states that two records of an object hold."""
        is_whole = self._whole or tells_each_time(head.kind)
        if last is not None and not (is_whole or last.tombstone or record.tombstone):
            found = self._differing(last, record)
            if found is not None:
                return found
        before = self.body(last) if last else None
        after = self.body(record)
        return States(before, after, _told_in(before, last), _told_in(after, record))

    def body(self, record: Record) -> Body | None:
        """The object in a record; None where there is none, or it cannot be read, which is named."""
        if record.tombstone:
            return None
        identity = _identity(record)
        if identity not in self._bodies:
            body = self._view.body_of(record) if self._whole else self._view.part_of(record, _WITH_TIMES)
            if body is None:
                self._view.name_failure(record)
            _keep(self._bodies, record, body)
        return self._bodies[identity]

    def _differing(self, last: Record, record: Record) -> States | None:
        authors_before, authors = self._authors(last), self._authors(record)
        if authors is None or authors_before is None:
            return None
        try:
            found = differing(last, record, self._view.keys, _TOLD)
        except Undecodable:
            return None
        return found and States(*found, authors_before, authors)

    def _authors(self, record: Record) -> Authors | None:
        """None where the object has to be read for it, or cannot be."""
        known = self._known.get(_identity(record))
        if known is not None:
            return known
        try:
            found = authorship(record, self._view.keys)
        except Undecodable:
            return None
        if found is None:
            return None
        authors = Authors.told_by(found, record)
        _keep(self._known, record, authors)
        return authors


def _identity(record: Record) -> int:
    return record.mod_revision << 20 | record.revision.sub


def _keep(kept: dict[int, Value], record: Record, value: Value) -> None:
    if len(kept) >= _KEPT:
        del kept[next(iter(kept))]
    kept[_identity(record)] = value


def _told_in(body: Body | None, record: Record | None) -> Authors | None:
    return Authors.in_body(body, record) if body and record else None
