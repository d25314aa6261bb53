"""The one table of defaults, by ``Kind.group``."""

from __future__ import annotations

from typing import Any, Final

from snapinspect.clean.minimal.default import Default, below
from snapinspect.clean.minimal.pods import POD
from snapinspect.clean.subject import dig

RBAC: Final = "rbac.authorization.k8s.io"
ADMISSION: Final = "admissionregistration.k8s.io"


def counts_one(value: Any, parent: dict[str, Any], _body: dict[str, Any]) -> bool:
    """A Job without both counts has one of each; with one of them alone the other means something else."""
    return bool(value == 1) and parent.get("parallelism") == 1 and parent.get("completions") == 1


def usual_backoff(value: Any, parent: dict[str, Any], _body: dict[str, Any]) -> bool:
    return bool(value == 6) and "backoffLimitPerIndex" not in parent


def usual_replacement(value: Any, parent: dict[str, Any], _body: dict[str, Any]) -> bool:
    return bool(value == ("Failed" if "podFailurePolicy" in parent else "TerminatingOrFailed"))


def same_port(value: Any, parent: dict[str, Any], _body: dict[str, Any]) -> bool:
    return isinstance(value, int) and value == parent.get("port")


def is_not_external_name(value: Any, parent: dict[str, Any], _body: dict[str, Any]) -> bool:
    return value == "Cluster" and parent.get("type") != "ExternalName"


def types_of_policy(value: Any, parent: dict[str, Any], _body: dict[str, Any]) -> bool:
    return bool(value == (["Ingress", "Egress"] if parent.get("egress") else ["Ingress"]))


def is_of_one_family(value: Any, parent: dict[str, Any], _body: dict[str, Any]) -> bool:
    families = parent.get("ipFamilies")
    return value == "SingleStack" and isinstance(families, list) and len(families) == 1


def is_of_rbac(value: Any, parent: dict[str, Any], _body: dict[str, Any]) -> bool:
    return value == RBAC and parent.get("kind") in ("User", "Group")


def lower_kind(value: Any, parent: dict[str, Any], _body: dict[str, Any]) -> bool:
    return isinstance(value, str) and value == str(parent.get("kind")).lower()


def kind_of_list(value: Any, parent: dict[str, Any], _body: dict[str, Any]) -> bool:
    return bool(parent.get("kind")) and value == f"{parent.get('kind')}List"


def converts_nothing(value: Any, _parent: dict[str, Any], body: dict[str, Any]) -> bool:
    return value == {"strategy": "None"} and bool(dig(body, "spec", "versions"))


_TEMPLATE: Final = below(".spec.template.spec", *POD)
_HISTORY: Final = (Default(".spec.revisionHistoryLimit", 10),)
_REPLICAS: Final = (Default(".spec.replicas", 1),)
_ROLLING: Final = (Default(".spec.updateStrategy.type", "RollingUpdate"),)
_SUBJECTS: Final = (Default(".subjects[].apiGroup", fills=is_of_rbac),)
_WEBHOOK: Final = below(
    ".webhooks[]",
    Default(".clientConfig.service.port", 443),
    Default(".failurePolicy", "Fail"),
    Default(".matchPolicy", "Equivalent"),
    Default(".namespaceSelector", {}),
    Default(".objectSelector", {}),
    Default(".rules[].scope", "*"),
    Default(".timeoutSeconds", 10),
)
_POLICY: Final = (
    Default(".spec.failurePolicy", "Fail"),
    Default(".spec.matchConstraints.matchPolicy", "Equivalent"),
    Default(".spec.matchConstraints.namespaceSelector", {}),
    Default(".spec.matchConstraints.objectSelector", {}),
    Default(".spec.matchConstraints.resourceRules[].scope", "*"),
    Default(".spec.matchConstraints.excludeResourceRules[].scope", "*"),
)
_POLICY_BINDING: Final = (
    Default(".spec.matchResources.matchPolicy", "Equivalent"),
    Default(".spec.matchResources.namespaceSelector", {}),
    Default(".spec.matchResources.objectSelector", {}),
)
_DEVICES: Final = tuple(
    Default(f".spec.devices.requests[].{way}.{field}", value)
    for way in ("exactly", "firstAvailable[]")
    for field, value in (("allocationMode", "ExactCount"), ("count", 1))
)

DEFAULTS: Final[dict[str, tuple[Default, ...]]] = {
    "APIService.apiregistration.k8s.io": (Default(".spec.service.port", 443),),
    f"ClusterRoleBinding.{RBAC}": _SUBJECTS,
    "CronJob.batch": (
        *below(".spec.jobTemplate.spec.template.spec", *POD),
        Default(".spec.concurrencyPolicy", "Allow"),
        Default(".spec.failedJobsHistoryLimit", 1),
        Default(".spec.successfulJobsHistoryLimit", 3),
        Default(".spec.suspend", value=False),
    ),
    "CSIDriver.storage.k8s.io": (
        Default(".spec.attachRequired", value=True),
        Default(".spec.fsGroupPolicy", "ReadWriteOnceWithFSType"),
        Default(".spec.podInfoOnMount", value=False),
        Default(".spec.preventPodSchedulingIfMissing", value=False),
        Default(".spec.requiresRepublish", value=False),
        Default(".spec.seLinuxMount", value=False),
        Default(".spec.storageCapacity", value=False),
        Default(".spec.volumeLifecycleModes", ["Persistent"]),
    ),
    "CustomResourceDefinition.apiextensions.k8s.io": (
        Default(".spec.conversion", fills=converts_nothing),
        Default(".spec.conversion.webhook.clientConfig.service.port", 443),
        Default(".spec.names.listKind", fills=kind_of_list),
        Default(".spec.names.singular", fills=lower_kind),
    ),
    "DaemonSet.apps": (
        *_TEMPLATE,
        *_HISTORY,
        *_ROLLING,
        Default(".spec.updateStrategy.rollingUpdate.maxSurge", 0),
        Default(".spec.updateStrategy.rollingUpdate.maxUnavailable", 1),
    ),
    "Deployment.apps": (
        *_TEMPLATE,
        *_HISTORY,
        *_REPLICAS,
        Default(".spec.progressDeadlineSeconds", 600),
        Default(".spec.strategy.rollingUpdate.maxSurge", "25%"),
        Default(".spec.strategy.rollingUpdate.maxUnavailable", "25%"),
        Default(".spec.strategy.type", "RollingUpdate"),
    ),
    "Endpoints": (Default(".subsets[].ports[].protocol", "TCP"),),
    "EndpointSlice.discovery.k8s.io": (Default(".ports[].protocol", "TCP"),),
    "FlowSchema.flowcontrol.apiserver.k8s.io": (Default(".spec.matchingPrecedence", 1000),),
    "HorizontalPodAutoscaler.autoscaling": (Default(".spec.minReplicas", 1),),
    "IngressClass.networking.k8s.io": (Default(".spec.parameters.scope", "Cluster"),),
    "Job.batch": (
        *_TEMPLATE,
        Default(".spec.backoffLimit", fills=usual_backoff),
        Default(".spec.completionMode", "NonIndexed"),
        Default(".spec.manualSelector", value=False),
        Default(".spec.completions", fills=counts_one),
        Default(".spec.parallelism", fills=counts_one),
        Default(".spec.podReplacementPolicy", fills=usual_replacement),
        Default(".spec.suspend", value=False),
    ),
    f"MutatingAdmissionPolicy.{ADMISSION}": (*_POLICY, Default(".spec.reinvocationPolicy", "Never")),
    f"MutatingAdmissionPolicyBinding.{ADMISSION}": _POLICY_BINDING,
    f"MutatingWebhookConfiguration.{ADMISSION}": (*_WEBHOOK, Default(".webhooks[].reinvocationPolicy", "Never")),
    "NetworkPolicy.networking.k8s.io": (
        Default(".spec.egress[].ports[].protocol", "TCP"),
        Default(".spec.ingress[].ports[].protocol", "TCP"),
        Default(".spec.policyTypes", fills=types_of_policy),
    ),
    "PersistentVolume": (Default(".spec.volumeMode", "Filesystem"),),
    "PersistentVolumeClaim": (Default(".spec.volumeMode", "Filesystem"),),
    "Pod": below(".spec", *POD, Default(".serviceAccountName", "default")),
    "PodTemplate": below(".template.spec", *POD),
    "PriorityClass.scheduling.k8s.io": (Default(".preemptionPolicy", "PreemptLowerPriority"),),
    "ReplicaSet.apps": (*_TEMPLATE, *_REPLICAS),
    "ReplicationController": (*_TEMPLATE, *_REPLICAS),
    "ResourceClaim.resource.k8s.io": _DEVICES,
    "ResourceClaimTemplate.resource.k8s.io": below(".spec", *_DEVICES),
    f"RoleBinding.{RBAC}": _SUBJECTS,
    "Secret": (Default(".type", "Opaque"),),
    "Service": (
        Default(".spec.allocateLoadBalancerNodePorts", value=True),
        Default(".spec.externalTrafficPolicy", "Cluster"),
        Default(".spec.internalTrafficPolicy", fills=is_not_external_name),
        Default(".spec.ipFamilyPolicy", fills=is_of_one_family),
        Default(".spec.ports[].protocol", "TCP"),
        Default(".spec.ports[].targetPort", fills=same_port),
        Default(".spec.sessionAffinity", "None"),
        Default(".spec.sessionAffinityConfig.clientIP.timeoutSeconds", 10800),
        Default(".spec.type", "ClusterIP"),
    ),
    "StatefulSet.apps": (
        *_TEMPLATE,
        *_HISTORY,
        *_REPLICAS,
        *_ROLLING,
        Default(".spec.persistentVolumeClaimRetentionPolicy.whenDeleted", "Retain"),
        Default(".spec.persistentVolumeClaimRetentionPolicy.whenScaled", "Retain"),
        Default(".spec.podManagementPolicy", "OrderedReady"),
        Default(".spec.updateStrategy.rollingUpdate.partition", 0),
        Default(".spec.volumeClaimTemplates[].spec.volumeMode", "Filesystem"),
    ),
    "StorageClass.storage.k8s.io": (
        Default(".reclaimPolicy", "Delete"),
        Default(".volumeBindingMode", "Immediate"),
    ),
    f"ValidatingAdmissionPolicy.{ADMISSION}": _POLICY,
    f"ValidatingAdmissionPolicyBinding.{ADMISSION}": _POLICY_BINDING,
    f"ValidatingWebhookConfiguration.{ADMISSION}": _WEBHOOK,
}
EMPTIED: Final = frozenset(
    {
        "clientIP",
        "lifecycle",
        "persistentVolumeClaimRetentionPolicy",
        "rollingUpdate",
        "sessionAffinityConfig",
        "strategy",
        "updateStrategy",
    }
)
"""Mappings that say nothing once they have been emptied; any other empty one may mean something."""
