"""The log of a real cluster's history, held against what was done to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import cache
from itertools import pairwise
from typing import Any

import pytest

import snapinspect
from snapinspect.analysis.history import Held
from snapinspect.analysis.log import Asked, Entry, Log, across, folded

Facts = Callable[[str], list[dict[str, Any]]]
Logged = Callable[..., list[Entry]]


@pytest.fixture(scope="module")
def logged(snapshot_file: Any) -> Logged:
    @cache
    def read(targets: tuple[str, ...] = (), namespaces: tuple[str, ...] = (), **asked: Any) -> list[Entry]:
        with snapinspect.open(str(snapshot_file("history"))) as snapshot:
            held = snapshot.seen_as(Held)
            selection = held.select(targets, namespaces=namespaces, everything=True)
            return list(Log(held, selection, Asked(**asked)))

    return read


def test_every_put_and_delete_is_told_once(logged: Logged, facts: Facts) -> None:
    done = Counter((each["rev"], each["key"]) for each in facts("history.history") if "/" in each["key"])
    told = Counter((each.record.mod_revision, each.record.key.decode()) for each in logged() if each.record)
    missing = [key for key in done - told if "/registry/" in key[1]]
    assert {key.split("/")[2] for _, key in missing} <= {"ranges", "health", "masterleases", "peerserverleases"}
    assert not told - done


def test_a_deployment_is_scaled_rolled_out_and_deleted(logged: Logged) -> None:
    told = [each for each in logged(("deploy",), ("infra-production",)) if not each.noise]
    assert [each.record.mod_revision for each in told if each.verb == "deleted" and each.record] == [3503]
    scaled = [each.summary for each in told if each.verb == "scaled"]
    assert scaled[-1] == "replicas 4 → 2"
    assert {each.actors for each in told if each.verb == "scaled"} <= {
        ("kubectl-edit",),
        ("kubectl-client-side-apply", "kubectl-edit"),
    }
    assert any(each.verb == "rolled-out" and "rollout 18 → 21" in each.summary for each in told)


def test_what_was_deleted_and_made_again_says_so(logged: Logged) -> None:
    verbs = [each.verb for each in logged(("cm/flappy",), ("infra-production",))]
    assert verbs[0] == "created"
    assert verbs.count("recreated") == verbs.count("deleted") > 0


def test_no_value_of_a_secret_is_told(logged: Logged) -> None:
    told = [each for each in logged(("secret/doomed-secret",), ("infra-production",)) if each.changes]
    assert told
    for each in told:
        assert "data" in each.summary
        assert all("hidden" in str(change.new) for change in each.changes)


def test_noise_is_counted_and_shown_when_asked_for(logged: Logged) -> None:
    noise: Counter[str] = Counter()
    shown = list(folded(logged(), noise))
    assert noise["renewals of leases"] > 500
    assert noise["events"] > 500
    everything: Counter[str] = Counter()
    assert len(list(folded(logged(everything=True), everything))) > len(shown)
    assert not everything


def test_events_stand_between_when_asked_for(logged: Logged) -> None:
    kinds = {each.head.kind for each in logged(events=True) if not each.noise}
    assert "Event" in kinds
    assert "Lease" not in kinds


def test_events_of_what_has_the_labels_are_told(snapshot_file: Any) -> None:
    with snapinspect.open(str(snapshot_file("history"))) as snapshot:
        held = snapshot.seen_as(Held)
        told = list(Log(held, held.select(["pods"], selector="app=web"), Asked(events=True)))
        of_all = list(Log(held, held.select(["pods"]), Asked(events=True)))
    pods = {(each.head.namespace, each.head.name) for each in told if each.head.kind == "Pod"}
    events = [each.record.revision for each in told if each.head.kind == "Event" and each.record]
    about = [each for each in of_all if each.head.kind == "Event" and each.record and each.verb != "deleted"]
    meant = [each.record.revision for each in about if each.record and _about(each) in pods]
    assert set(meant) == set(events)
    assert 0 < len(meant) < len(about)


def _about(event: Entry) -> tuple[str | None, str]:
    """By what its own name begins with: the API's clients name Events so."""
    return event.head.namespace, event.head.name.rpartition(".")[0]


@pytest.mark.parametrize(
    ("asked", "holds"),
    [
        ({"by": "kubectl-edit"}, lambda each: "kubectl-edit" in each.actors),
        ({"field": ".spec.replicas"}, lambda each: any(c.path == ".spec.replicas" for c in each.changes)),
        ({"since": 3000}, lambda each: each.record.mod_revision > 3000),
        ({"until": 900}, lambda each: each.record.mod_revision <= 900),
    ],
)
def test_it_is_narrowed(asked: dict[str, Any], holds: Callable[[Any], bool], logged: Logged) -> None:
    told = [each for each in logged(**asked) if not each.noise]
    assert told
    assert all(map(holds, told))
    assert len(told) < len([each for each in logged() if not each.noise])


def test_runs_of_the_same_change_are_one(logged: Logged) -> None:
    entries = [each for each in logged() if not each.noise]
    told = list(folded(entries, Counter()))
    assert [name for each in told for name in (each.entry.head.name, *each.names)] == [
        each.head.name for each in entries
    ]
    assert any(len(each.names) > 2 for each in told)
    assert all(not one.entry.actors or one.entry.sameness != two.entry.sameness for one, two in pairwise(told))
    assert not any(each.names for each in told if each.entry.verb == "deleted")


def test_times_never_fall(logged: Logged) -> None:
    seconds = [each.moment.seconds for each in logged() if each.moment and not each.noise]
    late = sum(two < one - 2 for one, two in pairwise(seconds))
    assert late <= len(seconds) // 50


def test_two_snapshots_are_one_log(snapshot_file: Any) -> None:
    def keys(entries: Any) -> list[tuple[int, bytes]]:
        return [(each.record.mod_revision, each.record.key) for each in entries if each.record and not each.noise]

    with (
        snapinspect.open(str(snapshot_file("small"))) as old,
        snapinspect.open(str(snapshot_file("history"))) as new,
    ):
        older, newer = old.seen_as(Held), new.seen_as(Held)
        selections = [held.select(["cm"], everything=True) for held in (older, newer)]
        told = keys(across(older, newer, *selections, Asked()))
        alone = keys(Log(newer, selections[1], Asked()))
    assert [each for each in told if each[0] > old.revision] == [each for each in alone if each[0] > old.revision]
    assert told == sorted(told)
