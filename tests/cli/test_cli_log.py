"""``log`` on the command line."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest
from cli_program import SMALL, run


@pytest.fixture
def history(snapshot_file: Any) -> Path:
    return Path(snapshot_file("history"))


def test_the_incident_is_told(history: Path) -> None:
    told = run("log", history, "deploy", "-n", "infra-production", "--since", "3400")
    assert told.code == 0
    assert [line.split()[2:6] for line in told.lines if "deleted" in line] == [
        ["<none>", "deleted", "deployment/web", "-n"]
    ]
    assert "replicas 4 → 2" in told.out
    assert "counted, not shown:" in told.err


def test_json_has_its_fields(history: Path) -> None:
    whole = json.loads(run("log", history, "deploy/api", "-n", "infra-production", "-o", "json").out)
    lines = run("log", history, "deploy/api", "-n", "infra-production", "-o", "jsonl").lines
    assert whole == [json.loads(line) for line in lines]
    fields = "revision time timeSource actor verb apiVersion kind namespace name summary changes folded foldedNames"
    assert list(whole[0]) == fields.split()
    scaled = next(each for each in whole if each["verb"] == "scaled")
    assert scaled["changes"] == [{"path": ".spec.replicas", "old": 2, "new": 3}]
    assert scaled["summary"] == "replicas 2 → 3"


@pytest.mark.parametrize("earlier", [(), (SMALL,)])
def test_values_of_a_secret_are_told_when_they_are_asked_for(earlier: tuple[Path, ...], history: Path) -> None:
    words = ("log", *earlier, history, "secret/doomed-secret", "-n", "infra-production", "-o", "json")
    hidden = [change["new"] for each in json.loads(run(*words).out) for change in each["changes"]]
    shown = [change["new"] for each in json.loads(run(*words, "--show-secrets").out) for change in each["changes"]]
    assert hidden
    assert all(re.fullmatch(r"<hidden [0-9a-f]{16}>", value) for value in hidden)
    assert b64decode(shown[0]) == b"pw-0"
    assert len(set(shown)) == len(set(hidden))


def test_patches_and_the_newest_first(history: Path) -> None:
    told = run("log", history, "cm/flappy", "-n", "infra-production", "-p")
    assert "\n-" in told.out
    assert "\n+" in told.out
    there = run("log", history, "cm/flappy", "-n", "infra-production", "-o", "jsonl").lines
    back = run("log", history, "cm/flappy", "-n", "infra-production", "-o", "jsonl", "--reverse").lines
    assert back == there[::-1]


def test_from_one_snapshot_to_the_next(history: Path) -> None:
    told = run("log", SMALL, history, "deploy/web", "-n", "infra-production", "-o", "jsonl")
    verbs = [json.loads(line)["verb"] for line in told.lines]
    assert (verbs[0], verbs[-1]) == ("created", "deleted")


def test_it_ends_where_the_snapshot_is_looked_at(history: Path) -> None:
    """Of one snapshot, and before what another one tells, of which nothing is told twice."""
    then = run("log", history, "deploy", "--at", "2000", "-o", "json").out
    assert then == run("log", history, "deploy", "--until", "2000", "-o", "json").out
    assert then != run("log", history, "deploy", "-o", "json").out
    assert (
        run("log", history, history, "deploy", "--at", "2000", "-o", "json").out
        == run("log", history, "deploy", "-o", "json").out
    )


def test_nothing_that_matches_is_an_error(history: Path) -> None:
    assert run("log", history, "deploy/nobody").code == 1


def test_events_about_what_is_meant_stand_between_and_say_what_they_tell(history: Path) -> None:
    words = ("log", history, "deploy", "-n", "infra-production", "--since", "3400", "-o", "json")
    without = json.loads(run(*words).out)
    told = json.loads(run(*words, "--events").out)
    events = [each for each in told if each["kind"] == "Event"]
    assert [each for each in told if each["kind"] != "Event"] == without
    assert len(events) > 3
    assert all(each["summary"].startswith("deployment/") for each in events)
    assert "deployment/api ScalingReplicaSet: Scaled down replica set api-b7f75c7b9 from 4 to 2" in [
        each["summary"] for each in events
    ]
