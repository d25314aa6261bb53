"""Kinds whose versions differ in little but the name."""

from __future__ import annotations

from typing import Any, Final

from snapinspect.clean.edits import SAME, Drop, Move, Rewrite
from snapinspect.clean.rule import Conversion
from snapinspect.clean.subject import dig, mapping

FLOW_CONTROL: Final = "flowcontrol.apiserver.k8s.io"
LEVEL: Final = f"PriorityLevelConfiguration.{FLOW_CONTROL}"
PRESERVE_ZERO: Final = "flowcontrol.k8s.io/v1beta3-preserve-zero-concurrency-shares"
USUAL_SHARES: Final = 30

_ADMISSION = "admissionregistration.k8s.io"
_POLICIES = tuple(
    f"{sort}AdmissionPolicy{part}.{_ADMISSION}" for sort in ("Validating", "Mutating") for part in ("", "Binding")
)
_STORAGE = "storage.k8s.io"


def level_to_v1(value: Any) -> Any:
    """A priority level: v1beta3 takes no shares for the usual number of them, unless an annotation says otherwise."""
    body = mapping(value)
    annotations = mapping(dig(body, "metadata", "annotations"))
    if PRESERVE_ZERO in annotations:
        kept = {key: item for key, item in annotations.items() if key != PRESERVE_ZERO}
        metadata = {key: item for key, item in body["metadata"].items() if key != "annotations"}
        return {**body, "metadata": {**metadata, **({"annotations": kept} if kept else {})}}
    limited = dig(body, "spec", "limited")
    if dig(limited, "nominalConcurrencyShares") != 0:
        return value
    return {**body, "spec": {**body["spec"], "limited": {**limited, "nominalConcurrencyShares": USUAL_SHARES}}}


def _same(name: str, kinds: tuple[str, ...], group: str, *versions: str, to: str = "v1") -> Conversion:
    return Conversion(name, kinds, tuple(f"{group}/{version}" for version in versions), f"{group}/{to}", edits=SAME)


RULES: Final = (
    _same("admission-policies", _POLICIES, _ADMISSION, "v1beta1", "v1alpha1"),
    _same("api-service-v1beta1", ("APIService.apiregistration.k8s.io",), "apiregistration.k8s.io", "v1beta1"),
    _same("controller-revision", ("ControllerRevision.apps",), "apps", "v1beta2", "v1beta1"),
    _same("csi-driver-v1beta1", (f"CSIDriver.{_STORAGE}",), _STORAGE, "v1beta1"),
    _same("csi-node-v1beta1", (f"CSINode.{_STORAGE}",), _STORAGE, "v1beta1"),
    _same("csi-capacity", (f"CSIStorageCapacity.{_STORAGE}",), _STORAGE, "v1beta1", "v1alpha1"),
    _same("ingress-class-v1beta1", ("IngressClass.networking.k8s.io",), "networking.k8s.io", "v1beta1"),
    _same("lease-v1beta1", ("Lease.coordination.k8s.io",), "coordination.k8s.io", "v1beta1"),
    _same("priority-class", ("PriorityClass.scheduling.k8s.io",), "scheduling.k8s.io", "v1beta1", "v1alpha1"),
    _same("runtime-class-v1beta1", ("RuntimeClass.node.k8s.io",), "node.k8s.io", "v1beta1"),
    _same(
        "service-ranges",
        ("ServiceCIDR.networking.k8s.io", "IPAddress.networking.k8s.io"),
        "networking.k8s.io",
        "v1beta1",
        "v1alpha1",
    ),
    _same("storage-class-v1beta1", (f"StorageClass.{_STORAGE}",), _STORAGE, "v1beta1"),
    _same("trust-bundle", ("ClusterTrustBundle.certificates.k8s.io",), "certificates.k8s.io", "v1beta1", "v1alpha1"),
    _same("volume-attachment-versions", (f"VolumeAttachment.{_STORAGE}",), _STORAGE, "v1beta1", "v1alpha1"),
    _same("volume-attributes-class", (f"VolumeAttributesClass.{_STORAGE}",), _STORAGE, "v1beta1", "v1alpha1"),
    Conversion(
        "security-policy-extensions",
        ("PodSecurityPolicy.extensions",),
        ("extensions/v1beta1",),
        "policy/v1beta1",
        edits=SAME,
    ),
    Conversion(
        "runtime-class-v1alpha1",
        ("RuntimeClass.node.k8s.io",),
        ("node.k8s.io/v1alpha1",),
        "node.k8s.io/v1beta1",
        edits=(
            Move(".spec.runtimeHandler", ".handler", "v1beta1 has no spec."),
            Move(".spec.overhead", ".overhead", "v1beta1 has no spec."),
            Move(".spec.scheduling", ".scheduling", "v1beta1 has no spec."),
            Drop(".spec", "v1beta1 has no spec."),
        ),
    ),
    _same(
        "flow-schema",
        (f"FlowSchema.{FLOW_CONTROL}",),
        FLOW_CONTROL,
        "v1beta3",
        "v1beta2",
        "v1beta1",
        "v1alpha1",
    ),
    _same("priority-level-early", (LEVEL,), FLOW_CONTROL, "v1beta1", "v1alpha1", to="v1beta2"),
    Conversion(
        "priority-level-v1beta2",
        (LEVEL,),
        (f"{FLOW_CONTROL}/v1beta2",),
        f"{FLOW_CONTROL}/v1beta3",
        edits=(
            Move(
                ".spec.limited.assuredConcurrencyShares",
                ".spec.limited.nominalConcurrencyShares",
                "v1beta3 calls them nominal.",
            ),
        ),
    ),
    Conversion(
        "priority-level-v1beta3",
        (LEVEL,),
        (f"{FLOW_CONTROL}/v1beta3",),
        f"{FLOW_CONTROL}/v1",
        edits=(
            Rewrite(
                "",
                level_to_v1,
                "sets .spec.limited.nominalConcurrencyShares to 30 where it is 0, unless an annotation keeps it, "
                "which is dropped",
                "A zero meant the usual 30, which v1 takes at its word, and needs no annotation for.",
            ),
        ),
        trap="Taken at its word, a zero lets no request of that level through while the server is busy.",
    ),
)
