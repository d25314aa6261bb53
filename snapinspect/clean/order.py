"""The order in which objects apply: each after what it needs.

Held against a 1.36 API server with every built-in kind.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from snapinspect.clean.rule import kind_key
from snapinspect.clean.subject import group_of, text

if TYPE_CHECKING:
    from snapinspect.model import Body

CUSTOM: Final = "*"
"""Stands for every kind that the table does not name."""

_RBAC = "rbac.authorization.k8s.io"
_ADMISSION = "admissionregistration.k8s.io"

APPLY_ORDER: Final[tuple[tuple[str, ...], ...]] = (
    ("CustomResourceDefinition.apiextensions.k8s.io",),
    ("Namespace",),
    ("StorageClass.storage.k8s.io",),
    ("CSIDriver.storage.k8s.io",),
    ("VolumeAttributesClass.storage.k8s.io",),
    ("IngressClass.networking.k8s.io",),
    ("DeviceClass.resource.k8s.io",),
    ("PriorityClass.scheduling.k8s.io",),
    ("RuntimeClass.node.k8s.io",),
    ("PriorityLevelConfiguration.flowcontrol.apiserver.k8s.io",),
    ("FlowSchema.flowcontrol.apiserver.k8s.io",),
    ("ServiceCIDR.networking.k8s.io",),
    ("ClusterTrustBundle.certificates.k8s.io",),
    ("Node", "CSINode.storage.k8s.io", "CSIStorageCapacity.storage.k8s.io", "ResourceSlice.resource.k8s.io"),
    ("DeviceTaintRule.resource.k8s.io",),
    ("PodSecurityPolicy.policy", "PodSecurityPolicy.extensions"),
    ("PersistentVolume",),
    ("PersistentVolumeClaim",),
    (f"ClusterRole.{_RBAC}",),
    (f"Role.{_RBAC}",),
    ("ServiceAccount",),
    (f"ClusterRoleBinding.{_RBAC}", f"RoleBinding.{_RBAC}"),
    ("Secret",),
    ("ConfigMap",),
    ("LimitRange",),
    ("ResourceQuota",),
    ("Service",),
    ("Endpoints",),
    ("EndpointSlice.discovery.k8s.io",),
    ("ResourceClaimTemplate.resource.k8s.io", "ResourceClaim.resource.k8s.io"),
    ("Workload.scheduling.k8s.io",),
    ("PodGroup.scheduling.k8s.io",),
    ("PodTemplate",),
    ("ControllerRevision.apps",),
    ("ReplicationController",),
    ("Deployment.apps", "Deployment.extensions"),
    ("ReplicaSet.apps", "ReplicaSet.extensions"),
    ("StatefulSet.apps",),
    ("DaemonSet.apps", "DaemonSet.extensions"),
    ("CronJob.batch",),
    ("Job.batch",),
    ("Pod",),
    ("HorizontalPodAutoscaler.autoscaling",),
    ("PodDisruptionBudget.policy",),
    ("NetworkPolicy.networking.k8s.io", "NetworkPolicy.extensions"),
    ("Ingress.networking.k8s.io", "Ingress.extensions"),
    (CUSTOM,),
    ("APIService.apiregistration.k8s.io",),
    (f"ValidatingAdmissionPolicy.{_ADMISSION}", f"MutatingAdmissionPolicy.{_ADMISSION}"),
    (f"ValidatingAdmissionPolicyBinding.{_ADMISSION}", f"MutatingAdmissionPolicyBinding.{_ADMISSION}"),
    (f"ValidatingWebhookConfiguration.{_ADMISSION}", f"MutatingWebhookConfiguration.{_ADMISSION}"),
)
"""Kinds of one row do not need each other."""

_RANKS: Final = {kind_key(kind): rank for rank, kinds in enumerate(APPLY_ORDER) for kind in kinds}
_CUSTOM_RANK: Final = _RANKS[kind_key(CUSTOM)]


def apply_order(which: Body | tuple[str, str]) -> int:
    """The rank of an object, or of a (group, kind): lower ones are applied first."""
    if isinstance(which, tuple):
        return _RANKS.get(which, _CUSTOM_RANK)
    return _RANKS.get((group_of(which.get("apiVersion")), text(which.get("kind"))), _CUSTOM_RANK)
