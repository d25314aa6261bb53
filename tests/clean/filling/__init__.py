"""What an API server makes of an object that it is given: its defaulting said once more, step by step.

Written from ``pkg/apis/*/*/defaults.go`` and ``zz_generated.defaults.go`` of Kubernetes 1.36, and from what creating
adds beside them: allocation of Services, sources of claims, protection of volumes, priority and account of Pods. It fills in; it knows
nothing of what the product takes away.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from filling import cluster, core, pods, workloads
from filling.fields import Fields, made, plain, pointers, protect

__all__ = ["FILLING", "filled_in", "without_null"]

RBAC, ADMISSION = "rbac.authorization.k8s.io", "admissionregistration.k8s.io"
FILLING = {
    ("v1", "Endpoints"): core.fill_endpoints,
    ("v1", "LimitRange"): core.fill_limit_range,
    ("v1", "PersistentVolume"): core.fill_volume_body,
    ("v1", "PersistentVolumeClaim"): core.fill_claim,
    ("v1", "Pod"): pods.fill_pod,
    ("v1", "PodTemplate"): pods.fill_template,
    ("v1", "ReplicationController"): workloads.fill_replication_controller,
    ("v1", "Secret"): lambda body: plain(body, type="Opaque"),
    ("v1", "Service"): core.fill_service,
    ("apiextensions.k8s.io/v1", "CustomResourceDefinition"): cluster.fill_definition,
    ("apiregistration.k8s.io/v1", "APIService"): cluster.fill_api_service,
    ("apps/v1", "DaemonSet"): workloads.fill_daemon_set,
    ("apps/v1", "Deployment"): workloads.fill_deployment,
    ("apps/v1", "ReplicaSet"): workloads.fill_replica_set,
    ("apps/v1", "StatefulSet"): workloads.fill_stateful_set,
    ("autoscaling/v1", "HorizontalPodAutoscaler"): lambda body: pointers(made(body, "spec"), minReplicas=1),
    ("autoscaling/v2", "HorizontalPodAutoscaler"): workloads.fill_autoscaler,
    ("batch/v1", "CronJob"): workloads.fill_cron_job,
    ("batch/v1", "Job"): workloads.fill_job,
    ("discovery.k8s.io/v1", "EndpointSlice"): cluster.fill_slice,
    ("flowcontrol.apiserver.k8s.io/v1", "FlowSchema"): cluster.fill_flow_schema,
    ("flowcontrol.apiserver.k8s.io/v1", "PriorityLevelConfiguration"): cluster.fill_priority_level,
    ("networking.k8s.io/v1", "IngressClass"): cluster.fill_ingress_class,
    ("networking.k8s.io/v1", "NetworkPolicy"): cluster.fill_network_policy,
    ("scheduling.k8s.io/v1", "PriorityClass"): lambda body: pointers(body, preemptionPolicy="PreemptLowerPriority"),
    ("scheduling.k8s.io/v1alpha2", "PodGroup"): lambda body: pointers(made(body, "spec"), disruptionMode="Pod"),
    ("storage.k8s.io/v1", "CSIDriver"): cluster.fill_driver,
    ("storage.k8s.io/v1", "StorageClass"): lambda body: pointers(
        body, reclaimPolicy="Delete", volumeBindingMode="Immediate"
    ),
    ("storage.k8s.io/v1", "VolumeAttributesClass"): lambda body: protect(body, "vac"),
    **{
        (f"resource.k8s.io/{version}", kind): filling
        for version in ("v1", "v1beta2")
        for kind, filling in (
            ("ResourceClaim", cluster.fill_claim),
            ("ResourceClaimTemplate", cluster.fill_claim_template),
        )
    },
    **{
        (f"{RBAC}/{version}", f"{sort}Binding"): cluster.fill_binding
        for version in ("v1", "v1beta1")
        for sort in ("Role", "ClusterRole")
    },
    **{
        (f"{ADMISSION}/v1", f"{sort}WebhookConfiguration"): cluster.fill_webhooks for sort in ("Mutating", "Validating")
    },
    **{
        (f"{ADMISSION}/{version}", f"{sort}AdmissionPolicy{end}"): filling
        for version in ("v1", "v1beta1")
        for sort in ("Mutating", "Validating")
        for end, filling in (("", cluster.fill_admission_policy), ("Binding", cluster.fill_policy_binding))
    },
}
"""By API version and kind, what fills in its objects."""


def filled_in(body: Fields) -> Fields:
    """The object as it is stored once it was created, without what is allocated."""
    full: Fields = without_null(deepcopy(body))
    filling = FILLING.get((full.get("apiVersion"), full.get("kind")))
    if filling is not None:
        filling(full)
    return full


def without_null(value: Any) -> Any:
    """Null is an unset field to every built-in kind."""
    if isinstance(value, dict):
        return {key: without_null(item) for key, item in value.items() if item is not None}
    return [without_null(item) for item in value] if isinstance(value, list) else value
