"""What is applied before what."""

from __future__ import annotations

from itertools import pairwise

from clean_world import SMALL

from snapinspect.clean import apply_order
from snapinspect.clean.order import APPLY_ORDER

RBAC = "rbac.authorization.k8s.io"
CHAIN = [
    ("apiextensions.k8s.io", "CustomResourceDefinition"),
    ("", "Namespace"),
    ("storage.k8s.io", "StorageClass"),
    ("scheduling.k8s.io", "PriorityClass"),
    ("", "PersistentVolume"),
    ("", "PersistentVolumeClaim"),
    (RBAC, "ClusterRole"),
    (RBAC, "Role"),
    ("", "ServiceAccount"),
    (RBAC, "RoleBinding"),
    ("", "Secret"),
    ("", "ConfigMap"),
    ("", "LimitRange"),
    ("", "Service"),
    ("scheduling.k8s.io", "Workload"),
    ("scheduling.k8s.io", "PodGroup"),
    ("apps", "Deployment"),
    ("", "Pod"),
    ("autoscaling", "HorizontalPodAutoscaler"),
    ("policy", "PodDisruptionBudget"),
    ("networking.k8s.io", "NetworkPolicy"),
    ("networking.k8s.io", "Ingress"),
    ("example.com", "Widget"),
    ("apiregistration.k8s.io", "APIService"),
    ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy"),
    ("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding"),
    ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"),
]


def test_each_comes_after_what_it_needs() -> None:
    for earlier, later in pairwise(CHAIN):
        assert apply_order(earlier) < apply_order(later), (earlier, later)


def test_an_object_has_the_rank_of_its_kind() -> None:
    for body in SMALL.objects:
        assert apply_order(body) == apply_order((body["apiVersion"].rpartition("/")[0], body["kind"]))


def test_what_is_unknown_or_malformed_is_a_custom_resource() -> None:
    custom = apply_order(("example.com", "Widget"))
    assert apply_order({"apiVersion": 7, "kind": ["Pod"]}) == custom
    assert apply_order(("serving.knative.dev", "Service")) == custom


def test_no_kind_stands_twice() -> None:
    kinds = [kind for row in APPLY_ORDER for kind in row]
    assert len(kinds) == len(set(kinds))
