"""The RBAC objects that the API server makes at each start, by name, from Kubernetes 1.8 on.

Read from ``k8s.io/kubernetes/plugin/pkg/auth/authorizer/rbac/bootstrappolicy`` (``policy.go``,
``controller_policy.go``, ``namespace_policy.go``) and from a 1.36 cluster with all feature gates on; names
that OpenShift's API server adds are among them.
"""

from __future__ import annotations

from typing import Final

CONTROLLERS: Final = frozenset(
    f"system:controller:{name}"
    for name in (
        "attachdetach-controller",
        "certificate-controller",
        "clusterrole-aggregation-controller",
        "cronjob-controller",
        "daemon-set-controller",
        "deployment-controller",
        "device-taint-eviction-controller",
        "disruption-controller",
        "endpoint-controller",
        "endpointslice-controller",
        "endpointslicemirroring-controller",
        "ephemeral-volume-controller",
        "expand-controller",
        "generic-garbage-collector",
        "horizontal-pod-autoscaler",
        "job-controller",
        "kube-apiserver-serving-clustertrustbundle-publisher",
        "legacy-service-account-token-cleaner",
        "namespace-controller",
        "node-controller",
        "persistent-volume-binder",
        "pod-garbage-collector",
        "podcertificaterequestcleaner",
        "podgroup-protection-controller",
        "pv-protection-controller",
        "pvc-protection-controller",
        "replicaset-controller",
        "replication-controller",
        "resource-claim-controller",
        "resourcepoolstatusrequest-controller",
        "resourcequota-controller",
        "root-ca-cert-publisher",
        "route-controller",
        "selinux-warning-controller",
        "service-account-controller",
        "service-ca-cert-publisher",
        "service-cidrs-controller",
        "service-controller",
        "statefulset-controller",
        "storage-version-garbage-collector",
        "storage-version-migrator-controller",
        "ttl-after-finished-controller",
        "ttl-controller",
        "validatingadmissionpolicy-status-controller",
        "volumeattributesclass-protection-controller",
    )
)
"""Each has a ClusterRole and a ClusterRoleBinding of this name."""

ACCOUNTS: Final = frozenset(name.removeprefix("system:controller:") for name in CONTROLLERS) | {
    "bootstrap-signer",
    "cloud-provider",
    "token-cleaner",
}
"""The service accounts in kube-system under which controllers work
(``k8s.io/controller-manager/pkg/clientbuilder``)."""

CLUSTER_ROLES: Final = CONTROLLERS | {
    "admin",
    "cluster-admin",
    "edit",
    "system:aggregate-to-admin",
    "system:aggregate-to-edit",
    "system:aggregate-to-view",
    "system:auth-delegator",
    "system:aws-cloud-provider",
    "system:basic-user",
    "system:certificates.k8s.io:certificatesigningrequests:nodeclient",
    "system:certificates.k8s.io:certificatesigningrequests:selfnodeclient",
    "system:certificates.k8s.io:kube-apiserver-client-approver",
    "system:certificates.k8s.io:kube-apiserver-client-kubelet-approver",
    "system:certificates.k8s.io:kubelet-serving-approver",
    "system:certificates.k8s.io:legacy-unknown-approver",
    "system:cluster-trust-bundle-discovery",
    "system:csi-external-attacher",
    "system:csi-external-provisioner",
    "system:discovery",
    "system:heapster",
    "system:kube-aggregator",
    "system:kube-controller-manager",
    "system:kube-dns",
    "system:kube-scheduler",
    "system:kubelet-api-admin",
    "system:monitoring",
    "system:node",
    "system:node-bootstrapper",
    "system:node-problem-detector",
    "system:node-proxier",
    "system:openshift:public-info-viewer",
    "system:persistent-volume-provisioner",
    "system:public-info-viewer",
    "system:service-account-issuer-discovery",
    "system:volume-scheduler",
    "view",
}

CLUSTER_ROLE_BINDINGS: Final = CONTROLLERS | {
    "cluster-admin",
    "system:aws-cloud-provider",
    "system:basic-user",
    "system:cluster-trust-bundle-discovery",
    "system:discovery",
    "system:kube-controller-manager",
    "system:kube-dns",
    "system:kube-scheduler",
    "system:monitoring",
    "system:node",
    "system:node-proxier",
    "system:openshift:public-info-viewer",
    "system:public-info-viewer",
    "system:service-account-issuer-discovery",
    "system:volume-scheduler",
}

_SHARED: Final = frozenset(
    {
        ("kube-public", "system:controller:bootstrap-signer"),
        ("kube-system", "system::leader-locking-kube-controller-manager"),
        ("kube-system", "system::leader-locking-kube-scheduler"),
        ("kube-system", "system:controller:bootstrap-signer"),
        ("kube-system", "system:controller:cloud-provider"),
        ("kube-system", "system:controller:token-cleaner"),
    }
)
ROLES: Final = _SHARED | {("kube-system", "extension-apiserver-authentication-reader")}
ROLE_BINDINGS: Final = _SHARED | {("kube-system", "system::extension-apiserver-authentication-reader")}


def is_default(kind: str, namespace: str | None, name: str) -> bool:
    """Whether the API server makes an RBAC object of this kind, namespace (None: cluster-scoped) and name."""
    if namespace is None:
        return name in {"ClusterRole": CLUSTER_ROLES, "ClusterRoleBinding": CLUSTER_ROLE_BINDINGS}.get(kind, ())
    return (namespace, name) in {"Role": ROLES, "RoleBinding": ROLE_BINDINGS}.get(kind, ())
