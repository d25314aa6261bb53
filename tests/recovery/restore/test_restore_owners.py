"""Children point at owners that are there, under the UID that these have now."""

from __future__ import annotations

from typing import Any

import pytest
from restore_world import Target, config_map, definition, deployment, service, widget

from snapinspect.recovery.restore import Outcome, Policy, Wanted
from snapinspect.recovery.restore.stages import stages

OLD = "the owner's before"
BY_WIDGET = {"apiVersion": "example.com/v1", "kind": "Widget", "name": "one", "uid": OLD, "controller": True}
BY_WEB = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "uid": OLD, "controller": True}


def owners(target: Target, plural: str, name: str) -> list[dict[str, Any]]:
    return target.live(plural, name)["metadata"].get("ownerReferences", [])


@pytest.mark.parametrize("parallel", [1, 8])
def test_an_owner_that_comes_later_is_pointed_at_when_it_is_there(target: Target, parallel: int) -> None:
    plan = target.plan(definition(), Wanted(config_map(), (BY_WIDGET,), uid="child"), Wanted(widget(), uid=OLD))
    assert target.outcomes(plan, parallel=parallel) == [Outcome.created] * 3
    uid = target.live("widgets", "one")["metadata"]["uid"]
    assert uid != OLD
    assert owners(target, "configmaps", "settings") == [{**BY_WIDGET, "uid": uid}]


def test_an_owner_of_the_same_class_comes_first(target: Target) -> None:
    child, owner = Wanted(widget("two"), ({**BY_WIDGET},), uid="child"), Wanted(widget(), uid=OLD)
    target.apply(target.plan(definition()))
    plan = target.plan(child, owner)
    assert [[step.wanted.name for step in stage] for stage in stages(plan.steps)] == [["one"], ["two"]]
    assert target.outcomes(plan) == [Outcome.created] * 2
    assert owners(target, "widgets", "two")[0]["uid"] == target.live("widgets", "one")["metadata"]["uid"]


def test_owners_in_a_ring_end(target: Target) -> None:
    target.apply(target.plan(definition()))
    one = Wanted(widget("one"), ({**BY_WIDGET, "name": "two", "uid": "2"},), uid="1")
    two = Wanted(widget("two"), ({**BY_WIDGET, "name": "one", "uid": "1"},), uid="2")
    assert target.outcomes(target.plan(one, two)) == [Outcome.created] * 2


def test_an_owner_that_was_created_anew_before_is_pointed_at_if_it_is_wanted_too(target: Target) -> None:
    target.add(deployment())
    uid = target.live("deployments", "web")["metadata"]["uid"]
    wanted = Wanted(config_map(), (BY_WEB,), uid="child")
    (alone,) = target.plan(wanted).steps
    assert "ownerReferences" not in alone.body["metadata"]
    child, _ = target.plan(wanted, Wanted(deployment(), uid=OLD)).steps
    assert child.body["metadata"]["ownerReferences"] == [{**BY_WEB, "uid": uid}]


def test_without_its_owner_an_object_is_written_and_that_is_said(target: Target) -> None:
    target.server.fault("PATCH", "deployments", 403, reason="Forbidden", message="no", times=9)
    target.server.fault("POST", "deployments.*Strict$", 403, reason="Forbidden", message="no", times=9)
    plan = target.plan(Wanted(config_map(), (BY_WEB,), uid="child"), Wanted(deployment(), uid=OLD))
    results = target.apply(plan)
    assert results[-1].message == "it was written, but has no owner: Deployment web was not restored"
    assert owners(target, "configmaps", "settings") == []


def test_merging_takes_no_owner_away(target: Target) -> None:
    live = config_map(mode="slow")
    live["metadata"]["ownerReferences"] = [{**BY_WEB, "uid": "someone"}]
    target.add(live)
    plan = target.plan(Wanted(config_map(mode="fast"), uid="child"), policy=Policy.merge, force=True)
    assert target.outcomes(plan, force=True) == [Outcome.merged]
    assert owners(target, "configmaps", "settings")[0]["uid"] == "someone"


def test_ports_and_addresses_that_are_taken_are_left_to_the_server_when_moving(target: Target) -> None:
    taken = service("web", clusterIP="10.96.0.7", clusterIPs=["10.96.0.7"], type="NodePort")
    taken["spec"]["ports"][0]["nodePort"] = 30080
    target.add(taken)
    moved = {**taken, "metadata": {"name": "web", "namespace": "kube-system"}}
    (step,) = target.plan(moved, moved=True).steps
    assert step.reason == ""
    assert "nodePort" not in step.body["spec"]["ports"][0]
    assert "clusterIP" not in step.body["spec"]
    assert "node port 30080 is held by service shop/web: the server chooses another" in step.wanted.notes
    assert target.outcomes(target.plan(moved, moved=True)) == [Outcome.created]
