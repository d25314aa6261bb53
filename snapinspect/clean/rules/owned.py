"""What an owner makes again, whatever it is: left out only while that very owner is live in the same snapshot.

The kind that is owned decides, as operators' custom resources own Pods as Deployments do. Nothing else that has a controller is left out: what an operator made (a Secret, a claim) is data that no
controller brings back the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from snapinspect.clean.rule import EVERY, Exclusion
from snapinspect.clean.rules.runs import is_run
from snapinspect.clean.subject import dig, group_of, mapping, mappings, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from snapinspect.clean.subject import Subject
    from snapinspect.model import Body

GROUPS: Final = {
    "CronJob": ("batch",),
    "DaemonSet": ("apps", "extensions"),
    "Deployment": ("apps", "extensions"),
    "Endpoints": ("",),
    "Job": ("batch", "extensions"),
    "Pod": ("",),
    "ReplicaSet": ("apps", "extensions"),
    "ReplicationController": ("",),
    "Service": ("",),
    "StatefulSet": ("apps",),
}
"""The groups that each kind of owner was ever served in: a reference may name another one than is stored."""


def controllers(subject: Subject) -> list[dict[str, Any]]:
    """The references to what controls the object."""
    return [reference for reference in subject.owner_references if reference.get("controller") is True]


def live_controllers(subject: Subject, *kinds: str) -> Iterator[Body]:
    """The controllers, of one of ``kinds`` if any is given, that are live in the snapshot."""
    for reference in controllers(subject):
        owner = find_owner(subject, reference)
        if owner is not None and (not kinds or owner.get("kind") in kinds):
            yield owner


def find_owner(subject: Subject, reference: dict[str, Any]) -> Body | None:
    """The very owner that a reference means, if it is live in the snapshot.

    One without a namespace is looked for, too, as a cluster-scoped object may own a namespaced one.
    """
    kind, name = text(reference.get("kind")), text(reference.get("name"))
    if not kind or not name:
        return None
    for group in _groups(reference, kind):
        for namespace in dict.fromkeys((subject.namespace, None)):
            owner = subject.lookup.find(group, kind, namespace, name)
            if owner is not None and _uid(owner) and _uid(owner) == reference.get("uid"):
                return owner
    return None


def _groups(reference: dict[str, Any], kind: str) -> tuple[str, ...]:
    named = group_of(reference.get("apiVersion"))
    known = GROUPS.get(kind, ())
    return (named, *(group for group in known if group != named)) if named in known else (named,)


def _uid(owner: Body) -> str:
    return text(dig(owner, "metadata", "uid"))


def is_controlled(subject: Subject) -> bool:
    """Whether a live controller owns the object."""
    return any(live_controllers(subject))


def is_controlled_run(subject: Subject) -> bool:
    return is_run(subject.kind_of) and is_controlled(subject)


def is_abandoned(subject: Subject) -> bool:
    """Whether none of its controllers is there; one that cannot be read may be."""
    references = controllers(subject)
    return bool(references) and not any(
        find_owner(subject, reference) or _is_unreadable(subject, reference) for reference in references
    )


def _is_unreadable(subject: Subject, reference: dict[str, Any]) -> bool:
    kind, name = text(reference.get("kind")), text(reference.get("name"))
    return any(
        subject.lookup.holds(group, kind, namespace, name) and not subject.lookup.find(group, kind, namespace, name)
        for group in _groups(reference, kind)
        for namespace in dict.fromkeys((subject.namespace, None))
        if kind and name
    )


def is_being_deleted(subject: Subject) -> bool:
    return bool(subject.metadata.get("deletionTimestamp"))


def is_mirrored(subject: Subject) -> bool:
    """Mirrored slices bear the controller's label (``k8s.io/kubernetes/pkg/controller/endpointslicemirroring``)."""
    manager = text(subject.labels.get("endpointslice.kubernetes.io/managed-by"))
    return manager == "endpointslicemirroring-controller.k8s.io" and any(
        find_owner(subject, reference) for reference in subject.owner_references
    )


def of_selecting_service(subject: Subject) -> bool:
    """Endpoints bear the name of their Service, and no reference to it."""
    return _selects(subject.lookup.find("", "Service", subject.namespace, subject.name)) if subject.name else False


def owned_by_selecting_service(subject: Subject) -> bool:
    return any(_selects(service) for service in live_controllers(subject, "Service"))


def _selects(service: Body | None) -> bool:
    return bool(mapping(dig(service, "spec", "selector")))


def of_ephemeral_volume(subject: Subject) -> bool:
    """Such a claim bears the names of its Pod and of the volume (``k8s.io/component-helpers/storage/ephemeral``)."""
    return any(
        subject.name == f"{text(dig(pod, 'metadata', 'name'))}-{text(volume.get('name'))}"
        for pod in live_controllers(subject, "Pod")
        for volume in mappings(dig(pod, "spec", "volumes"))
        if "ephemeral" in volume
    )


RULES: Final = (
    Exclusion(
        "owned-replicaset",
        ("ReplicaSet.apps", "ReplicaSet.extensions", "ReplicationController"),
        "its controller, which is in the snapshot, makes it again",
        "owned",
        when=is_controlled,
        only="when a controller in the snapshot (a Deployment, a DeploymentConfig, a Rollout) owns it",
    ),
    Exclusion(
        "owned-pod",
        ("Pod", "VirtualMachineInstance.kubevirt.io"),
        "its controller, which is in the snapshot, makes it again",
        "owned",
        when=is_controlled,
        only="when a controller in the snapshot owns it, be it a custom resource",
        trap="A second Postgres or a second virtual machine on the same volume destroys data.",
    ),
    Exclusion(
        "owned-job",
        ("Job.batch",),
        "its controller, which is in the snapshot, makes another one when it is due",
        "owned",
        when=is_controlled,
        only="when a controller in the snapshot (a CronJob, an operator's resource) owns it",
    ),
    Exclusion(
        "owned-revision",
        ("ControllerRevision.apps",),
        "its workload, which is in the snapshot, makes it again",
        "owned",
        when=is_controlled,
        only="when a workload in the snapshot controls it",
    ),
    Exclusion(
        "owned-slice",
        ("EndpointSlice.discovery.k8s.io",),
        "its Service, which is in the snapshot and has a selector, gets new ones",
        "owned",
        when=owned_by_selecting_service,
        only="when a Service in the snapshot that has a selector controls it",
    ),
    Exclusion(
        "owned-mirrored-slice",
        ("EndpointSlice.discovery.k8s.io",),
        "a controller mirrors it from Endpoints, which are in the snapshot",
        "owned",
        when=is_mirrored,
        only="when it is mirrored from Endpoints in the snapshot",
    ),
    Exclusion(
        "owned-endpoints",
        ("Endpoints",),
        "its Service, which is in the snapshot and has a selector, gets new ones",
        "owned",
        when=of_selecting_service,
        only="when the Service of that name in the snapshot has a selector",
    ),
    Exclusion(
        "owned-claim",
        ("PersistentVolumeClaim",),
        "it is of an ephemeral volume, whose Pod gets a new one",
        "owned",
        when=of_ephemeral_volume,
        only="when it is of an ephemeral volume of a Pod in the snapshot",
        trap="The claims of a StatefulSet have an owner too, and are data: they stay.",
    ),
    Exclusion(
        "owned-certificate-request",
        (
            "Challenge.acme.cert-manager.io",
            "CertificateRequest.cert-manager.io",
            "Order.acme.cert-manager.io",
        ),
        "its Certificate, which is in the snapshot, asks anew when it is due",
        "owned",
        when=is_controlled,
        only="when the Certificate, request or order that owns it is in the snapshot",
        trap="A request that is there already blocks the next renewal.",
    ),
    Exclusion(
        "owned-run",
        EVERY,
        "its controller, which is in the snapshot, starts another one when it is due",
        "owned",
        when=is_controlled_run,
        only="when it is a run, and what started it (a BuildConfig, a CronWorkflow, a schedule) is in the snapshot",
    ),
    Exclusion(
        "abandoned-pod",
        ("Pod", "VirtualMachineInstance.kubevirt.io"),
        "its controller is gone, and nobody meant it to stand alone",
        "ran",
        when=is_abandoned,
        only="when a controller owns it that is not in the snapshot",
    ),
    Exclusion(
        "terminating-pod",
        ("Pod", "VirtualMachineInstance.kubevirt.io"),
        "it was being deleted",
        "ran",
        when=is_being_deleted,
        only="when its deletion had begun",
    ),
)
