"""Claims and the volumes that they come back to."""

from __future__ import annotations

from typing import Any

import pytest
from restore_world import Target, claim, config_map, namespace, volume

from snapinspect.recovery.restore import Outcome, Policy, Wanted, relocate


def notes(target: Target, *bodies: dict[str, Any], moved: bool = False) -> list[str]:
    return [note for step in target.plan(*bodies, moved=moved).steps for note in step.wanted.notes]


def test_a_volume_that_holds_an_old_claims_uid_is_shown_with_its_patch(target: Target) -> None:
    target.add(volume())
    (release,) = target.plan(claim()).releases
    assert (release.volume, release.uid, release.namespace, release.claim) == ("disk", "gone", "shop", "data")
    assert release.patch("7") == {
        "metadata": {"resourceVersion": "7"},
        "spec": {"claimRef": {"namespace": "shop", "name": "data", "uid": None, "resourceVersion": None}},
    }


def test_it_is_released_only_when_that_was_asked_for(target: Target) -> None:
    target.add(volume())
    assert target.outcomes(target.plan(claim())) == [Outcome.created]
    assert target.live("persistentvolumes", "disk")["spec"]["claimRef"]["uid"] == "gone"
    plan = target.plan(claim())
    assert target.outcomes(plan, release_volumes=True) == [Outcome.identical, Outcome.released]
    reference = target.live("persistentvolumes", "disk")["spec"]["claimRef"]
    assert reference == {"kind": "PersistentVolumeClaim", "namespace": "shop", "name": "data"}
    assert target.plan(claim()).releases == ()


def test_claim_and_volume_together_offer_one_release(target: Target) -> None:
    target.add(volume())
    plan = target.plan(volume(phase="", uid=None), claim(), policy=Policy.replace)
    assert len(plan.releases) == 1
    assert target.outcomes(plan, release_volumes=True) == [Outcome.identical, Outcome.created, Outcome.released]


@pytest.mark.parametrize(("phase", "uid"), [("Bound", "gone"), ("Released", "new")])
def test_a_volume_that_has_changed_by_then_is_left_alone(target: Target, phase: str, uid: str) -> None:
    target.add(volume())
    plan = target.plan(claim())
    target.add(volume(phase=phase, uid=uid))
    results = target.apply(plan, release_volumes=True)
    assert results[-1].outcome is Outcome.failed
    assert results[-1].message == "the volume is no longer what the plan saw: it is left alone"
    assert target.live("persistentvolumes", "disk")["spec"]["claimRef"]["uid"] == uid


def test_a_volume_that_is_free_or_bound_to_the_very_claim_needs_nothing(target: Target) -> None:
    for phase, uid in (("Available", None), ("Bound", "live")):
        target.add(volume(phase=phase, uid=uid))
        plan = target.plan(claim())
        assert (plan.releases, plan.steps[0].wanted.notes) == ((), ())


def test_a_volume_that_is_nowhere_is_said(target: Target) -> None:
    assert notes(target, claim()) == [
        "its volume disk is not in the cluster, nor among what is restored: it will wait for it"
    ]
    assert notes(target, volume(phase="", uid=None), claim()) == []


def test_a_volume_of_another_claim_is_said(target: Target) -> None:
    target.add(volume(phase="Bound", namespace="elsewhere"))
    assert notes(target, claim()) == ["its volume disk belongs to the claim elsewhere/data: it will wait for it"]


def test_in_another_namespace_a_claim_of_a_volume_in_use_gets_an_empty_one_and_that_is_said(target: Target) -> None:
    target.add(namespace("copy"), volume(phase="Bound", uid="live"))
    moved = relocate([Wanted(claim())], "copy")
    (step,) = target.plan(*moved, moved=True).steps
    assert step.wanted.notes == ("its volume disk stays with the claim shop/data: a new, empty one is made for it",)
    assert "volumeName" not in step.body["spec"]
    assert step.wanted.namespace == "copy"


def test_in_another_namespace_a_volume_without_a_claim_may_be_had(target: Target) -> None:
    target.add(namespace("copy"), volume())
    plan = target.plan(*relocate([Wanted(claim())], "copy"), moved=True)
    assert target.outcomes(plan, release_volumes=True) == [Outcome.created, Outcome.released]
    reference = target.live("persistentvolumes", "disk")["spec"]["claimRef"]
    assert (reference["namespace"], "uid" in reference) == ("copy", False)


def test_a_claim_without_a_volume_and_other_kinds_are_of_no_concern(target: Target) -> None:
    unbound = claim()
    del unbound["spec"]["volumeName"]
    assert notes(target, unbound, config_map()) == []


@pytest.mark.parametrize("policy", [Policy.merge, Policy.replace])
def test_a_volume_in_use_is_never_pointed_at_another_claim(target: Target, policy: Policy) -> None:
    live = volume(phase="Bound", uid="live")
    live["spec"]["claimRef"]["name"] = "other"
    target.add(live)
    plan = target.plan(volume(phase="", uid=None), policy=policy, force=True)
    assert plan.steps[0].reason == "the volume is in use by the claim shop/other"
    assert target.outcomes(plan, force=True, release_volumes=True) == [Outcome.failed]
    assert target.live("persistentvolumes", "disk")["spec"]["claimRef"]["name"] == "other"


@pytest.mark.parametrize("policy", [Policy.merge, Policy.replace])
def test_moving_leaves_what_serves_the_old_namespace_as_it_is(target: Target, policy: Policy) -> None:
    target.add(namespace("copy"), volume(phase="Bound", uid="live"))
    moved = relocate([Wanted(claim()), Wanted(volume(phase="", uid=None))], "copy")
    plan = target.plan(*moved, moved=True, policy=policy, force=True)
    assert target.outcomes(plan, force=True, release_volumes=True) == [Outcome.created, Outcome.skipped]
    assert target.live("persistentvolumes", "disk")["spec"]["claimRef"]["namespace"] == "shop"
