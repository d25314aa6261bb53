"""The one table of references, by theme."""

from __future__ import annotations

import re
from typing import Final

from snapinspect.analysis.deps.references import NAMED, Reference, Selects

RBAC: Final = "rbac.authorization.k8s.io"
CLASSES: Final = "storage.k8s.io"
CLAIM: Final = "PersistentVolumeClaim"
VOLUME: Final = "PersistentVolume"
SNAPSHOT: Final = "VolumeSnapshot.snapshot.storage.k8s.io"
CONTENT: Final = "VolumeSnapshotContent.snapshot.storage.k8s.io"

POD_SPECS: Final = {
    "Pod": ".spec",
    "PodTemplate": ".template.spec",
    "CronJob.batch": ".spec.jobTemplate.spec.template.spec",
    **dict.fromkeys(
        (
            "DaemonSet.apps",
            "Deployment.apps",
            "DeploymentConfig",
            "DeploymentConfig.apps.openshift.io",
            "Job.batch",
            "ReplicaSet.apps",
            "ReplicationController",
            "StatefulSet.apps",
        ),
        ".spec.template.spec",
    ),
}
"""Kinds that hold the specification of Pods, and where; the Pods' labels stand beside it, under ``metadata``."""

_CONTAINERS = ("containers", "initContainers", "ephemeralContainers")
_VOLUME = ".volumes[]"


def _of_pods(path: str, to: str, name: str = "", *, absent: str = "", optional: bool = False) -> tuple[Reference, ...]:
    return tuple(
        Reference((kind,), spec + path, to, name, absent=absent, optional=optional) for kind, spec in POD_SPECS.items()
    )


def _of_containers(path: str, to: str) -> tuple[Reference, ...]:
    return tuple(row for sort in _CONTAINERS for row in _of_pods(f".{sort}[]{path}", to, "name"))


PODS: Final = (
    *_of_pods(".serviceAccountName", "ServiceAccount", absent="default"),
    *_of_pods(".imagePullSecrets[]", "Secret", "name"),
    *_of_containers(".env[].valueFrom.secretKeyRef", "Secret"),
    *_of_containers(".env[].valueFrom.configMapKeyRef", "ConfigMap"),
    *_of_containers(".envFrom[].secretRef", "Secret"),
    *_of_containers(".envFrom[].configMapRef", "ConfigMap"),
    *_of_pods(f"{_VOLUME}.secret", "Secret", "secretName"),
    *_of_pods(f"{_VOLUME}.configMap", "ConfigMap", "name"),
    *_of_pods(f"{_VOLUME}.projected.sources[].secret", "Secret", "name"),
    *_of_pods(f"{_VOLUME}.projected.sources[].configMap", "ConfigMap", "name"),
    *_of_pods(f"{_VOLUME}.projected.sources[].clusterTrustBundle", "ClusterTrustBundle.certificates.k8s.io", "name"),
    *_of_pods(f"{_VOLUME}.persistentVolumeClaim", CLAIM, "claimName"),
    *_of_pods(f"{_VOLUME}.ephemeral.volumeClaimTemplate.spec.storageClassName", f"StorageClass.{CLASSES}"),
    *_of_pods(f"{_VOLUME}.azureFile", "Secret", "secretName"),
    *_of_pods(f"{_VOLUME}.csi.nodePublishSecretRef", "Secret", "name"),
    *(
        row
        for source in ("cephfs", "flexVolume", "iscsi", "rbd", "scaleIO", "storageos")
        for row in _of_pods(f"{_VOLUME}.{source}.secretRef", "Secret", "name")
    ),
    *_of_pods(".priorityClassName", "PriorityClass.scheduling.k8s.io"),
    *_of_pods(".runtimeClassName", "RuntimeClass.node.k8s.io"),
    *_of_pods(".resourceClaims[].resourceClaimName", "ResourceClaim.resource.k8s.io"),
    *_of_pods(".resourceClaims[].resourceClaimTemplateName", "ResourceClaimTemplate.resource.k8s.io"),
    *_of_pods(".schedulingGroup.podGroupName", "PodGroup.scheduling.k8s.io"),
)

_TEMPLATES = ".spec.volumeClaimTemplates[]"

STORAGE: Final = (
    Reference(("StatefulSet.apps",), f"{_TEMPLATES}.metadata.name", CLAIM, numbered=True),
    Reference(("StatefulSet.apps",), f"{_TEMPLATES}.spec.storageClassName", f"StorageClass.{CLASSES}"),
    Reference((CLAIM,), ".spec.volumeName", VOLUME),
    Reference((CLAIM, VOLUME), ".spec.storageClassName", f"StorageClass.{CLASSES}", optional=True),
    Reference((CLAIM, VOLUME), ".spec.volumeAttributesClassName", f"VolumeAttributesClass.{CLASSES}"),
    Reference((CLAIM,), ".spec.dataSourceRef", NAMED, "name", "namespace", optional=True),
    Reference((SNAPSHOT,), ".status.boundVolumeSnapshotContentName", CONTENT),
    Reference((SNAPSHOT,), ".spec.source.volumeSnapshotContentName", CONTENT),
    Reference((SNAPSHOT,), ".spec.source.persistentVolumeClaimName", CLAIM, optional=True),
    Reference((SNAPSHOT, CONTENT), ".spec.volumeSnapshotClassName", "VolumeSnapshotClass.snapshot.storage.k8s.io"),
    Reference((CONTENT,), ".spec.volumeSnapshotRef", SNAPSHOT, "name", "namespace", optional=True, attached=True),
    Reference((VOLUME,), ".spec.claimRef", CLAIM, "name", "namespace", optional=True, attached=True),
    Reference((VOLUME,), ".spec.azureFile", "Secret", "secretName", "secretNamespace"),
    *(
        Reference((VOLUME,), f".spec.csi.{use}SecretRef", "Secret", "name", "namespace")
        for use in ("controllerExpand", "controllerPublish", "nodeExpand", "nodePublish", "nodeStage")
    ),
    *(
        Reference((VOLUME,), f".spec.{source}.secretRef", "Secret", "name", "namespace")
        for source in ("cephfs", "flexVolume", "iscsi", "rbd", "scaleIO", "storageos")
    ),
    *(
        Reference(
            (f"StorageClass.{CLASSES}",),
            ".parameters",
            "Secret",
            f"csi.storage.k8s.io/{use}-secret-name",
            f"csi.storage.k8s.io/{use}-secret-namespace",
            # A name may be a template, such as ${pvc.name}, that is filled in for each claim.
            pattern=re.compile(r"(?P<name>[^$]+)"),
        )
        for use in (
            "controller-expand",
            "controller-publish",
            "node-expand",
            "node-publish",
            "node-stage",
            "provisioner",
        )
    ),
)

_BINDINGS = (f"ClusterRoleBinding.{RBAC}", f"RoleBinding.{RBAC}")

ACCESS: Final = (
    Reference(("ServiceAccount",), ".imagePullSecrets[]", "Secret", "name"),
    Reference(("ServiceAccount",), ".secrets[]", "Secret", "name", optional=True),
    Reference(("Secret",), '.metadata.annotations["kubernetes.io/service-account.name"]', "ServiceAccount"),
    Reference(_BINDINGS, ".roleRef", NAMED, "name"),
    Reference(
        _BINDINGS,
        ".subjects[]",
        "ServiceAccount",
        "name",
        "namespace",
        where=("kind", "ServiceAccount"),
        optional=True,
        attached=True,
    ),
    Reference(
        _BINDINGS,
        ".subjects[]",
        "ServiceAccount",
        "name",
        where=("kind", "User"),
        pattern=re.compile("system:serviceaccount:(?P<namespace>[^:]+):(?P<name>.+)"),
        optional=True,
        attached=True,
    ),
    Reference(
        _BINDINGS,
        ".subjects[]",
        "Namespace",
        "name",
        where=("kind", "Group"),
        pattern=re.compile("system:serviceaccounts:(?P<name>.+)"),
        optional=True,
        attached=True,
    ),
)

_INGRESS = ("Ingress.networking.k8s.io",)
_ROUTE = ("Route", "Route.route.openshift.io")
_SLICE = ("EndpointSlice.discovery.k8s.io",)
_GATEWAY_ROUTES = tuple(f"{sort}Route.gateway.networking.k8s.io" for sort in ("GRPC", "HTTP", "TCP", "TLS", "UDP"))

NETWORK: Final = (
    Reference(("StatefulSet.apps",), ".spec.serviceName", "Service"),
    Reference(_INGRESS, ".spec.defaultBackend.service", "Service", "name", attached=True),
    Reference(_INGRESS, ".spec.rules[].http.paths[].backend.service", "Service", "name", attached=True),
    Reference(_INGRESS, ".spec.defaultBackend.resource", NAMED, "name"),
    Reference(_INGRESS, ".spec.rules[].http.paths[].backend.resource", NAMED, "name"),
    Reference(_INGRESS, ".spec.tls[].secretName", "Secret"),
    Reference(_INGRESS, ".spec.ingressClassName", "IngressClass.networking.k8s.io"),
    Reference(("IngressClass.networking.k8s.io",), ".spec.parameters", NAMED, "name", "namespace"),
    Reference(_ROUTE, ".spec.to", "Service", "name", where=("kind", "Service"), attached=True),
    Reference(_ROUTE, ".spec.alternateBackends[]", "Service", "name", where=("kind", "Service"), attached=True),
    Reference(_GATEWAY_ROUTES, ".spec.rules[].backendRefs[]", "Service", "name", "namespace", attached=True),
    Reference(_GATEWAY_ROUTES, ".spec.parentRefs[]", "Gateway.gateway.networking.k8s.io", "name", "namespace"),
    # Both bear the name of their Service; those that a controller made are left out by the rules of cleaning.
    Reference(("Endpoints",), ".metadata.name", "Service", optional=True, attached=True),
    Reference(_SLICE, '.metadata.labels["kubernetes.io/service-name"]', "Service", optional=True, attached=True),
)

_ADMISSION = "admissionregistration.k8s.io"
_WEBHOOKS = (f"MutatingWebhookConfiguration.{_ADMISSION}", f"ValidatingWebhookConfiguration.{_ADMISSION}")
_CUSTOM = "CustomResourceDefinition.apiextensions.k8s.io"
_FLOW_CONTROL = "flowcontrol.apiserver.k8s.io"

CONTROL: Final = (
    Reference(("HorizontalPodAutoscaler.autoscaling",), ".spec.scaleTargetRef", NAMED, "name", attached=True),
    Reference(("VerticalPodAutoscaler.autoscaling.k8s.io",), ".spec.targetRef", NAMED, "name", attached=True),
    Reference(_WEBHOOKS, ".webhooks[].clientConfig.service", "Service", "name", "namespace"),
    Reference(("APIService.apiregistration.k8s.io",), ".spec.service", "Service", "name", "namespace"),
    Reference((_CUSTOM,), ".spec.conversion.webhook.clientConfig.service", "Service", "name", "namespace"),
    *(
        Reference(
            (f"{sort}AdmissionPolicyBinding.{_ADMISSION}",), ".spec.policyName", f"{sort}AdmissionPolicy.{_ADMISSION}"
        )
        for sort in ("Mutating", "Validating")
    ),
    Reference(
        (f"FlowSchema.{_FLOW_CONTROL}",),
        ".spec.priorityLevelConfiguration",
        f"PriorityLevelConfiguration.{_FLOW_CONTROL}",
        "name",
    ),
    Reference(
        ("PodGroup.scheduling.k8s.io",),
        ".spec.podGroupTemplateRef.workload",
        "Workload.scheduling.k8s.io",
        "workloadName",
    ),
)

REFERENCES: Final = (*PODS, *STORAGE, *ACCESS, *NETWORK, *CONTROL)

SELECTORS: Final = (
    Selects(("Service",), ".spec.selector", plain=True),
    Selects(("PodDisruptionBudget.policy",), ".spec.selector"),
    Selects(("NetworkPolicy.networking.k8s.io",), ".spec.podSelector"),
)

EVERY: Final = Reference(("*",), ".metadata.namespace", "Namespace")
"""What every namespaced object needs."""
DEFINED: Final = Reference(("*",), ".kind", _CUSTOM)
"""What every custom resource needs; the definition's name is ``<plural>.<group>``."""
