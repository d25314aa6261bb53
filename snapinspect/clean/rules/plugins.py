"""What network plugins, operators and providers of machines keep or make."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from snapinspect.clean.paths import suffix
from snapinspect.clean.rule import Exclusion, Notice, Rule
from snapinspect.clean.subject import mappings, text

if TYPE_CHECKING:
    from snapinspect.clean.rule import AnyRule
    from snapinspect.clean.subject import Subject

POD_RECORDS: Final = (
    "cni.projectcalico.org/containerID",
    "cni.projectcalico.org/podIP",
    "cni.projectcalico.org/podIPs",
    "io.cilium.cni/container-id",
    "k8s.ovn.org/pod-networks",
    "k8s.v1.cni.cncf.io/network-status",
    "k8s.v1.cni.cncf.io/networks-status",
    "ovn.kubernetes.io/allocated",
    "ovn.kubernetes.io/routed",
    "vpc.amazonaws.com/pod-eni",
    "vpc.amazonaws.com/pod-ips",
)
"""Annotations that plugins write on a running Pod, of OVN-Kubernetes, Multus, Calico, Cilium, Kube-OVN and the
network plugin of AWS. ``k8s.v1.cni.cncf.io/networks`` and addresses that people ask for are none of them."""
NODE_RECORDS: Final = (
    "csi.volume.kubernetes.io/nodeid",
    "flannel.alpha.coreos.com/backend-data",
    "flannel.alpha.coreos.com/backend-type",
    "flannel.alpha.coreos.com/kube-subnet-manager",
    "flannel.alpha.coreos.com/public-ip",
    "k8s.ovn.org/host-cidrs",
    "k8s.ovn.org/l3-gateway-config",
    "k8s.ovn.org/node-chassis-id",
    "k8s.ovn.org/node-gateway-router-lrp-ifaddr",
    "k8s.ovn.org/node-primary-ifaddr",
    "k8s.ovn.org/node-subnets",
    "network.cilium.io/ipv4-cilium-host",
    "network.cilium.io/ipv4-pod-cidr",
    "projectcalico.org/IPv4Address",
    "projectcalico.org/IPv4IPIPTunnelAddr",
    "projectcalico.org/IPv4VXLANTunnelAddr",
)
"""Annotations that plugins write on a node."""


def has_pushed_tags(subject: Subject) -> bool:
    declared = {text(tag.get("name")) for tag in mappings(subject.at("spec", "tags"))}
    return any(text(tag.get("tag")) not in declared for tag in mappings(subject.at("status", "tags")))


RULES: Final[tuple[AnyRule, ...]] = (
    Rule(
        "pod-network-records",
        ("Pod",),
        tuple(f".metadata.annotations{suffix(name)}" for name in POD_RECORDS),
        "The network plugin keeps the addresses of the old Pod there; a new one with them has network trouble.",
        trap="k8s.v1.cni.cncf.io/networks stays: a person asks for networks with it.",
    ),
    Rule(
        "node-network-records",
        ("Node",),
        tuple(f".metadata.annotations{suffix(name)}" for name in NODE_RECORDS),
        "Drivers and the network plugin keep what they chose for the old node there, and choose anew.",
    ),
    Exclusion(
        "network-records",
        (
            "CiliumEndpoint.cilium.io",
            "CiliumEndpointSlice.cilium.io",
            "CiliumIdentity.cilium.io",
            "CiliumNode.cilium.io",
            "BlockAffinity.crd.projectcalico.org",
            "IPAMBlock.crd.projectcalico.org",
            "IPAMHandle.crd.projectcalico.org",
            "AntreaAgentInfo.crd.antrea.io",
            "AntreaControllerInfo.crd.antrea.io",
            "CNINode.vpcresources.k8s.aws",
            "HostSubnet.network.openshift.io",
            "NetNamespace.network.openshift.io",
            "ClusterInformation.crd.projectcalico.org",
            "IP.kubeovn.io",
            "IPPool.whereabouts.cni.cncf.io",
            "NodeSlicePool.whereabouts.cni.cncf.io",
            "NodeNetworkConfig.acn.azure.com",
            "OverlappingRangeIPReservation.whereabouts.cni.cncf.io",
            "SpiderEndpoint.spiderpool.spidernet.io",
        ),
        "the network plugin keeps its books with it, and old ones would give an address out twice",
        "control plane",
    ),
    Notice(
        "machines",
        (
            "BareMetalHost.metal3.io",
            "Machine.cluster.x-k8s.io",
            "Machine.cluster.k8s.io",
            "Machine.machine.openshift.io",
            "Machine.karpenter.sh",
            "NodeClaim.karpenter.sh",
        ),
        "applied, it makes its provider start (and bill) a new machine, or install one anew",
    ),
    Notice(
        "pushed-image-tags",
        ("ImageStream.image.openshift.io",),
        "tags that were pushed to it stood in its status alone and do not come back: push or import them again",
        when=has_pushed_tags,
        only="when its status has tags that its spec has not",
    ),
)
