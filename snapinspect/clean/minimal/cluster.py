"""Defaults of what a cluster is set up with: access, admission, storage, networks, devices, by group and kind."""

from __future__ import annotations

from typing import Any, Final

from snapinspect.clean.minimal.default import NOTHING, Default, Place, below, protected

RBAC_GROUP: Final = "rbac.authorization.k8s.io"


def types_of_policy(place: Place) -> Any:
    return ["Ingress", "Egress"] if place.beside.get("egress") else ["Ingress"]


def group_of_subject(place: Place) -> Any:
    return RBAC_GROUP if place.beside.get("kind") in ("User", "Group") else NOTHING


def lower_kind(place: Place) -> Any:
    return str(place.beside.get("kind", "")).lower()


def kind_of_list(place: Place) -> Any:
    return f"{place.beside['kind']}List" if place.beside.get("kind") else NOTHING


def counts_exactly(place: Place) -> bool:
    return bool(place.beside.get("allocationMode", "ExactCount") == "ExactCount")


_SUBJECTS: Final = (Default(".subjects[].apiGroup", reckon=group_of_subject),)
RBAC: Final = {"ClusterRoleBinding": _SUBJECTS, "RoleBinding": _SUBJECTS}

_MATCH: Final = (
    Default(".matchPolicy", "Equivalent"),
    Default(".namespaceSelector", {}),
    Default(".objectSelector", {}),
)
_WEBHOOK: Final = below(
    ".webhooks[]",
    *_MATCH,
    Default(".clientConfig.service.port", 443),
    Default(".failurePolicy", "Fail"),
    Default(".rules[].scope", "*"),
    Default(".timeoutSeconds", 10),
)
_RESOURCES: Final = (
    *_MATCH,
    Default(".excludeResourceRules[].scope", "*"),
    Default(".resourceRules[].scope", "*"),
)
_POLICY: Final = (Default(".spec.failurePolicy", "Fail"), *below(".spec.matchConstraints", *_RESOURCES))
_BINDING: Final = below(".spec.matchResources", *_RESOURCES)
POLICIES: Final = {
    "MutatingAdmissionPolicy": _POLICY,
    "MutatingAdmissionPolicyBinding": _BINDING,
    "ValidatingAdmissionPolicy": _POLICY,
    "ValidatingAdmissionPolicyBinding": _BINDING,
}
ADMISSION: Final = POLICIES | {
    "MutatingWebhookConfiguration": (*_WEBHOOK, Default(".webhooks[].reinvocationPolicy", "Never")),
    "ValidatingWebhookConfiguration": _WEBHOOK,
}

AGGREGATION: Final = {"APIService": (Default(".spec.service.port", 443),)}
DEFINITIONS: Final = {
    "CustomResourceDefinition": (
        Default(".spec.conversion.webhook.clientConfig.service.port", 443),
        Default(".spec.conversion", {"strategy": "None"}),
        Default(".spec.names.listKind", reckon=kind_of_list),
        Default(".spec.names.singular", reckon=lower_kind),
    )
}
DISCOVERY: Final = {"EndpointSlice": (Default(".ports[].name", ""), Default(".ports[].protocol", "TCP"))}
FLOW: Final = {
    "FlowSchema": (Default(".spec.matchingPrecedence", 1000),),
    "PriorityLevelConfiguration": (
        Default(".spec.exempt.lendablePercent", 0),
        Default(".spec.exempt.nominalConcurrencyShares", 0),
        Default(".spec.limited.lendablePercent", 0),
        Default(".spec.limited.limitResponse.queuing.handSize", 8),
        Default(".spec.limited.limitResponse.queuing.queueLengthLimit", 50),
        Default(".spec.limited.limitResponse.queuing.queues", 64),
        Default(".spec.limited.nominalConcurrencyShares", 30),
    ),
}
NETWORKING: Final = {
    "IngressClass": (Default(".spec.parameters.scope", "Cluster"),),
    "NetworkPolicy": (
        Default(".spec.egress[].ports[].protocol", "TCP"),
        Default(".spec.ingress[].ports[].protocol", "TCP"),
        Default(".spec.policyTypes", reckon=types_of_policy),
    ),
}
_DEVICES: Final = tuple(
    row
    for way in ("exactly", "firstAvailable[]")
    for row in below(
        f".spec.devices.requests[].{way}",
        Default(".allocationMode", "ExactCount"),
        Default(".count", 1, when=counts_exactly),
        Default(".tolerations[].operator", "Equal"),
    )
)
DEVICES: Final = {"ResourceClaim": _DEVICES, "ResourceClaimTemplate": below(".spec", *_DEVICES)}
SCHEDULING: Final = {"PriorityClass": (Default(".preemptionPolicy", "PreemptLowerPriority"),)}
GROUPS_OF_PODS: Final = {
    "PodGroup": (Default(".spec.disruptionMode", "Pod"),),
    "Workload": (Default(".spec.podGroupTemplates[].schedulingConstraints", None),),
}
STORAGE: Final = {
    "CSIDriver": (
        Default(".spec.attachRequired", value=True),
        Default(".spec.fsGroupPolicy", "ReadWriteOnceWithFSType"),
        Default(".spec.podInfoOnMount", value=False),
        Default(".spec.preventPodSchedulingIfMissing", value=False),
        Default(".spec.requiresRepublish", value=False),
        Default(".spec.seLinuxMount", value=False),
        Default(".spec.storageCapacity", value=False),
        Default(".spec.volumeLifecycleModes", ["Persistent"]),
    ),
    "StorageClass": (
        Default(".reclaimPolicy", "Delete"),
        Default(".volumeBindingMode", "Immediate"),
    ),
    "VolumeAttributesClass": (protected("kubernetes.io/vac-protection"),),
}
