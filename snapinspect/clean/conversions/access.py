"""Roles, their bindings, and webhooks.

Sources: ``k8s.io/kubernetes`` ``pkg/apis/rbac/v1alpha1/conversion.go``; for what webhooks take for granted
``pkg/apis/admissionregistration/v1beta1/defaults.go``, and for what v1 refuses ``validation/validation.go``.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from snapinspect.clean.edits import SAME, Caution, Default, Rewrite
from snapinspect.clean.rule import Conversion
from snapinspect.clean.subject import group_of, mapping, mappings, text

if TYPE_CHECKING:
    from snapinspect.model import Body

RBAC: Final = "rbac.authorization.k8s.io"
ADMISSION: Final = "admissionregistration.k8s.io"
ROLES: Final = (f"ClusterRole.{RBAC}", f"Role.{RBAC}")
BINDINGS: Final = (f"ClusterRoleBinding.{RBAC}", f"RoleBinding.{RBAC}")
HARMLESS: Final = ("None", "NoneOnDryRun")
"""What v1 lets a webhook say of its side effects."""
WEBHOOK_DEFAULTS: Final = {
    "failurePolicy": "Ignore",
    "matchPolicy": "Exact",
    "timeoutSeconds": 30,
    "admissionReviewVersions": ["v1beta1"],
}
"""What v1beta1 takes for granted, and v1 takes otherwise or demands."""


def subject_to_v1(value: Any) -> Any:
    """Whom a binding means: v1 gives a group where v1alpha1 gives a version."""
    subject = mapping(value)
    group = {"ServiceAccount": "", "User": RBAC, "Group": RBAC}.get(
        text(subject.get("kind")), group_of(subject.get("apiVersion"))
    )
    converted = {key: item for key, item in subject.items() if key != "apiVersion"}
    if subject.get("kind") == "User" and subject.get("name") == "*":
        converted |= {"kind": "Group", "name": "system:authenticated"}
    return {**converted, "apiGroup": group} if group else converted


def webhook_to_v1(value: Any) -> Any:
    """One webhook of a configuration."""
    if not isinstance(value, dict):
        return value
    absent = {key: default for key, default in WEBHOOK_DEFAULTS.items() if value.get(key) in (None, "", [])}
    effects = value.get("sideEffects")
    return {**value, **absent, "sideEffects": effects if effects in HARMLESS else "NoneOnDryRun"}


def tell_side_effects(body: Body) -> str:
    unsure = [webhook for webhook in mappings(body.get("webhooks")) if webhook.get("sideEffects") not in HARMLESS]
    if not unsure:
        return ""
    return (
        "it did not say that its webhooks are without side effects, which v1 demands: it is written as NoneOnDryRun; "
        "see whether they heed dryRun, or kubectl's dry runs may change something"
    )


def tell_same_names(body: Body) -> str:
    names = Counter(text(webhook.get("name")) for webhook in mappings(body.get("webhooks")))
    same = sorted(name for name, count in names.items() if count > 1)
    return f"several of its webhooks are called {', '.join(same)}, which v1 refuses: rename them" if same else ""


RULES: Final = (
    Conversion("roles-v1beta1", ROLES, (f"{RBAC}/v1beta1", f"{RBAC}/v1alpha1"), f"{RBAC}/v1", edits=SAME),
    Conversion("bindings-v1beta1", BINDINGS, (f"{RBAC}/v1beta1",), f"{RBAC}/v1", edits=SAME),
    Conversion(
        "bindings-v1alpha1",
        BINDINGS,
        (f"{RBAC}/v1alpha1",),
        f"{RBAC}/v1",
        edits=(
            Rewrite(
                ".subjects[]",
                subject_to_v1,
                "replaces apiVersion of .subjects[] by apiGroup, and the user * by the group system:authenticated",
                "v1 tells subjects apart by their group, and knows no user *.",
            ),
            Default(".roleRef.apiGroup", RBAC, "v1 demands the group of the role."),
        ),
        trap="A user * would mean nobody in v1, where it meant everyone who is authenticated.",
    ),
    Conversion(
        "webhooks-v1beta1",
        (f"MutatingWebhookConfiguration.{ADMISSION}", f"ValidatingWebhookConfiguration.{ADMISSION}"),
        (f"{ADMISSION}/v1beta1",),
        f"{ADMISSION}/v1",
        edits=(
            Rewrite(
                ".webhooks[]",
                webhook_to_v1,
                "writes failurePolicy Ignore, matchPolicy Exact, timeoutSeconds 30 and admissionReviewVersions v1beta1 "
                "where they are absent, and sideEffects NoneOnDryRun where it is Unknown or Some",
                "v1beta1 took these for granted; v1 takes others for granted or demands them.",
            ),
        ),
        cautions=(Caution(tell_side_effects), Caution(tell_same_names)),
        trap="Without its old failurePolicy a webhook that cannot be reached would block what it let pass before.",
    ),
)
