"""What programs do with a snapshot: name moments as people do, and log what they hold without giving it away."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

import snapinspect
from snapinspect import NotHeld, Snapshot, UsageError


@pytest.fixture
def history(snapshot_file: Callable[[str], Path]) -> Iterator[Snapshot]:
    with snapinspect.open(str(snapshot_file("history"))) as snapshot:
        yield snapshot


def test_a_moment_in_any_form_is_the_same_state(history: Snapshot) -> None:
    moment = datetime(2026, 11, 22, 11, 25, tzinfo=UTC)
    forms = ("2026-11-22T11:25:00Z", "11:25 UTC", f"{moment.timestamp():.0f}", moment, moment.astimezone(None))
    revisions = {history.at(form).revision for form in forms}
    assert len(revisions) == 1
    assert revisions == {history.at(*revisions).revision} == {history.at(str(*revisions)).revision}
    (revision,) = revisions
    assert list(history.at("11:25 UTC").heads(history.select(["deploy"]))) == list(
        history.at(revision).heads(history.select(["deploy"]))
    )


def test_what_is_no_moment_of_the_snapshot_is_refused(history: Snapshot) -> None:
    with pytest.raises(UsageError, match="no revision, time or duration"):
        history.at("tomorrow")
    with pytest.raises(NotHeld) as caught:
        history.at("1w")
    assert history.at(caught.value.instead).revision == 1


def test_no_value_of_a_secret_is_in_what_python_prints(history: Snapshot) -> None:
    secrets = history.select(["secrets"])
    entries = list(history.entries(secrets))
    shown = repr([entries, list(history.objects(secrets)), list(history.recover(secrets))])
    gone = snapinspect.deleted(history, ["secrets"])
    shown += repr(gone)
    values = [value for found in history.objects(secrets) for value in (found.body.get("data") or {}).values()]
    held = [bytes(entry.record.value) for entry in entries] + [bytes(each.life.last.value) for each in gone]
    assert len(values) > 5
    assert not [value for value in values if value and value in shown]
    assert not [value for value in held if repr(value) in shown]
    assert entries[0].head.name in shown
