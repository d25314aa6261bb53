"""Workloads of extensions/v1beta1, apps/v1beta1 and apps/v1beta2 as apps/v1, and CronJobs.

What the old versions take for granted where a field is absent stands in ``k8s.io/kubernetes``
``pkg/apis/extensions/v1beta1/defaults.go`` and ``pkg/apis/apps/v1beta1/defaults.go``.
"""

from __future__ import annotations

from typing import Any, Final

from snapinspect.clean.edits import SAME, Default, Drop, NotConvertible, Rewrite
from snapinspect.clean.rule import Conversion
from snapinspect.clean.subject import dig, mapping

UNLIMITED: Final = 2**31 - 1


def spec_with_selector(value: Any) -> Any:
    """The spec with a selector. Raises NotConvertible where neither it nor the Pods' labels give one."""
    spec = mapping(value)
    if spec.get("selector"):
        return value
    labels = dig(spec, "template", "metadata", "labels")
    if not labels:
        raise NotConvertible("it has no selector, and its Pods have no labels that would make one")
    return {**spec, "selector": {"matchLabels": labels}}


def one_at_a_time(value: Any) -> Any:
    """A Deployment's strategy, with the steps that extensions/v1beta1 takes for granted."""
    strategy = mapping(value)
    if strategy.get("type") not in (None, "", "RollingUpdate"):
        return value
    steps = {"maxUnavailable": 1, "maxSurge": 1, **mapping(strategy.get("rollingUpdate"))}
    return {**strategy, "type": "RollingUpdate", "rollingUpdate": steps}


_SELECTOR = Rewrite(
    ".spec",
    spec_with_selector,
    "sets .spec.selector from the labels of the template where it is absent",
    "apps/v1 demands a selector, which older versions took from the template's labels.",
)
_NO_ROLLBACK = Drop(".spec.rollbackTo", "apps/v1 has no field to ask for a rollback.")
_ON_DELETE = Default(
    ".spec.updateStrategy.type", "OnDelete", "The old version replaced Pods only when they were deleted by hand."
)

RULES: Final = (
    Conversion(
        "deployment-extensions",
        ("Deployment.extensions",),
        ("extensions/v1beta1",),
        "apps/v1",
        edits=(
            _SELECTOR,
            _NO_ROLLBACK,
            Rewrite(
                ".spec.strategy",
                one_at_a_time,
                "sets maxUnavailable and maxSurge of .spec.strategy to 1 where they are absent",
                "The old version replaced one Pod at a time, where apps/v1 replaces a quarter.",
            ),
            Default(".spec.progressDeadlineSeconds", UNLIMITED, "The old version set no deadline."),
            Default(".spec.revisionHistoryLimit", UNLIMITED, "The old version kept every ReplicaSet."),
        ),
        trap="What the old version took for granted is written out, as apps/v1 takes other things for granted.",
    ),
    Conversion(
        "deployment-apps",
        ("Deployment.apps",),
        ("apps/v1beta1",),
        "apps/v1",
        edits=(
            _SELECTOR,
            _NO_ROLLBACK,
            Default(".spec.revisionHistoryLimit", 2, "The old version kept two ReplicaSets, where apps/v1 keeps ten."),
        ),
    ),
    Conversion(
        "statefulset-apps",
        ("StatefulSet.apps",),
        ("apps/v1beta1",),
        "apps/v1",
        edits=(_SELECTOR, _ON_DELETE),
        trap="apps/v1 would replace the Pods one after the other as soon as the template differs.",
    ),
    Conversion(
        "daemonset-extensions",
        ("DaemonSet.extensions",),
        ("extensions/v1beta1",),
        "apps/v1",
        edits=(
            _SELECTOR,
            _ON_DELETE,
            Drop(".spec.templateGeneration", "The server counted templates there, and apps/v1 has no such field."),
        ),
    ),
    Conversion(
        "replicaset-extensions",
        ("ReplicaSet.extensions",),
        ("extensions/v1beta1",),
        "apps/v1",
        edits=(_SELECTOR,),
    ),
    Conversion(
        "workloads-apps-v1beta2",
        ("DaemonSet.apps", "Deployment.apps", "ReplicaSet.apps", "StatefulSet.apps"),
        ("apps/v1beta2",),
        "apps/v1",
        edits=SAME,
    ),
    Conversion("cronjob-v1beta1", ("CronJob.batch",), ("batch/v1beta1",), "batch/v1", edits=SAME),
    Conversion("cronjob-v2alpha1", ("CronJob.batch",), ("batch/v2alpha1",), "batch/v1beta1", edits=SAME),
)
