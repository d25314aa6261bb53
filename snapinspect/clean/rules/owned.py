"""What an owner makes again: left out only while that very owner is live in the same snapshot.

Nothing else that has a controller is left out: what an operator made (a Secret, a claim) is data that no
controller brings back the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from snapinspect.clean.rule import Exclusion
from snapinspect.clean.subject import dig, group_of, mapping, mappings, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from snapinspect.clean.rule import ObjectTest
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


def live_controllers(subject: Subject, kinds: tuple[str, ...]) -> Iterator[Body]:
    """The controllers of one of ``kinds`` that own the object, as far as they are live in the snapshot."""
    for reference in subject.owner_references:
        kind, name = text(reference.get("kind")), text(reference.get("name"))
        if kind not in kinds or not name or reference.get("controller") is not True:
            continue
        for group in _groups(reference, kind):
            owner = subject.lookup.find(group, kind, subject.namespace, name)
            if owner is not None and _uid(owner) and _uid(owner) == reference.get("uid"):
                yield owner
                break


def _groups(reference: dict[str, Any], kind: str) -> tuple[str, ...]:
    named = group_of(reference.get("apiVersion"))
    known = GROUPS.get(kind, ())
    return (named, *(group for group in known if group != named)) if named in known else ()


def _uid(owner: Body) -> str:
    return text(dig(owner, "metadata", "uid"))


def owned_by(*kinds: str) -> ObjectTest:
    """A test whether a live controller of one of ``kinds`` owns the object."""
    return lambda subject: any(live_controllers(subject, kinds))


def of_selecting_service(subject: Subject) -> bool:
    """Endpoints bear the name of their Service, and no reference to it."""
    return _selects(subject.lookup.find("", "Service", subject.namespace, subject.name)) if subject.name else False


def owned_by_selecting_service(subject: Subject) -> bool:
    return any(_selects(service) for service in live_controllers(subject, ("Service",)))


def _selects(service: Body | None) -> bool:
    return bool(mapping(dig(service, "spec", "selector")))


def of_ephemeral_volume(subject: Subject) -> bool:
    """Such a claim bears the names of its Pod and of the volume (``k8s.io/component-helpers/storage/ephemeral``)."""
    return any(
        subject.name == f"{text(dig(pod, 'metadata', 'name'))}-{text(volume.get('name'))}"
        for pod in live_controllers(subject, ("Pod",))
        for volume in mappings(dig(pod, "spec", "volumes"))
        if "ephemeral" in volume
    )


RULES: Final = (
    Exclusion(
        "owned-replicaset",
        ("ReplicaSet.apps", "ReplicaSet.extensions"),
        "its Deployment, which is in the snapshot, makes it again",
        "owned",
        when=owned_by("Deployment"),
        only="when a Deployment in the snapshot controls it",
    ),
    Exclusion(
        "owned-pod",
        ("Pod",),
        "its controller, which is in the snapshot, makes it again",
        "owned",
        when=owned_by("ReplicaSet", "ReplicationController", "StatefulSet", "DaemonSet", "Job"),
        only="when a workload in the snapshot controls it",
    ),
    Exclusion(
        "owned-job",
        ("Job.batch",),
        "its CronJob, which is in the snapshot, makes another one when it is due",
        "owned",
        when=owned_by("CronJob"),
        only="when a CronJob in the snapshot controls it",
    ),
    Exclusion(
        "owned-revision",
        ("ControllerRevision.apps",),
        "its workload, which is in the snapshot, makes it again",
        "owned",
        when=owned_by("StatefulSet", "DaemonSet"),
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
)
