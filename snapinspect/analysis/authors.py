"""Who wrote an object, and when: by its managedFields, which each manager's entry tells the time of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from snapinspect.snapshot.timeline import Stamp, newest_stamp, parse_time

if TYPE_CHECKING:
    from snapinspect.kube.authors import Authorship
    from snapinspect.model import Body, Record
    from snapinspect.snapshot.timeline import Moment

_UNKNOWN = "unknown"
_ENDLESS = 1 << 63
"""An entry without a time counts as the newest."""


class Author(NamedTuple):
    """One entry of managedFields: what it holds, whose it is, and its time in seconds since 1970, if it has one."""

    entry: Any
    manager: str
    seconds: int | None


class Authors(NamedTuple):
    """Those of one state of an object. ``newest`` is the latest time in it, which its server or a client took when writing."""

    entries: Sequence[Author]
    newest: Stamp | None

    @classmethod
    def in_body(cls, body: Body, record: Record) -> Authors:
        """What a decoded object says."""
        entries = [
            Author(entry, str(entry.get("manager") or _UNKNOWN), parse_time(entry.get("time")))
            for entry in _entries(body)
        ]
        return cls(entries, newest_stamp(body, record))

    @classmethod
    def told_by(cls, found: Authorship, record: Record) -> Authors:
        """What the metadata of a stored value says, which is not decoded for it."""
        entries = [Author(each.stored, each.manager or _UNKNOWN, each.seconds) for each in found.entries]
        newest: int | None = found.created
        source = "creationTimestamp"
        for each in entries:
            if each.seconds is not None and (newest is None or each.seconds > newest):
                newest, source = each.seconds, "managedFields"
        if found.deadline is not None and (newest is None or found.deadline - found.grace > newest):
            newest, source = found.deadline - found.grace, "deletionTimestamp"
        return cls(entries, None if newest is None else Stamp(record.mod_revision, newest, source, False))


def writers(before: Authors | None, after: Authors, moment: Moment | None, *, is_update: bool) -> list[str]:
    """The managers that made ``after`` of ``before``, where that is held; nobody where the entries tell nothing."""
    names = _names(_fresh(before, after))
    if names or not is_update or moment is None:
        return names
    # Two changes by one manager within a second leave its entry as it was.
    same_second = _names(each for each in after.entries if each.seconds == moment.seconds)
    return same_second if len(same_second) == 1 else []


def managers_of(body: Body) -> list[str]:
    """Everybody who had a part in an object, by managedFields."""
    return list(dict.fromkeys(str(entry.get("manager") or _UNKNOWN) for entry in _entries(body)))


def _fresh(before: Authors | None, after: Authors) -> list[Author]:
    """Entries that were not there before; where the state before is not known, those with the newest time."""
    if before is None:
        newest = max((_time(each) for each in after.entries), default=0)
        return [each for each in after.entries if _time(each) == newest]
    known = [each.entry for each in before.entries]
    return [each for each in after.entries if each.entry not in known]


def _time(author: Author) -> int:
    return _ENDLESS if author.seconds is None else author.seconds


def _names(authors: Iterable[Author]) -> list[str]:
    return list(dict.fromkeys(author.manager for author in authors))


def _entries(body: Body) -> list[dict[str, Any]]:
    metadata = body.get("metadata")
    entries = metadata.get("managedFields") if isinstance(metadata, dict) else None
    return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
