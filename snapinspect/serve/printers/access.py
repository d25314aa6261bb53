"""Who may do what: bindings, requests for certificates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from snapinspect.serve.printers.values import NONE, age, dig, duration, items, labels, mapping, text

if TYPE_CHECKING:
    from snapinspect.model import Body


def binding(body: Body, now: int) -> list[Any]:
    role = f"{text(body, 'roleRef', 'kind')}/{text(body, 'roleRef', 'name')}"
    subjects = [mapping(each) for each in items(body.get("subjects"))]
    named = {
        kind: ", ".join(_subject(each) for each in subjects if each.get("kind") == kind)
        for kind in ("User", "Group", "ServiceAccount")
    }
    return [role, age(body, now), *named.values()]


def _subject(subject: Body) -> str:
    name = text(subject, "name")
    return f"{text(subject, 'namespace')}/{name}" if subject.get("kind") == "ServiceAccount" else name


def signing_request(body: Body, now: int) -> list[Any]:
    spec, status = mapping(body.get("spec")), mapping(body.get("status"))
    asked = spec.get("expirationSeconds")
    lasts = duration(asked) if isinstance(asked, int) else "<none>"
    return [age(body, now), text(spec, "signerName") or "<none>", text(spec, "username"), lasts, _state(status)]


def _state(status: Body) -> str:
    found = {text(each, "type") for each in items(status.get("conditions"))}
    shown = "Denied" if "Denied" in found else "Approved" if "Approved" in found else "Pending"
    if "Failed" in found:
        shown += ",Failed"
    return shown + ",Issued" if status.get("certificate") else shown


def trust_bundle(body: Body, _now: int) -> list[Any]:
    return [text(body, "spec", "signerName") or NONE]


def pod_certificate(body: Body, _now: int) -> list[Any]:
    spec = mapping(body.get("spec"))
    found = [text(each, "type") for each in reversed(items(dig(body, "status", "conditions")))]
    state = next((word for word in found if word in {"Issued", "Denied", "Failed"}), "Pending")
    named = (text(spec, name) for name in ("podName", "serviceAccountName", "nodeName", "signerName"))
    return [*named, state, labels(spec.get("unverifiedUserAnnotations"))]


def api_service(body: Body, now: int) -> list[Any]:
    service = mapping(dig(body, "spec", "service"))
    where = f"{text(service, 'namespace')}/{text(service, 'name')}" if service else "Local"
    condition = next(
        (mapping(each) for each in items(dig(body, "status", "conditions")) if text(each, "type") == "Available"), {}
    )
    state = text(condition, "status") if condition else "Unknown"
    if state != "True" and condition.get("reason"):
        state += f" ({condition['reason']})"
    return [where, state, age(body, now)]


PRINTERS = {
    ("rbac.authorization.k8s.io", "RoleBinding"): binding,
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): binding,
    ("certificates.k8s.io", "CertificateSigningRequest"): signing_request,
    ("certificates.k8s.io", "ClusterTrustBundle"): trust_bundle,
    ("certificates.k8s.io", "PodCertificateRequest"): pod_certificate,
    ("apiregistration.k8s.io", "APIService"): api_service,
}
