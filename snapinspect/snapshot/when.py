"""Moments as people say them: a revision, a time of day, a date, how long ago."""

from __future__ import annotations

import re
import time
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import NamedTuple

from snapinspect.errors import NotHeld, UsageError
from snapinspect.snapshot.spelled import in_numbers
from snapinspect.snapshot.timeline import Dated, Moment, Timeline, read_near_timeline, rfc3339

_GRACE = 60
"""Seconds after the last record that still mean the last state, as no cluster is silent for longer."""
_LONGEST = 64
"""Characters that are read of what a person said."""
_NUMBER = re.compile(r"@?[0-9]{1,20}")
_UNIX_SECONDS = range(946_684_800, 4_102_444_800)
"""From the year 2000 to 2100: a number beyond the last revision that lies here is a time."""
_UNITS = {"s": 1, "sec": 1, "second": 1, "m": 60, "min": 60, "minute": 60, "h": 3600, "hr": 3600, "hour": 3600}
_UNITS |= {"d": 86_400, "day": 86_400, "w": 604_800, "wk": 604_800, "week": 604_800}
_PART = re.compile(r"([0-9]+(?:\.[0-9]+)?|an?(?= ))\s*([a-z]+?)s?(?=[\s0-9,]|$)[\s,]*(?:and\s+)?")
_ZONE = r"(?P<zone>z|(?:utc|gmt)?[+-][0-9]{1,2}(?::?[0-9]{2})?|[a-z]+(?:/[a-z0-9_+-]+)+|[a-z]{3,5})"
_CLOCK = (
    r"(?P<hour>[0-9]{1,2})(?::(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:[.,][0-9]+)?)?)?\s*(?:(?P<half>am|pm)\b)?"
)
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WORD = f"(?P<word>today|yesterday|{'|'.join(_WEEKDAYS)})"
_DAY = rf"(?P<date>[0-9]{{4}}(?P<sign>[-/])[0-9]{{1,2}}(?P=sign)[0-9]{{1,2}})|(?P<dotted>[0-9]{{1,2}}\.[0-9]{{1,2}}\.[0-9]{{4}})|{_WORD}"
_TIME = re.compile(rf"(?:(?:{_DAY})(?:t|\s+at\s+|\s+|$))?(?:at\s+)?(?:{_CLOCK})?\s*{_ZONE}?", re.IGNORECASE)
_OFFSET = re.compile(r"(?:utc|gmt)?([+-])([0-9]{1,2}?):?([0-9]{2})?", re.IGNORECASE)
_FORMS = (
    "Give a revision (12345), a time ('2026-11-22 11:25', 11:25, 'yesterday 18:00', 2026-11-22T11:25:00Z), "
    "or how long before the end (10m, '2 hours ago')."
)


_NOW = frozenset({"now", "latest", "newest", "end", "last"})
_JOINED = re.compile(r"(?<=[0-9])_(?=[0-9])")
"""Between a day and a time in names of files."""
_BASIC = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})[tT -]([0-9]{2})([0-9]{2})([0-9]{2})?(?![0-9])")
"""ISO 8601's basic format, a day and a time without signs between their parts: ``20261122T112500Z``."""
_CLOCKS = re.compile(r"\b(noon|midnight)\b", re.IGNORECASE)


class Said(NamedTuple):
    """A moment that a person named, in seconds since 1970, and the zone in which it was taken.

    ``zone`` is empty where none matters; ``assumed`` when nobody said it.
    """

    seconds: int
    zone: str = ""
    assumed: bool = False


class Meant(NamedTuple):
    """The revision that a person means, when it was written, and how the words were taken, in words.

    ``moment`` is None and ``taken`` empty for what was said as a revision.
    """

    revision: int
    moment: Moment | None = None
    taken: str = ""


def revision_meant(snapshot: Dated, when: int | str | datetime, *, start: bool = False) -> int:
    """The revision of a moment as a program names it; a time without a zone is local. Raises what ``resolve`` does."""
    if isinstance(when, int):
        return when if when < _UNIX_SECONDS.start else resolve(snapshot, str(when), start=start).revision
    said = when if isinstance(when, str) else when.astimezone().isoformat(timespec="seconds")
    return resolve(snapshot, said, start=start).revision


def resolve(snapshot: Dated, when: str, *, start: bool = False) -> Meant:
    """The revision that ``when`` means: a revision, or the last one written by the end of that time.

    A time is local unless it names its zone; without a day it is the latest such time before the snapshot's
    end; a day alone is its end, or its beginning with ``start``. Durations count back from the snapshot's last
    record. A number beyond the last revision that looks like Unix seconds is taken for them.

    Raises UsageError for what means nothing, and for what comes after the snapshot; NotHeld for what comes before it.
    """
    text = when.strip()
    number = _number(text)
    if number is not None and not (text.startswith("@") or _is_time(number, snapshot.store.revision)):
        if not number:
            raise UsageError("there is no revision 0", "etcd's first revision is 1.")
        return Meant(number)
    timeline = read_near_timeline(snapshot)
    last = snapshot.store.revision
    newest = timeline.when(last)
    if newest is None:
        raise UsageError("nothing in the snapshot tells the time", "Give a revision.")
    said = Said(_in_seconds(number), "Unix seconds") if number is not None else parse(text, newest.seconds, start=start)
    revision = timeline.revision_at(said.seconds, last)
    if said.seconds > newest.seconds + _GRACE:
        raise _not_held(f"after the snapshot's last record, of {newest}", when, said, timeline, newest, last)
    if not revision and start:
        # From before the beginning on is from the beginning on.
        return Meant(1, timeline.when(1), taken(when, said))
    if not revision:
        earliest = max(1, snapshot.store.compact_revision)
        where = f"before anything in the snapshot, which begins at {timeline.when(1)}"
        raise _not_held(where, when, said, timeline, newest, earliest)
    return Meant(revision, timeline.when(revision), taken(when, said))


def parse(when: str, end: int, *, start: bool = False) -> Said:
    """The moment that the words mean to somebody who looks at a snapshot that ends at ``end``.

    Raises UsageError for words that mean none.
    """
    text = _extended(" ".join(_JOINED.sub(" ", when).split()))
    found = None
    if text.lower() in _NOW:
        return Said(end)
    if len(text) <= _LONGEST:
        found = _ago(text.lower(), end) or _time(_CLOCKS.sub(_clock_of, in_numbers(text, end)), end, start=start)
    if found is None:
        raise UsageError(f"{when[:_LONGEST]!r} is no revision, time or duration", _FORMS)
    return found


def taken(when: str, said: Said) -> str:
    """How the words were taken: ``11:25 is 2026-11-22T11:25:00Z (local time, UTC+03:00)``."""
    zone = f" ({'local time, ' if said.assumed else ''}{said.zone})" if said.zone else ""
    return f"{when} is {rfc3339(said.seconds)}{zone}"


def _extended(text: str) -> str:
    """The basic format as the extended one; anything else as it is."""
    found = _BASIC.match(text)
    if found is None:
        return text
    year, month, day, hour, minute, second = found.groups("00")
    return f"{year}-{month}-{day}T{hour}:{minute}:{second}{text[found.end() :]}"


def _clock_of(word: re.Match[str]) -> str:
    return "12:00" if word[0].lower() == "noon" else "00:00"


def _number(text: str) -> int | None:
    return int(text.removeprefix("@")) if _NUMBER.fullmatch(text) else None


def _is_time(number: int, last: int) -> bool:
    return number > last and (number in _UNIX_SECONDS or number // 1000 in _UNIX_SECONDS)


def _in_seconds(number: int) -> int:
    """Unix seconds, also of milliseconds, as many programs print them."""
    return number // 1000 if number // 1000 in _UNIX_SECONDS else number


def _ago(text: str, end: int) -> Said | None:
    """``10m``, ``-10m``, ``1h30m``, ``5 minutes ago``, ``an hour and 5 minutes ago``."""
    rest = text.removeprefix("-").removesuffix("ago").strip()
    seconds, at = 0.0, 0
    while at < len(rest):
        part = _PART.match(rest, at)
        if part is None or part[2] not in _UNITS:
            return None
        seconds += _UNITS[part[2]] * (float(part[1]) if part[1][0].isdigit() else 1)
        at = part.end()
    return Said(end - int(seconds)) if rest else None


def _time(text: str, end: int, *, start: bool) -> Said | None:
    """``2026-11-22 11:25``, ``11:25``, ``yesterday 18:00 UTC``, ``2026-11-22``."""
    found = _TIME.fullmatch(text)
    if found is None or not (found["hour"] or _names_day(found)):
        return None
    if found["hour"] and not (found["minute"] or found["half"]):
        return None
    try:
        zone = _zone(found["zone"])
        today = datetime.fromtimestamp(end, UTC).astimezone(zone).date()
        day = _day(found, today)
        moment = datetime.combine(day, datetime.min.time()) + _clock(found, start=start)
        # Without a zone of its own a time is the local one.
        seconds = _seconds(moment, zone)
        if seconds > end + _GRACE:
            seconds = _seconds(moment - _until_again(found), zone)
    except (ValueError, OverflowError, OSError, LookupError):
        return None
    if not found["hour"] and not start and day == today:
        seconds = min(seconds, end)
    return Said(seconds, _zone_name(seconds, zone), found["zone"] is None)


def _names_day(found: re.Match[str]) -> bool:
    return bool(found["date"] or found["dotted"] or found["word"])


def _until_again(found: re.Match[str]) -> timedelta:
    """How long before was the same time, where the words say none in particular."""
    if not _names_day(found):
        return timedelta(days=1)
    return timedelta(weeks=(found["word"] or "").lower() in _WEEKDAYS)


def _day(found: re.Match[str], today: date) -> date:
    """The day that is named, or today. Raises ValueError where there is no such day."""
    if found["date"]:
        return date(*(int(part) for part in found["date"].split(found["sign"])))
    if found["dotted"]:
        day, month, year = (int(part) for part in found["dotted"].split("."))
        return date(year, month, day)
    word = (found["word"] or "today").lower()
    if word in _WEEKDAYS:
        return today - timedelta(days=(today.weekday() - _WEEKDAYS.index(word)) % 7)
    return today - timedelta(days=("today", "yesterday").index(word))


def _clock(found: re.Match[str], *, start: bool) -> timedelta:
    """How far into the day. Raises ValueError for what no clock shows."""
    if not found["hour"]:
        return timedelta() if start else timedelta(hours=23, minutes=59, seconds=59)
    hour, half = int(found["hour"]), (found["half"] or "").lower()
    if half:
        if not 1 <= hour <= 12:
            raise ValueError(hour)
        hour = hour % 12 + (12 if half == "pm" else 0)
    minute, second = int(found["minute"] or 0), int(found["second"] or 0)
    if (hour, minute, second) == (24, 0, 0):
        # The end of the day, as ISO 8601 has it.
        return timedelta(days=1)
    if hour > 23 or minute > 59 or second > 60:
        raise ValueError(hour)
    return timedelta(hours=hour, minutes=minute, seconds=second)


def _zone(name: str | None) -> tzinfo | None:
    """The zone of that name, or None for the local one. Raises LookupError or ValueError for one that nobody knows."""
    if name is None or name in time.tzname:
        return None
    if name.lower() in {"z", "utc", "gmt"}:
        return UTC
    offset = _OFFSET.fullmatch(name)
    if offset:
        apart = timedelta(hours=int(offset[2]), minutes=int(offset[3] or 0))
        return timezone(-apart if offset[1] == "-" else apart)
    # Imported here, as few name a zone by its place.
    from zoneinfo import ZoneInfo

    return ZoneInfo(name)


def _seconds(moment: datetime, zone: tzinfo | None) -> int:
    placed = moment.astimezone() if zone is None else moment.replace(tzinfo=zone)
    return int(placed.timestamp())


def _zone_name(seconds: int, zone: tzinfo | None) -> str:
    """``UTC`` or ``UTC+03:00``: what is to be added to be sure."""
    offset = datetime.fromtimestamp(seconds, UTC).astimezone(zone).strftime("%z")
    return "UTC" if offset == "+0000" else f"UTC{offset[:3]}:{offset[3:5]}"


def _not_held(where: str, when: str, said: Said, timeline: Timeline, newest: Moment, nearest: int) -> NotHeld:
    """Where the moment lies; what was meant if UTC was, else the nearest revision that is held."""
    message = f"{taken(when, said)}, {where}"
    if said.assumed:
        in_utc = parse(f"{when} UTC", newest.seconds)
        if in_utc.seconds <= newest.seconds + _GRACE and timeline.revision_at(in_utc.seconds, nearest):
            return NotHeld(message, f"If UTC was meant, say so: '{when} UTC'.", asked=when, instead=f"{when} UTC")
    return NotHeld(message, f"The nearest that is held is revision {nearest}.", asked=when, instead=str(nearest))
