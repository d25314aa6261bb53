"""What recovery leaves out unless it is named."""

from __future__ import annotations

from collections import Counter
from copy import deepcopy

import pytest
from clean_world import SMALL, WORLDS, WRITTEN, World

from snapinspect.clean import OWNED, clean, omission

CONTROLLED = [
    ("ReplicaSet", "web-64d96546dc", "infra-production"),
    ("Pod", "pg-1", "infra-production"),
    ("Pod", "legacy-zhfd6", "infra-staging"),
    ("Pod", "node-exporter-2pz6p", "monitoring"),
    ("ControllerRevision", "pg-6f8677b9cf", "infra-production"),
    ("EndpointSlice", "web-2wmsx", "infra-production"),
    ("PersistentVolumeClaim", "web-64d96546dc-5lckk-eph", "infra-production"),
]


def rule(world: World, kind: str, name: str, namespace: str | None = None) -> str | None:
    found = omission(world.get(kind, name, namespace), world)
    return found.rule if found else None


@pytest.mark.parametrize(("kind", "name", "namespace"), CONTROLLED)
def test_what_a_live_owner_makes_again(kind: str, name: str, namespace: str) -> None:
    assert rule(SMALL, kind, name, namespace) in OWNED


@pytest.mark.parametrize(("kind", "name", "namespace"), CONTROLLED)
@pytest.mark.parametrize("loss", ["absent", "another uid", "no controller"])
def test_not_when_that_very_owner_is_gone(kind: str, name: str, namespace: str, loss: str) -> None:
    body = deepcopy(SMALL.get(kind, name, namespace))
    (owner,) = body["metadata"]["ownerReferences"]
    owner.update(
        {"absent": {"name": "gone"}, "another uid": {"uid": "0"}, "no controller": {"controller": False}}[loss]
    )
    found = omission(body, SMALL)
    abandoned = kind == "Pod" and loss != "no controller"
    assert (found.rule if found else None) == ("abandoned-pod" if abandoned else None)


def test_the_group_of_an_owner_may_have_changed() -> None:
    assert rule(WRITTEN, "ReplicaSet", "shop-5d4f8c7b9", "store") == "owned-replicaset"
    assert rule(WRITTEN, "Pod", "shop-5d4f8c7b9-x2x4z", "store") == "owned-pod"
    assert rule(WRITTEN, "Job", "nightly-28000000", "store") == "owned-job"


def test_data_that_has_a_controller_is_kept() -> None:
    assert rule(WRITTEN, "Secret", "sealed", "store") is None
    assert rule(WRITTEN, "PersistentVolumeClaim", "data-db-0", "store") is None
    assert rule(SMALL, "PersistentVolumeClaim", "data-pg-1", "infra-production") is None


def test_endpoints_go_only_with_a_service_that_selects() -> None:
    assert rule(SMALL, "Endpoints", "web", "infra-production") == "owned-endpoints"
    assert rule(SMALL, "Endpoints", "manual", "infra-production") is None
    assert rule(SMALL, "EndpointSlice", "manual-1", "infra-production") is None
    assert rule(SMALL, "EndpointSlice", "manual-khnzj", "infra-production") == "owned-mirrored-slice"


def test_what_ran_is_no_work_of_a_controller() -> None:
    assert rule(SMALL, "Job", "backup-29922442", "infra-production") == "finished-job"
    assert rule(SMALL, "Pod", "migrate-0-bnksg", "infra-production") == "finished-pod"
    assert rule(SMALL, "Job", "suspended", "infra-staging") is None
    assert rule(SMALL, "Pod", "every-volume", "infra-staging") is None


def test_a_default_account_with_something_of_its_own_is_kept() -> None:
    assert rule(SMALL, "ServiceAccount", "default", "team-a") == "default-account"
    assert rule(WRITTEN, "ServiceAccount", "default", "openshift-console") == "default-account"
    assert rule(WRITTEN, "ServiceAccount", "default", "store") is None
    assert rule(WRITTEN, "ServiceAccount", "default", "cloud") is None
    changed = deepcopy(SMALL.get("ServiceAccount", "default", "team-a"))
    changed["automountServiceAccountToken"] = False
    assert omission(changed, SMALL) is None


def test_tokens_by_hand_are_kept() -> None:
    assert rule(WRITTEN, "Secret", "seller-token-x7k2p", "store") == "generated-token"
    assert rule(SMALL, "Secret", "sa-token", "infra-production") is None


def test_a_default_of_rbac_is_told_by_its_name() -> None:
    assert rule(SMALL, "ClusterRole", "cluster-admin") == "rbac-default"
    for kind, name, namespace in (
        ("ClusterRoleBinding", "system:monitoring-agent", None),
        ("Role", "system:controller:token-cleaner", "store"),
    ):
        assert rule(WRITTEN, kind, name, namespace) is None
        assert any("look who made it" in told for told in clean(WRITTEN.get(kind, name, namespace), WRITTEN).warnings)
    unlabelled = deepcopy(SMALL.get("ClusterRole", "cluster-admin", None))
    del unlabelled["metadata"]["labels"]
    assert omission(unlabelled, SMALL) is None


def test_a_flow_schema_that_a_person_took_over_is_kept() -> None:
    assert rule(WRITTEN, "FlowSchema", "service-accounts") is None


def test_system_objects_are_told_by_their_full_name() -> None:
    assert rule(SMALL, "Service", "kubernetes", "default") == "kubernetes-service"
    assert rule(SMALL, "Namespace", "kube-system") == "system-namespace"
    assert rule(SMALL, "Namespace", "team-a") is None
    assert rule(WRITTEN, "Namespace", "kube-flannel") == "kube-namespace"
    elsewhere = deepcopy(SMALL.get("Service", "kubernetes", "default"))
    elsewhere["metadata"]["namespace"] = "team-a"
    assert omission(elsewhere, SMALL) is None
    assert rule(SMALL, "PriorityClass", "system-node-critical") == "system-priority-class"
    assert rule(SMALL, "PriorityClass", "high") is None
    assert rule(SMALL, "ServiceCIDR", "extra") is None
    assert rule(SMALL, "APIService", "v1beta1.metrics.example.com") is None


def test_a_whole_cluster() -> None:
    left_out = Counter(found.rule for body in SMALL.objects if (found := omission(body, SMALL)))
    assert len(SMALL.objects) - left_out.total() == 149
    assert left_out["controller-account"] == 43
    assert left_out["rbac-default"] == 149
    assert left_out["owned-pod"] == 16
    assert left_out["finished-pod"] == 4
    assert left_out["published-certificates"] == 18


def test_a_reason_is_given() -> None:
    for world in WORLDS:
        for body in world.objects:
            found = omission(body, world)
            assert found is None or found.reason


@pytest.mark.parametrize(
    ("kind", "name", "namespace", "expected"),
    [
        ("RoleBinding", "system:image-pullers", "project", "project-binding"),
        ("RoleBinding", "system:deployers", "project", None),
        ("ServiceAccount", "builder", "project", "project-account"),
        ("ServiceAccount", "deployer", "project", None),
        ("Addon", "coredns", "kube-system", "distribution-records"),
        ("Deployment", "coredns", "kube-system", "packaged-component"),
        ("Deployment", "hand-made", "kube-system", None),
        ("HelmChart", "shop", "kube-system", None),
        ("ServiceAccount", "helm-shop", "kube-system", "owned-by-chart"),
        ("ServiceAccount", "helm-gone", "kube-system", None),
        ("ConfigMap", "kops-controller-leader", "kube-system", "leader-lock"),
        ("Endpoints", "gcp-controller-manager", "kube-system", "leader-lock"),
        ("ConfigMap", "settings-with-lock", "kube-system", None),
        ("OAuthAccessToken", "sha256~abc", None, "passing-logins"),
        ("VulnerabilityReport", "replicaset-shop-5d4f8c7b9-shop", "project", "reports"),
        ("DeckhouseRelease", "v1.60.1", None, "finished-run"),
        ("Restore", "restore-migration", None, "finished-run"),
    ],
)
def test_what_distributions_and_controllers_make(
    kind: str, name: str, namespace: str | None, expected: str | None
) -> None:
    assert rule(WRITTEN, kind, name, namespace) == expected
