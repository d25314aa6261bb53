"""What an object needs and what serves it, and what a snapshot lacks of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st
from openapi import has_field, resources
from written_snapshot import write_snapshot

import snapinspect
from snapinspect.analysis.deps import Dependencies, Surroundings, dependencies
from snapinspect.analysis.deps.links import links, normal, pod_labels, selectors
from snapinspect.analysis.deps.references import Reference, Selects
from snapinspect.analysis.deps.table import POD_SPECS, REFERENCES, SELECTORS
from snapinspect.clean.paths import steps
from snapinspect.clean.rule import kind_key
from snapinspect.kube.kinds import KindTable
from snapinspect.snapshot import Snapshot

OBJECTS = list(yaml.safe_load_all((Path(__file__).parent / "deps_objects.yaml").read_text("utf-8")))
SERVED = {(group, kind): version for group, version, kind in reversed(resources())}
ROWS = [(row, kind) for row in (*REFERENCES, *SELECTORS) for kind in row.kinds if kind_key(kind) in SERVED]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snapshot]:
    path = write_snapshot(tmp_path_factory.mktemp("deps") / "shop.db", OBJECTS)
    with snapinspect.open(str(path)) as snapshot:
        yield snapshot


@pytest.fixture
def small(snapshot_file: Callable[[str], Path]) -> Iterator[Snapshot]:
    with snapinspect.open(str(snapshot_file("small"))) as snapshot:
        yield snapshot


def of(view: Snapshot, *targets: str, namespace: str = "shop") -> Dependencies:
    return dependencies(view, view.select(targets, namespaces=[namespace]))


def names(view: Snapshot, found: Dependencies) -> set[str]:
    heads = [view.head_of(record) for key in found.keys if (record := view.store.get(key))]
    return {
        f"{head.kind}/{head.name}" + (f"@{head.namespace}" if head.namespace == "other" else "")
        for head in heads
        if head is not None
    }


def lacks(found: Dependencies) -> set[str]:
    return {str(missing) for missing in found.missing}


@pytest.mark.parametrize(("row", "kind"), ROWS, ids=lambda value: value if isinstance(value, str) else value.path)
def test_each_reference_stands_in_a_field_that_there_is(row: Reference | Selects, kind: str) -> None:
    group, name = kind_key(kind)
    assert has_field((group, SERVED[group, name], name), steps(row.path))
    if isinstance(row, Reference):
        keys = [row.name, row.namespace, *(row.where or ())[:1]]
        for key in filter(None, keys):
            assert has_field((group, SERVED[group, name], name), [*steps(row.path), key])


@pytest.mark.parametrize("kind", [kind for kind in POD_SPECS if kind_key(kind) in SERVED])
def test_pods_are_specified_where_the_table_says(kind: str) -> None:
    group, name = kind_key(kind)
    assert has_field((group, SERVED[group, name], name), [*steps(POD_SPECS[kind]), "containers", "[]", "envFrom"])


def test_what_is_referred_to_is_a_kind_that_is_served() -> None:
    named = {row.identity for row in REFERENCES if row.to}
    assert {one for one in named if one not in SERVED} == {
        ("gateway.networking.k8s.io", "Gateway"),
        *(("snapshot.storage.k8s.io", f"VolumeSnapshot{part}") for part in ("", "Class", "Content")),
    }


def test_a_workload_comes_with_what_it_needs_and_what_serves_it(shop: Snapshot) -> None:
    found = of(shop, "deploy/web")
    assert names(shop, found) == {
        "Namespace/shop",
        "ServiceAccount/web",
        *(f"Secret/{name}" for name in ("registry", "account-registry", "init-env", "tls", "projected", "site-tls")),
        *(f"ConfigMap/{name}" for name in ("env", "mode", "conf", "projected")),
        "PriorityClass/high",
        "RuntimeClass/gvisor",
        "PersistentVolumeClaim/data",
        "PersistentVolume/pv-data",
        "StorageClass/fast",
        "Secret/stage@other",
        "Secret/provision@other",
        "Namespace/other",
        "RoleBinding/web",
        "Role/web",
        "RoleBinding/from-shop@other",
        "ClusterRoleBinding/all-of-shop",
        "ClusterRole/reader",
        "Service/web",
        "Ingress/site",
        "HorizontalPodAutoscaler/web",
        "PodDisruptionBudget/front",
        "NetworkPolicy/everybody",
    }
    assert lacks(found) == {"deployment web needs secret db-credentials, which the snapshot lacks (in shop)"}


def test_what_serves_an_object_does_not_bring_what_else_it_serves(shop: Snapshot) -> None:
    brought = names(shop, of(shop, "deploy/web"))
    assert not brought & {"Service/api", "ServiceAccount/stranger@other", "ClusterRoleBinding/strangers"}


def test_what_is_named_brings_all_that_it_refers_to(shop: Snapshot) -> None:
    assert names(shop, of(shop, "ingress/site")) == {
        "Namespace/shop",
        "Service/web",
        "Service/api",
        "Secret/site-tls",
    } | {
        "ClusterRoleBinding/all-of-shop",
        "ClusterRole/reader",
    }
    assert {"Deployment/web", "ConfigMap/conf"} <= names(shop, of(shop, "hpa/web"))


def test_what_serves_every_pod_is_told_from_what_serves_none(shop: Snapshot) -> None:
    brought = names(shop, of(shop, "pod/a"))
    assert "NetworkPolicy/everybody" in brought
    assert not brought & {"PodDisruptionBudget/nobody", "PodDisruptionBudget/front", "NetworkPolicy/only-api"}


def test_the_claims_of_a_stateful_set_come_also_when_it_is_scaled_down(shop: Snapshot) -> None:
    found = of(shop, "sts/db")
    claims = {name for name in names(shop, found) if name.startswith("PersistentVolumeClaim")}
    assert claims == {"PersistentVolumeClaim/data-db-0", "PersistentVolumeClaim/data-db-11"}
    assert lacks(found) == {"statefulset db needs service db, which the snapshot lacks (in shop)"}


def test_a_service_without_selector_brings_its_endpoints(shop: Snapshot) -> None:
    assert "Endpoints/by-hand" in names(shop, of(shop, "svc/by-hand"))


def test_custom_resources_come_with_their_definition(shop: Snapshot) -> None:
    found = of(shop, "widgets")
    assert "CustomResourceDefinition/widgets.example.com" in names(shop, found)
    assert lacks(found) == set()
    unknown = dependencies(shop, shop.select(keys=["/registry/example.org/gadgets/"]))
    assert lacks(unknown) == {
        "gadget g needs customresourcedefinition gadgets.example.org, which the snapshot lacks (in shop)"
    }


def test_references_in_a_circle_come_to_an_end(shop: Snapshot) -> None:
    assert "PersistentVolumeClaim/loop" in names(shop, of(shop, "pod/a"))
    (found,) = shop.objects(shop.select(["pvc/loop"], namespaces=["shop"]))
    tree = Surroundings(shop).tree(found)
    assert [item["name"] for item in tree["needs"]] == ["shop", "loop"]
    assert [item["name"] for item in tree["neededBy"]] == ["a"]


def test_what_is_selected_is_not_brought_again(shop: Snapshot) -> None:
    found = dependencies(shop, shop.select(namespaces=["shop"]))
    assert not any(b"/shop/" in key or key.endswith(b"namespaces/shop") for key in found.keys)
    assert {"Secret/stage@other", "PersistentVolume/pv-data", "Namespace/other"} <= names(shop, found)
    assert dependencies(shop, shop.select(everything=True)).keys == ()


def test_the_tree_tells_both_sides(shop: Snapshot) -> None:
    (found,) = shop.objects(shop.select(["deploy/web"], namespaces=["shop"]))
    tree = Surroundings(shop).tree(found)
    assert tree["object"] == {"apiVersion": "apps/v1", "kind": "Deployment", "namespace": "shop", "name": "web"}
    states = {(item["kind"], item["name"]): item["state"] for item in tree["needs"]}
    assert states["Secret", "db-credentials"] == "missing"
    assert states["ConfigMap", "maybe"] == "optional"
    assert states["PersistentVolumeClaim", "data"] == "present"
    (claim,) = [item for item in tree["needs"] if item["name"] == "data"]
    assert claim["path"] == ".spec.template.spec.volumes[].persistentVolumeClaim"
    assert {item["name"] for item in claim["needs"]} == {"pv-data", "fast"}
    (service,) = [item for item in tree["neededBy"] if item["kind"] == "Service"]
    assert [(item["kind"], item["name"]) for item in service["neededBy"]] == [("Ingress", "site")]
    (lost,) = tree["missing"]
    assert (lost["kind"], lost["name"], lost["neededBy"]["name"]) == ("Secret", "db-credentials", "web")


@given(data=st.data())
def test_references_of_any_shape_are_read(data: st.DataObject) -> None:
    body = deepcopy(data.draw(st.sampled_from(OBJECTS)))
    places = list(_places(body))
    container, key = data.draw(st.sampled_from(places))
    container[key] = data.draw(
        st.none() | st.integers() | st.text(max_size=3) | st.lists(st.just({})) | st.just({"": []})
    )
    assume(isinstance(body.get("metadata"), dict))
    for link in links(normal(body), KindTable.builtin()):
        assert link.name
        assert link.kind
    for selector in selectors(normal(body)):
        assert selector.matches({"app": "web"}) in (True, False)
    pod_labels(normal(body))


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every container in ``value`` with each of its keys."""
    pairs = list(value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ())
    for key, item in pairs:
        yield value, key
        yield from _places(item)


def test_everybody_who_needs_what_lies_in_no_namespace(shop: Snapshot) -> None:
    (found,) = shop.objects(shop.select(["storageclass/fast"]))
    needed_by = {(item["kind"], item["name"]) for item in Surroundings(shop).tree(found)["neededBy"]}
    assert needed_by == {("PersistentVolumeClaim", "data"), ("PersistentVolume", "pv-data")}


@pytest.mark.parametrize("namespace", ["infra-production", "infra-staging", "monitoring", "team-a"])
def test_a_namespace_comes_complete(small: Snapshot, namespace: str) -> None:
    """Whatever a written object refers to is written, too, or left out by a rule, or named as missing."""
    selection = small.select(namespaces=[namespace])
    found = dependencies(small, selection)
    left: set[str] = set()
    recovered = list(small.recover(selection, also=found.keys, leave_out=lambda each, _: left.add(each.key)))
    there = {each.object.key for each in recovered} | left
    missing = {missing.link[1:5] for missing in found.missing}
    followed = [link for each in recovered for link in links(normal(each.object.body), small.kinds)]
    assert followed
    for link in followed:
        record = None if link.reference.numbered else small.locate(*link[1:5])
        if record is not None:
            assert record.key.decode() in there
        elif not link.optional:
            assert link[1:5] in missing


def test_nothing_is_followed_from_what_recovery_leaves_out(small: Snapshot) -> None:
    ran = small.select(["all"], namespaces=["infra-production"], selector="job-name")
    assert dependencies(small, ran).keys == ()
    assert any(b"/serviceaccounts/" in key for key in dependencies(small, ran, {"finished-job"}).keys)


def test_what_cannot_be_read_is_brought_all_the_same(snapshot_file: Callable[[str], Path]) -> None:
    with snapinspect.open(str(snapshot_file("aescbc"))) as locked:
        selection = locked.select(["deploy/web"], namespaces=["infra-production"])
        found = dependencies(locked, selection)
        assert locked.problems == []
        assert any(b"/secrets/infra-production/db-credentials" in key for key in found.keys)
        assert not any("db-credentials" in told for told in lacks(found))
        list(locked.recover(selection, also=found.keys))
        assert {problem.code for problem in locked.problems} == {"locked"}


def test_what_comes_along_is_not_meant_itself(small: Snapshot) -> None:
    """Naming a kind brings what recovery leaves out of it; coming along does not."""
    selection = small.select(["deploy/web"], names=["web"], namespaces=["infra-production"])
    found = dependencies(small, selection)
    assert any(key.endswith(b"/serviceaccounts/infra-production/default") for key in found.keys)
    written: list[Any] = list(small.recover(selection, also=found.keys))
    assert not any(each.object.head.kind == "ServiceAccount" for each in written)
