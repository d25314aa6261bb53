"""Times of revisions, against what a cluster's clients noted when they wrote."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import snapinspect
from snapinspect.snapshot import Snapshot
from snapinspect.snapshot.timeline import Stamp, Timeline, newest_stamp, read_timeline, read_timeline_near, rfc3339
from snapinspect.snapshot.when import resolve

Lines = Callable[[str], list[dict[str, Any]]]

LAST = 4171
STAMP = st.builds(Stamp, st.integers(1, 60), st.integers(0, 30), st.just("renewTime"), st.booleans())
stamps = st.lists(STAMP, max_size=25)


@pytest.fixture
def history(snapshot_file: Callable[[str], Path]) -> Iterator[Snapshot]:
    with snapinspect.open(str(snapshot_file("history"))) as snapshot:
        yield snapshot


@pytest.fixture
def written(facts: Lines) -> list[tuple[int, float]]:
    """Revisions and times of what a client wrote; a few answers bear the revision of something else."""
    keys = {line["rev"]: line["key"] for line in facts("history.history")}
    actions = [action for action in facts("history.actions") if action.get("rv", "").isdigit()]
    return [
        (int(action["rv"]), action["t"])
        for action in actions
        if action["action"] in {"create", "update"}
        and keys.get(int(action["rv"]), "").endswith("/".join(action["path"].split("/")[-1:]))
        and action["desc"] != "scale api"
    ]


def test_times_are_as_near_as_they_say(history: Snapshot, written: list[tuple[int, float]]) -> None:
    timeline = read_timeline(history)
    assert len(written) > 150
    for revision, noted in written:
        moment = timeline.when(revision)
        assert moment is not None
        assert moment.uncertainty is not None
        # The client noted the time after the answer, in parts of a second that no stamp has.
        assert abs(moment.seconds - int(noted)) <= moment.uncertainty
        assert moment.uncertainty <= 3


def test_times_of_a_few_revisions_are_as_near_without_a_look_at_all(
    history: Snapshot, written: list[tuple[int, float]], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = read_timeline(history)
    # As if this were more than is looked at.
    monkeypatch.setattr("snapinspect.snapshot.timeline._MOST", 100)
    for revision, noted in written[::7]:
        moment, told = read_timeline_near(history, [revision]).when(revision), whole.when(revision)
        assert moment is not None
        assert told is not None
        assert moment.uncertainty is not None
        assert abs(moment.seconds - int(noted)) <= moment.uncertainty
        assert moment.uncertainty <= 3
        assert abs(moment.seconds - told.seconds) <= 3


def test_times_never_run_backwards(history: Snapshot) -> None:
    timeline = read_timeline(history)
    moments = [timeline.when(revision) for revision in range(1, LAST + 1)]
    seconds = [moment.seconds for moment in moments if moment]
    assert len(seconds) == LAST
    assert seconds == sorted(seconds)


def test_a_time_is_the_last_revision_of_its_second(history: Snapshot, written: list[tuple[int, float]]) -> None:
    timeline = read_timeline(history)
    for revision, noted in written[::40]:
        found, moment, _ = resolve(history, rfc3339(int(noted)))
        assert moment is not None
        assert moment.seconds <= int(noted)
        told, after = timeline.when(revision), timeline.when(found + 1)
        assert after is not None
        assert after.seconds > int(noted)
        assert told is not None
        assert (found >= revision) == (told.seconds <= int(noted))
        assert all(found < later for later, time in written if time > noted + 3)


def test_without_any_time_only_revisions_can_be_asked_for() -> None:
    assert Timeline([]).when(7) is None


def test_between_two_stamps_is_interpolated_and_beyond_them_bounded() -> None:
    timeline = Timeline([Stamp(10, 1000, "renewTime"), Stamp(20, 1100, "creationTimestamp")])
    assert timeline.when(10) == (1000, 1, "renewTime")
    assert timeline.when(15) == (1050, 51, "interpolated")
    assert timeline.when(9) == (1000, None, "not-after")
    assert timeline.when(21) == (1100, None, "not-before")


def test_what_is_only_a_lower_bound_is_certain_up_to_the_next_exact_stamp() -> None:
    bound = Stamp(10, 1000, "managedFields", exact=False)
    assert Timeline([bound, Stamp(20, 1100, "renewTime")]).when(10) == (1000, 101, "managedFields")
    assert Timeline([bound]).when(10) == (1000, None, "managedFields")


def test_a_clock_that_is_wrong_is_left_out() -> None:
    right = [Stamp(revision, 1000 + revision, "renewTime") for revision in range(0, 100, 2)]
    wrong = [Stamp(revision, 9000 + revision, "renewTime") for revision in range(1, 100, 6)]
    timeline = Timeline(right + wrong)
    assert [timeline.when(stamp.revision) for stamp in right] == [(stamp.seconds, 1, "renewTime") for stamp in right]
    assert all(timeline.when(stamp.revision).seconds == 1000 + stamp.revision for stamp in wrong[:-1])  # type: ignore[union-attr]


def longest(found: list[Stamp]) -> int:
    """How many stamps agree at most: the plain quadratic way."""
    ordered = sorted(set(found))
    lengths: list[int] = []
    for at, stamp in enumerate(ordered):
        before = [lengths[other] for other in range(at) if ordered[other].seconds <= stamp.seconds]
        lengths.append(1 + max(before, default=0))
    return max(lengths, default=0)


@given(stamps)
def test_times_are_monotonic_whatever_the_stamps_say(found: list[Stamp]) -> None:
    timeline = Timeline(found)
    moments = [timeline.when(revision) for revision in range(62)]
    if not found:
        assert moments == [None] * 62
        return
    seconds = [moment.seconds for moment in moments if moment]
    assert seconds == sorted(seconds)
    assert all(moment and (moment.uncertainty is None or moment.uncertainty > 0) for moment in moments)


@given(stamps, st.integers(0, 31))
def test_the_revision_at_a_time_is_the_last_one_by_then(found: list[Stamp], seconds: int) -> None:
    timeline = Timeline(found)
    told = [moment.seconds if (moment := timeline.when(revision)) else 0 for revision in range(1, 61)]
    assert timeline.revision_at(seconds, 60) == sum(each <= seconds for each in told)


@given(st.lists(STAMP, max_size=25, unique_by=lambda stamp: stamp.revision))
def test_as_many_stamps_as_agree_are_believed(found: list[Stamp]) -> None:
    timeline = Timeline(found)
    believed = [stamp for stamp in found if timeline.when(stamp.revision)[0] == stamp.seconds]  # type: ignore[index]
    assert len(believed) >= longest(found)


def test_the_newest_time_of_an_object_is_that_of_its_writing(history: Snapshot, facts: Lines) -> None:
    keys = {b"/registry/configmaps/infra-production/flappy", b"/registry/secrets/infra-production/doomed-secret"}
    noted = {int(action["rv"]): action["t"] for action in facts("history.actions") if action.get("rv", "").isdigit()}
    checked = 0
    for record in history.store.revisions(keys.__contains__):
        if not record.tombstone and record.mod_revision in noted:
            body = history.body_of(record)
            assert body is not None
            stamp = newest_stamp(body, record)
            assert stamp is not None
            assert abs(stamp.seconds - int(noted[record.mod_revision])) <= 1
            checked += 1
    assert checked > 50


def test_a_deletion_that_has_begun_was_asked_for_before_its_deadline(history: Snapshot) -> None:
    record = next(history.store.newest(1))
    body = {"metadata": {"deletionTimestamp": "2026-11-22T11:30:30Z", "deletionGracePeriodSeconds": 30}}
    stamp = newest_stamp(body, record)
    assert stamp is not None
    assert stamp[1:3] == (int(datetime(2026, 11, 22, 11, 30, tzinfo=UTC).timestamp()), "deletionTimestamp")


@pytest.mark.parametrize(
    "value", [None, 7, "", "tomorrow", "2026-11-22T11:30:30", [], {"x": 1}, "9999-99-99T00:00:00Z"]
)
def test_a_time_that_is_none_is_ignored(history: Snapshot, value: Any) -> None:
    record = next(history.store.newest(1))
    for body in (
        {"metadata": {"creationTimestamp": value, "deletionTimestamp": value}},
        {"metadata": {"managedFields": [{"time": value}, value]}},
        {"metadata": value, "kind": "Lease", "spec": {"renewTime": value}},
        {"metadata": value, "kind": "Event", "eventTime": value, "series": value},
    ):
        assert newest_stamp(body, record) is None
