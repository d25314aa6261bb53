"""Workloads and what scales them, with their cells."""

from __future__ import annotations

from typing import Any

from vector_pieces import AGE, BORN, CHOSEN, CHOSEN_TEXT, TRUE, template


def metric(kind: str, field: str, target: dict[str, Any], **named: Any) -> dict[str, Any]:
    return {"type": kind, field: {**named, "target": target}}


def scaled(targets: str, metrics: list[Any], current: list[Any] | None = None) -> Any:
    spec = {"scaleTargetRef": {"kind": "Deployment", "name": "web"}, "minReplicas": 2, "maxReplicas": 9}
    body = {"spec": {**spec, "metrics": metrics}, "status": {"currentReplicas": 4, "currentMetrics": current or []}}
    return "autoscaling/v2", "HorizontalPodAutoscaler", body, ["Deployment/web", targets, "2", 9, 4, AGE]


CPU = metric("Resource", "resource", {"averageUtilization": 80}, name="cpu")
QUEUE = metric("External", "external", {"averageValue": "50"}, metric={"name": "q"})
HITS = metric("Pods", "pods", {"averageValue": "100"}, metric={"name": "hits"})
OBJECT = metric("Object", "object", {"value": "7"}, metric={"name": "o"})
AUTO = metric("Resource", "resource", {}, name="memory")
WORKLOADS: list[Any] = [
    scaled("memory: <unknown>/<auto>", [AUTO]),
    scaled("memory: 7%/<auto>", [AUTO], [{"type": "Resource", "resource": {"current": {"averageUtilization": 7}}}]),
    (
        "autoscaling/v1",
        "HorizontalPodAutoscaler",
        {
            "spec": {
                "scaleTargetRef": {"kind": "ReplicaSet", "name": "r"},
                "maxReplicas": 3,
                "targetCPUUtilizationPercentage": 80,
            },
            "status": {"currentReplicas": 1, "currentCPUUtilizationPercentage": 9},
        },
        ["ReplicaSet/r", "cpu: 9%/80%", "<unset>", 3, 1, AGE],
    ),
    (
        "apps/v1",
        "Deployment",
        {
            "spec": {"replicas": 5, "template": template("a", "b"), "selector": {"matchLabels": {"app": "x"}}},
            "status": {"replicas": 9, "updatedReplicas": 2, "availableReplicas": 1, "readyReplicas": 3},
        },
        ["3/5", 2, 1, AGE, "a,b", "a:1,b:1", "app=x"],
    ),
    (
        "apps/v1",
        "ReplicaSet",
        {"spec": {"replicas": 3, "template": template("a"), "selector": CHOSEN}, "status": {"replicas": 2}},
        [3, 2, 0, AGE, "a", "a:1", CHOSEN_TEXT],
    ),
    (
        "apps/v1",
        "StatefulSet",
        {"spec": {"replicas": 3, "template": template("a")}, "status": {"readyReplicas": 1}},
        ["1/3", AGE, "a", "a:1"],
    ),
    (
        "apps/v1",
        "DaemonSet",
        {
            "spec": {"template": template("a"), "selector": {"matchLabels": {"d": "1"}}},
            "status": {
                "desiredNumberScheduled": 5,
                "currentNumberScheduled": 4,
                "numberReady": 3,
                "updatedNumberScheduled": 2,
                "numberAvailable": 1,
            },
        },
        [5, 4, 3, 2, 1, "<none>", AGE, "a", "a:1", "d=1"],
    ),
    (
        "apps/v1",
        "ControllerRevision",
        {
            "revision": 7,
            "metadata": {
                "ownerReferences": [
                    {"apiVersion": "apps/v1", "kind": "DaemonSet", "name": "d", "uid": "u", "controller": True}
                ]
            },
        },
        ["daemonset.apps/d", 7, AGE],
    ),
    (
        "v1",
        "ReplicationController",
        {"spec": {"replicas": 2, "selector": {"b": "2", "a": "1"}, "template": template("c")}, "status": {}},
        [2, 0, 0, AGE, "c", "c:1", "a=1,b=2"],
    ),
    (
        "batch/v1",
        "Job",
        {
            "spec": {"completions": 4, "template": template("j"), "selector": {"matchLabels": {"j": "1"}}},
            "status": {"succeeded": 1, "startTime": BORN, "completionTime": "2026-03-01T10:00:44Z"},
        },
        ["Running", "1/4", "44s", AGE, "j", "j:1", "j=1"],
    ),
    (
        "batch/v1",
        "Job",
        {
            "spec": {"parallelism": 3, "template": template("j")},
            "status": {"startTime": BORN, "conditions": [{"type": "Failed", "status": TRUE}]},
        },
        ["Failed", "0/1 of 3", AGE, AGE, "j", "j:1", "<none>"],
    ),
    (
        "batch/v1",
        "CronJob",
        {
            "spec": {"schedule": "0 5 * * ?", "jobTemplate": {"spec": {"template": template("c")}}},
            "status": {"active": [{"name": "x"}], "lastScheduleTime": "2026-03-01T10:58:00Z"},
        },
        ["0 5 * * ?", "<none>", "<unset>", 1, "2m", AGE, "c", "c:1", "<none>"],
    ),
    (
        "batch/v1",
        "CronJob",
        {"spec": {"schedule": "@daily", "timeZone": "Asia/Tokyo", "suspend": True, "jobTemplate": {}}},
        ["@daily", "Asia/Tokyo", TRUE, 0, "<none>", AGE, "", "", "<none>"],
    ),
    scaled("<none>", []),
    scaled("cpu: <unknown>/80%", [CPU]),
    scaled("cpu: 50%/80%", [CPU], [{"type": "Resource", "resource": {"current": {"averageUtilization": 50}}}]),
    scaled("<unknown>/50 (avg), cpu: <unknown>/80%", [QUEUE, CPU]),
    scaled("30/100", [HITS], [{"type": "Pods", "pods": {"current": {"averageValue": "30"}}}]),
    scaled(
        "3/7, <unknown>/100 + 1 more...",
        [OBJECT, HITS, CPU],
        [{"type": "Object", "object": {"current": {"value": "3"}}}],
    ),
    (
        "policy/v1",
        "PodDisruptionBudget",
        {"spec": {"minAvailable": "20%"}, "status": {"disruptionsAllowed": 3}},
        ["20%", "N/A", 3, AGE],
    ),
    ("policy/v1", "PodDisruptionBudget", {"spec": {"maxUnavailable": 2}}, ["N/A", "2", 0, AGE]),
]
