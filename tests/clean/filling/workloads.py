"""Filling in what runs Pods (``pkg/apis/{apps,batch,autoscaling}``, and ReplicationControllers)."""

from __future__ import annotations

from copy import deepcopy

from filling.fields import Fields, each, inside, made, plain, pointers
from filling.pods import fill_template


def fill_deployment(body: Fields) -> None:
    spec = made(body, "spec")
    fill_template(spec)
    pointers(spec, replicas=1, revisionHistoryLimit=10, progressDeadlineSeconds=600)
    strategy = made(spec, "strategy")
    plain(strategy, type="RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        pointers(made(strategy, "rollingUpdate"), maxUnavailable="25%", maxSurge="25%")


def fill_daemon_set(body: Fields) -> None:
    spec = made(body, "spec")
    fill_template(spec)
    pointers(spec, revisionHistoryLimit=10)
    strategy = made(spec, "updateStrategy")
    plain(strategy, type="RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        pointers(made(strategy, "rollingUpdate"), maxUnavailable=1, maxSurge=0)


def fill_stateful_set(body: Fields) -> None:
    spec = made(body, "spec")
    fill_template(spec)
    plain(spec, podManagementPolicy="OrderedReady")
    strategy = made(spec, "updateStrategy")
    if not strategy.get("type"):
        strategy["type"] = "RollingUpdate"
        made(strategy, "rollingUpdate")
    if strategy["type"] == "RollingUpdate" and "rollingUpdate" in strategy:
        pointers(strategy["rollingUpdate"], partition=0, maxUnavailable=1)
    plain(made(spec, "persistentVolumeClaimRetentionPolicy"), whenDeleted="Retain", whenScaled="Retain")
    pointers(spec, replicas=1, revisionHistoryLimit=10)
    for claim in each(spec, "volumeClaimTemplates"):
        plain(claim, apiVersion="v1", kind="PersistentVolumeClaim")
        pointers(made(claim, "spec"), volumeMode="Filesystem")


def fill_replica_set(body: Fields) -> None:
    fill_template(made(body, "spec"))
    pointers(body["spec"], replicas=1)


def template_labels(body: Fields) -> Fields | None:
    for metadata in inside(body, "spec", "template", "metadata"):
        return metadata.get("labels")
    return None


def take_labels(body: Fields) -> bool:
    labels = template_labels(body)
    if not labels or made(body, "metadata").get("labels"):
        return False
    body["metadata"]["labels"] = deepcopy(labels)
    return True


def fill_replication_controller(body: Fields) -> None:
    labels = template_labels(body)
    take_labels(body)
    if labels:
        plain(made(body, "spec"), selector=labels)
    fill_replica_set(body)


def fill_job(body: Fields) -> None:
    spec = made(body, "spec")
    if "completions" not in spec and "parallelism" not in spec:
        spec["completions"] = 1
    pointers(spec, parallelism=1, backoffLimit=2147483647 if "backoffLimitPerIndex" in spec else 6)
    if take_labels(body):
        # They are the template's own mapping then, so that both get what the server generates for the template.
        body["metadata"]["labels"]["batch.kubernetes.io/job-name"] = body["metadata"].get("name", "")
    pointers(spec, completionMode="NonIndexed", suspend=False, manualSelector=False)
    pointers(spec, podReplacementPolicy="Failed" if "podFailurePolicy" in spec else "TerminatingOrFailed")
    for policy in inside(spec, "podFailurePolicy"):
        for rule in each(policy, "rules"):
            for pattern in each(rule, "onPodConditions"):
                plain(pattern, status="True")
    fill_template(spec)


def fill_cron_job(body: Fields) -> None:
    spec = made(body, "spec")
    plain(spec, concurrencyPolicy="Allow")
    pointers(spec, suspend=False, successfulJobsHistoryLimit=3, failedJobsHistoryLimit=1)
    job = made(spec, "jobTemplate")
    made(job, "metadata")
    fill_template(made(job, "spec"))


def fill_autoscaler(body: Fields) -> None:
    spec = made(body, "spec")
    pointers(spec, minReplicas=1)
    cpu = {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}}
    plain(spec, metrics=[{"type": "Resource", "resource": cpu}])
    percent = {"type": "Percent", "value": 100, "periodSeconds": 15}
    pods = {"type": "Pods", "value": 4, "periodSeconds": 15}
    for behavior in inside(spec, "behavior"):
        up, down = made(behavior, "scaleUp"), made(behavior, "scaleDown")
        pointers(up, stabilizationWindowSeconds=0, selectPolicy="Max", policies=[pods, percent])
        pointers(down, selectPolicy="Max", policies=[percent])
