"""Into another namespace: what must point there, does."""

from __future__ import annotations

from typing import Any

import pytest
from restore_world import claim, config_map, namespace, volume

from snapinspect.errors import UsageError
from snapinspect.recovery.restore import Wanted, relocate

RBAC = "rbac.authorization.k8s.io"


def moved(*bodies: dict[str, Any]) -> list[dict[str, Any]]:
    return [wanted.body for wanted in relocate([Wanted(body) for body in bodies], "copy")]


def test_objects_and_their_namespace_itself_move() -> None:
    before = [namespace("shop"), config_map(), claim()]
    there = moved(*before)
    assert there[0]["metadata"] == {"name": "copy"}
    assert [body["metadata"]["namespace"] for body in there[1:]] == ["copy", "copy"]
    assert before[1]["metadata"]["namespace"] == "shop"


@pytest.mark.parametrize("kind", ["RoleBinding", "ClusterRoleBinding"])
def test_accounts_in_role_bindings_are_pointed_there_and_no_others(kind: str) -> None:
    subjects = [
        {"kind": "ServiceAccount", "name": "web", "namespace": "shop"},
        {"kind": "ServiceAccount", "name": "web", "namespace": "other"},
        {"kind": "User", "name": "system:serviceaccount:shop:web"},
        {"kind": "User", "name": "system:serviceaccount:shopping:web"},
        {"kind": "Group", "name": "system:serviceaccounts:shop"},
        {"kind": "Group", "name": "shop"},
    ]
    place = {"namespace": "shop"} if kind == "RoleBinding" else {}
    binding = {
        "apiVersion": f"{RBAC}/v1",
        "kind": kind,
        "metadata": {"name": "web", **place},
        "roleRef": {"apiGroup": RBAC, "kind": "Role", "name": "web"},
        "subjects": subjects,
    }
    _, there = moved(config_map(), binding)
    assert there["subjects"] == [
        {"kind": "ServiceAccount", "name": "web", "namespace": "copy"},
        subjects[1],
        {"kind": "User", "name": "system:serviceaccount:copy:web"},
        subjects[3],
        {"kind": "Group", "name": "system:serviceaccounts:copy"},
        subjects[5],
    ]


def test_a_volume_is_kept_for_the_claim_in_the_new_namespace() -> None:
    _, there = moved(claim(), volume())
    assert there["spec"]["claimRef"]["namespace"] == "copy"
    _, elsewhere = moved(claim(), volume(namespace="other"))
    assert elsewhere["spec"]["claimRef"]["namespace"] == "other"


@pytest.mark.parametrize(
    ("api_version", "kind", "spec"),
    [
        ("apiregistration.k8s.io/v1", "APIService", {"service": {"name": "api", "namespace": "shop"}}),
        (
            "apiextensions.k8s.io/v1",
            "CustomResourceDefinition",
            {"conversion": {"webhook": {"clientConfig": {"service": {"name": "api", "namespace": "shop"}}}}},
        ),
    ],
)
def test_what_calls_a_service_there_calls_the_moved_one(api_version: str, kind: str, spec: dict[str, Any]) -> None:
    body = {"apiVersion": api_version, "kind": kind, "metadata": {"name": "x"}, "spec": spec}
    _, there = moved(config_map(), body)
    assert "shop" not in str(there)
    assert "copy" in str(there)


@pytest.mark.parametrize("kind", ["ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"])
def test_webhooks_call_the_moved_service(kind: str) -> None:
    services = [{"service": {"name": "hook", "namespace": name}} for name in ("shop", "other")]
    webhooks = [{"name": "w", "clientConfig": service} for service in services]
    body = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": kind,
        "metadata": {"name": "x"},
        "webhooks": webhooks,
    }
    _, there = moved(config_map(), body)
    assert [hook["clientConfig"]["service"]["namespace"] for hook in there["webhooks"]] == ["copy", "other"]


def test_owners_and_the_uid_are_remembered() -> None:
    (there,) = relocate([Wanted(config_map(), ({"uid": "x"},), uid="y")], "copy")
    assert (there.owners, there.uid) == (({"uid": "x"},), "y")


def test_several_namespaces_do_not_go_into_one() -> None:
    with pytest.raises(UsageError, match="this is of other, shop"):
        moved(config_map(), config_map(namespace="other"))
    with pytest.raises(UsageError, match="this is of none"):
        moved(volume())
