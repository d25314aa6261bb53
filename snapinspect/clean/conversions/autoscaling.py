"""Autoscalers and disruption budgets.

Sources: ``k8s.io/api/autoscaling`` ``v2beta1/types.go`` and ``v2/types.go``; for budgets ``k8s.io/kubernetes``
``pkg/apis/policy/helper.go``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from snapinspect.clean.edits import SAME, Caution, Rewrite
from snapinspect.clean.paths import DROP
from snapinspect.clean.rule import Conversion
from snapinspect.clean.subject import dig, mapping, mappings, text

if TYPE_CHECKING:
    from snapinspect.model import Body

SOURCES: Final = {
    "Resource": "resource",
    "ContainerResource": "containerResource",
    "Pods": "pods",
    "Object": "object",
    "External": "external",
}
"""Types of metrics, and the field that each is described in."""

MATCH_LABEL: Final = "pdb.kubernetes.io/deprecated-v1beta1-empty-selector-match"
"""By a condition on this label v1beta1 tells a selector of every Pod (DoesNotExist) from one of none (Exists)."""


def metric_to_v2(value: Any) -> Any:
    """One metric of v2beta1 as v2 has it."""
    metric = mapping(value)
    field = SOURCES.get(text(metric.get("type")))
    source = metric.get(field) if field else None
    if field is None or not isinstance(source, dict):
        return value
    return {**metric, field: _source(source)}


def _source(source: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {key: source[key] for key in ("name", "container") if key in source}
    if "metricName" in source:
        selector = source.get("metricSelector") or source.get("selector")
        found["metric"] = {"name": source["metricName"], **({"selector": selector} if selector else {})}
    if "target" in source:
        found["describedObject"] = source["target"]
    found["target"] = _target(source)
    return found


def _target(source: dict[str, Any]) -> dict[str, Any]:
    average = source.get("targetAverageValue") or source.get("averageValue")
    if source.get("targetAverageUtilization") is not None:
        return {"type": "Utilization", "averageUtilization": source["targetAverageUtilization"]}
    if average is not None:
        return {"type": "AverageValue", "averageValue": average}
    return {"type": "Value", "value": source.get("targetValue")}


def selector_to_v1(value: Any) -> Any:
    """A budget's selector: what v1beta1 means by an empty one is nothing, which v1 says by having none."""
    if value == {}:
        return DROP
    conditions = mappings(dig(value, "matchExpressions"))
    if not any(condition.get("key") == MATCH_LABEL for condition in conditions):
        return value
    kept = [condition for condition in conditions if condition.get("key") != MATCH_LABEL]
    return {**{key: item for key, item in value.items() if key != "matchExpressions"}, **_expressions(kept)}


def _expressions(conditions: list[dict[str, Any]]) -> dict[str, Any]:
    return {"matchExpressions": conditions} if conditions else {}


def tell_empty(body: Body) -> str:
    if dig(body, "spec", "selector") != {}:
        return ""
    return "its empty selector meant no Pod at all in policy/v1beta1, and would mean every Pod in v1: it has none now"


RULES: Final = (
    Conversion(
        "autoscaler-v2beta1",
        ("HorizontalPodAutoscaler.autoscaling",),
        ("autoscaling/v2beta1",),
        "autoscaling/v2",
        edits=(
            Rewrite(
                ".spec.metrics[]",
                metric_to_v2,
                "gives each of .spec.metrics[] a metric and a target",
                "v2 says what is measured and what is aimed at in fields of their own.",
            ),
        ),
    ),
    Conversion(
        "autoscaler-v2beta2",
        ("HorizontalPodAutoscaler.autoscaling",),
        ("autoscaling/v2beta2",),
        "autoscaling/v2",
        edits=SAME,
    ),
    Conversion(
        "budget-v1beta1",
        ("PodDisruptionBudget.policy",),
        ("policy/v1beta1",),
        "policy/v1",
        edits=(
            Rewrite(
                ".spec.selector",
                selector_to_v1,
                "drops an empty .spec.selector, and writes an empty one for what meant every Pod",
                "An empty selector means no Pod in v1beta1, and every Pod in v1.",
            ),
        ),
        cautions=(Caution(tell_empty),),
        trap="Left as it is, a budget for no Pod would become one for every Pod, and hold off the draining of nodes.",
    ),
)
