"""Objects of old versions, in the one that the cluster they are for serves."""

from __future__ import annotations

from copy import deepcopy
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from clean_world import CONVERSIONS, OLD, WORLDS, World
from openapi import complaints, resources

from snapinspect import clean
from snapinspect.clean.rule import Conversion
from snapinspect.clean.rules import TABLE
from snapinspect.clean.served import NEWEST, OLDEST, parse_release, span, stability
from snapinspect.errors import UsageError
from snapinspect.kube.kinds import KindTable

if TYPE_CHECKING:
    from snapinspect.model import Body, Cleaned

NOWHERE = World([])


def label(pair: dict[str, Any]) -> str:
    stored = pair["stored"]
    return f"{stored['apiVersion']}-{stored['kind']}-{stored['metadata']['name']}"


def converted(kind: str, name: str, release: str) -> Cleaned:
    body = next(body for body in OLD.objects if (body["kind"], body["metadata"]["name"]) == (kind, name))
    return clean.clean(body, OLD, parse_release(release))


def version(kind: str, name: str, release: str) -> str:
    return str(converted(kind, name, release).body["apiVersion"])


@pytest.mark.parametrize("pair", CONVERSIONS, ids=label)
def test_an_old_object_becomes_what_is_served_today(pair: dict[str, Any]) -> None:
    before = deepcopy(pair["stored"])
    left = clean.clean(pair["stored"], OLD, NEWEST)
    assert left.body == pair["applied"]
    assert pair["stored"] == before
    for warning in pair.get("warns", ()):
        assert any(warning in told for told in left.warnings)
    assert bool(left.warnings) == bool(pair.get("warns"))


@pytest.mark.parametrize("pair", [pair for pair in CONVERSIONS if pair["stored"] != pair["applied"]], ids=label)
def test_what_was_converted_is_valid(pair: dict[str, Any]) -> None:
    if (
        pair["applied"]["apiVersion"] != pair["stored"]["apiVersion"]
        and pair["applied"]["kind"] != "ClusterTrustBundle"
    ):
        assert complaints(clean.clean(pair["stored"], OLD, NEWEST).body) == []


def test_each_change_says_which_release_and_why() -> None:
    changes = converted("Deployment", "web", "1.25").changes
    first = next(change for change in changes if change.rule == "deployment-extensions")
    assert first.path == ".apiVersion"
    assert first.reason.startswith("Kubernetes 1.25 serves apps/v1 and not extensions/v1beta1.")
    told = {change.path: change.reason for change in changes if change.rule == "deployment-extensions"}
    assert "rollback" in told[".spec.rollbackTo"]
    assert ".spec" in told


@pytest.mark.parametrize(
    ("kind", "name", "release", "expected"),
    [
        ("Deployment", "web", "1.8", "extensions/v1beta1"),
        ("Deployment", "web", "1.9", "apps/v1"),
        ("Deployment", "web", "1.16", "apps/v1"),
        ("StatefulSet", "queue", "1.8", "apps/v1beta2"),
        ("Ingress", "main", "1.18", "extensions/v1beta1"),
        ("Ingress", "main", "1.22", "networking.k8s.io/v1"),
        ("Ingress", "bucket", "1.18.3+k3s1", "networking.k8s.io/v1beta1"),
        ("Ingress", "bucket", "1.19", "networking.k8s.io/v1"),
        ("CronJob", "nightly", "1.20", "batch/v1beta1"),
        ("CronJob", "nightly", "v1.25", "batch/v1"),
        ("HorizontalPodAutoscaler", "web", "1.22", "autoscaling/v2beta1"),
        ("HorizontalPodAutoscaler", "web", "1.23", "autoscaling/v2"),
        ("HorizontalPodAutoscaler", "api", "1.22", "autoscaling/v2beta2"),
        ("PodDisruptionBudget", "web", "1.20", "policy/v1beta1"),
        ("PodDisruptionBudget", "web", "1.24", "policy/v1"),
        ("FlowSchema", "mine", "1.27", "flowcontrol.apiserver.k8s.io/v1beta3"),
        ("PriorityLevelConfiguration", "mine", "1.24", "flowcontrol.apiserver.k8s.io/v1beta2"),
        ("PriorityLevelConfiguration", "mine", "1.28", "flowcontrol.apiserver.k8s.io/v1beta3"),
        ("PodSecurityPolicy", "strict", "1.24", "policy/v1beta1"),
        ("PodSecurityPolicy", "strict", "1.25", "extensions/v1beta1"),
        ("RuntimeClass", "kata", "1.19", "node.k8s.io/v1beta1"),
        ("ValidatingWebhookConfiguration", "guard", "1.15", "admissionregistration.k8s.io/v1beta1"),
        ("VolumeAttributesClass", "gold", "1.33", "storage.k8s.io/v1alpha1"),
        ("ServiceCIDR", "more", "1.32", "networking.k8s.io/v1beta1"),
    ],
)
def test_the_version_is_one_that_the_target_serves(kind: str, name: str, release: str, expected: str) -> None:
    assert version(kind, name, release) == expected


def test_what_the_target_serves_stays_as_it_is() -> None:
    assert converted("PodDisruptionBudget", "nobody", "1.20").body["spec"]["selector"] == {}
    (told,) = converted("Deployment", "web", "1.8").warnings
    assert told.startswith("it is written in extensions/v1beta1, as no stable version")


def test_an_older_cluster_gets_an_older_version_where_both_say_the_same() -> None:
    autoscaler: Body = {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "spec": {"maxReplicas": 2}}
    assert clean.clean(autoscaler, NOWHERE, 18).body["apiVersion"] == "autoscaling/v2beta2"
    ingress: Body = {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "spec": {}}
    left = clean.clean(ingress, NOWHERE, 18)
    assert left.body is ingress
    (told,) = left.warnings
    assert told.startswith("Kubernetes 1.18 does not serve Ingress in networking.k8s.io/v1, in which it is written")
    assert told.endswith("no conversion to another version is known")


def test_a_definition_stays_for_a_cluster_that_takes_it() -> None:
    body: Body = {"apiVersion": "apiextensions.k8s.io/v1beta1", "kind": "CustomResourceDefinition", "spec": {}}
    assert clean.clean(body, NOWHERE, 15).body is body
    named: Body = {**body, "spec": {"version": "v1"}}
    assert clean.clean(named, NOWHERE, 16).body["apiVersion"] == "apiextensions.k8s.io/v1"


def test_the_newest_stable_version_is_written_where_a_beta_would_do() -> None:
    for kind in ("MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding"):
        body: Body = {"apiVersion": "admissionregistration.k8s.io/v1beta1", "kind": kind, "spec": {}}
        left = clean.clean(body, NOWHERE)
        assert left.body["apiVersion"] == "admissionregistration.k8s.io/v1"
        assert left.warnings == ()
        left = clean.clean(body, NOWHERE, 35)
        assert left.body is body
        assert any("switched on" in told for told in left.warnings)


def test_what_cannot_be_converted_stays_where_it_is_served() -> None:
    body: Body = {"apiVersion": "extensions/v1beta1", "kind": "Deployment", "spec": {"template": {}}}
    assert clean.clean(body, NOWHERE, 15).body is body
    assert any("no stable version" in told for told in clean.clean(body, NOWHERE, 15).warnings)
    assert any("could not be converted" in told for told in clean.clean(body, NOWHERE, 16).warnings)


def test_without_a_release_stays_what_was_switched_on_where_it_comes_from() -> None:
    bundle: Body = {"apiVersion": "certificates.k8s.io/v1beta1", "kind": "ClusterTrustBundle", "spec": {}}
    assert clean.clean(bundle, NOWHERE).body is bundle
    assert clean.clean(bundle, NOWHERE, NEWEST).body["apiVersion"] == "certificates.k8s.io/v1"
    assert clean.clean(bundle, NOWHERE, 36).body is bundle
    attributes: Body = {"apiVersion": "storage.k8s.io/v1alpha1", "kind": "VolumeAttributesClass"}
    assert clean.clean(attributes, NOWHERE).body["apiVersion"] == "storage.k8s.io/v1"


def test_custom_resources_are_of_no_release() -> None:
    body: Body = {"apiVersion": "extensions.example.com/v1beta1", "kind": "Ingress", "spec": {"backend": {}}}
    assert clean.clean(body, NOWHERE).body is body


def test_whatever_is_written_is_served_or_named() -> None:
    for release in range(OLDEST, NEWEST + 1):
        for world in WORLDS:
            for body in world.objects:
                left = clean.clean(body, world, release)
                known = span(left.body["apiVersion"], left.body["kind"])
                named = any("does not serve" in told for told in left.warnings)
                assert known is None or known.holds(release) != named


@pytest.mark.parametrize("text", ["1.38", "1.7", "2.25", "latest", "", "1.", "1.2x", "1.25 ", "1." + "9" * 50])
def test_a_release_that_nobody_knows(text: str) -> None:
    with pytest.raises(UsageError, match="no release"):
        parse_release(text)


def test_the_table_is_what_a_real_server_serves() -> None:
    served = {one for one in resources() if span("/".join(filter(None, one[:2])), one[2])}
    unstored = {"Binding", "ComponentStatus"}
    assert {
        one for one in resources() if one not in served and one[0][:4] != "auth" and one[2] not in unstored
    } == set()
    stored = [kind for kind in KindTable.builtin() if kind.builtin and kind.paths and kind.kind != "RangeAllocation"]
    for kind in stored:
        assert {number for number in kind.versions if _holds(kind.group, number, kind.kind, 36)} == {
            number for group, number, name in served if (group, name) == (kind.group, kind.kind)
        }


def test_a_version_is_known_for_each_kind() -> None:
    for kind in KindTable.builtin():
        if kind.builtin and kind.paths and kind.kind != "RangeAllocation":
            assert all(span("/".join(filter(None, (kind.group, number))), kind.kind) for number in kind.versions)


def test_newer_versions_came_later() -> None:
    for kind in KindTable.builtin():
        numbers = sorted(kind.versions, key=stability)
        spans = [found for number in numbers if (found := span(f"{kind.group}/{number}", kind.kind))]
        assert all(older.first <= newer.first for older, newer in pairwise(spans)) or kind.kind in UNEVEN


UNEVEN = {"CronJob", "HorizontalPodAutoscaler"}
"""Kinds of which v1 or v1beta1 was there together with or before an alpha of v2."""


def test_conversions_lead_between_versions_that_were_served() -> None:
    for rule in TABLE:
        if isinstance(rule, Conversion):
            for kind in rule.kinds:
                name = kind.partition(".")[0]
                assert span(rule.to, name)
                assert all(span(older, name) for older in rule.versions)


def _holds(group: str, number: str, kind: str, release: int) -> bool:
    found = span(f"{group}/{number}" if group else number, kind)
    return found is not None and found.holds(release)
