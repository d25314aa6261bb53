"""Carrying a plan out: in order, waiting, going on after a failure, and never deleting."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
from apiserver import ApiServer
from restore_world import Nothing, Paused, Target, config_map, definition, deployment, namespace, service, widget

from snapinspect.kube.cluster import connect
from snapinspect.recovery.restore import Applier, Outcome, Policy, State

CREATED, FAILED, IDENTICAL = Outcome.created, Outcome.failed, Outcome.identical


def test_what_is_absent_is_created_by_an_apply_that_changes_nothing_else(target: Target) -> None:
    assert target.outcomes(target.plan(config_map(), service())) == [CREATED, CREATED]
    assert target.live("configmaps", "settings")["data"] == {"mode": "fast"}
    assert target.writes() == [
        ("PATCH", f"/api/v1/namespaces/shop/{place}?fieldManager=snapinspect&fieldValidation=Strict&force=false")
        for place in ("configmaps/settings", "services/web")
    ]


def test_a_second_run_finds_everything_identical(target: Target) -> None:
    objects = [definition(), namespace("new"), config_map(namespace="new"), service(), deployment(), widget()]
    assert target.outcomes(target.plan(*copy.deepcopy(objects))) == [CREATED] * 6
    written = len(target.writes())
    for policy in Policy:
        again = target.plan(*objects, policy=policy)
        assert {step.state for step in again.steps} == {State.identical}
        assert target.outcomes(again) == [IDENTICAL] * 6
    assert len(target.writes()) == written


@pytest.mark.parametrize("policy", [Policy.merge, Policy.replace])
def test_after_a_change_a_second_run_finds_nothing_to_change(target: Target, policy: Policy) -> None:
    target.add(config_map(mode="slow", extra="1"), service(port=80))
    wanted = [config_map(mode="fast"), service(port=81)]
    done = Outcome.merged if policy is Policy.merge else Outcome.replaced
    assert target.outcomes(target.plan(*wanted, policy=policy, force=True), force=True) == [done, done]
    again = target.plan(*wanted, policy=policy, force=True)
    assert [step.state for step in again.steps] == [State.identical, State.identical]


def test_what_differs_is_left_alone_unless_told_otherwise(target: Target) -> None:
    target.add(config_map(mode="slow"))
    assert target.outcomes(target.plan(config_map(mode="fast"))) == [Outcome.skipped]
    assert target.live("configmaps", "settings")["data"] == {"mode": "slow"}


def test_replacing_keeps_what_servers_wrote(target: Target) -> None:
    live = service(port=80, type="NodePort", clusterIP="10.96.0.7", clusterIPs=["10.96.0.7"])
    live["spec"]["ports"][0]["nodePort"] = 30080
    target.add(live)
    assert target.outcomes(target.plan(service(port=81, type="NodePort"), policy=Policy.replace)) == [Outcome.replaced]
    spec = target.live("services", "web")["spec"]
    assert (spec["clusterIP"], spec["ports"][0]["nodePort"], spec["ports"][0]["port"]) == ("10.96.0.7", 30080, 81)


def test_what_changed_after_the_plan_is_not_replaced(target: Target) -> None:
    target.add(config_map(mode="slow"))
    plan = target.plan(config_map(mode="fast"), policy=Policy.replace)
    target.add(config_map(mode="slower"))
    (result,) = target.apply(plan)
    assert result.outcome is FAILED
    assert "the object has been modified" in result.message
    assert target.live("configmaps", "settings")["data"] == {"mode": "slower"}


def test_what_was_made_after_the_plan_is_not_overwritten(target: Target) -> None:
    plan = target.plan(config_map("one", mode="fast"), config_map("two", mode="fast"))
    target.add(config_map("one", mode="slow"), config_map("two", mode="fast"))
    results = target.apply(plan)
    assert [result.outcome for result in results] == [FAILED, IDENTICAL]
    assert results[0].message == 'configmaps "one" already exists'
    assert target.live("configmaps", "one")["data"] == {"mode": "slow"}


def test_namespaces_and_definitions_are_waited_for(target: Target) -> None:
    target.server.store.settles_after = 3
    plan = target.plan(definition(), namespace("new"), config_map(namespace="new"), widget())
    assert target.outcomes(plan) == [CREATED] * 4
    assert len(target.pauses) >= 4


def test_a_definition_that_never_settles_fails_what_needs_it_once_and_the_rest_goes_on(target: Target) -> None:
    target.server.store.settles_after = 10_000
    plan = target.plan(definition(), widget("one"), widget("two"), config_map())
    results = target.apply(plan, patience=2)
    assert [result.outcome for result in results] == [CREATED, FAILED, FAILED, CREATED]
    assert {result.message for result in results[1:3]} == {
        "customresourcedefinitions/widgets.example.com did not become Established"
    }
    assert len(target.pauses) == 4


def test_a_failure_keeps_none_of_the_others_from_being_tried(target: Target) -> None:
    words = 'configmaps "one" is forbidden: exceeded quota: few'
    target.server.fault("PATCH", "configmaps/one", 403, reason="Forbidden", message=words)
    target.server.fault("POST", "configmaps.*Strict$", 403, reason="Forbidden", message=words)
    results = target.apply(target.plan(config_map("one"), config_map("two")))
    assert [(result.outcome, result.message) for result in results] == [(FAILED, words), (CREATED, "")]


def test_what_is_given_up_counts_as_failed(target: Target) -> None:
    results = target.apply(target.plan(widget(), config_map()))
    assert [result.outcome for result in results] == [FAILED, CREATED]
    assert results[0].message == "the cluster serves no Widget in example.com/v1"


def test_a_busy_server_is_asked_again_when_it_says(target: Target) -> None:
    plan = target.plan(config_map())
    target.server.fault(
        "PATCH", "configmaps", 429, reason="TooManyRequests", message="slow down", times=2, retry_after=7
    )
    assert target.outcomes(plan) == [CREATED]
    assert target.pauses == [7, 7]


def test_a_server_that_stays_busy_is_not_asked_for_ever(target: Target) -> None:
    plan = target.plan(config_map())
    target.server.fault(
        "PATCH", "configmaps", 429, reason="TooManyRequests", message="slow down", times=99, retry_after=1
    )
    (result,) = target.apply(plan)
    assert (result.outcome, result.message) == (FAILED, "slow down")
    assert len(target.pauses) == 5


def test_all_stand_back_from_a_busy_server(target: Target) -> None:
    plan = target.plan(*(config_map(f"m{number}") for number in range(12)))
    target.cluster.pause = paused = Paused()
    target.server.fault("PATCH", "configmaps/m0", 429, reason="TooManyRequests", message="slow down", retry_after=1)
    assert target.outcomes(plan, parallel=4) == [CREATED] * 12
    # Whoever began to ask meanwhile waited for what was left of the second, and nobody asked the server once more.
    assert len(paused.seconds) > 1
    assert all(0 < seconds <= 1 for seconds in paused.seconds)
    assert len([path for method, path in target.server.requests if method == "PATCH"]) == 13


@pytest.mark.parametrize("after", [False, True])
def test_a_lost_connection_neither_loses_nor_doubles_an_object(target: Target, after: bool) -> None:
    plan = target.plan(config_map())
    target.server.fault("PATCH", "configmaps", after=after)
    assert target.outcomes(plan) == [CREATED]
    assert len(target.server.store.objects("configmaps")) == 1


def test_when_no_answer_comes_any_more_the_rest_is_not_tried(target: Target) -> None:
    plan = target.plan(config_map("one"), config_map("two"), config_map("three"))
    target.server.fault("PATCH", "configmaps", times=99)
    results = target.apply(plan)
    assert [result.outcome for result in results] == [FAILED, Outcome.not_tried, Outcome.not_tried]
    assert results[0].message.startswith(f"no answer from {target.server.url}: ")


def test_an_interrupted_run_is_simply_run_again(target: Target) -> None:
    objects = [namespace("new"), config_map("one", "new"), config_map("two", "new")]
    plan = target.plan(*copy.deepcopy(objects))
    target.server.fault("PATCH", "configmaps", times=99)
    target.apply(plan)
    target.server.faults.clear()
    again = target.plan(*objects)
    assert [step.state for step in again.steps] == [State.identical, State.create, State.create]
    assert target.outcomes(again) == [IDENTICAL, CREATED, CREATED]


def test_nothing_is_ever_deleted(target: Target) -> None:
    target.add(config_map("one", mode="slow"), config_map("bystander"))
    for policy in Policy:
        target.apply(target.plan(config_map("one"), config_map("two"), policy=policy, force=True), force=True)
    assert {method for method, _ in target.writes()} == {"PATCH"}
    assert target.live("configmaps", "bystander")["data"] == {"mode": "fast"}


def test_text_that_yaml_cannot_hold_raw_is_merged_unharmed(target: Target) -> None:
    odd = "bell\x07 delete\x7f mark\ufeff snow\u2603 clef\U0001d11e"
    target.add(config_map(mode="slow"))
    plan = target.plan(config_map(mode=odd), policy=Policy.merge, force=True)
    assert target.outcomes(plan, force=True) == [Outcome.merged]
    assert target.live("configmaps", "settings")["data"] == {"mode": odd}


def test_results_come_one_by_one(target: Target) -> None:
    running = Applier(target.cluster, Nothing(), 36).run(target.plan(config_map("one"), config_map("two")))
    assert str(next(running)) == "created configmap/one in shop"
    assert len(target.server.store.objects("configmaps")) == 1


def test_a_token_in_the_configuration_is_sent(tmp_path: Path) -> None:
    with ApiServer(token="secret") as server, connect(str(server.kubeconfig(tmp_path / "config"))) as cluster:
        assert cluster.version() == "v1.36.2"
