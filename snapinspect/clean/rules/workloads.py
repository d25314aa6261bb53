"""Jobs and Pods."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from snapinspect.clean.ownership import chose
from snapinspect.clean.paths import suffix
from snapinspect.clean.rule import Rule
from snapinspect.clean.subject import dig, mappings, text

if TYPE_CHECKING:
    from snapinspect.clean.subject import Subject

JOB_LABELS: Final = ("controller-uid", "job-name", "batch.kubernetes.io/controller-uid", "batch.kubernetes.io/job-name")
DEFAULT_TOLERATED: Final = frozenset({"node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"})
DEFAULT_TOLERATION_SECONDS: Final = 300
OLD_WORKLOADS: Final = frozenset({"extensions/v1beta1", "apps/v1beta1", "apps/v1beta2"})
SCALED: Final = frozenset({"Deployment", "ReplicaSet", "StatefulSet"})
TOKEN_VOLUME: Final = re.compile("kube-api-access-|.+-token-[a-z0-9]{5}$")
"""How injected volumes are named: since 1.21, and before."""


def finished(subject: Subject) -> bool:
    """Whether a Job ran to its end, well or badly."""
    ends = mappings(subject.at("status", "conditions"))
    return any(end.get("type") in ("Complete", "Failed") and end.get("status") == "True" for end in ends)


def selects_by_itself(_value: Any, _parent: Any, subject: Subject) -> bool:
    return subject.at("spec", "manualSelector") is not True


def would_run_again(value: Any, parent: Any, subject: Subject) -> bool:
    return value is not True and isinstance(parent, dict) and finished(subject)


def was_scheduled(_value: Any, _parent: Any, subject: Subject) -> bool:
    return not chose(subject, "spec", "nodeName")


def class_is_named(_value: Any, _parent: Any, subject: Subject) -> bool:
    return bool(text(subject.at("spec", "priorityClassName")))


def names_old_workload(value: Any, parent: Any, _subject: Subject) -> bool:
    return text(value) in OLD_WORKLOADS and text(dig(parent, "kind")) in SCALED


def is_token_volume(volume: Any, subject: Subject) -> bool:
    """Whether the API server's ServiceAccount admission added the volume."""
    name = text(dig(volume, "name"))
    if not TOKEN_VOLUME.match(name):
        return False
    if name.startswith("kube-api-access-"):
        return any("serviceAccountToken" in source for source in mappings(dig(volume, "projected", "sources")))
    account = text(subject.at("spec", "serviceAccountName")) or "default"
    return name.startswith(f"{account}-token-") and text(dig(volume, "secret", "secretName")) == name


def injected_volume(value: Any, _parent: Any, subject: Subject) -> bool:
    return is_token_volume(value, subject)


def injected_mount(value: Any, _parent: Any, subject: Subject) -> bool:
    name = text(dig(value, "name"))
    return TOKEN_VOLUME.match(name) is not None and any(
        volume.get("name") == name and is_token_volume(volume, subject)
        for volume in mappings(subject.at("spec", "volumes"))
    )


def injected_toleration(value: Any, _parent: Any, _subject: Subject) -> bool:
    return (
        text(dig(value, "key")) in DEFAULT_TOLERATED
        and dig(value, "operator") == "Exists"
        and dig(value, "effect") == "NoExecute"
        and dig(value, "tolerationSeconds") == DEFAULT_TOLERATION_SECONDS
    )


RULES: Final = (
    Rule(
        "job-labels",
        ("Job.batch",),
        tuple(
            labels + suffix(label)
            for labels in (".metadata.labels", ".spec.template.metadata.labels")
            for label in JOB_LABELS
        ),
        "The job controller makes them from the UID, which will be another one.",
        when=selects_by_itself,
        only="unless manualSelector is true",
    ),
    Rule(
        "job-selector",
        ("Job.batch",),
        (".spec.selector",),
        "It selects by the old UID, and the API server refuses a selector that it did not make.",
        when=selects_by_itself,
        only="unless manualSelector is true",
    ),
    Rule(
        "job-suspend",
        ("Job.batch",),
        (".spec.suspend",),
        "The Job ran already; started a second time it could do harm (a migration, a mail).",
        when=would_run_again,
        only="when the Job has finished",
        value=True,
        warning="it ran already: it is written suspended, and runs again when suspend is set to false",
    ),
    Rule(
        "pod-node",
        ("Pod",),
        (".spec.nodeName",),
        "The scheduler chose the node, which may be gone or full.",
        when=was_scheduled,
        only="unless a person set it",
    ),
    Rule(
        "pod-priority",
        ("Pod",),
        (".spec.priority",),
        "It is computed from the priority class, and another number is refused.",
        when=class_is_named,
        only="when priorityClassName is set",
    ),
    Rule(
        "pod-preemption",
        ("Pod",),
        (".spec.preemptionPolicy",),
        "It is computed from the priority class, and another one is refused.",
    ),
    Rule(
        "pod-token-volume",
        ("Pod",),
        (".spec.volumes[]",),
        "The API server adds the volume of the service account's token to each new Pod.",
        when=injected_volume,
        only="when it is the injected token of the service account",
    ),
    Rule(
        "pod-token-mount",
        ("Pod",),
        tuple(f".spec.{containers}[].volumeMounts[]" for containers in ("containers", "initContainers")),
        "The API server mounts the service account's token into each new container.",
        when=injected_mount,
        only="when it mounts the injected token of the service account",
    ),
    Rule(
        "pod-default-tolerations",
        ("Pod",),
        (".spec.tolerations[]",),
        "The API server adds the tolerations of not-ready and unreachable nodes to each new Pod.",
        when=injected_toleration,
        only="when it is one that the API server adds",
    ),
    Rule(
        "pod-ephemeral-containers",
        ("Pod",),
        (".spec.ephemeralContainers",),
        "They are debugging containers, and the API server refuses a new Pod that has them.",
    ),
    Rule(
        "pod-template-hash",
        ("Pod",),
        (".metadata.labels.pod-template-hash",),
        "With it a ReplicaSet would adopt the Pod as one of its own, and delete it as one too many.",
        trap="It goes also when its ReplicaSet is recovered with it: that one makes its own Pods.",
    ),
    Rule(
        "autoscaler-target",
        ("HorizontalPodAutoscaler.autoscaling",),
        (".spec.scaleTargetRef.apiVersion",),
        "It names its target in a version that API servers since 1.16 do not serve, and would not find it.",
        when=names_old_workload,
        only="when it names a workload of extensions/v1beta1, apps/v1beta1 or apps/v1beta2",
        value="apps/v1",
    ),
)
