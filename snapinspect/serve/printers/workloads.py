"""Workloads: what is wanted and what is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from snapinspect.serve.printers.values import (
    NONE,
    UNSET,
    age,
    containers,
    controller_of,
    dig,
    duration,
    given,
    in_group,
    items,
    labels,
    mapping,
    number,
    seconds_of,
    selector,
    since,
    terms,
    text,
)

if TYPE_CHECKING:
    from snapinspect.model import Body


def _template(body: Body) -> list[str]:
    return containers(dig(body, "spec", "template", "spec"))


def _wanted(body: Body) -> int:
    found = dig(body, "spec", "replicas")
    return found if isinstance(found, int) else 1


def deployment(body: Body, now: int) -> list[Any]:
    status = body.get("status")
    return [
        f"{number(status, 'readyReplicas')}/{_wanted(body)}",
        number(status, "updatedReplicas"),
        number(status, "availableReplicas"),
        age(body, now),
        *_template(body),
        terms(dig(body, "spec", "selector")),
    ]


def replica_set(body: Body, now: int) -> list[Any]:
    return [*_replicas(body, now), selector(dig(body, "spec", "selector"))]


def replication_controller(body: Body, now: int) -> list[Any]:
    return [*_replicas(body, now), labels(dig(body, "spec", "selector"))]


def _replicas(body: Body, now: int) -> list[Any]:
    status = body.get("status")
    ready = number(status, "readyReplicas")
    return [_wanted(body), number(status, "replicas"), ready, age(body, now), *_template(body)]


def stateful_set(body: Body, now: int) -> list[Any]:
    return [f"{number(body, 'status', 'readyReplicas')}/{_wanted(body)}", age(body, now), *_template(body)]


def daemon_set(body: Body, now: int) -> list[Any]:
    fields = (
        "desiredNumberScheduled",
        "currentNumberScheduled",
        "numberReady",
        "updatedNumberScheduled",
        "numberAvailable",
    )
    return [
        *(number(body, "status", field) for field in fields),
        labels(dig(body, "spec", "template", "spec", "nodeSelector")),
        age(body, now),
        *_template(body),
        selector(dig(body, "spec", "selector")),
    ]


def job(body: Body, now: int) -> list[Any]:
    spec, status = mapping(body.get("spec")), mapping(body.get("status"))
    succeeded = number(status, "succeeded")
    if isinstance(spec.get("completions"), int):
        done = f"{succeeded}/{spec['completions']}"
    else:
        parallel = number(spec, "parallelism")
        done = f"{succeeded}/1 of {parallel}" if parallel > 1 else f"{succeeded}/1"
    took = ""
    start, end = seconds_of(status.get("startTime")), seconds_of(status.get("completionTime"))
    if start is not None:
        took = duration((now if end is None else end) - start)
    return [_job_state(body, status), done, took, age(body, now), *_template(body), selector(spec.get("selector"))]


def _job_state(body: Body, status: Body) -> str:
    true = {text(each, "type") for each in items(status.get("conditions")) if text(each, "status") == "True"}
    for condition, word in (
        ("Complete", "Complete"),
        ("Failed", "Failed"),
    ):
        if condition in true:
            return word
    if dig(body, "metadata", "deletionTimestamp"):
        return "Terminating"
    for condition, word in (
        ("Suspended", "Suspended"),
        ("FailureTarget", "FailureTarget"),
        ("SuccessCriteriaMet", "SuccessCriteriaMet"),
    ):
        if condition in true:
            return word
    return "Running"


def cron_job(body: Body, now: int) -> list[Any]:
    last = dig(body, "status", "lastScheduleTime")
    return [
        text(body, "spec", "schedule"),
        given(body, "spec", "timeZone", other=NONE),
        given(body, "spec", "suspend", other=UNSET),
        len(items(dig(body, "status", "active"))),
        since(last, now) if last else NONE,
        age(body, now),
        *containers(dig(body, "spec", "jobTemplate", "spec", "template", "spec")),
        selector(dig(body, "spec", "jobTemplate", "spec", "selector")),
    ]


def controller_revision(body: Body, now: int) -> list[Any]:
    owner = controller_of(body)
    group = text(owner, "apiVersion").rpartition("/")[0]
    name = f"{in_group(text(owner, 'kind'), group)}/{text(owner, 'name')}" if owner else NONE
    return [name, number(body, "revision"), age(body, now)]


def pod_group(body: Body, now: int) -> list[Any]:
    spec = mapping(body.get("spec"))
    policy = next(
        (word.capitalize() for word in ("basic", "gang") if word in mapping(spec.get("schedulingPolicy"))), NONE
    )
    workload = text(spec, "podGroupTemplateRef", "workload", "workloadName") or NONE
    conditions = [mapping(each) for each in items(dig(body, "status", "conditions"))]
    state = next((text(each, "reason") for each in conditions if each.get("type") == "PodGroupScheduled"), "Pending")
    return [policy, workload, state, age(body, now)]


def scale(body: Body, now: int) -> list[Any]:
    return [number(body, "spec", "replicas"), number(body, "status", "replicas"), age(body, now)]


PRINTERS = {
    ("autoscaling", "Scale"): scale,
    ("apps", "Deployment"): deployment,
    ("apps", "ReplicaSet"): replica_set,
    ("", "ReplicationController"): replication_controller,
    ("apps", "StatefulSet"): stateful_set,
    ("apps", "DaemonSet"): daemon_set,
    ("apps", "ControllerRevision"): controller_revision,
    ("scheduling.k8s.io", "PodGroup"): pod_group,
    ("batch", "Job"): job,
    ("batch", "CronJob"): cron_job,
}
