"""Defaults of what runs Pods (``pkg/apis/{apps,batch,autoscaling}/*/defaults.go``), by kind."""

from __future__ import annotations

from typing import Any, Final

from snapinspect.clean.minimal.default import NOTHING, Default, Place, below
from snapinspect.clean.minimal.pods import TEMPLATE
from snapinspect.clean.subject import dig, mapping

ROLLING: Final = "RollingUpdate"
NO_LIMIT: Final = 2**31 - 1


def rolls(place: Place) -> bool:
    """Whether a workload replaces its Pods by and by, as it does unless it is told otherwise."""
    kinds = (dig(place.body, "spec", strategy, "type") for strategy in ("strategy", "updateStrategy"))
    return all(kind in (None, ROLLING) for kind in kinds)


def is_made_with_type(place: Place) -> bool:
    """A StatefulSet's ``rollingUpdate`` is made only along with the type."""
    return "type" not in place.beside


def has_rolling_update(place: Place) -> bool:
    """Without it the type stands alone, as it was sent; filled in, it would come with a ``rollingUpdate``."""
    return isinstance(place.beside.get("rollingUpdate"), dict)


def template_labels(place: Place) -> Any:
    """Of an object without labels, or without a selector, those of its template are taken."""
    return mapping(dig(place.body, "spec", "template", "metadata", "labels")) or NOTHING


def parallelism(place: Place) -> Any:
    """A Job without either count has one of each; with completions alone it runs one Pod at a time."""
    return 1 if "completions" in place.beside else NOTHING


def completions(place: Place) -> Any:
    """With parallelism alone a Job has no count of completions."""
    return NOTHING if "parallelism" in place.beside else 1


def backoff_limit(place: Place) -> Any:
    return 6 if place.beside.get("backoffLimitPerIndex") is None else NO_LIMIT


def replacement_policy(place: Place) -> Any:
    return "TerminatingOrFailed" if place.beside.get("podFailurePolicy") is None else "Failed"


_SPEC_TEMPLATE: Final = below(".spec.template", *TEMPLATE)
_HISTORY: Final = (Default(".spec.revisionHistoryLimit", 10),)
_REPLICAS: Final = (Default(".spec.replicas", 1),)

APPS: Final = {
    "DaemonSet": (
        *_SPEC_TEMPLATE,
        *_HISTORY,
        Default(".spec.updateStrategy.type", ROLLING),
        Default(".spec.updateStrategy.rollingUpdate.maxSurge", 0, when=rolls),
        Default(".spec.updateStrategy.rollingUpdate.maxUnavailable", 1, when=rolls),
        Default(".spec.updateStrategy.rollingUpdate", {}, when=rolls),
        Default(".spec.updateStrategy", {}),
    ),
    "Deployment": (
        *_SPEC_TEMPLATE,
        *_HISTORY,
        *_REPLICAS,
        Default(".spec.progressDeadlineSeconds", 600),
        Default(".spec.strategy.type", ROLLING),
        Default(".spec.strategy.rollingUpdate.maxSurge", "25%", when=rolls),
        Default(".spec.strategy.rollingUpdate.maxUnavailable", "25%", when=rolls),
        Default(".spec.strategy.rollingUpdate", {}, when=rolls),
        Default(".spec.strategy", {}),
    ),
    "ReplicaSet": (*_SPEC_TEMPLATE, *_REPLICAS),
    "StatefulSet": (
        *_SPEC_TEMPLATE,
        *_HISTORY,
        *_REPLICAS,
        Default(".spec.persistentVolumeClaimRetentionPolicy.whenDeleted", "Retain"),
        Default(".spec.persistentVolumeClaimRetentionPolicy.whenScaled", "Retain"),
        Default(".spec.persistentVolumeClaimRetentionPolicy", {}),
        Default(".spec.podManagementPolicy", "OrderedReady"),
        Default(".spec.updateStrategy.type", ROLLING, when=has_rolling_update),
        Default(".spec.updateStrategy.rollingUpdate.maxUnavailable", 1, when=rolls),
        Default(".spec.updateStrategy.rollingUpdate.partition", 0, when=rolls),
        Default(".spec.updateStrategy.rollingUpdate", {}, when=is_made_with_type),
        Default(".spec.updateStrategy", {}),
        Default(".spec.volumeClaimTemplates[].apiVersion", "v1"),
        Default(".spec.volumeClaimTemplates[].kind", "PersistentVolumeClaim"),
        Default(".spec.volumeClaimTemplates[].spec.volumeMode", "Filesystem"),
    ),
}

BATCH: Final = {
    "CronJob": (
        *below(".spec.jobTemplate.spec.template", *TEMPLATE),
        Default(".spec.concurrencyPolicy", "Allow"),
        Default(".spec.failedJobsHistoryLimit", 1),
        Default(".spec.jobTemplate.metadata", {}),
        Default(".spec.successfulJobsHistoryLimit", 3),
        Default(".spec.suspend", value=False),
    ),
    "Job": (
        *_SPEC_TEMPLATE,
        Default(".spec.backoffLimit", reckon=backoff_limit),
        Default(".spec.completionMode", "NonIndexed"),
        Default(".spec.manualSelector", value=False),
        Default(".spec.parallelism", reckon=parallelism),
        Default(".spec.completions", reckon=completions),
        Default(".spec.podFailurePolicy.rules[].onPodConditions[].status", "True"),
        Default(".spec.podReplacementPolicy", reckon=replacement_policy),
        Default(".spec.suspend", value=False),
    ),
}

_PERCENT: Final = {"type": "Percent", "value": 100, "periodSeconds": 15}
_PODS: Final = {"type": "Pods", "value": 4, "periodSeconds": 15}
_CPU: Final = {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}}
_MIN_REPLICAS: Final = (Default(".spec.minReplicas", 1),)

AUTOSCALING_V1: Final = {"HorizontalPodAutoscaler": _MIN_REPLICAS}
AUTOSCALING: Final = {
    "HorizontalPodAutoscaler": (
        *_MIN_REPLICAS,
        Default(".spec.metrics", [{"type": "Resource", "resource": _CPU}]),
        Default(".spec.behavior.scaleDown.policies", [_PERCENT]),
        Default(".spec.behavior.scaleDown.selectPolicy", "Max"),
        Default(".spec.behavior.scaleDown", {}),
        Default(".spec.behavior.scaleUp.policies", [_PODS, _PERCENT]),
        Default(".spec.behavior.scaleUp.selectPolicy", "Max"),
        Default(".spec.behavior.scaleUp.stabilizationWindowSeconds", 0),
        Default(".spec.behavior.scaleUp", {}),
    )
}
