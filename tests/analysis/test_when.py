"""What people say for a moment, against what Python's own calendar makes of it."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

import snapinspect
from snapinspect.errors import NotHeld, UsageError
from snapinspect.snapshot import Snapshot
from snapinspect.snapshot.timeline import read_timeline, rfc3339
from snapinspect.snapshot.when import parse, resolve

LAST = 4171
MOSCOW, NEW_YORK = "Europe/Moscow", "America/New_York"
END = int(datetime(2026, 11, 22, 11, 28, 3, tzinfo=UTC).timestamp())


@pytest.fixture
def history(snapshot_file: Callable[[str], Path]) -> Iterator[Snapshot]:
    with snapinspect.open(str(snapshot_file("history"))) as snapshot:
        yield snapshot


@pytest.fixture
def in_zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """``in_zone("Europe/Moscow")`` makes that the local time."""

    def enter(name: str) -> None:
        monkeypatch.setenv("TZ", name)
        time.tzset()

    yield enter
    monkeypatch.undo()
    time.tzset()


def utc(text: str) -> int:
    return int(datetime.fromisoformat(f"{text}+00:00").timestamp())


@pytest.mark.parametrize(
    ("zone", "said", "meant"),
    [
        ("UTC", "2026-11-22 11:25", "2026-11-22T11:25:00"),
        ("UTC", "2026-11-22t11:25:30", "2026-11-22T11:25:30"),
        (MOSCOW, "2026-11-22 11:25", "2026-11-22T08:25:00"),
        (NEW_YORK, "2026-11-22T06:25:10.750", "2026-11-22T11:25:10"),
        (MOSCOW, "2026-11-22T11:25:00Z", "2026-11-22T11:25:00"),
        (MOSCOW, "2026-11-22T14:25:00+03:00", "2026-11-22T11:25:00"),
        (MOSCOW, "11:25", "2026-11-22T08:25:00"),
        (MOSCOW, "14:25", "2026-11-22T11:25:00"),
        (MOSCOW, "now", "2026-11-22T11:28:03"),
        ("UTC", "noon", "2026-11-21T12:00:00"),
        (MOSCOW, "noon", "2026-11-22T09:00:00"),
        (NEW_YORK, "yesterday midnight", "2026-11-21T05:00:00"),
        (MOSCOW, "yesterday 24:00", "2026-11-21T21:00:00"),
        ("UTC", "2026-11-21 24:00", "2026-11-22T00:00:00"),
        (MOSCOW, "2026/11/22_11:25", "2026-11-22T08:25:00"),
        (MOSCOW, "20261122T112500Z", "2026-11-22T11:25:00"),
        (MOSCOW, "20261122T1125", "2026-11-22T08:25:00"),
        (NEW_YORK, "20261122T142510+0300", "2026-11-22T11:25:10"),
        ("UTC", "20261122-112510", "2026-11-22T11:25:10"),
        (MOSCOW, "Nov 22 11:25", "2026-11-22T08:25:00"),
        (MOSCOW, "Dec 24 10:00", "2025-12-24T07:00:00"),
        (MOSCOW, "22 november 2026, 11:25", "2026-11-22T08:25:00"),
        ("UTC", "23:30", "2026-11-21T23:30:00"),
        (NEW_YORK, "23:30", "2026-11-22T04:30:00"),
        ("UTC", "yesterday 18:00", "2026-11-21T18:00:00"),
        (MOSCOW, "yesterday at 18:00", "2026-11-21T15:00:00"),
        (MOSCOW, "Today 11:25 UTC", "2026-11-22T11:25:00"),
        ("UTC", "22.11.2026 09:05", "2026-11-22T09:05:00"),
        ("UTC", "6:30 pm", "2026-11-21T18:30:00"),
        ("UTC", "12am", "2026-11-22T00:00:00"),
        ("UTC", "11:25 +0300", "2026-11-22T08:25:00"),
        ("UTC", "11:25 UTC+3", "2026-11-22T08:25:00"),
        (NEW_YORK, "11:25 Europe/Moscow", "2026-11-22T08:25:00"),
        (MOSCOW, "14:25 MSK", "2026-11-22T11:25:00"),
        ("UTC", "friday 18:00", "2026-11-20T18:00:00"),
        ("UTC", "sunday 18:00", "2026-11-15T18:00:00"),
        ("UTC", "2026-11-20", "2026-11-20T23:59:59"),
        (MOSCOW, "yesterday", "2026-11-21T20:59:59"),
        (MOSCOW, "2026-11-20 UTC", "2026-11-20T23:59:59"),
        ("UTC", "2026-11-22", "2026-11-22T11:28:03"),
        (MOSCOW, "-5m", "2026-11-22T11:23:03"),
        ("UTC", "5 minutes ago", "2026-11-22T11:23:03"),
        ("UTC", "1h30m", "2026-11-22T09:58:03"),
        ("UTC", "an hour and 5 min ago", "2026-11-22T10:23:03"),
        ("UTC", "1.5h", "2026-11-22T09:58:03"),
        ("UTC", "1w", "2026-11-15T11:28:03"),
        ("UTC", "2 weeks, 1 day", "2026-11-07T11:28:03"),
        (NEW_YORK, "2026-07-01 12:00", "2026-07-01T16:00:00"),
    ],
)
def test_a_moment_in_words(in_zone: Callable[[str], None], zone: str, said: str, meant: str) -> None:
    in_zone(zone)
    assert rfc3339(parse(said, END).seconds) == f"{meant}Z"


def test_a_day_begins_where_it_is_asked_for_from_when_on(in_zone: Callable[[str], None]) -> None:
    in_zone(MOSCOW)
    assert parse("2026-11-22", END, start=True).seconds == utc("2026-11-21T21:00:00")
    assert parse("yesterday", END, start=True).seconds == utc("2026-11-20T21:00:00")


@pytest.mark.parametrize("said", ["11:25", "2026-11-22 11:25", "yesterday"])
def test_the_zone_that_was_taken_is_told(in_zone: Callable[[str], None], said: str) -> None:
    in_zone(MOSCOW)
    assert parse(said, END)[1:] == ("UTC+03:00", True)
    assert parse(f"{said} UTC", END)[1:] == ("UTC", False)


@given(st.datetimes(datetime(1990, 1, 1), datetime(2080, 1, 1)), st.sampled_from([MOSCOW, NEW_YORK, "Asia/Kolkata"]))
def test_a_date_and_time_with_its_zone_is_the_calendar_s(moment: datetime, zone: str) -> None:
    moment = moment.replace(microsecond=0)
    placed = moment.replace(tzinfo=ZoneInfo(zone))
    end = int(placed.timestamp()) + 5
    assert parse(f"{moment:%Y-%m-%d %H:%M:%S} {zone}", end).seconds == end - 5
    if placed.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) == moment:
        assert parse(placed.isoformat(), end).seconds == end - 5


@given(
    st.datetimes(datetime(1990, 1, 1), datetime(2026, 11, 22)),
    st.sampled_from(
        ["%a %b %d %H:%M:%S UTC %Y", "%d %B %Y %H:%M:%S UTC", "%b %d, %Y %H:%M:%S Z", "%a, %d %b %Y %X +0000"]
    ),
)
def test_a_month_in_letters_is_the_calendar_s(moment: datetime, form: str) -> None:
    said = moment.strftime(form)
    assert parse(said, END).seconds == int(moment.replace(tzinfo=UTC, microsecond=0).timestamp())


@given(st.integers(0, 99), st.sampled_from(["seconds", "minutes", "hours", "days", "weeks"]))
def test_durations_count_back_from_the_end(count: int, unit: str) -> None:
    expected = END - int(timedelta(**{unit: count}).total_seconds())
    short, word = unit[0], unit.removesuffix("s")
    for said in (
        f"{count}{short}",
        f"-{count}{short}",
        f"{count} {unit} ago",
        f"{count} {word}",
        f"{count}{short} ago",
    ):
        assert parse(said, END).seconds == expected


@given(st.text(max_size=80))
def test_any_words_are_a_moment_or_wrong_usage(said: str) -> None:
    with contextlib.suppress(UsageError):
        parse(said, END)


def test_a_time_in_any_form_is_one_revision(history: Snapshot, in_zone: Callable[[str], None]) -> None:
    in_zone(MOSCOW)
    seconds = utc("2026-11-22T11:25:00")
    forms = (
        "14:25",
        "2026-11-22 14:25",
        "11:25Z",
        "2026-11-22T11:25:00Z",
        str(seconds),
        f"@{seconds}",
        f"{seconds}000",
    )
    assert {resolve(history, form).revision for form in forms} == {read_timeline(history).revision_at(seconds, LAST)}


def test_how_the_words_were_taken_is_said(history: Snapshot, in_zone: Callable[[str], None]) -> None:
    in_zone(MOSCOW)
    assert resolve(history, "14:25").taken == "14:25 is 2026-11-22T11:25:00Z (local time, UTC+03:00)"
    assert resolve(history, "1795346700").taken == "1795346700 is 2026-11-22T11:25:00Z (Unix seconds)"
    assert resolve(history, "5m").taken == "5m is 2026-11-22T11:23:03Z"


@pytest.mark.parametrize("revision", [1, 1500, LAST, 99_999, 946_684_799])
def test_a_revision_needs_no_time(history: Snapshot, revision: int) -> None:
    assert resolve(history, f"{revision}") == (revision, None, "")


@pytest.mark.parametrize(
    "said",
    [
        *("tomorrow", "", " ", "+5m", "9" * 500, "25:00", "11:60", "13pm", "2026-02-30", "2026-11-22-05", "1-2-3"),
        *("11:25 Mars/Base", "11:25 ../../etc/passwd", "5 parsecs ago", "ago", "-", "11 25", "utc", "1.5", "0x10"),
        "9" * 65 + "w",
    ],
)
def test_what_means_no_moment_is_refused_with_the_forms(history: Snapshot, said: str) -> None:
    with pytest.raises(UsageError, match="no revision, time or duration") as caught:
        resolve(history, said)
    assert "yesterday 18:00" in caught.value.hint


@pytest.mark.parametrize(
    ("zone", "said", "wrong", "instead"),
    [
        ("UTC", "1h", "before anything in the snapshot, which begins at 2026-11-22T11:21:10Z", "1"),
        ("UTC", "99999999999d", "before anything", "1"),
        ("UTC", "yesterday 18:00", "before anything", "1"),
        ("UTC", "2026-11-22T11:30:00Z", "after the snapshot's last record, of 2026-11-22T11:28:0", str(LAST)),
        (MOSCOW, "11:25", "before anything", "11:25 UTC"),
        (NEW_YORK, "2026-11-22 11:25", "after the snapshot's last", "2026-11-22 11:25 UTC"),
        (MOSCOW, "09:00", "before anything", "1"),
    ],
)
def test_what_lies_outside_the_snapshot_comes_with_what_does_not(
    history: Snapshot, in_zone: Callable[[str], None], zone: str, said: str, wrong: str, instead: str
) -> None:
    in_zone(zone)
    with pytest.raises(NotHeld, match=wrong) as caught:
        resolve(history, said)
    assert (caught.value.asked, caught.value.instead) == (said, instead)
    assert instead in caught.value.hint
    assert resolve(history, instead).revision in range(1, LAST + 1)


def test_there_is_no_revision_0(history: Snapshot) -> None:
    with pytest.raises(UsageError, match="no revision 0"):
        resolve(history, "0")
