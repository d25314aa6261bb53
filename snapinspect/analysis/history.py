"""Every revision of one object that is still held: what happened, when, by whom, and to which fields."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple, Self

from snapinspect.analysis.authors import authors_in, writers
from snapinspect.errors import Ambiguous, NotFound
from snapinspect.kube.keys import has_prefix
from snapinspect.snapshot import Entry, Snapshot
from snapinspect.snapshot.timeline import Moment, Stamp, Timeline, newest_stamp, read_timeline_near

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from snapinspect.etcd import KeyFilter
    from snapinspect.model import Body, Buffer, Record
    from snapinspect.select import Selection

Operation = Literal["created", "updated", "deleted"]


class Held(Snapshot):
    """A snapshot's view of every object in the last state that is held, gone ones too, by which names are resolved.

    What was read for one filter of keys is kept until another one comes, as a selection brings the same one again.
    """

    _kept: tuple[KeyFilter | None, list[Record]] = (None, [])

    def known_keys(self) -> Iterable[bytes]:
        """The live ones; all that are held where everything was deleted."""
        live = list(super().known_keys())
        return live if has_prefix(live) else {record.key for record in self.store.revisions(lambda _key: True)}

    def records(self, wanted: KeyFilter) -> Iterator[Record]:
        last = {record.key: record for record in self.revisions(wanted) if not record.tombstone}
        return (last[key] for key in sorted(last))

    def values(self, wanted: KeyFilter) -> Iterator[tuple[bytes, Buffer]]:
        return ((record.key, record.value) for record in self.records(wanted))

    def fronts(self, wanted: KeyFilter) -> None:
        """Its values are read already."""

    def record(self, key: bytes) -> Record | None:
        return next(self.records(key.__eq__), None)

    def revisions(self, wanted: KeyFilter) -> list[Record]:
        """Every record of the keys that are ``wanted``, up to the revision of this view, oldest first."""
        if self._kept[0] is not wanted:
            last = self._at
            held = self.store.revisions(wanted)
            self._kept = wanted, [record for record in held if last is None or record.mod_revision <= last]
        return self._kept[1]

    def one(self, selection: Selection) -> Entry:
        """The one object that is selected. Raises NotFound or Ambiguous when it is none or several."""
        found = list(self.entries(selection))
        if len(found) > 1:
            places = ", ".join(f"{head.name} in {head.namespace}" for _, head in found)
            raise Ambiguous(f"a history is of one object, and these are several: {places}", "Say which with -n.")
        if not found:
            raise NotFound("nothing in the snapshot matches", "`snapinspect deleted SNAPSHOT` shows what is gone.")
        return found[0]


class Step(NamedTuple):
    """One revision of an object. ``before`` and ``body`` are its states before and after; None is none, or unreadable.

    ``again`` marks a creation after an earlier life. ``managers`` are those who changed it, by managedFields.
    ``is_first`` marks the first that is held: what was before, unless it was created, is not known.
    """

    record: Record
    operation: Operation
    again: bool
    moment: Moment | None
    before: Body | None
    body: Body | None
    is_first: bool

    def __repr__(self) -> str:
        """All but the states, which may be a Secret's."""
        return f"Step({self.record!r}, {self.operation}, {self.moment})"

    @property
    def managers(self) -> list[str]:
        """Who made the change, by managedFields; nobody where these tell nothing."""
        if self.body is None:
            return []
        before = self.before and authors_in(self.before, self.record)
        after = authors_in(self.body, self.record)
        return writers(before or None, after, self.moment, is_update=self.operation == "updated")

    def changed(self) -> list[str] | None:
        """Paths of the fields that changed, status among them; None when the state before is not known."""
        if self.operation == "updated" and self.before is not None and self.body is not None:
            # Imported here, as much of what is asked about was written once.
            from snapinspect.analysis.diff.fields import changes
            from snapinspect.analysis.diff.noise import without_counters

            return [change.path for change in changes(without_counters(self.before), without_counters(self.body))]
        return None if self.operation == "updated" else []


class History:
    """All revisions of one object, whose ``records`` these are, oldest first."""

    def __init__(self, view: Held, records: Iterable[Record], timeline: Timeline) -> None:
        self._view = view
        self._timeline = timeline
        self._records = list(records)

    @classmethod
    def of(cls, view: Held, selection: Selection) -> Self:
        """Those of the one object that is selected. Raises NotFound or Ambiguous when it is not one."""
        key = view.one(selection).record.key
        records = [record for record in view.revisions(selection.matches_key) if record.key == key]
        return cls(view, records, read_timeline_near(view, [record.mod_revision for record in records]))

    @classmethod
    def of_key(cls, view: Held, key: bytes, timeline: Timeline) -> Self:
        """Those under one key; none where it never was."""
        return cls(view, view.revisions(key.__eq__), timeline)

    def __iter__(self) -> Iterator[Step]:
        before: Record | None = None
        state: Body | None = None
        had_life = False
        for record in self._records:
            body = None if record.tombstone else self._view.body_of(record)
            if body is None and not record.tombstone:
                self._view.name_failure(record)
            operation = _operation(record)
            again = operation == "created" and had_life
            moment = self._times.when(record.mod_revision)
            state = None if operation == "created" else state
            yield Step(record, operation, again, moment, state, body, before is None)
            before, state = record, body
            had_life = True

    @cached_property
    def _times(self) -> Timeline:
        """The timeline with the object's own times, which nothing else may have at these revisions."""
        return self._timeline.with_stamps(self._own_stamps())

    def _own_stamps(self) -> Iterator[Stamp]:
        newest = None
        for record in self._records:
            body = None if record.tombstone else self._view.body_of(record)
            stamp = newest_stamp(body, record) if body else None
            if stamp and (newest is None or stamp.seconds > newest):
                # What was not there before was written just then; with nothing before, only a creation is known to be.
                yield stamp._replace(exact=newest is not None or begins_life(record))
                newest = stamp.seconds


def history(snapshot: Snapshot, target: str, *, namespace: str = "") -> History:
    """All revisions of the object ``target`` (KIND/NAME) that are held, oldest first.

    Raises what ``Snapshot.select`` does, and NotFound or Ambiguous when it is not one object.
    """
    view = snapshot.seen_as(Held)
    return History.of(view, view.select([target], namespaces=[namespace] if namespace else []))


def _operation(record: Record) -> Operation:
    if record.tombstone:
        return "deleted"
    return "created" if begins_life(record) else "updated"


def begins_life(record: Record) -> bool:
    """Told by its revision, as kine counts no versions."""
    return record.create_revision == record.mod_revision
