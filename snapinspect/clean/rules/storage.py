"""Volumes, and the claims to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from snapinspect.clean.rule import EVERY, Rule
from snapinspect.clean.subject import dig, text

if TYPE_CHECKING:
    from snapinspect.clean.subject import Subject


def volume_is_missing(value: Any, _parent: Any, subject: Subject) -> bool:
    return bool(text(value)) and not subject.lookup.holds("", "PersistentVolume", None, value)


def name_volume(value: Any, _subject: Subject) -> str:
    return (
        f"its PersistentVolume {value} is not in the snapshot: a new, empty volume will be made for it, and its data "
        "is not there"
    )


def deletes_the_disk(value: Any, _parent: Any, _subject: Subject) -> bool:
    return text(value) == "Delete"


def is_of_claim(_value: Any, parent: Any, _subject: Subject) -> bool:
    return isinstance(dig(parent, "spec", "accessModes"), list)


RULES: Final = (
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
        "volume-claim",
        ("PersistentVolume",),
        (".spec.claimRef.uid", ".spec.claimRef.resourceVersion"),
        "A claim with another UID binds to no such volume, which is then released and reclaimed.",
        trap="The rest of claimRef stays: it keeps the volume for its claim.",
    ),
    Rule(
        "volume-retain",
        ("PersistentVolume",),
        (".spec.persistentVolumeReclaimPolicy",),
        "Deleting the recovered volume, even by mistake, would delete the disk and its data.",
        when=deletes_the_disk,
        only="when it is Delete",
        value="Retain",
        warning="its reclaim policy was Delete: it is written as Retain, and its disk may be gone already",
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
