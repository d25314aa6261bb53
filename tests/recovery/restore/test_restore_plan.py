"""What a plan says of each object, and that making one changes nothing."""

from __future__ import annotations

from typing import Any

import pytest
from restore_world import Target, config_map, definition, deployment, namespace, service, widget

from snapinspect.kube.cluster import ApiError
from snapinspect.recovery.restore import Action, Outcome, Policy, State, Wanted

Body = dict[str, Any]
GONE = {"deletionTimestamp": "2026-11-22T10:00:00Z"}


def judged(
    target: Target, body: Body | Wanted, policy: Policy = Policy.skip, **options: Any
) -> tuple[State, Action, str]:
    (step,) = target.plan(body, policy=policy, **options).steps
    assert target.writes() == []
    return step.state, step.action, step.reason


def test_what_is_absent_is_tried_and_would_be_created(target: Target) -> None:
    assert judged(target, config_map()) == (State.create, Action.create, "")
    assert [path for method, path in target.server.requests if method == "POST"] == [
        "/api/v1/namespaces/shop/configmaps?fieldManager=snapinspect&fieldValidation=Strict&dryRun=All"
    ]
    assert target.server.store.objects("configmaps") == []


def test_the_cluster_is_told_by_the_uid_of_kube_system(target: Target) -> None:
    plan = target.plan(config_map())
    assert (plan.same_cluster, plan.context, plan.version) == (True, "test", "v1.36.2")
    assert plan.server == target.server.url
    target.live("namespaces", "kube-system")["metadata"]["uid"] = "another"
    assert target.plan(config_map()).same_cluster is False


def test_whether_it_is_the_same_cluster_is_unknown_where_that_is_forbidden(target: Target) -> None:
    target.server.fault("GET", "/namespaces/kube-system$", 403, reason="Forbidden", message="no", times=9)
    assert target.plan(config_map()).same_cluster is None


def test_what_a_server_wrote_is_no_difference(target: Target) -> None:
    target.add({**deployment(), "status": {"readyReplicas": 2}})
    live = target.live("deployments", "web")["metadata"]
    live |= {"generation": 4, "annotations": {"deployment.kubernetes.io/revision": "4"}}
    assert judged(target, deployment()) == (State.identical, Action.leave, "")


def test_a_changed_field_and_one_too_many_are_differences(target: Target) -> None:
    target.add(config_map(mode="slow", extra="1"))
    (step,) = target.plan(config_map(mode="fast")).steps
    assert (step.state, step.action) == (State.differs, Action.leave)
    assert step.before is not None
    assert step.before["data"] == {"mode": "slow", "extra": "1"}
    assert step.after == config_map(mode="fast")


def test_a_difference_shows_what_the_policy_would_make_of_it(target: Target) -> None:
    target.add(config_map(mode="slow", extra="1"))
    merged = target.plan(config_map(mode="fast"), policy=Policy.merge, force=True).steps[0]
    replaced = target.plan(config_map(mode="fast"), policy=Policy.replace).steps[0]
    assert merged.after
    assert merged.after["data"] == {"mode": "fast", "extra": "1"}
    assert replaced.after
    assert replaced.after["data"] == {"mode": "fast"}
    assert target.writes() == []


def test_fields_of_other_managers_are_a_conflict_until_forced(target: Target) -> None:
    target.add(config_map(mode="slow"))
    state, action, reason = judged(target, config_map(mode="fast"), Policy.merge)
    assert (state, action) == (State.conflict, Action.give_up)
    assert reason == 'Apply failed with 1 conflict: conflict with "kubectl" using v1: .data.mode'
    assert judged(target, config_map(mode="fast"), Policy.merge, force=True)[:2] == (State.differs, Action.merge)


def test_a_field_that_cannot_be_changed_is_reported_in_the_servers_words(target: Target) -> None:
    target.add({**config_map(mode="slow"), "immutable": True})
    wanted = {**config_map(mode="fast"), "immutable": True}
    for policy in (Policy.merge, Policy.replace):
        state, action, reason = judged(target, wanted, policy, force=True)
        assert (state, action) == (State.conflict, Action.give_up)
        assert reason.endswith("data: Forbidden: field is immutable when `immutable` is set")


def test_an_address_or_port_that_is_taken_is_a_conflict(target: Target) -> None:
    taken = service("other", clusterIP="10.96.0.7", type="NodePort")
    taken["spec"]["ports"][0]["nodePort"] = 30080
    target.add(taken)
    state, _, reason = judged(target, service("web", clusterIP="10.96.0.7"))
    assert state is State.conflict
    assert "failed to allocate IP 10.96.0.7: provided IP is already allocated" in reason
    same_port = service("web", type="NodePort")
    same_port["spec"]["ports"][0]["nodePort"] = 30080
    assert "provided port is already allocated" in judged(target, same_port)[2]


def test_what_is_being_deleted_is_left_to_it(target: Target) -> None:
    doomed = config_map()
    doomed["metadata"] |= GONE
    target.add(doomed)
    state, action, reason = judged(target, config_map())
    assert (state, action, reason) == (State.being_deleted, Action.give_up, "it is there still, and being deleted")


def test_nothing_goes_into_a_namespace_that_is_being_deleted(target: Target) -> None:
    target.add(namespace("old", **GONE))
    assert judged(target, config_map(namespace="old")) == (
        State.being_deleted,
        Action.give_up,
        "its namespace old is being deleted",
    )


def test_a_namespace_that_nobody_brings_is_a_conflict(target: Target) -> None:
    state, action, reason = judged(target, config_map(namespace="lost"))
    assert (state, action) == (State.no_namespace, Action.give_up)
    assert reason.startswith("namespace lost is neither in the cluster nor among what is restored")


def test_a_namespace_or_a_definition_that_is_wanted_comes_first(target: Target) -> None:
    plan = target.plan(definition(), namespace("new"), config_map(namespace="new"), widget())
    assert [step.state for step in plan.steps] == [State.create, State.create, State.comes_after, State.comes_after]
    assert plan.steps[2].reason == "its namespace new comes first"
    assert plan.steps[3].reason == "its CustomResourceDefinition comes first"


def test_a_kind_that_the_cluster_does_not_serve_is_said(target: Target) -> None:
    assert judged(target, widget()) == (
        State.not_served,
        Action.give_up,
        "the cluster serves no Widget in example.com/v1",
    )


def test_a_webhook_with_side_effects_leaves_an_object_unchecked(target: Target) -> None:
    words = 'admission webhook "w.example.com" does not support dry run'
    target.server.fault("POST", "dryRun=All", 400, reason="BadRequest", message=words)
    assert judged(target, config_map()) == (State.unchecked, Action.create, words)


def test_what_lacks_something_now_is_tried_all_the_same(target: Target) -> None:
    words = 'pods "x" is forbidden: error looking up service account shop/web: serviceaccount "web" not found'
    target.server.fault("POST", "dryRun=All", 403, reason="Forbidden", message=words)
    assert judged(target, config_map()) == (State.conflict, Action.create, words)


def test_what_may_not_be_looked_at_is_tried_all_the_same(target: Target) -> None:
    target.server.fault("GET", "configmaps/", 403, reason="Forbidden", message="you may not", times=9)
    target.add(config_map("there"))
    plan = target.plan(config_map("there"), config_map("new"))
    assert [(step.state, step.action) for step in plan.steps] == [
        (State.conflict, Action.give_up),
        (State.create, Action.create),
    ]
    assert plan.steps[0].reason == 'configmaps "there" already exists, and it may not be looked at'


def test_with_a_right_to_deployments_alone_a_deployment_comes_back(target: Target) -> None:
    for others in ("/api/v1/", "/apis/autoscaling/v2/"):
        for method in ("GET", "POST", "PATCH"):
            target.server.fault(
                method, rf"{others}[^?]*[^/?]*(namespaces|autoscalers)", 403, reason="Forbidden", times=99
            )
    plan = target.plan(deployment())
    assert [(step.state, step.action) for step in plan.steps] == [(State.create, Action.create)]
    assert "namespace shop may not be looked at" in plan.notes
    assert target.outcomes(plan) == [Outcome.created]
    assert target.live("deployments", "web")


def test_many_objects_are_looked_at_by_one_list(target: Target) -> None:
    names = [f"m{number}" for number in range(40)]
    target.add(*(config_map(name) for name in names[:30]))
    plan = target.plan(*map(config_map, names), config_map("elsewhere", "kube-system"))
    assert [step.state for step in plan.steps] == [State.identical] * 30 + [State.create] * 11
    looked = [
        path.partition("?")[0] for method, path in target.server.requests if method == "GET" and "configmaps" in path
    ]
    there = "/api/v1/namespaces/kube-system/configmaps/elsewhere"
    assert sorted(looked) == [there, "/api/v1/namespaces/shop/configmaps"]


def test_a_beta_version_is_written_as_the_stable_one_that_takes_it(target: Target) -> None:
    body = {
        "apiVersion": "policy/v1beta1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"minAvailable": 1},
    }
    (step,) = target.plan(body).steps
    assert (step.state, step.wanted.api_version) == (State.create, "policy/v1")
    assert step.wanted.notes == ("policy/v1beta1 is written as policy/v1",)
    assert target.outcomes(target.plan(body)) == [Outcome.created]
    assert target.live("poddisruptionbudgets", "web")["apiVersion"] == "policy/v1"
    target.server.fault("POST", "poddisruptionbudgets", 422, reason="Invalid", message="unknown field", times=9)
    (step,) = target.plan(body).steps
    assert (step.state, step.reason) == (
        State.not_served,
        "the cluster serves no PodDisruptionBudget in policy/v1beta1",
    )


@pytest.mark.parametrize("policy", Policy)
def test_an_object_that_cannot_be_compared_costs_itself(target: Target, policy: Policy) -> None:
    deep: Any = "x"
    for _ in range(600):
        deep = {"a": [deep]}
    target.add(definition(), config_map())
    target.server.store.load({**widget(), "metadata": {**widget()["metadata"], "resourceVersion": "7"}})
    plan = target.plan({**widget(), "spec": deep}, config_map(), policy=policy)
    odd, sound = plan.steps
    assert (odd.state, odd.action) == (State.conflict, Action.give_up)
    assert "RecursionError" in odd.reason
    assert sound.state is State.identical


def test_credentials_that_are_not_valid_end_the_plan(target: Target) -> None:
    target.server.token = "secret"
    with pytest.raises(ApiError, match="Unauthorized") as caught:
        target.plan(config_map())
    assert "log in again" in caught.value.hint


def test_an_owner_is_kept_only_under_its_own_uid(target: Target) -> None:
    target.add(deployment())
    uid = target.live("deployments", "web")["metadata"]["uid"]
    owner = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "uid": uid}
    gone = {**owner, "uid": "of another life"}
    missing = {**owner, "name": "other"}
    unknown = {**owner, "kind": "Thing", "apiVersion": "example.com/v1"}
    (step,) = target.plan(Wanted(config_map(), (owner, gone, missing, unknown))).steps
    assert step.body["metadata"]["ownerReferences"] == [owner]
    (step,) = target.plan(Wanted(config_map(), (gone,))).steps
    assert "ownerReferences" not in step.body["metadata"]


@pytest.mark.parametrize("policy", [Policy.merge, Policy.replace])
@pytest.mark.parametrize("autoscaler_is", ["live", "wanted"])
def test_an_autoscaled_workload_keeps_its_live_replicas(target: Target, policy: Policy, autoscaler_is: str) -> None:
    scaler = {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"maxReplicas": 9, "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}},
    }
    target.add(deployment(replicas=7, image="web:2"), *([scaler] if autoscaler_is == "live" else []))
    wanted = [deployment(replicas=2, image="web:1"), *([scaler] if autoscaler_is == "wanted" else [])]
    step = target.plan(*wanted, policy=policy, force=True).steps[0]
    assert step.after
    assert step.after["spec"]["replicas"] == 7
    assert step.after["spec"]["template"]["spec"]["containers"][0]["image"] == "web:1"
    assert "live number of replicas, 7, stays" in step.wanted.notes[0]


def test_a_workload_without_an_autoscaler_gets_its_own_replicas(target: Target) -> None:
    target.add(deployment(replicas=7))
    step = target.plan(deployment(replicas=2), policy=Policy.replace).steps[0]
    assert step.body["spec"]["replicas"] == 2


def test_to_fail_means_that_anything_in_the_way_blocks_all(target: Target) -> None:
    target.add(config_map(mode="slow"), config_map("same"))
    plan = target.plan(config_map(mode="fast"), config_map("same"), config_map("new"), policy=Policy.fail)
    assert [step.wanted.name for step in plan.blocked] == ["settings"]
    assert target.plan(config_map(), config_map("same")).blocked == ()
