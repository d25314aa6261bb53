"""What is read of a snapshot's history for its log: in one pass, oldest first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from snapinspect.analysis.authors import writers
from snapinspect.analysis.diff.fields import FieldChange, changes
from snapinspect.analysis.diff.noise import without_noise
from snapinspect.analysis.diff.secrets import Veil
from snapinspect.analysis.history import Held, begins_life
from snapinspect.analysis.log.entries import Entry, Verb, summary_of, verb_of
from snapinspect.analysis.log.events import TELLING, concerned, is_key_of_event, words_of
from snapinspect.analysis.log.noise import EVENTS, STATUS, noise_of
from snapinspect.analysis.log.states import Reader, States
from snapinspect.kube.head import quick_head, type_sign
from snapinspect.model import UNCOMMITTED
from snapinspect.snapshot.timeline import Moment, Timeline, read_timeline
from snapinspect.snapshot.when import revision_meant

if TYPE_CHECKING:
    from datetime import datetime

    from snapinspect.analysis.authors import Authors
    from snapinspect.model import Body, Head, Record
    from snapinspect.select import Selection
    from snapinspect.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Asked:
    """Which part of the log: revisions after ``since`` up to ``until``, by whom, of which field; ``events`` and all
    that is else counted as noise with ``everything``; the states of objects ``whole``, as diffs need them.
    """

    since: int = 0
    until: int | None = None
    by: str = ""
    field: str = ""
    events: bool = False
    everything: bool = False
    whole: bool = False

    def means(self, entry: Entry) -> bool:
        """Whether an entry is wanted, by who did it and to which field."""
        if self.by and not any(self.by.lower() in actor.lower() for actor in entry.actors):
            return False
        return not self.field or any(_lies_in(change.path, self.field) for change in entry.changes)


class _State(NamedTuple):
    """The last that was seen of a key, and the newest time in it, in seconds since 1970.

    Of what is only counted as ``noise``, values begin with ``sign`` while they are of the same kind.
    """

    record: Record
    head: Head
    seconds: int
    noise: str = ""
    sign: bytes = b""


class Log:
    """Everything that happened to the selected objects, oldest first, noise among it, which says so.

    ``timeline`` is that of the whole view, where it is known already.
    """

    def __init__(
        self,
        view: Held,
        selection: Selection,
        asked: Asked,
        veil: Veil | None = None,
        timeline: Timeline | None = None,
    ) -> None:
        self._view = view
        self._selection = selection
        self._asked = asked
        self._veil = veil or Veil()
        self._known_timeline = timeline
        self._states: dict[bytes, _State] = {}
        self._reader = Reader(view, whole=asked.whole or asked.everything or selection.reads_bodies)
        self._ended: set[bytes] = set()
        self._meant: set[tuple[str, str | None, str]] = set()

    def __iter__(self) -> Iterator[Entry]:
        since, means = self._asked.since, self._asked.means
        for record in self._records():
            last = self._states.get(record.key)
            entry = last and _counted(record, last)
            if entry is None:
                entry = self._read(record, last)
            if record.tombstone and record.key in self._states:
                self._ended.add(record.key)
            if entry is not None and record.mod_revision > since and means(entry):
                yield entry

    def _records(self) -> Iterator[Record]:
        until = self._asked.until
        for record in self._view.store.revisions(self._matches_key):
            if record.source == UNCOMMITTED or (until is not None and record.mod_revision > until):
                break
            yield record

    def _read(self, record: Record, last: _State | None) -> Entry | None:
        selection = self._selection
        head = last.head if record.tombstone and last else quick_head(record.value) or self._reader.head(record)
        if head is None and not record.tombstone and selection.matches_head(self._guess(record)):
            self._view.name_failure(record)
        if head is None or not (selection.matches_head(head) or self._is_event_of_meant(record, head)):
            return None
        return self._entry(record, head, last)

    @property
    def _matches_key(self) -> Callable[[bytes], bool]:
        matches = self._selection.matches_key
        if not (self._asked.events and self._selection.wanted):
            return matches
        return lambda key: matches(key) or is_key_of_event(key)

    def _is_event_of_meant(self, record: Record, head: Head) -> bool:
        """Whether it is an Event, which was asked for, about an object that is meant."""
        if not self._asked.events or (head.group, head.kind) not in EVENTS:
            return False
        if record.tombstone:
            return record.key in self._states
        event = self._view.part_of(record, TELLING)
        return event is not None and self._selection.matches_head(concerned(event))

    def _guess(self, record: Record) -> Head:
        return self._view.key_space.guess(record.key, "")

    def _entry(self, record: Record, head: Head, last: _State | None) -> Entry | None:
        """What the record tells, or None when the object's labels and fields are not meant."""
        noise = noise_of(head)
        is_event = (head.group, head.kind) in EVENTS
        shown = self._asked.everything or not noise or (self._asked.events and is_event)
        if not shown and not self._selection.reads_bodies:
            self._states[record.key] = _State(record, head, 0, noise, type_sign(record.value))
            return _noise(record, head, noise)
        if begins_life(record) and not self._selection.reads_bodies:
            states = self._reader.begun(record)
        else:
            states = self._reader.between(last and last.record, record, head)
        moment, seconds = self._moment(record, states.authors, last)
        self._states[record.key] = _State(record, head, seconds)
        if self._selection.reads_bodies and not self._means_body(head, states.after or states.before or {}):
            return None
        told = self._told(record, head, moment, states, noise="" if shown else noise)
        return self._in_words(told) if shown and is_event else told

    def _means_body(self, head: Head, body: Body) -> bool:
        """Whether labels and fields are meant, of an Event that was asked for those of what it is about."""
        if self._asked.events and (head.group, head.kind) in EVENTS and _identity(concerned(body)) in self._meant:
            return True
        is_meant = self._selection.matches_body(head, body)
        (self._meant.add if is_meant else self._meant.discard)(_identity(head))
        return is_meant

    def _in_words(self, event: Entry) -> Entry:
        """An Event is told by what it says."""
        record = event.record
        said = self._view.part_of(record, TELLING) if record and not record.tombstone else None
        return event._replace(summary=words_of(said)) if said else event

    def _told(self, record: Record, head: Head, moment: Moment | None, states: States, *, noise: str) -> Entry:
        before, body = states.before, states.after
        if record.tombstone:
            return Entry(record, head, moment, (), "deleted", (), "", before, None, noise)
        if begins_life(record):
            verb: Verb = "recreated" if record.key in self._ended else "created"
            actors = _actors(None, states.authors, moment, is_update=False)
            return Entry(record, head, moment, actors, verb, (), "", None, body, noise)
        actors = _actors(states.authors_before, states.authors, moment, is_update=True)
        if before is None or body is None:
            why = "(the state before is not held)" if body else "(it cannot be read)"
            return Entry(record, head, moment, actors, "updated", (), why, before, body, noise)
        found = self._changes(before, body)
        noise = noise or ("" if found or self._asked.everything else STATUS)
        return Entry(record, head, moment, actors, verb_of(found), found, summary_of(found), before, body, noise)

    def _changes(self, before: Body, body: Body) -> tuple[FieldChange, ...]:
        old, new = (self._veil.over(without_noise(each)) for each in (before, body))
        found = tuple(changes(old, new))
        if not found and self._asked.everything:
            return tuple(changes(before.get("status", {}), body.get("status", {}), ".status"))
        return found

    def _moment(self, record: Record, authors: Authors | None, last: _State | None) -> tuple[Moment | None, int]:
        """When it was written: by a time in it that was not there before, else between those of other revisions."""
        stamp = authors.newest if authors else None
        known = last.seconds if last else 0
        if stamp and stamp.seconds > known and (last is not None or begins_life(record)):
            return Moment(stamp.seconds, 1, stamp.source), stamp.seconds
        return self._timeline.when(record.mod_revision), max(known, stamp.seconds if stamp else 0)

    @cached_property
    def _timeline(self) -> Timeline:
        return self._known_timeline or read_timeline(self._view)


def log(
    snapshot: Snapshot,
    targets: Iterable[str] = (),
    *,
    namespaces: Iterable[str] = (),
    since: int | str | datetime = 0,
    until: int | str | datetime | None = None,
    by: str = "",
    field: str = "",
    everything: bool = False,
) -> Iterator[Entry]:
    """What happened to the ``targets`` (KIND or KIND/NAME; all without), oldest first, as the command ``log`` tells it.

    Only what came after ``since`` up to ``until``, each a revision or a moment as ``Snapshot.at`` takes it; what a manager whose
    name contains ``by`` did; what changed ``field`` (``.spec.replicas``). Status, leases, endpoints and Events come
    with ``everything``. Values of Secrets in ``changes`` are hashes. Raises what ``Snapshot.select`` and ``Snapshot.at`` do.
    """
    first = revision_meant(snapshot, since, start=True)
    last = snapshot.revision if until is None else min(snapshot.revision, revision_meant(snapshot, until))
    view = snapshot.seen_as(Held)
    asked = Asked(since=first, until=last, by=by, field=field, everything=everything)
    return (entry for entry in Log(view, view.select(targets, namespaces=namespaces), asked) if not entry.noise)


def _identity(head: Head) -> tuple[str, str | None, str]:
    """What an Event names for certain: some say nothing of the group."""
    return head.kind, head.namespace, head.name


def _counted(record: Record, last: _State) -> Entry | None:
    """What is one more of the same noise, as the beginning of its value tells; None when that has to be read."""
    if last.sign and (record.tombstone or record.value[: len(last.sign)] == last.sign):
        return _noise(record, last.head, last.noise)
    return None


def _noise(record: Record, head: Head, word: str) -> Entry:
    return Entry(record, head, None, (), "updated", (), "", None, None, word)


def _actors(
    before: Authors | None, after: Authors | None, moment: Moment | None, *, is_update: bool
) -> tuple[str, ...]:
    return tuple(writers(before, after, moment, is_update=is_update)) if after else ()


def _lies_in(path: str, field: str) -> bool:
    wanted = f".{field.lstrip('.')}"
    return path == wanted or path.startswith((f"{wanted}.", f"{wanted}["))
