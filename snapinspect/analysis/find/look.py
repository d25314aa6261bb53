"""What one snapshot knows of an object: whether it is there, in which state, and what is left of it if it is gone."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass, field
from secrets import token_bytes
from typing import TYPE_CHECKING, NamedTuple

from snapinspect.analysis.deleted import Deleted
from snapinspect.analysis.diff.noise import without_noise
from snapinspect.errors import NotFound, Undecodable
from snapinspect.etcd import Discovering
from snapinspect.model import UNPROVEN, Problem
from snapinspect.select import Selection, Target, select
from snapinspect.snapshot import Entry, Snapshot
from snapinspect.snapshot.timeline import Moment, last_written, read_timeline

if TYPE_CHECKING:
    from snapinspect.model import Head

_SECRET = ("", "Secret")


@dataclass(frozen=True, slots=True)
class Asked:
    """Which object is looked for. ``raw`` tells its states apart by the bytes stored, not by what was meant.

    ``key`` goes into the hashes of Secrets: forgotten after one run, it leaves nobody able to try values out.
    """

    target: Target
    namespace: str = ""
    raw: bool = False
    key: bytes = field(default_factory=token_bytes, repr=False)


class Place(NamedTuple):
    """Which object it is, whatever the release calls its group: its storage path and its namespace."""

    resource: str
    namespace: str | None


class State(NamedTuple):
    """The object as it is at a snapshot's last revision.

    ``digest`` is equal for equal content only, and None where it cannot be read, for that ``reason``. ``uid`` is
    empty where it is not known.
    """

    place: Place
    api_version: str
    kind: str
    create_revision: int
    mod_revision: int
    version: int
    uid: str
    digest: str | None
    reason: str = ""
    proven: bool = True

    @property
    def is_good(self) -> bool:
        """Whether this can be recovered with certainty."""
        return self.digest is not None and self.proven


class Remains(NamedTuple):
    """The last state of an object that is gone: its revision, and where known that of the deletion and its time."""

    place: Place
    last_revision: int
    ended: int | None
    moment: Moment | None
    readable: bool


@dataclass(frozen=True, slots=True)
class Look:
    """What a snapshot knows. ``moment`` is when its last record was written.

    ``states`` and ``remains`` are several where names are: in several namespaces, or of several kinds.
    Without any, ``doubt`` says why the object may be there all the same. ``unknown_kind`` is set where the snapshot
    knows no such kind.
    """

    path: str
    revision: int
    moment: Moment | None
    cluster_uid: str | None
    states: tuple[State, ...] = ()
    remains: tuple[Remains, ...] = ()
    doubt: str = ""
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()
    unknown_kind: NotFound | None = None


@dataclass(frozen=True, slots=True)
class Unopened:
    """A snapshot that could not be read, and why; ``is_other`` if it is something else than a snapshot."""

    path: str
    reason: str
    hint: str = ""
    is_other: bool = False


def look(snapshot: Snapshot, asked: Asked) -> Look:
    """Looks into one snapshot, in one walk; one more where the object is missing. Raises Damaged and what stores raise."""
    facts = (snapshot.source.path, snapshot.revision, last_written(snapshot), snapshot.cluster_uid)
    states = _states(snapshot, asked)
    problems = list(dict.fromkeys(snapshot.problems))
    if states:
        return Look(*facts, states, problems=tuple(problems), notes=snapshot.notes)
    doubt = problems[0].reason if problems else ""
    remains, unknown = _remains(snapshot, asked)
    if isinstance(snapshot.store, Discovering):
        problems += snapshot.store.discovered()
    return Look(*facts, (), remains, doubt, tuple(problems), snapshot.notes, unknown)


def _states(snapshot: Snapshot, asked: Asked) -> tuple[State, ...]:
    try:
        selection = _selection(snapshot, asked)
    except NotFound:
        # Where the definition of its kind is gone, so is the object.
        return ()
    return tuple(_state(snapshot, entry, asked) for entry in snapshot.entries(selection))


def _selection(view: Snapshot, asked: Asked) -> Selection:
    """What is asked for, whether it is there or not. Raises NotFound for a kind that the view does not know."""
    return select(view.key_space, [asked.target], namespaces=[asked.namespace] if asked.namespace else ())


def _state(snapshot: Snapshot, entry: Entry, asked: Asked) -> State:
    record, head = entry
    try:
        snapshot.load(entry)
        digest, reason = _digest(snapshot, entry, asked), ""
    except Undecodable as error:
        digest, reason = None, str(error)
        snapshot.problems.append(Problem(error.code, record.key.decode("utf-8", "backslashreplace"), reason))
    return State(
        _place(snapshot, entry),
        head.api_version,
        head.kind,
        record.create_revision,
        record.mod_revision,
        record.version,
        head.uid,
        digest,
        reason,
        record.source != UNPROVEN,
    )


def _place(view: Snapshot, entry: Entry) -> Place:
    key = entry.record.key
    parsed = view.key_space.parse(key)
    return Place(parsed.resource if parsed else key.decode("utf-8", "backslashreplace"), entry.head.namespace)


def _digest(snapshot: Snapshot, entry: Entry, asked: Asked) -> str:
    body = None if asked.raw else snapshot.body_of(entry.record)
    try:
        content = json.dumps(without_noise(body), sort_keys=True, default=str).encode() if body else None
    except RecursionError:
        content = None
    return _hash(bytes(entry.record.value) if content is None else content, entry.head, asked)


def _hash(content: bytes, head: Head, asked: Asked) -> str:
    key = asked.key if (head.group, head.kind) == _SECRET else b""
    return hmac.new(key, content, hashlib.sha256).hexdigest()


def _remains(snapshot: Snapshot, asked: Asked) -> tuple[tuple[Remains, ...], NotFound | None]:
    """The last lives that ended, and whether the kind is unknown even among what is gone."""
    past = snapshot.seen_as(Deleted)
    try:
        gone = past.gone(_selection(past, asked))
    except NotFound as error:
        return (), error
    timeline = read_timeline(snapshot) if gone else None
    found: dict[Place, Remains] = {}
    for life, head in gone:
        place = _place(past, Entry(life.last, head))
        moment = timeline.when(life.ended) if timeline and life.ended else None
        readable = past.failure_of(life.last) is None
        found.setdefault(place, Remains(place, life.last.mod_revision, life.ended, moment, readable))
    return tuple(found.values()), None
