"""Pods and Jobs that ran already, and Pods that mirror a file of their node."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from snapinspect.clean.rule import Exclusion
from snapinspect.clean.rules.workloads import finished
from snapinspect.clean.subject import text

if TYPE_CHECKING:
    from snapinspect.clean.subject import Subject


def pod_finished(subject: Subject) -> bool:
    return text(subject.at("status", "phase")) in ("Succeeded", "Failed")


def is_mirror(subject: Subject) -> bool:
    return "kubernetes.io/config.mirror" in subject.annotations


RULES: Final = (
    Exclusion("finished-pod", ("Pod",), "it ran to its end", "ran", when=pod_finished, only="when it is finished"),
    Exclusion(
        "finished-job",
        ("Job.batch",),
        "it ran already, and would run again",
        "ran",
        when=finished,
        only="when it is finished",
        trap="A migration that runs a second time may destroy data; when named, it is written suspended.",
    ),
    Exclusion(
        "mirror-pod",
        ("Pod",),
        "its kubelet mirrors it from a file on the node",
        "control plane",
        when=is_mirror,
        only="when annotated kubernetes.io/config.mirror",
    ),
)
