"""What is read of an object's states, so that a log can tell what became of it: no more than differs."""

from __future__ import annotations

from typing import Any, Final

from snapinspect.analysis.authors import authors_in
from snapinspect.analysis.diff.noise import SERVER_METADATA
from snapinspect.analysis.history import Held
from snapinspect.errors import Undecodable
from snapinspect.kube.authors import Authors
from snapinspect.kube.head import head_of
from snapinspect.kube.skim import Skim
from snapinspect.model import Body, Head, Record
from snapinspect.snapshot.revised import authors_of, differing
from snapinspect.snapshot.timeline import tells_each_time

_TOLD: Final = Skim(inside=(("metadata", Skim(skipped=SERVER_METADATA)),), skipped=frozenset({"status"}))
"""What of an object may differ so that it is told."""
_WITH_TIMES: Final = Skim(skipped=frozenset({"status"}))
"""The same with what tells who wrote it, and when."""
_KEPT: Final = 2_048
"""States of which what was read is kept at least; at most twice as many are."""


class States:
    """An object before and after a record, perhaps without what is the same in both; None is none, or unreadable."""

    __slots__ = ("after", "authors", "authors_before", "before")

    def __init__(
        self, before: Body | None, after: Body | None, authors_before: Authors | None, authors: Authors | None
    ) -> None:
        self.before = before
        self.after = after
        self.authors_before = authors_before
        self.authors = authors


class Reader:
    """Reads states; ``whole`` says that of each all is wanted. What was read lately is kept, as each is the one before the next."""

    def __init__(self, view: Held, *, whole: bool) -> None:
        self._view = view
        self._whole = whole
        self._bodies = _Recent()
        self._known = _Recent()

    def head(self, record: Record) -> Head | None:
        """What a record says of itself; an object in JSON, which has to be read for it, is kept."""
        if record.value[:1] != b"{":
            return self._view.head_of(record)
        body = self._view.part_of(record, _WITH_TIMES)
        head = head_of(body, "json") if body else None
        if head is None or not head.name:
            return self._view.head_of(record)
        self._bodies.put(record, body)
        return head

    def begun(self, record: Record) -> States:
        """The state of what ``record`` creates: perhaps no more than its authors."""
        authors = self._authors(record)
        if authors is not None:
            return States(None, {}, None, authors)
        body = self._bodies.get(record) or self._view.part_of(record, _WITH_TIMES)
        return States(None, body, None, _told_in(body, record))

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
        known = self._bodies.get(record, _UNKNOWN)
        if known is not _UNKNOWN:
            found: Body | None = known
            return found
        body = self._view.body_of(record) if self._whole else self._view.part_of(record, _WITH_TIMES)
        if body is None:
            self._view.name_failure(record)
        self._bodies.put(record, body)
        return body

    def _differing(self, last: Record, record: Record) -> States | None:
        authors_before, authors = self._authors(last), self._authors(record)
        if authors is None or authors_before is None:
            return None
        try:
            found = differing(last, record, self._view.keys, _TOLD)
        except Undecodable:
            return None
        return States(found[0], found[1], authors_before, authors) if found else None

    def _authors(self, record: Record) -> Authors | None:
        """None where the object has to be read for it, or cannot be."""
        known: Authors | None = self._known.get(record)
        if known is not None:
            return known
        try:
            authors = authors_of(record, self._view.keys)
        except Undecodable:
            return None
        if authors is not None:
            self._known.put(record, authors)
        return authors


_UNKNOWN: Final[Any] = object()


class _Recent:
    """What belongs to the records that were met last: full, what was not kept again since the time before is let go."""

    def __init__(self) -> None:
        self._young: dict[tuple[int, int], Any] = {}
        self._old: dict[tuple[int, int], Any] = {}

    def get(self, record: Record, default: Any = None) -> Any:
        revision = record.revision
        found = self._young.get(revision, _UNKNOWN)
        return self._old.get(revision, default) if found is _UNKNOWN else found

    def put(self, record: Record, value: Any) -> None:
        if len(self._young) >= _KEPT:
            self._old, self._young = self._young, {}
        self._young[record.revision] = value


def _told_in(body: Body | None, record: Record | None) -> Authors | None:
    return authors_in(body, record) if body and record else None
