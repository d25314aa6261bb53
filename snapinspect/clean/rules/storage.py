"""Volumes, and the claims to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from snapinspect.clean.rule import EVERY, Notice, Rule
from snapinspect.clean.subject import dig, mapping, text

if TYPE_CHECKING:
    from snapinspect.clean.subject import Subject


BOUND: Final = (
    ("PersistentVolume", "volume", "claimRef", "persistentVolumeReclaimPolicy", "its disk"),
    (
        "VolumeSnapshotContent.snapshot.storage.k8s.io",
        "snapshot-content",
        "volumeSnapshotRef",
        "deletionPolicy",
        "the snapshot that it stands for",
    ),
    (
        "VolumeGroupSnapshotContent.groupsnapshot.storage.k8s.io",
        "group-snapshot-content",
        "volumeGroupSnapshotRef",
        "deletionPolicy",
        "the snapshots that it stands for",
    ),
    ("ObjectBucket.objectbucket.io", "object-bucket", "claimRef", "reclaimPolicy", "its bucket"),
    ("Bucket.objectstorage.k8s.io", "cosi-bucket", "bucketClaim", "deletionPolicy", "its bucket"),
)
"""Kinds that are bound to another object and stand for data elsewhere: kind, name of their rules, the field that
names the other one, the field that says what is done with the data when it goes, and what that is.

From the API types of ``k8s.io/api/core/v1``, ``kubernetes-csi/external-snapshotter``, ``kube-object-storage``'s
``lib-bucket-provisioner`` and ``container-object-storage-interface``.
"""
SNAPSHOTS: Final = "snapshot.storage.k8s.io"


def volume_is_there(subject: Subject) -> bool:
    volume = text(subject.at("spec", "volumeName"))
    return bool(volume) and subject.lookup.holds("", "PersistentVolume", None, volume)


def volume_is_missing(value: Any, _parent: Any, subject: Subject) -> bool:
    return bool(text(value)) and not volume_is_there(subject)


def has_its_volume(_value: Any, _parent: Any, subject: Subject) -> bool:
    return volume_is_there(subject)


def source_of(subject: Subject) -> tuple[str, str, str | None, str] | None:
    """What the claim is filled from: group, kind, namespace and name; None if it starts empty."""
    source = mapping(subject.at("spec", "dataSourceRef")) or mapping(subject.at("spec", "dataSource"))
    kind, name = text(source.get("kind")), text(source.get("name"))
    if not kind or not name:
        return None
    return text(source.get("apiGroup")), kind, text(source.get("namespace")) or subject.namespace, name


def source_is_gone(subject: Subject) -> bool:
    source = source_of(subject)
    return source is not None and not volume_is_there(subject) and not subject.lookup.holds(*source)


def name_volume(value: Any, subject: Subject) -> str:
    source = source_of(subject)
    if source is None:
        return (
            f"its PersistentVolume {value} is not in the snapshot: a new, empty volume will be made for it, and its "
            "data is not there"
        )
    if source_is_gone(subject):
        return f"its PersistentVolume {value} is not in the snapshot, and neither is its dataSource"
    return (
        f"its PersistentVolume {value} is not in the snapshot: a new volume will be made for it from "
        f"{source[1]}/{source[3]}, without what was written since"
    )


def stands_for_a_taken_snapshot(subject: Subject) -> bool:
    handle = text(subject.at("status", "snapshotHandle"))
    return bool(handle) and bool(text(subject.at("spec", "source", "volumeHandle")))


def deletes_the_data(value: Any, _parent: Any, _subject: Subject) -> bool:
    return text(value) == "Delete"


def is_of_claim_spec(_value: Any, parent: Any, _subject: Subject) -> bool:
    return dig(parent, "requests", "storage") is not None


def is_of_claim(_value: Any, parent: Any, _subject: Subject) -> bool:
    return isinstance(dig(parent, "spec", "accessModes"), list)


def _bound(kind: str, name: str, half: str, policy: str, data: str) -> tuple[Rule, Rule]:
    return (
        Rule(
            f"{name}-claim",
            (kind,),
            (f".spec.{half}.uid", f".spec.{half}.resourceVersion"),
            "What it is bound to gets another UID: it would count as released, and be reclaimed.",
            trap=f"The rest of {half} stays: it keeps it for its other half.",
        ),
        Rule(
            f"{name}-retain",
            (kind,),
            (f".spec.{policy}",),
            f"Deleting the recovered object, even by mistake, would delete {data} and the data.",
            when=deletes_the_data,
            only="when it is Delete",
            value="Retain",
            warning=f"its {'reclaim' if 'eclaim' in policy else 'deletion'} policy was Delete: it is written as Retain, "
            f"and {data} may be gone already",
        ),
    )


RULES: Final[tuple[Rule | Notice, ...]] = (
    Rule(
        "claim-binding",
        ("PersistentVolumeClaim",),
        (
            '.metadata.annotations["pv.kubernetes.io/bind-completed"]',
            '.metadata.annotations["pv.kubernetes.io/bound-by-controller"]',
            '.metadata.annotations["volume.kubernetes.io/selected-node"]',
            '.metadata.annotations["volume.kubernetes.io/storage-provisioner"]',
            '.metadata.annotations["volume.beta.kubernetes.io/storage-provisioner"]',
        ),
        "It says that the claim is bound already, so that the claim would be taken for one that lost its volume.",
    ),
    Rule(
        "claim-volume",
        ("PersistentVolumeClaim",),
        (".spec.volumeName",),
        "The volume is not in the snapshot, and the claim would wait for it for ever.",
        when=volume_is_missing,
        only="when that volume is not in the snapshot",
        warning=name_volume,
        trap="It stays when the volume is there, even if that cannot be read: without it the claim gets an empty one.",
    ),
    Rule(
        "claim-source",
        ("PersistentVolumeClaim",),
        (".spec.dataSource", ".spec.dataSourceRef"),
        "It was filled when its volume was made, which is in the snapshot; what filled it may be gone by now.",
        when=has_its_volume,
        only="when its volume is in the snapshot",
    ),
    Rule(
        "claim-devices",
        EVERY,
        (".spec.resources.claims",),
        "Only 1.26 to 1.28 had the field, which meant nothing there, and API servers refuse what they do not know.",
        when=is_of_claim_spec,
        only="in a claim and in the template of one",
        embedded=True,
    ),
    Notice(
        "claim-source-gone",
        ("PersistentVolumeClaim",),
        "what its dataSource names is not in the snapshot: it waits for it for ever",
        when=source_is_gone,
        only="when neither its volume nor its dataSource is in the snapshot",
        droppable=(".spec.dataSource", ".spec.dataSourceRef"),
    ),
    *(rule for row in BOUND for rule in _bound(*row)),
    Notice(
        "snapshot-taken-anew",
        (f"VolumeSnapshotContent.{SNAPSHOTS}",),
        "it was made from a volume: applied, it takes a new snapshot of that; to have the old one back, write "
        "source.snapshotHandle in its spec instead of source.volumeHandle, with the handle that --keep-status shows, "
        "and name it in the VolumeSnapshot's source.volumeSnapshotContentName",
        when=stands_for_a_taken_snapshot,
        only="when its snapshot was taken of a volume",
    ),
    Rule(
        "claim-template-status",
        EVERY,
        (".status",),
        "The status is what a controller saw; a template has none.",
        when=is_of_claim,
        only="in the template of a claim",
        embedded=True,
    ),
)
