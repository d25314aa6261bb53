"""What is stripped from every object, whatever its kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from snapinspect.clean.rule import EVERY, Notice, Rule
from snapinspect.clean.subject import LAST_APPLIED, mappings, text

if TYPE_CHECKING:
    from snapinspect.clean.subject import Subject

PASSING_FINALIZERS: Final = frozenset({"foregroundDeletion", "orphan", "batch.kubernetes.io/job-tracking"})


def has_name(_value: Any, _parent: Any, subject: Subject) -> bool:
    return bool(subject.name)


def is_passing_finalizer(value: Any, _parent: Any, _subject: Subject) -> bool:
    return text(value) in PASSING_FINALIZERS


OWNERS_THAT_REFUSE: Final = {
    "SealedSecret": 'annotate it sealedsecrets.bitnami.com/managed: "true"',
    "SopsSecret": 'annotate it sopssecret/managed: "true"',
    "VaultStaticSecret": "set destination.overwrite in its spec",
    "VaultDynamicSecret": "set destination.overwrite in its spec",
}
"""Kinds whose controllers refuse a Secret of the name that they should make, and how they are told to take it."""
OWNERS_THAT_MAKE: Final = frozenset(
    {"AzureKeyVaultSecret", "ExternalSecret", "InfisicalSecret", "OnePasswordItem", "PushSecret", "VaultPKISecret"}
)
"""Kinds that make such a Secret again from a store elsewhere, and take one that is there."""


def name_owners(references: Any, subject: Subject) -> str:
    owners = mappings(references)
    if not owners:
        return ""
    told = f"was owned by {', '.join(_named(owner) for owner in owners)}, and will stand alone"
    if subject.kind_of == ("", "Secret"):
        told += "".join(_consequence(owner) for owner in owners)
    return told


def _named(owner: dict[str, Any]) -> str:
    return f"{text(owner.get('kind'))}/{text(owner.get('name'))}"


def _consequence(owner: dict[str, Any]) -> str:
    kind = text(owner.get("kind"))
    if remedy := OWNERS_THAT_REFUSE.get(kind):
        return f": the controller of {_named(owner)} refuses a Secret that it does not own; recover {kind} alone, or {remedy}"
    if kind in OWNERS_THAT_MAKE:
        return f": {_named(owner)} makes it again from its store, as long as that is there"
    return ""


def name_deletion(deleted: Any, _subject: Subject) -> str:
    return f"its deletion had begun ({deleted}); it is written as if it had not" if text(deleted) else ""


def is_deckhouse(subject: Subject) -> bool:
    return text(subject.labels.get("heritage")) == "deckhouse"


RULES: Final = (
    Rule("status", EVERY, (".status",), "The status is what a controller saw, and it will look again."),
    Rule(
        "server-metadata",
        EVERY,
        tuple(
            f".metadata.{field}"
            for field in ("uid", "resourceVersion", "generation", "creationTimestamp", "selfLink", "managedFields")
        ),
        "The API server writes it itself; a resourceVersion makes it refuse the object.",
        trap="managedFields are read before they go: they tell which values a person set.",
        embedded=True,
    ),
    Rule(
        "gone-metadata",
        EVERY,
        (".metadata.clusterName", ".metadata.initializers"),
        "Only old releases had these fields, and API servers refuse what they do not know.",
        embedded=True,
    ),
    Rule(
        "deletion",
        EVERY,
        (".metadata.deletionTimestamp", ".metadata.deletionGracePeriodSeconds"),
        "The object is wanted back, and the API server does not take the marks of a deletion.",
        warning=name_deletion,
        embedded=True,
    ),
    Rule(
        "generate-name",
        EVERY,
        (".metadata.generateName",),
        "The object has its name already.",
        when=has_name,
        only="when the object has a name",
    ),
    Rule(
        "controller-annotations",
        EVERY,
        (
            f'.metadata.annotations["{LAST_APPLIED}"]',
            '.metadata.annotations["deployment.kubernetes.io/revision"]',
            '.metadata.annotations["deprecated.daemonset.template.generation"]',
            '.metadata.annotations["control-plane.alpha.kubernetes.io/leader"]',
            '.metadata.annotations["autoscaling.alpha.kubernetes.io/conditions"]',
            '.metadata.annotations["autoscaling.alpha.kubernetes.io/current-metrics"]',
        ),
        "A client or a controller keeps its own records there and writes them again.",
        trap="The last applied configuration is read before it goes: it tells which values a person set.",
        embedded=True,
    ),
    Rule(
        "owner-references",
        EVERY,
        (".metadata.ownerReferences",),
        "It points at a UID that will not exist again, and the garbage collector would delete the object.",
        warning=name_owners,
        trap="Left in a claim template, it gets every new claim deleted with its data.",
        embedded=True,
    ),
    Rule(
        "passing-finalizers",
        EVERY,
        (".metadata.finalizers[]",),
        "It belongs to one deletion or one run of a controller; the object could never be deleted with it.",
        when=is_passing_finalizer,
        only=f"when it is {', '.join(sorted(PASSING_FINALIZERS))}",
        trap="Every other finalizer stays: a controller waits for it.",
        embedded=True,
    ),
    Notice(
        "deckhouse",
        EVERY,
        "it is managed by Deckhouse (label heritage), which makes it itself and may refuse this one",
        when=is_deckhouse,
        only="when labelled heritage: deckhouse",
    ),
)
