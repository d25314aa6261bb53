"""What API servers, controllers and nodes make anew: their records, and what they set themselves up with."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from snapinspect.clean.rule import Exclusion, Notice
from snapinspect.clean.subject import text

if TYPE_CHECKING:
    from snapinspect.clean.subject import Subject

SYSTEM_NAMESPACES: Final = frozenset({"default", "kube-node-lease", "kube-public", "kube-system"})
KUBEADM: Final = re.compile(r"kubeadm-config|kubelet-config(-1\.\d+)?|kube-proxy|cluster-info")


def has_no_name(subject: Subject) -> bool:
    return not subject.name


def is_automanaged(subject: Subject) -> bool:
    return "kube-aggregator.kubernetes.io/automanaged" in subject.labels


def is_autoupdated(subject: Subject) -> bool:
    return text(subject.annotations.get("apf.kubernetes.io/autoupdate-spec")) == "true"


def is_system_class(subject: Subject) -> bool:
    return subject.name.startswith("system-")


def is_named_kubernetes(subject: Subject) -> bool:
    return subject.name == "kubernetes"


def is_default_kubernetes(subject: Subject) -> bool:
    return (subject.namespace, subject.name) == ("default", "kubernetes")


def is_system_namespace(subject: Subject) -> bool:
    return subject.name in SYSTEM_NAMESPACES


def is_kube_namespace(subject: Subject) -> bool:
    return subject.name.startswith("kube-") and subject.name not in SYSTEM_NAMESPACES


def is_of_kubeadm(subject: Subject) -> bool:
    return subject.namespace in ("kube-system", "kube-public") and KUBEADM.fullmatch(subject.name) is not None


RULES: Final = (
    Exclusion(
        "node-records",
        (
            "Node",
            "CSINode.storage.k8s.io",
            "CSIStorageCapacity.storage.k8s.io",
            "ResourceSlice.resource.k8s.io",
            "CSINodeTopology.cns.vmware.com",
            "LocalVolumeDiscoveryResult.local.storage.openshift.io",
            "NodeFeature.nfd.k8s-sigs.io",
            "NodeNetworkConfigurationEnactment.nmstate.io",
            "NodeNetworkState.nmstate.io",
            "NodeResourceTopology.topology.node.k8s.io",
        ),
        "nodes and their drivers register it themselves",
        "control plane",
    ),
    Exclusion(
        "volume-attachment",
        ("VolumeAttachment.storage.k8s.io",),
        "the attach controller makes it when a volume is attached to a node",
        "control plane",
    ),
    Exclusion(
        "events",
        ("Event", "Event.events.k8s.io"),
        "it tells of something that happened in the past",
        "control plane",
    ),
    Exclusion(
        "leases",
        ("Lease.coordination.k8s.io", "LeaseCandidate.coordination.k8s.io"),
        "its holder renews it, and a recovered one would hold off the others",
        "control plane",
    ),
    Exclusion(
        "certificate-requests",
        ("CertificateSigningRequest.certificates.k8s.io", "PodCertificateRequest.certificates.k8s.io"),
        "it asked for one certificate, once",
        "control plane",
    ),
    Exclusion(
        "server-records",
        (
            "IPAddress.networking.k8s.io",
            "RangeAllocation",
            "StorageVersion.internal.apiserver.k8s.io",
            "StorageVersionMigration.storagemigration.k8s.io",
            "StorageVersionMigration.migration.k8s.io",
            "StorageState.migration.k8s.io",
            "ComponentStatus",
        ),
        "the API server keeps its own books with it",
        "control plane",
    ),
    Exclusion(
        "server-endpoints",
        ("Endpoints",),
        "API servers keep each other's addresses in it; it is no object of the API",
        "control plane",
        when=has_no_name,
        only="when it has no name",
    ),
    Exclusion(
        "automanaged-apiservice",
        ("APIService.apiregistration.k8s.io",),
        "the API server makes it for each group that it serves",
        "control plane",
        when=is_automanaged,
        only="when labelled kube-aggregator.kubernetes.io/automanaged",
    ),
    Exclusion(
        "autoupdated-flow-control",
        tuple(f"{kind}.flowcontrol.apiserver.k8s.io" for kind in ("FlowSchema", "PriorityLevelConfiguration")),
        "the API server makes it and keeps it as it should be",
        "control plane",
        when=is_autoupdated,
        only='when annotated apf.kubernetes.io/autoupdate-spec: "true"',
    ),
    Exclusion(
        "system-priority-class",
        ("PriorityClass.scheduling.k8s.io",),
        "the API server makes it; the prefix system- is its own",
        "control plane",
        when=is_system_class,
        only="when its name begins with system-",
    ),
    Exclusion(
        "default-service-cidr",
        ("ServiceCIDR.networking.k8s.io",),
        "the API server makes it from its own configuration",
        "control plane",
        when=is_named_kubernetes,
        only="when its name is kubernetes",
    ),
    Exclusion(
        "kubernetes-service",
        ("Service", "Endpoints", "EndpointSlice.discovery.k8s.io"),
        "the API server makes it, with its own address",
        "control plane",
        when=is_default_kubernetes,
        only="when it is kubernetes in the namespace default",
    ),
    Exclusion(
        "system-namespace",
        ("Namespace",),
        "the API server makes it",
        "control plane",
        when=is_system_namespace,
        only=f"when it is {', '.join(sorted(SYSTEM_NAMESPACES))}",
    ),
    Exclusion(
        "kube-namespace",
        ("Namespace",),
        "its name begins with kube-, which is kept for the cluster's own namespaces: what installed it makes it",
        "control plane",
        when=is_kube_namespace,
        only="when its name begins with kube- and it is none that the API server makes",
        trap="A network plugin's or a person's namespace may be called so, too: name it to bring it.",
    ),
    Notice(
        "kubeadm-config",
        ("ConfigMap",),
        "it is kubeadm's own and describes the old control plane: compare it before it replaces a live one",
        when=is_of_kubeadm,
        only="when it is kubeadm-config, kubelet-config, kube-proxy or cluster-info of kubeadm",
    ),
)
