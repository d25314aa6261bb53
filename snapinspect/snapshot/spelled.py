"""Dates with the month in letters, as ``date``, ``ls -l`` and mail write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = rf"(?P<month>{'|'.join(_MONTHS)})[a-z]{{0,6}}\.?"
_WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6},?\s+)?"
_FORMS = (
    re.compile(
        rf"{_WEEKDAY}{_MONTH}\s+(?P<day>\d{{1,2}})(?:,?\s+(?P<year>\d{{4}}))?,?(?P<rest>(?:\s.*)?)", re.IGNORECASE
    ),
    re.compile(
        rf"{_WEEKDAY}(?P<day>\d{{1,2}})\s+{_MONTH}(?:,?\s+(?P<year>\d{{4}}))?,?(?P<rest>(?:\s.*)?)", re.IGNORECASE
    ),
)
_YEAR_LAST = re.compile(r"(.*)\s(\d{4})")


def in_numbers(text: str, end: int) -> str:
    """``Sun Nov 22 11:25:00 UTC 2026`` as ``2026-11-22 11:25:00 UTC``; what is written otherwise is as it was.

    Without a year it is the last such day before ``end``, in seconds since 1970.
    """
    found = next(filter(None, (form.fullmatch(text) for form in _FORMS)), None)
    if found is None:
        return text
    month, day, rest = _MONTHS.index(found["month"].lower()) + 1, int(found["day"]), found["rest"]
    last = _YEAR_LAST.fullmatch(rest)
    if found["year"] or last is None:
        year = int(found["year"] or _latest_year(month, day, end))
    else:
        rest, year = last[1], int(last[2])
    return f"{year:04}-{month:02}-{day:02}{rest}".strip()


def _latest_year(month: int, day: int, end: int) -> int:
    until = datetime.fromtimestamp(end, UTC)
    return until.year if (month, day) <= (until.month, until.day) else until.year - 1
