"""The revisions of objects, against what a watch saw and what clients did."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from compacted import DOOMED, PHOENIX, Written

import snapinspect
from snapinspect.analysis.history import Held, History, Step
from snapinspect.errors import Ambiguous, NotFound
from snapinspect.snapshot import Snapshot

Lines = Callable[[str], list[dict[str, Any]]]

NAMESPACE = "infra-production"
OBJECTS = {
    "cm/flappy": "/registry/configmaps/infra-production/flappy",
    "cm/doomed": "/registry/configmaps/infra-production/doomed",
    "secret/doomed-secret": "/registry/secrets/infra-production/doomed-secret",
    "deploy/web": "/registry/deployments/infra-production/web",
    "widgets/raw": "/registry/example.com/widgets/infra-production/raw",
    "widget/nulls": "/registry/example.com/widgets/infra-production/nulls",
    "ns/team-a": "/registry/namespaces/team-a",
}


@pytest.fixture
def snapshot(snapshot_file: Callable[[str], Path]) -> Iterator[Snapshot]:
    with snapinspect.open(str(snapshot_file("history"))) as opened:
        yield opened


def steps(snapshot: Snapshot, target: str, *, namespace: str = "") -> list[Step]:
    view = snapshot.seen_as(Held)
    selection = view.select([target], namespaces=[namespace] if namespace else [])
    return list(History.of(view, selection))


@pytest.mark.parametrize(("target", "key"), OBJECTS.items())
def test_every_revision_is_the_one_that_was_watched(snapshot: Snapshot, facts: Lines, target: str, key: str) -> None:
    watched = [line for line in facts("history.history") if line["key"] == key]
    found = steps(snapshot, target, namespace=NAMESPACE)
    assert [step.record.mod_revision for step in found] == [line["rev"] for line in watched]
    assert len(found) > 1
    for step, line in zip(found, watched, strict=True):
        if line["type"] == "DELETE":
            assert (step.operation, step.body, len(step.record.value)) == ("deleted", None, 0)
        else:
            assert step.operation == ("created" if line["version"] == 1 else "updated")
            assert (step.record.version, len(step.record.value)) == (line["version"], line["len"])
            assert step.body == snapshot.body_of(step.record)


def test_each_step_follows_the_one_before(snapshot: Snapshot) -> None:
    found = steps(snapshot, "cm/flappy")
    assert [step.is_first for step in found] == [True] + [False] * (len(found) - 1)
    for before, step in pairwise(found):
        assert step.before == (None if step.operation == "created" else before.body)


def test_a_later_life_is_marked(snapshot: Snapshot, facts: Lines) -> None:
    recreated = next(action for action in facts("history.actions") if action["desc"] == "flappy recreated")
    found = steps(snapshot, "cm/flappy")
    assert [step.record.mod_revision for step in found if step.again] == [int(recreated["rv"])]
    assert found[0].operation == "created"
    assert not any(step.again for step in steps(snapshot, "cm/doomed"))


def test_times_are_those_that_the_clients_noted(snapshot: Snapshot, facts: Lines) -> None:
    noted = {
        action["rv"]: action["t"]
        for action in facts("history.actions")
        if action.get("path", "").endswith("/flappy") and "rv" in action
    }
    deleted = next(action["t"] for action in facts("history.actions") if action["desc"] == "flappy deleted")
    found = steps(snapshot, "cm/flappy")
    assert len(found) == len(noted) + 1
    for step in found:
        time = deleted if step.operation == "deleted" else noted[str(step.record.mod_revision)]
        assert step.moment is not None
        assert abs(step.moment.seconds - int(time)) <= 1
        assert step.moment.uncertainty is not None
        assert step.moment.uncertainty <= 2
    seconds = [step.moment.seconds for step in found if step.moment]
    assert seconds == sorted(seconds)


def test_changed_fields_are_those_that_the_client_wrote(snapshot: Snapshot) -> None:
    found = steps(snapshot, "secret/doomed-secret")
    assert [step.changed() for step in found[1:-1]] == [[".data.password"]] * (len(found) - 2)
    assert found[0].changed() == found[-1].changed() == []
    assert {tuple(step.managers) for step in found[:-1]} == {("kubectl-edit",)}
    assert found[-1].managers == []


def test_a_rollout_shows_who_did_what(snapshot: Snapshot, facts: Lines) -> None:
    rollouts = {
        int(action["rv"]) for action in facts("history.actions") if action.get("desc", "").startswith("web rollout")
    }
    for step in steps(snapshot, "deploy/web", namespace=NAMESPACE):
        if step.record.mod_revision in rollouts:
            changed = step.changed()
            assert changed is not None
            assert ".spec.template.metadata.annotations.rollout" in changed
            assert "kubectl-edit" in step.managers
        elif step.managers and step.operation == "updated":
            assert step.managers == ["kube-controller-manager"]


def test_a_secret_had_the_value_that_was_written_last(snapshot: Snapshot, facts: Lines) -> None:
    updates = [action["desc"] for action in facts("history.actions") if action.get("desc", "").startswith("secret ")]
    number = updates[-2].removeprefix("secret ")
    assert updates[-1] == "secret deleted"
    last = steps(snapshot, "secret/doomed-secret")[-2].body
    assert last is not None
    assert b64decode(last["data"]["password"]).decode() == f"pw-{number}"


def test_a_history_ends_at_the_revision_that_is_looked_at(snapshot: Snapshot) -> None:
    assert steps(snapshot.at(3336), "cm/flappy")[-1].operation == "deleted"
    assert steps(snapshot.at(3335), "cm/flappy")[-1].operation == "updated"
    with pytest.raises(NotFound, match="cm/flappy"):
        steps(snapshot.at(1300), "cm/flappy")


def test_a_name_is_looked_for_among_all_that_is_held(snapshot: Snapshot) -> None:
    with pytest.raises(NotFound):
        snapshot.select(["secret/doomed-secret"])
    assert steps(snapshot, "secret/doomed-secret", namespace=NAMESPACE)
    with pytest.raises(NotFound, match="cm/nosuch"):
        steps(snapshot, "cm/nosuch")
    with pytest.raises(Ambiguous, match=r"kube-root-ca\.crt"):
        steps(snapshot, "cm/kube-root-ca.crt")
    assert steps(snapshot, "cm/kube-root-ca.crt", namespace="team-a")[-1].operation == "deleted"


def test_a_history_is_of_one_object(snapshot: Snapshot) -> None:
    view = snapshot.seen_as(Held)
    with pytest.raises(Ambiguous, match="several"):
        History.of(view, view.select(["cm/kube-root-ca.crt"], all_namespaces=True))
    with pytest.raises(NotFound):
        History.of(view, view.select(["cm"], selector="nosuch=label"))


def test_after_compaction_what_was_before_is_not_known(compacted: Written) -> None:
    kept = next(
        key
        for key, changes in compacted.keys.items()
        if key not in {*DOOMED, PHOENIX}
        and len(changes) > 3
        and all(value for _, value in changes)
        and changes[-1][0] > compacted.compacted > changes[1][0]
    )
    with snapinspect.open(str(compacted.snapshot)) as snapshot:
        found = steps(snapshot, f"cm/{kept.decode().rpartition('/')[2]}")
        changes = compacted.keys[kept]
        held = [at for at, _ in changes if at > compacted.compacted]
        survivor = max(at for at, _ in changes if at <= compacted.compacted)
        assert [step.record.mod_revision for step in found] == [survivor, *held]
        assert found[0].changed() is None
        assert found[0].operation == "updated"
        assert found[1].changed()


def test_what_compaction_took_has_no_history(compacted: Written) -> None:
    with snapinspect.open(str(compacted.snapshot)) as snapshot:
        for key in DOOMED:
            with pytest.raises(NotFound):
                steps(snapshot, f"cm/{key.decode().rpartition('/')[2]}")
        # Nothing of the earlier life is held, so that nothing tells that there was one.
        assert not any(step.again for step in steps(snapshot, "cm/phoenix"))
