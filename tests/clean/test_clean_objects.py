"""What cleaning takes from an object, and what it must leave."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest
from clean_world import HISTORY, SMALL, WORLDS, WRITTEN, World

from snapinspect.clean import clean, omission

if TYPE_CHECKING:
    from snapinspect.model import Body


def spec(world: World, kind: str, name: str, namespace: str | None = "infra-production") -> Any:
    return clean(world.get(kind, name, namespace), world).body["spec"]


def drop(value: Any, *path: str) -> None:
    """Deletes what stands at ``path``, if it is there."""
    for key in path[:-1]:
        value = value.get(key, {})
    value.pop(path[-1], None)


def test_a_plain_object_keeps_all_but_what_the_server_wrote() -> None:
    for body in (SMALL.get("ConfigMap", "tricky"), SMALL.get("Ingress", "main"), SMALL.get("Widget", "strings")):
        expected = deepcopy(body)
        expected.pop("status", None)
        for field in ("uid", "resourceVersion", "generation", "creationTimestamp", "managedFields"):
            drop(expected, "metadata", field)
        drop(expected, "metadata", "annotations", "kubectl.kubernetes.io/last-applied-configuration")
        if not expected["metadata"].get("annotations", {"": ""}):
            drop(expected, "metadata", "annotations")
        assert clean(body, SMALL).body == expected


def test_metadata_is_what_people_write() -> None:
    for world in WORLDS:
        for body in world.objects:
            left = clean(body, world).body
            assert "status" not in left
            assert left["metadata"].keys() <= {"name", "namespace", "labels", "annotations", "finalizers"}


def test_the_input_is_never_changed_and_the_rest_is_shared() -> None:
    for world in WORLDS:
        for body in world.objects:
            before = deepcopy(body)
            cleaned = clean(body, world).body
            omission(body, world)
            assert body == before
            assert list(body) == list(before)
            for key, value in cleaned.items():
                assert value is body.get(key) or value != body.get(key)


def test_key_order_stays() -> None:
    body = SMALL.get("Deployment", "web")
    cleaned = clean(body, SMALL).body
    assert [key for key in body if key in cleaned] == list(cleaned)


def test_cleaning_twice_changes_nothing_more() -> None:
    for body in SMALL.objects:
        once = clean(body, SMALL).body
        again = clean(once, SMALL)
        person_set = {"service-cluster-ip", "service-node-port", "service-health-check-port", "pod-node"}
        assert {change.rule for change in again.changes} <= person_set
        assert again.changes or again.body is once


def test_changes_name_the_place_in_the_input() -> None:
    body = SMALL.get("Pod", "web-64d96546dc-5lckk")
    for change in clean(body, SMALL).changes:
        if change.rule == "pod-default-tolerations":
            index = int(change.path.removeprefix(".spec.tolerations[").removesuffix("]"))
            assert body["spec"]["tolerations"][index]["tolerationSeconds"] == 300
    paths = [change.path for change in clean(body, SMALL).changes]
    assert len(paths) == len(set(paths))
    assert ".metadata.managedFields" in paths


def test_empty_objects_mean_something_and_stay() -> None:
    assert spec(SMALL, "NetworkPolicy", "deny-all", "infra-staging")["podSelector"] == {}
    assert spec(WRITTEN, "Deployment", "shop", "store")["template"]["spec"]["volumes"][0] == {
        "name": "scratch",
        "emptyDir": {},
    }
    assert spec(SMALL, "Pod", "every-volume", "infra-staging")["securityContext"] == {}


def test_what_was_emptied_by_dropping_goes() -> None:
    job = clean(SMALL.get("Job", "suspended", "infra-staging"), SMALL).body
    assert "labels" not in job["metadata"]
    assert "annotations" not in job["metadata"]
    assert "data" not in clean(SMALL.get("Secret", "sa-token"), SMALL).body


def test_finalizers_stay_but_the_passing_ones() -> None:
    job = clean(WRITTEN.get("Job", "nightly-28000000", "store"), WRITTEN).body
    assert job["metadata"]["finalizers"] == ["example.com/hold"]
    assert "finalizers" not in clean(WRITTEN.get("Deployment", "shop", "store"), WRITTEN).body["metadata"]
    claim = clean(SMALL.get("PersistentVolumeClaim", "data-pg-1"), SMALL).body
    assert claim["metadata"]["finalizers"] == ["kubernetes.io/pvc-protection"]


def test_owners_and_a_begun_deletion_are_told() -> None:
    assert clean(SMALL.get("Pod", "pg-1"), SMALL).warnings == ("was owned by StatefulSet/pg, and will stand alone",)
    told = clean(HISTORY.get("PersistentVolumeClaim", "web-64d96546dc-dfvss-eph"), HISTORY).warnings
    assert any("deletion had begun (2026-11-22T11:23:34Z)" in warning for warning in told)


class TestService:
    def test_an_allocated_address_goes_with_both_fields(self) -> None:
        left = spec(SMALL, "Service", "web")
        assert not {"clusterIP", "clusterIPs"} & left.keys()
        assert left["ipFamilies"] == ["IPv4"]

    def test_headless_stays_headless(self) -> None:
        left = spec(SMALL, "Service", "pg")
        assert left["clusterIP"] == "None"
        assert left["clusterIPs"] == ["None"]

    def test_the_address_of_the_cluster_dns_stays(self) -> None:
        assert spec(WRITTEN, "Service", "kube-dns", "kube-system")["clusterIP"] == "10.96.0.10"

    def test_what_a_person_applied_stays(self) -> None:
        ports = spec(SMALL, "Service", "web-np")["ports"]
        assert [port.get("nodePort") for port in ports] == [30080, None]

    def test_what_server_side_apply_owns_stays(self) -> None:
        left = spec(WRITTEN, "Service", "edge-by-flux", "store")
        assert left["clusterIP"] == "10.96.7.8"
        assert left["healthCheckNodePort"] == 31998
        assert [port.get("nodePort") for port in left["ports"]] == [31001, None]

    def test_what_the_control_plane_owns_goes(self) -> None:
        left = spec(WRITTEN, "Service", "edge", "store")
        assert left == {
            "type": "LoadBalancer",
            "externalIPs": ["203.0.113.9"],
            "ports": [{"port": 443, "protocol": "TCP"}],
        }

    def test_a_custom_resource_of_that_name_is_no_service(self) -> None:
        (knative,) = [body for body in WRITTEN.objects if body["apiVersion"] == "serving.knative.dev/v1"]
        assert clean(knative, WRITTEN).body is knative

    @pytest.mark.parametrize("applied", ["{", '"a string"', "[" * 100_000, "1" * 5000, "null"])
    def test_hostile_last_applied_proves_nothing(self, applied: str) -> None:
        body = deepcopy(SMALL.get("Service", "web-np"))
        body["metadata"]["annotations"]["kubectl.kubernetes.io/last-applied-configuration"] = applied
        body["metadata"]["managedFields"] = [{"manager": 7, "fieldsV1": {"f:spec": {"f:ports": {"k:[[": {}}}}}, "x"]
        assert all("nodePort" not in port for port in clean(body, SMALL).body["spec"]["ports"])


class TestVolumes:
    def test_a_claim_keeps_its_volume_when_that_is_there(self) -> None:
        body = SMALL.get("PersistentVolumeClaim", "data-pg-1")
        left = clean(body, SMALL)
        assert left.body["spec"] == body["spec"]
        assert left.body["metadata"]["annotations"] == {"backup": "daily"}
        assert left.warnings == ()

    def test_a_claim_whose_volume_is_missing_is_told(self) -> None:
        left = clean(WRITTEN.get("PersistentVolumeClaim", "shop-5d4f8c7b9-x2x4z-cache", "store"), WRITTEN)
        assert "volumeName" not in left.body["spec"]
        assert left.body["metadata"]["annotations"] == {"team": "shop"}
        assert any("pvc-gone is not in the snapshot" in warning for warning in left.warnings)

    def test_a_claim_keeps_its_volume_when_that_is_there_but_cannot_be_read(self) -> None:
        class Locked(World):
            def holds(self, group: str, kind: str, namespace: str | None, name: str) -> bool:
                return (group, kind, namespace, name) == ("", "PersistentVolume", None, "pvc-gone")

        body = WRITTEN.get("PersistentVolumeClaim", "shop-5d4f8c7b9-x2x4z-cache", "store")
        assert clean(body, Locked([])).body["spec"]["volumeName"] == "pvc-gone"
        assert "volumeName" not in clean(body, World([])).body["spec"]

    def test_a_volume_keeps_its_claim_but_not_its_uid(self) -> None:
        left = clean(WRITTEN.get("PersistentVolume", "pvc-db", None), WRITTEN)
        assert left.body["spec"] == {
            "persistentVolumeReclaimPolicy": "Retain",
            "claimRef": {"kind": "PersistentVolumeClaim", "namespace": "store", "name": "data-db-0"},
        }
        assert any("Delete" in warning for warning in left.warnings)

    def test_a_template_of_a_claim_keeps_its_spec(self) -> None:
        before = SMALL.get("StatefulSet", "pg")["spec"]["volumeClaimTemplates"]
        left = spec(SMALL, "StatefulSet", "pg")["volumeClaimTemplates"]
        assert left == [{key: value for key, value in one.items() if key != "status"} for one in before]


class TestWorkloads:
    def test_a_finished_job_does_not_run_again(self) -> None:
        assert spec(SMALL, "Job", "migrate")["suspend"] is True
        left = clean(WRITTEN.get("Job", "failed", "store"), WRITTEN)
        assert left.body["spec"]["suspend"] is True
        assert any("ran already" in warning for warning in left.warnings)
        assert "suspend" not in spec(WRITTEN, "Job", "nightly-28000000", "store")

    def test_a_job_keeps_its_own_labels_and_a_selector_by_hand(self) -> None:
        left = spec(WRITTEN, "Job", "nightly-28000000", "store")
        assert left["template"]["metadata"] == {"labels": {"app": "nightly"}}
        assert "selector" not in left
        by_hand = WRITTEN.get("Job", "by-hand", "store")
        assert clean(by_hand, WRITTEN).body is by_hand

    def test_a_pod_loses_the_tokens_that_admission_adds(self) -> None:
        left = spec(SMALL, "Pod", "web-64d96546dc-5lckk")
        mounts = [
            mount["name"]
            for sort in ("initContainers", "containers")
            for one in left[sort]
            for mount in one.get("volumeMounts", [])
        ]
        names = {volume["name"] for volume in left["volumes"]}
        assert names == {"conf", "scratch", "creds", "tok", "podinfo", "hostlog", "eph"}
        assert set(mounts) <= names
        old = spec(WRITTEN, "Pod", "shop-5d4f8c7b9-x2x4z", "store")
        assert [volume["name"] for volume in old["volumes"]] == ["scratch", "cache", "mine-token-abcde"]
        assert old["containers"][0]["volumeMounts"] == [{"name": "scratch", "mountPath": "/tmp"}]
        assert "volumeMounts" not in old["initContainers"][0]

    def test_a_pod_keeps_the_tolerations_of_people(self) -> None:
        before = SMALL.get("Pod", "web-64d96546dc-5lckk")["spec"]["tolerations"]
        left = spec(SMALL, "Pod", "web-64d96546dc-5lckk")["tolerations"]
        assert left == [one for one in before if one.get("tolerationSeconds") != 300]

    def test_a_pod_is_free_of_its_node_and_its_replica_set(self) -> None:
        pod = clean(SMALL.get("Pod", "api-b7f75c7b9-gn8bl"), SMALL).body
        assert not {"nodeName", "ephemeralContainers", "preemptionPolicy"} & pod["spec"].keys()
        assert pod["spec"]["priority"] == 0
        assert "pod-template-hash" not in pod["metadata"]["labels"]
        assert "priority" not in spec(SMALL, "Pod", "every-volume", "infra-staging")

    def test_a_node_that_a_person_chose_stays(self) -> None:
        body = deepcopy(SMALL.get("Pod", "legacy-zhfd6", "infra-staging"))
        body["metadata"]["managedFields"] = [
            {"manager": "kubectl-create", "operation": "Update", "fieldsV1": {"f:spec": {"f:nodeName": {}}}}
        ]
        assert clean(body, SMALL).body["spec"]["nodeName"] == "node-1"


class TestIdentity:
    def test_an_account_keeps_what_people_gave_it(self) -> None:
        left = clean(WRITTEN.get("ServiceAccount", "default", "store"), WRITTEN).body
        assert left["imagePullSecrets"] == [{"name": "registry-login"}]
        assert left["secrets"] == [{"name": "default-token-by-hand"}]
        assert clean(SMALL.get("ServiceAccount", "deployer"), SMALL).body["secrets"] == [{"name": "sa-token"}]

    def test_a_token_secret_by_hand_is_filled_in_again(self) -> None:
        left = clean(SMALL.get("Secret", "sa-token"), SMALL).body
        assert left["metadata"]["annotations"] == {"kubernetes.io/service-account.name": "deployer"}
        assert left["type"] == "kubernetes.io/service-account-token"

    def test_a_secret_of_another_type_keeps_its_token(self) -> None:
        assert clean(SMALL.get("Secret", "token", "team-a"), SMALL).body["data"] == {"token": "dGVhbS1hLXRva2Vu"}

    def test_a_namespace_keeps_its_labels(self) -> None:
        left = clean(SMALL.get("Namespace", "team-a", None), SMALL).body
        assert "spec" not in left
        assert left["metadata"]["labels"] == {"team": "a"}

    def test_an_aggregated_role_has_no_rules_of_its_own(self) -> None:
        assert "rules" not in clean(SMALL.get("ClusterRole", "aggregated", None), SMALL).body
        plain: Body = SMALL.get("ClusterRole", "aggregate-me", None)
        assert clean(plain, SMALL).body["rules"] == plain["rules"]


def test_a_stale_authority_is_told() -> None:
    with_bundle = SMALL.get("ValidatingWebhookConfiguration", "vwh.example.com", None)
    left = clean(with_bundle, SMALL)
    assert left.body["webhooks"] == with_bundle["webhooks"]
    assert any("caBundle" in warning for warning in left.warnings)
    assert clean(SMALL.get("MutatingWebhookConfiguration", "mwh.example.com", None), SMALL).warnings == ()


class TestAdapted:
    def test_profiles_of_one_container_and_of_the_pod(self) -> None:
        left = clean(WRITTEN.get("Deployment", "confined", "ops"), WRITTEN)
        template = left.body["spec"]["template"]
        unknown = {"container.apparmor.security.beta.kubernetes.io/unknown": "something"}
        assert template["metadata"] == {"labels": {"a": "b"}, "annotations": unknown}
        assert template["spec"]["securityContext"] == {"seccompProfile": {"type": "RuntimeDefault"}}
        assert template["spec"]["containers"] == [
            {"name": "a", "image": "a"},
            {
                "name": "own",
                "image": "a",
                "securityContext": {
                    "appArmorProfile": {"type": "Unconfined"},
                    "seccompProfile": {"type": "Localhost", "localhostProfile": "own.json"},
                    "privileged": False,
                },
            },
        ]
        assert template["spec"]["resourceClaims"] == [{"name": "gpu", "resourceClaimName": "gpu"}]
        assert clean(WRITTEN.get("Deployment", "confined", "ops"), WRITTEN, 26).body["spec"]["template"]["metadata"][
            "annotations"
        ]

    @pytest.mark.parametrize(
        ("spec", "expected"),
        [
            ({"schedule": "TZ=UTC 0 3 * * *"}, {"schedule": "0 3 * * *", "timeZone": "UTC"}),
            ({"schedule": "TZ=Local @daily"}, {"schedule": "@daily"}),
            ({"schedule": "TZ=UTC @daily", "timeZone": "Asia/Tokyo"}, {"schedule": "@daily", "timeZone": "Asia/Tokyo"}),
            ({"schedule": "@daily"}, {"schedule": "@daily"}),
            ({"schedule": 7}, {"schedule": 7}),
            ({"schedule": "TZ=UTC"}, {"schedule": "TZ=UTC"}),
        ],
    )
    def test_time_zones(self, spec: Body, expected: Body) -> None:
        body: Body = {"apiVersion": "batch/v1beta1", "kind": "CronJob", "spec": spec}
        assert clean(body, World([])).body["spec"] == expected

    def test_a_claim_is_not_filled_a_second_time(self) -> None:
        assert spec(WRITTEN, "PersistentVolumeClaim", "filled", "ops") == {
            "accessModes": ["ReadWriteOnce"],
            "volumeName": "pv-filled",
        }
        left = clean(WRITTEN.get("PersistentVolumeClaim", "waiting", "ops"), WRITTEN)
        assert left.body["spec"]["dataSource"]["name"] == "gone"
        assert any("waits for it for ever" in told for told in left.warnings)
