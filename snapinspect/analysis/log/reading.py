"""What is read of a snapshot's history for its log: in one pass, oldest first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from snapinspect.analysis.authors import writers
from snapinspect.analysis.diff.fields import FieldChange, changes
from snapinspect.analysis.diff.noise import without_noise
from snapinspect.analysis.diff.secrets import Veil
from snapinspect.analysis.history import Held, begins_life
from snapinspect.analysis.log.entries import Entry, Verb, summary_of, verb_of
from snapinspect.analysis.log.events import TELLING, concerned, is_key_of_event, words_of
from snapinspect.analysis.log.noise import STATUS, is_event, noise_of
from snapinspect.analysis.log.states import Reader, States
from snapinspect.errors import Damaged
from snapinspect.etcd import KeyFilter, Skipping
from snapinspect.etcd.glimpse import Glimpse
from snapinspect.kube.authors import Authors
from snapinspect.kube.head import quick_head, type_sign
from snapinspect.model import UNCOMMITTED, Body, Head, Record
from snapinspect.select import Selection
from snapinspect.snapshot.timeline import Moment, Timeline, read_timeline

if TYPE_CHECKING:
    pass


class Asked(NamedTuple):
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


class _State:
    """The last that was seen of a key, and the newest time in it, in seconds since 1970; ``noise`` where it is only counted."""

    __slots__ = ("head", "noise", "record", "seconds")

    def __init__(self, record: Record, head: Head, seconds: int, noise: str = "") -> None:
        self.record = record
        self.head = head
        self.seconds = seconds
        self.noise = noise


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
        self.view = view
        self._selection = selection
        self._asked = asked
        self._veil = veil or Veil()
        self._timeline = timeline
        self._states: dict[bytes, _State] = {}
        self._signs: dict[bytes, bytes] = {}
        self._reads_bodies = selection.reads_bodies
        self._reader = Reader(view, whole=asked.whole or asked.everything or self._reads_bodies)
        self._ended: set[bytes] = set()
        self._meant: set[tuple[str, str | None, str]] = set()
        self._is_narrow = bool(asked.by or asked.field)

    def __iter__(self) -> Iterator[Entry]:
        for record in self.records(self.matches_key):
            entry = self.entry_of(record.record() if isinstance(record, Glimpse) else record)
            if entry is not None:
                yield entry

    def records(self, wanted: KeyFilter) -> Iterator[Record | Glimpse]:
        """Those of the keys ``wanted`` up to where the log ends, oldest first, each of which must be told in this order.

        A glimpse is one more of the same noise.
        """
        last, store = self._last(), self.view.store
        if isinstance(store, Skipping):
            for record in store.beginnings(wanted, self._signs):
                main = record.main if isinstance(record, Glimpse) else record.revision.main
                if last is not None and main > last:
                    break
                yield record
            return
        for each in store.revisions(wanted):
            if each.source == UNCOMMITTED or (last is not None and each.revision.main > last):
                break
            yield each

    def _last(self) -> int | None:
        """The last revision that is told, where it is not the store's: a view of an earlier moment ends there."""
        until, end = self._asked.until, self.view.revision
        if end == self.view.store.revision:
            return until
        return end if until is None else min(until, end)

    def entry_of(self, record: Record) -> Entry | None:
        """What the record tells, or None where that was not asked for."""
        key = record.key
        last = self._states.get(key)
        if self._is_noise(record, last):
            assert last is not None
            entry: Entry | None = _noise(record, last.head, last.noise)
        else:
            entry = self._read(record, last)
        if record.tombstone and key in self._states:
            self._ended.add(key)
        if entry is None or record.revision.main <= self._asked.since:
            return None
        return entry if not self._is_narrow or self._asked.means(entry) else None

    def counted_as(self, glimpse: Glimpse) -> str:
        """The word under which it is counted; empty where more was asked for, or what came later."""
        if self._is_narrow or glimpse.main <= self._asked.since:
            return ""
        return self._states[glimpse.key].noise

    def _is_noise(self, record: Record, last: _State | None) -> bool:
        """Whether it is one more of the same noise, as the beginning of its value tells."""
        if last is None:
            return False
        sign = self._signs.get(record.key, b"")
        return bool(sign) and (record.tombstone or record.value[: len(sign)] == sign)

    @property
    def keys_stand_alone(self) -> bool:
        """Whether what is told of one key depends on no other: of Events it does where labels or fields say of what they are."""
        return not (self._asked.events and self._reads_bodies)

    def read_times(self) -> None:
        """Reads when revisions were written, unless it is known already; damage is left for who asks of a revision."""
        if self._timeline is None:
            with suppress(Damaged):
                self._timeline = read_timeline(self.view)

    def _read(self, record: Record, last: _State | None) -> Entry | None:
        selection = self._selection
        head = last.head if record.tombstone and last else quick_head(record.value) or self._reader.head(record)
        if head is None and not record.tombstone and selection.matches_head(self._guess(record)):
            self.view.name_failure(record)
        if head is None or not (selection.matches_head(head) or self._is_event_of_meant(record, head)):
            return None
        return self._entry(record, head, last)

    @property
    def matches_key(self) -> Callable[[bytes], bool]:
        """Whether anything under this etcd key can be told."""
        matches = self._selection.matches_key
        if not (self._asked.events and self._selection.wanted):
            return matches
        return lambda key: matches(key) or is_key_of_event(key)

    def _is_event_of_meant(self, record: Record, head: Head) -> bool:
        """Whether it is an Event, which was asked for, about an object that is meant."""
        if not self._asked.events or not is_event(head):
            return False
        if record.tombstone:
            return record.key in self._states
        event = self.view.part_of(record, TELLING)
        return event is not None and self._selection.matches_head(concerned(event))

    def _guess(self, record: Record) -> Head:
        return self.view.key_space.guess(record.key, "")

    def _entry(self, record: Record, head: Head, last: _State | None) -> Entry | None:
        """What the record tells, or None when the object's labels and fields are not meant."""
        key, noise = record.key, noise_of(head)
        event = bool(noise) and is_event(head)
        shown = not noise or self._asked.everything or (self._asked.events and event)
        if not shown and not self._reads_bodies:
            self._states[key] = _State(record, head, 0, noise)
            self._signs[key] = type_sign(record.value)
            return _noise(record, head, noise)
        begins = begins_life(record)
        if begins and not self._reads_bodies:
            states = self._reader.begun(record)
        else:
            states = self._reader.between(last.record if last else None, record, head)
        known = last.seconds if last else 0
        newest = states.authors.newest if states.authors else None
        self._states[key] = _State(record, head, known if newest is None else max(known, newest))
        self._signs.pop(key, None)
        if self._reads_bodies and not self._means_body(head, states.after or states.before or {}):
            return None
        moment = self._moment(record, states.authors, known, is_certain=last is not None or begins)
        told = self._told(record, head, moment, states, "" if shown else noise, begins=begins)
        return self._in_words(told) if shown and event else told

    def _means_body(self, head: Head, body: Body) -> bool:
        """Whether labels and fields are meant, of an Event that was asked for those of what it is about."""
        if self._asked.events and is_event(head) and _identity(concerned(body)) in self._meant:
            return True
        is_meant = self._selection.matches_body(head, body)
        (self._meant.add if is_meant else self._meant.discard)(_identity(head))
        return is_meant

    def _in_words(self, event: Entry) -> Entry:
        """An Event is told by what it says."""
        record = event.record
        said = self.view.part_of(record, TELLING) if record and not record.tombstone else None
        return event._replace(summary=words_of(said)) if said else event

    def _told(
        self, record: Record, head: Head, moment: Moment | None, states: States, noise: str, *, begins: bool
    ) -> Entry:
        before, body = states.before, states.after
        if record.tombstone:
            return Entry(record, head, moment, (), "deleted", (), "", before, None, noise)
        if begins:
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
        veil = self._veil
        found = tuple(changes(veil.over(without_noise(before)), veil.over(without_noise(body))))
        if not found and self._asked.everything:
            return tuple(changes(before.get("status", {}), body.get("status", {}), ".status"))
        return found

    def _moment(self, record: Record, authors: Authors | None, known: int, *, is_certain: bool) -> Moment | None:
        """When it was written: by a time in it that was not there before, else between those of other revisions."""
        if is_certain and authors is not None and authors.newest is not None and authors.newest > known:
            return Moment(authors.newest, 1, authors.source)
        if self._timeline is None:
            self._timeline = read_timeline(self.view)
        return self._timeline.when(record.mod_revision)


def _identity(head: Head) -> tuple[str, str | None, str]:
    """What an Event names for certain: some say nothing of the group."""
    return head.kind, head.namespace, head.name


def _noise(record: Record, head: Head, word: str) -> Entry:
    return Entry(record, head, None, (), "updated", (), "", None, None, word)


def _actors(
    before: Authors | None, after: Authors | None, moment: Moment | None, *, is_update: bool
) -> tuple[str, ...]:
    return tuple(writers(before, after, moment, is_update=is_update)) if after else ()


def _lies_in(path: str, field: str) -> bool:
    wanted = f".{field.lstrip('.')}"
    return path == wanted or path.startswith((f"{wanted}.", f"{wanted}["))
