"""What OpenShift, k3s, RKE2 and k0s make in each cluster or namespace, and what scanners and electors leave there.

Sources: openshift/openshift-apiserver ``pkg/project/apiserver/registry/projectrequest`` and openshift-controller-manager
``pkg/serviceaccounts`` (each project's accounts and bindings); k3s-io/k3s ``pkg/deploy`` and ``manifests`` (Addons), rancher/wrangler
``pkg/apply`` (the annotations); k3s-io/helm-controller; k8s.io/client-go ``tools/leaderelection`` (locks before Leases).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from snapinspect.clean.rule import EVERY, Exclusion
from snapinspect.clean.rules.identity import is_generated
from snapinspect.clean.subject import mappings, text

if TYPE_CHECKING:
    from snapinspect.clean.subject import Subject

PROJECT_BINDINGS: Final = {
    "system:deployers": "system:deployer",
    "system:image-builders": "system:image-builder",
    "system:image-pullers": "system:image-puller",
}
"""By name the role of each binding that OpenShift makes in a project."""
PROJECT_ACCOUNTS: Final = frozenset({"builder", "deployer"})
PULL_SECRET: Final = "openshift.io/internal-registry-pull-secret-ref"  # noqa: S105 - the name of an annotation

OWNER: Final = "objectset.rio.cattle.io/owner-"
ADDON: Final = "k3s.cattle.io/v1, Kind=Addon"
CHART: Final = "helm.cattle.io/v1, Kind=HelmChart"
PACKAGED: Final = frozenset(
    {
        *(
            "aggregated-metrics-reader",
            "auth-delegator",
            "auth-reader",
            "ccm",
            "coredns",
            "local-storage",
            "metrics-apiservice",
        ),
        *(
            "metrics-server-deployment",
            "metrics-server-service",
            "resource-reader",
            "rolebindings",
            "runtimes",
            "traefik",
        ),
    }
)
"""The manifests that k3s brings; those of RKE2 begin with ``rke2-``."""
LOCK: Final = "control-plane.alpha.kubernetes.io/leader"


def is_project_binding(subject: Subject) -> bool:
    role = PROJECT_BINDINGS.get(subject.name)
    return role is not None and text(subject.at("roleRef", "name")) == role


def is_project_account(subject: Subject) -> bool:
    """A person's account of that name has no registry login that OpenShift made."""
    secrets = [*mappings(subject.at("secrets")), *mappings(subject.at("imagePullSecrets"))]
    has_login = PULL_SECRET in subject.annotations or any(
        is_generated(secret.get("name"), subject.name, "dockercfg") for secret in secrets
    )
    return subject.name in PROJECT_ACCOUNTS and has_login and not subject.labels


def is_packaged(subject: Subject) -> bool:
    if text(subject.annotations.get(f"{OWNER}gvk")) != ADDON:
        return False
    name = text(subject.annotations.get(f"{OWNER}name"))
    return name in PACKAGED or name.startswith("rke2-")


def is_of_live_chart(subject: Subject) -> bool:
    if text(subject.annotations.get(f"{OWNER}gvk")) != CHART:
        return False
    namespace, name = (text(subject.annotations.get(f"{OWNER}{part}")) for part in ("namespace", "name"))
    return bool(name) and subject.lookup.find("helm.cattle.io", "HelmChart", namespace, name) is not None


def is_only_a_lock(subject: Subject) -> bool:
    held = ("subsets",) if subject.kind == "Endpoints" else ("data", "binaryData")
    return LOCK in subject.annotations and not any(subject.at(field) for field in held)


RULES: Final = (
    Exclusion(
        "project-binding",
        ("RoleBinding.rbac.authorization.k8s.io", "RoleBinding.authorization.openshift.io"),
        "OpenShift makes it in each project, for that project's own accounts",
        "control plane",
        when=is_project_binding,
        only=f"when it is {', '.join(sorted(PROJECT_BINDINGS))} and binds the role of that name",
        trap="In another namespace it would name the accounts of the old one, and images could not be pulled.",
    ),
    Exclusion(
        "project-account",
        ("ServiceAccount",),
        "OpenShift makes it in each project",
        "control plane",
        when=is_project_account,
        only="when it is builder or deployer and bears a registry login that OpenShift made",
    ),
    Exclusion(
        "distribution-records",
        (
            "Addon.k3s.cattle.io",
            "ETCDSnapshotFile.k3s.cattle.io",
            "ControlNode.autopilot.k0sproject.io",
            "EtcdMember.etcd.k0sproject.io",
        ),
        "k3s, RKE2 or k0s keeps its own books with it",
        "control plane",
    ),
    Exclusion(
        "packaged-component",
        EVERY,
        "k3s or RKE2 brings it, and makes it at each start",
        "control plane",
        when=is_packaged,
        only="when it is of one of the manifests that k3s or RKE2 brings",
        trap="What a person put into server/manifests bears the same annotations, and stays.",
    ),
    Exclusion(
        "owned-by-chart",
        EVERY,
        "the Helm controller makes it for its HelmChart, which is in the snapshot",
        "owned",
        when=is_of_live_chart,
        only="when the HelmChart that it was made for is in the snapshot",
    ),
    Exclusion(
        "leader-lock",
        ("ConfigMap", "Endpoints"),
        "its holder renews it, and a recovered one would hold off the others",
        "control plane",
        when=is_only_a_lock,
        only=f"when annotated {LOCK} and otherwise empty",
    ),
    Exclusion(
        "passing-logins",
        (
            "OAuthAccessToken.oauth.openshift.io",
            "OAuthAuthorizeToken.oauth.openshift.io",
            "AuthCode.dex.coreos.com",
            "AuthRequest.dex.coreos.com",
            "DeviceRequest.dex.coreos.com",
            "DeviceToken.dex.coreos.com",
        ),
        "somebody logged in with it; recovered, it would let in whoever kept it",
        "control plane",
    ),
    Exclusion(
        "reports",
        (
            *(f"{kind}.wgpolicyk8s.io" for kind in ("ClusterPolicyReport", "PolicyReport")),
            *(f"{kind}.openreports.io" for kind in ("ClusterReport", "Report")),
            *(f"{kind}.reports.kyverno.io" for kind in ("ClusterEphemeralReport", "EphemeralReport")),
            *(
                f"{kind}.aquasecurity.github.io"
                for kind in (
                    *("ClusterConfigAuditReport", "ClusterInfraAssessmentReport"),
                    *("ClusterRbacAssessmentReport", "ClusterSbomReport", "ClusterVulnerabilityReport"),
                    *("ConfigAuditReport", "ExposedSecretReport", "InfraAssessmentReport", "RbacAssessmentReport"),
                    *("SbomReport", "VulnerabilityReport"),
                )
            ),
        ),
        "a scanner reports what it finds, and will look again",
        "control plane",
    ),
)
