"""``diff --live`` where cluster and snapshot do not have the same kinds, or not in the same versions."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from apiserver import Resource
from live_world import NS, World, mark_written
from written_snapshot import write_snapshot

WIDGETS = "widgets.example.com"


def definition(world: World) -> dict[str, Any]:
    return world.body("customresourcedefinitions", WIDGETS, None)


def withdraw(world: World, version: str) -> None:
    """The cluster serves the widgets in this version no more."""
    for one in definition(world)["spec"]["versions"]:
        if one["name"] == version:
            one["served"] = False


def test_each_object_is_asked_for_in_the_version_in_which_it_is_stored(world: World) -> None:
    widgets = world.server.store.objects("widgets")
    assert {body["apiVersion"] for body in widgets} == {"example.com/v1", "example.com/v1beta1"}
    for body in widgets:
        mark_written(world.server, body)
    assert world.diff("widgets").code == 0
    assert sorted(world.lists()) == ["/apis/example.com/v1/widgets", "/apis/example.com/v1beta1/widgets"]
    world.add(
        {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "made", "namespace": NS}, "spec": {}}
    )
    world.write("widgets", "floats", lambda body: body["spec"].update(more="new"))
    outcome = world.diff("widgets", "-o", "json")
    assert outcome.told == {("Widget", NS, "made"): "added", ("Widget", NS, "floats"): "changed"}
    assert [each["path"] for each in outcome.facts[0]["changes"]] == [".spec.more"]


def test_a_version_that_is_served_no_more_is_said_only_where_it_may_matter(world: World) -> None:
    withdraw(world, "v1beta1")
    said = "note: Widget is stored as example.com/v1beta1, which the cluster does not serve, and compared as example.com/v1"
    for body in world.server.store.objects("widgets"):
        mark_written(world.server, body)
    same = world.diff("widgets")
    assert same.code == 0
    assert said not in same.err
    stored = next(body for body in world.server.store.objects("widgets") if body["apiVersion"].endswith("beta1"))
    place = stored["metadata"]["name"], stored["metadata"].get("namespace")
    world.write("widgets", place[0], lambda body: body["spec"].update(more="new"), namespace=place[1])
    changed = world.diff("widgets", "-o", "json")
    assert changed.code == 1
    assert [each["path"] for each in changed.facts[0]["changes"]] == [".spec.more"]
    assert said in changed.err


def test_a_kind_that_is_gone_takes_its_objects_with_it(world: World) -> None:
    kept = len(world.server.store.objects("widgets"))
    world.remove("customresourcedefinitions", WIDGETS, None)
    outcome = world.diff("widgets,crd", "-o", "json")
    assert outcome.code == 1
    assert set(outcome.told.values()) == {"removed"}
    assert len([kind for kind, _, _ in outcome.told if kind == "Widget"]) == kept
    assert ("CustomResourceDefinition", None, WIDGETS) in outcome.told
    assert f"note: the cluster serves no {WIDGETS}: all that the snapshot has of it counts as removed" in outcome.err


def test_a_kind_that_was_defined_since_is_found(world: World) -> None:
    made = copy.deepcopy(definition(world))
    made["metadata"] = {"name": "gears.example.com"}
    made["spec"]["names"] = {"kind": "Gear", "plural": "gears", "singular": "gear", "shortNames": ["gr"]}
    world.add(made)
    gear = {"apiVersion": "example.com/v1", "kind": "Gear", "metadata": {"name": "g", "namespace": NS}, "spec": {}}
    world.add(gear)
    added = ("Gear", NS, "g"), ("CustomResourceDefinition", None, "gears.example.com")
    assert world.diff("-o", "json").told == dict.fromkeys(added, "added")
    for word in ("gears", "gear", "gears.example.com", "Gear"):
        assert world.diff(word, "-o", "json").told == {added[0]: "added"}
    assert world.diff("gear/g", "-o", "name").out == "gear.example.com/g\n"


def test_a_changed_definition_shows_the_change_and_not_the_conversion(world: World) -> None:
    """It is stored as v1beta1, which no server answers with."""
    world.write(
        "customresourcedefinitions",
        WIDGETS,
        lambda body: body["spec"]["names"].update(categories=["made-up"]),
        namespace=None,
    )
    (found,) = world.diff("crd", "-o", "json").facts
    assert [each["path"] for each in found["changes"]] == [".spec.names.categories[0]"]
    assert found["apiVersion"] == "apiextensions.k8s.io/v1"


def ingress(api_version: str, backend: dict[str, Any]) -> dict[str, Any]:
    path = {"path": "/", "pathType": "ImplementationSpecific", "backend": backend}
    return {
        "apiVersion": api_version,
        "kind": "Ingress",
        "metadata": {"name": "old", "namespace": NS},
        "spec": {"rules": [{"host": "a.example.com", "http": {"paths": [path]}}]},
    }


@pytest.fixture
def old_snapshot(tmp_path: Path) -> Path:
    return write_snapshot(
        tmp_path / "old.db",
        [
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NS}},
            ingress("extensions/v1beta1", {"serviceName": "web", "servicePort": 80}),
        ],
    )


def test_a_kind_that_moved_to_another_group_is_the_same_kind(world: World, old_snapshot: Path) -> None:
    (other,) = world.server.store.objects("ingresses")
    world.remove("ingresses", other["metadata"]["name"], other["metadata"]["namespace"])
    world.add(ingress("networking.k8s.io/v1", {"service": {"name": "web", "port": {"number": 80}}}))
    assert world.diff("ingress", snapshot=old_snapshot).code == 0
    world.write("ingresses", "old", lambda body: body["spec"]["rules"][0].update(host="b.example.com"))
    outcome = world.diff("ingress", "-o", "json", snapshot=old_snapshot)
    assert outcome.told == {("Ingress", NS, "old"): "changed"}
    assert [each["path"] for each in outcome.facts[0]["changes"]] == [
        ".spec.rules[host=a.example.com]",
        ".spec.rules[host=b.example.com]",
    ]
    left = world.diff("ingresses.extensions", snapshot=old_snapshot)
    assert left.code == 3
    assert "not compared, as the cluster has ingresses.extensions as ingresses.networking.k8s.io" in left.err


def test_a_kind_that_only_the_snapshot_lists_is_not_taken_for_gone(world: World) -> None:
    store = world.server.store
    store._builtin = [
        Resource(*one[:5], ("get",)) if one[3] == "limitranges" else Resource(*one)
        for one in ((r.group, r.version, r.kind, r.plural, r.namespaced, r.verbs) for r in store._builtin)
    ]
    outcome = world.diff("limits")
    assert (outcome.code, outcome.out) == (3, "")
    assert "not compared, as the cluster lists none of it: limitranges" in outcome.err


def test_what_is_no_object_is_left_out_and_said(world: World, tmp_path: Path, etcd: Any) -> None:
    etcd.delete(b"/", b"0")
    namespace = b'{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"kube-public"}}'
    etcd.put(b"/registry/namespaces/kube-public", namespace)
    etcd.put(b"/calico/x", b"1")
    outcome = world.diff("--key", "/", "-o", "json", snapshot=etcd.save(tmp_path / "mixed.db"))
    assert "note: left out what is no Kubernetes object, as no API serves it: 1 record\n" in outcome.err
    assert all(kind for kind, _, _ in outcome.told)
