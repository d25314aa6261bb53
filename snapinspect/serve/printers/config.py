"""Settings, quotas, policies, autoscalers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from snapinspect.serve.printers.values import NONE, UNKNOWN, UNSET, age, dig, items, mapping, number, text

if TYPE_CHECKING:
    from snapinspect.model import Body

_MOST_METRICS = 2
_METRICS = {"External", "Pods", "Object", "Resource", "ContainerResource"}


def config_map(body: Body, now: int) -> list[Any]:
    return [len(mapping(body.get("data"))) + len(mapping(body.get("binaryData"))), age(body, now)]


def secret(body: Body, now: int) -> list[Any]:
    return [text(body, "type"), len(mapping(body.get("data"))), age(body, now)]


def quota(body: Body, now: int) -> list[Any]:
    hard, used = mapping(dig(body, "status", "hard")), mapping(dig(body, "status", "used"))
    shown: dict[bool, list[str]] = {False: [], True: []}
    for name in sorted(hard):
        shown[name.startswith("limits.")].append(f"{name}: {text(used, name) or '0'}/{hard[name]}")
    return [", ".join(shown[False]), ", ".join(shown[True]), age(body, now)]


def disruption_budget(body: Body, now: int) -> list[Any]:
    spec = mapping(body.get("spec"))
    bounds = ["N/A" if spec.get(name) is None else str(spec[name]) for name in ("minAvailable", "maxUnavailable")]
    return [*bounds, number(body, "status", "disruptionsAllowed"), age(body, now)]


def autoscaler(body: Body, now: int) -> list[Any]:
    spec, status = mapping(body.get("spec")), mapping(body.get("status"))
    reference = f"{text(spec, 'scaleTargetRef', 'kind')}/{text(spec, 'scaleTargetRef', 'name')}"
    least = UNSET if spec.get("minReplicas") is None else str(spec["minReplicas"])
    replicas = number(status, "currentReplicas")
    return [reference, _targets(spec, status), least, number(spec, "maxReplicas"), replicas, age(body, now)]


def _targets(spec: Body, status: Body) -> str:
    if "targetCPUUtilizationPercentage" in spec:
        now = status.get("currentCPUUtilizationPercentage")
        return f"cpu: {UNKNOWN if now is None else f'{now}%'}/{spec['targetCPUUtilizationPercentage']}%"
    wanted = [mapping(each) for each in items(spec.get("metrics"))]
    found = [mapping(each) for each in items(status.get("currentMetrics"))]
    shown = [_metric(each, found[at] if at < len(found) else {}) for at, each in enumerate(wanted)]
    if not shown:
        return NONE
    more = f" + {len(shown) - _MOST_METRICS} more..." if len(shown) > _MOST_METRICS else ""
    return ", ".join(shown[:_MOST_METRICS]) + more


def _metric(wanted: Body, found: Body) -> str:
    kind = text(wanted, "type")
    field = kind[:1].lower() + kind[1:]
    if kind not in _METRICS:
        return "<unknown type>"
    target, current = mapping(dig(wanted, field, "target")), mapping(dig(found, field, "current"))
    named = f"{text(wanted, field, 'name')}: " if kind in {"Resource", "ContainerResource"} else ""
    if target.get("averageUtilization") is not None:
        return f"{named}{_percent(current)}/{target['averageUtilization']}%"
    if target.get("averageValue") is not None:
        average = " (avg)" if kind in {"Object", "External"} else ""
        return f"{named}{text(current, 'averageValue') or UNKNOWN}/{text(target, 'averageValue')}{average}"
    if named:
        return f"{named}{_percent(current)}/<auto>"
    return f"{text(current, 'value') or UNKNOWN}/{text(target, 'value')}"


def _percent(current: Body) -> str:
    now = current.get("averageUtilization")
    return UNKNOWN if now is None else f"{now}%"


def webhooks(body: Body, now: int) -> list[Any]:
    return [len(items(body.get("webhooks"))), age(body, now)]


def _parameter_kind(body: Body) -> str:
    given = mapping(dig(body, "spec", "paramKind"))
    return f"{text(given, 'apiVersion')}/{text(given, 'kind')}" if given else UNSET


def validating_policy(body: Body, now: int) -> list[Any]:
    return [len(items(dig(body, "spec", "validations"))), _parameter_kind(body), age(body, now)]


def mutating_policy(body: Body, now: int) -> list[Any]:
    return [len(items(dig(body, "spec", "mutations"))), _parameter_kind(body), age(body, now)]


def go_selector(chosen: Body) -> str:
    """A LabelSelector in the text of its Go type (apimachinery ``pkg/apis/meta/v1/generated.pb.go``)."""
    named = "".join(f"{name}: {value}," for name, value in sorted(mapping(chosen.get("matchLabels")).items()))
    terms = "".join(
        f"LabelSelectorRequirement{{Key:{text(each, 'key')},Operator:{text(each, 'operator')},"
        f"Values:[{' '.join(map(str, items(each.get('values'))))}],}},"
        for each in map(mapping, items(chosen.get("matchExpressions")))
    )
    return f"&LabelSelector{{MatchLabels:map[string]string{{{named}}},MatchExpressions:[]LabelSelectorRequirement{{{terms}}},}}"


def policy_binding(body: Body, now: int) -> list[Any]:
    meant = mapping(dig(body, "spec", "paramRef"))
    name, chosen = text(meant, "name"), meant.get("selector")
    shown = (
        f"{text(meant, 'namespace') or '*'}/{name}"
        if name
        else go_selector(chosen)
        if isinstance(chosen, dict)
        else UNSET
    )
    return [text(body, "spec", "policyName"), shown, age(body, now)]


_ADMISSION = "admissionregistration.k8s.io"
PRINTERS = {
    ("", "ConfigMap"): config_map,
    ("", "Secret"): secret,
    ("", "ResourceQuota"): quota,
    ("policy", "PodDisruptionBudget"): disruption_budget,
    ("autoscaling", "HorizontalPodAutoscaler"): autoscaler,
    (_ADMISSION, "ValidatingWebhookConfiguration"): webhooks,
    (_ADMISSION, "MutatingWebhookConfiguration"): webhooks,
    (_ADMISSION, "ValidatingAdmissionPolicy"): validating_policy,
    (_ADMISSION, "MutatingAdmissionPolicy"): mutating_policy,
    (_ADMISSION, "ValidatingAdmissionPolicyBinding"): policy_binding,
    (_ADMISSION, "MutatingAdmissionPolicyBinding"): policy_binding,
}
