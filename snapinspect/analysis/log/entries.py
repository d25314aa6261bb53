"""One thing that happened: its verb, and what changed in a few words."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from snapinspect.analysis.diff.fields import ABSENT, FieldChange
from snapinspect.model import Body, Head, Record
from snapinspect.snapshot.timeline import Moment
from snapinspect.write.json import dumps

Verb = Literal["created", "updated", "scaled", "rolled-out", "deleted", "recreated"]

_LONGEST = 40
"""Characters that are shown of a value."""
_NAMED = 3
"""Changes that a summary names."""


class Entry(NamedTuple):
    """A revision of an object, or a difference between two snapshots, where ``record`` is None.

    ``changes`` are without what servers write. ``before`` and ``body`` are the states around it, as far as they were
    needed to tell this: of what was created perhaps a part of the metadata alone. ``noise`` is the word
    under which it is counted rather than shown; empty for what is shown.
    """

    record: Record | None
    head: Head
    moment: Moment | None
    actors: tuple[str, ...]
    verb: Verb
    changes: tuple[FieldChange, ...]
    summary: str
    before: Body | None
    body: Body | None
    noise: str = ""

    def __repr__(self) -> str:
        """All but the states, which may be a Secret's."""
        return f"Entry({self.record!r}, {self.verb}, {self.actors}, {self.summary!r})"

    @property
    def sameness(self) -> tuple[object, ...]:
        """What entries have in common that are told in one line."""
        return self.actors, self.verb, self.head.api_version, self.head.kind, self.head.namespace, self.summary

    def as_json(self, folded: tuple[str, ...] = ()) -> dict[str, Any]:
        """The entry, with the names of the objects of those like it that were ``folded`` into it."""
        return {
            "revision": self.record.mod_revision if self.record else None,
            "time": str(self.moment) if self.moment else None,
            "timeSource": self.moment.source if self.moment else None,
            "actor": ", ".join(self.actors) or None,
            "verb": self.verb,
            "apiVersion": self.head.api_version,
            "kind": self.head.kind,
            "namespace": self.head.namespace,
            "name": self.head.name,
            "summary": self.summary,
            "changes": [change.as_json() for change in self.changes],
            "folded": len(folded),
            "foldedNames": list(folded),
        }


class _Telling(NamedTuple):
    """How changes of fields that match ``path`` are told: under which verb, and in which words."""

    path: re.Pattern[str]
    verb: Verb
    tell: Callable[[FieldChange], str]


def verb_of(changes: Sequence[FieldChange]) -> Verb:
    """What an update is called: by the first of its changes that has a verb of its own."""
    ranks = {_rank(change.path) for change in changes}
    found = {_TELLINGS[rank].verb for rank in ranks if rank < len(_TELLINGS)}
    return next((verb for verb in _RANKED if verb in found), "updated")


def summary_of(changes: Sequence[FieldChange]) -> str:
    """What changed, in one line: what people ask for first."""
    ranked = sorted(changes, key=lambda change: _rank(change.path))
    told = list(dict.fromkeys(map(_told, ranked)))
    more = f" and {len(told) - _NAMED} more" if len(told) > _NAMED else ""
    return ", ".join(told[:_NAMED]) + more


@lru_cache(maxsize=4096)
def _rank(path: str) -> int:
    return next((rank for rank, telling in enumerate(_TELLINGS) if telling.path.fullmatch(path)), len(_TELLINGS))


def _told(change: FieldChange) -> str:
    rank = _rank(change.path)
    return _TELLINGS[rank].tell(change) if rank < len(_TELLINGS) else _by_path(change)


def _arrow(name: str) -> Callable[[FieldChange], str]:
    return lambda change: f"{name} {_shown(change.old)} → {_shown(change.new)}"


def _by_path(change: FieldChange) -> str:
    path = change.path.removeprefix(".").removeprefix("spec.").removeprefix("metadata.")
    if isinstance(change.old, dict | list) or isinstance(change.new, dict | list):
        return f"{path} {'added' if change.old is ABSENT else 'removed' if change.new is ABSENT else 'changed'}"
    if change.old is ABSENT:
        return f"{path} = {_shown(change.new)}"
    if change.new is ABSENT:
        return f"{path} removed"
    return f"{path} {_shown(change.old)} → {_shown(change.new)}"


def _image(change: FieldChange) -> str:
    """Of an image that is renamed in its last part only, that part is enough."""
    if isinstance(change.old, str) and isinstance(change.new, str):
        shared = change.old.rpartition("/")[0]
        if shared and change.new.startswith(f"{shared}/"):
            return f"image {_shown(change.old[len(shared) + 1 :])} → {_shown(change.new[len(shared) + 1 :])}"
    return _arrow("image")(change)


def _value(change: FieldChange) -> str:
    """Which value of a ConfigMap or Secret changed; not what it is."""
    return change.path.removeprefix(".") + (
        " added" if change.old is ABSENT else " removed" if change.new is ABSENT else ""
    )


def _shown(value: object) -> str:
    if value is ABSENT:
        return "none"
    text = value if isinstance(value, str) else dumps(value)
    line = text.replace("\n", " ")
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


_RANKED: tuple[Verb, ...] = ("rolled-out", "scaled")
_TELLINGS = (
    _Telling(re.compile(r"\.spec\.replicas"), "scaled", _arrow("replicas")),
    _Telling(re.compile(r"\.spec\.(?:min|max)Replicas"), "updated", _by_path),
    _Telling(re.compile(r"\.spec\.template\..*\.image"), "rolled-out", _image),
    _Telling(re.compile(r"\.spec\.template\..*restartedAt.*"), "rolled-out", lambda _change: "restarted"),
    _Telling(re.compile(r"\.spec\.template(?:\..*)?"), "rolled-out", _by_path),
    _Telling(re.compile(r"\.(?:data|binaryData|stringData)(?:[.\[].*)?"), "updated", _value),
    _Telling(re.compile(r"\.metadata\.deletionTimestamp"), "updated", lambda _change: "deletion began"),
)
"""In the order in which a summary names them."""
