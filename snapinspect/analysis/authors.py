"""Who wrote an object, and when: by its managedFields, which each manager's entry tells the time of."""

from __future__ import annotations

from typing import Any

from snapinspect.kube.authors import UNKNOWN, Author, Authors
from snapinspect.model import Body, Record
from snapinspect.snapshot.timeline import Moment, newest_stamp, parse_time

_ENDLESS = 1 << 63
"""An entry without a time counts as the newest."""


def authors_in(body: Body, record: Record) -> Authors:
    """What a decoded object says."""
    entries = [
        Author(entry, str(entry.get("manager") or UNKNOWN), parse_time(entry.get("time"))) for entry in _entries(body)
    ]
    stamp = newest_stamp(body, record)
    return Authors(entries, stamp.seconds, stamp.source) if stamp else Authors(entries, None, "")


def writers(before: Authors | None, after: Authors, moment: Moment | None, *, is_update: bool) -> list[str]:
    """The managers that made ``after`` of ``before``, where that is held; nobody where the entries tell nothing."""
    names = _names(_fresh(before, after))
    if names or not is_update or moment is None:
        return names
    # Two changes by one manager within a second leave its entry as it was.
    same_second = _names([each for each in after.entries if each.seconds == moment.seconds])
    return same_second if len(same_second) == 1 else []


def managers_of(body: Body) -> list[str]:
    """Everybody who had a part in an object, by managedFields."""
    return list(dict.fromkeys(str(entry.get("manager") or UNKNOWN) for entry in _entries(body)))


def _fresh(before: Authors | None, after: Authors) -> list[Author]:
    """Entries that were not there before; where the state before is not known, those with the newest time."""
    entries = after.entries
    if before is not None:
        known = [each.entry for each in before.entries]
        return [each for each in entries if each.entry not in known]
    if len(entries) < 2:
        return entries
    newest = max([_time(each) for each in entries])
    return [each for each in entries if _time(each) == newest]


def _time(author: Author) -> int:
    return _ENDLESS if author.seconds is None else author.seconds


def _names(authors: list[Author]) -> list[str]:
    return list(dict.fromkeys([author.manager for author in authors]))


def _entries(body: Body) -> list[dict[str, Any]]:
    metadata = body.get("metadata")
    entries = metadata.get("managedFields") if isinstance(metadata, dict) else None
    return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
