"""What the server filled in goes, and what a person sent stays: proven on what a 1.36 API server made of manifests."""

from __future__ import annotations

import json
import re
from copy import deepcopy
from typing import Any

import pytest
from clean_world import LAST, SMALL, WORLDS, World, leaves, unsigned
from hypothesis import given, settings
from hypothesis import strategies as st
from openapi import complaints, schema_names

from snapinspect.clean import TABLE, Engine, clean
from snapinspect.clean.minimal import minimize
from snapinspect.clean.minimal.table import DEFAULTS
from snapinspect.clean.paths import steps
from snapinspect.clean.subject import group_of
from snapinspect.model import Body

LEAN = Engine(TABLE, minimize)
APPLIED = [body for body in SMALL.objects if LAST in (body["metadata"].get("annotations") or ())]
SPECS = ("spec", "data", "type", "webhooks", "subjects", "reclaimPolicy", "volumeBindingMode", "template")


def lean(body: Body, world: World = SMALL) -> Body:
    return LEAN.clean(body, world, 36).body


def spec_leaves(body: Body) -> dict[str, Any]:
    return dict(leaves({key: body[key] for key in SPECS if key in body}))


@pytest.mark.parametrize("body", APPLIED, ids=lambda body: f"{body['kind']}-{body['metadata']['name']}")
def test_all_that_was_applied_stays(body: Body) -> None:
    """Where the last applied manifest is known, each of its leaves is there as the server stored it."""
    sent, full, left = (
        spec_leaves(json.loads(body["metadata"]["annotations"][LAST])),
        spec_leaves(clean(body, SMALL, 36).body),
        spec_leaves(lean(body)),
    )
    for path in sent:
        assert path not in full or left.get(path, path) == full[path], path


OTHERS = {"CertificateSigningRequest", "ControllerRevision", "ReplicaSet", "Secret"}
"""Copies of another object's annotations, and what ``kubectl apply`` sends in another field (``stringData``)."""
CHOSEN = re.compile(
    r"\.spec\.(ipFamilies|claimRef|nodeSelector|tolerations)\b.*|\.spec\.(suspend|priority|taint\.timeAdded)"
)
"""What admission, allocation, controllers and our own rules wrote: it depends on more than the manifest, and stays."""


def test_no_more_than_was_applied_stays() -> None:
    compared = [body for body in APPLIED if body["kind"] not in OTHERS]
    assert len(compared) > 60
    for body in compared:
        sent = spec_leaves(json.loads(body["metadata"]["annotations"][LAST]))
        more = {path for path in spec_leaves(lean(body)) if path not in sent}
        assert {path for path in more if not CHOSEN.fullmatch(path)} == set(), body["metadata"]["name"]


def test_only_defaults_go_where_nothing_tells_what_was_sent() -> None:
    for body in SMALL.objects:
        full, left = clean(unsigned(body), SMALL, 36), LEAN.clean(unsigned(body), SMALL, 36)
        places = {change.path for change in left.changes} - {change.path for change in full.changes}
        gone = {re.sub(r'\["([^"]+)"\]', r".\1", place) for place in places}
        before, after = dict(leaves(full.body)), dict(leaves(left.body))
        for path in before.keys() - after.keys():
            assert any(path.startswith(place) for place in gone), path
        assert all(before.get(path, {}) == value for path, value in after.items())
        assert complaints(left.body) == [] or complaints(full.body) != []


def test_an_empty_value_that_means_something_stays() -> None:
    body: Body = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "open"},
        "spec": {"podSelector": {}, "egress": [{}], "policyTypes": ["Ingress", "Egress"]},
    }
    assert lean(body)["spec"] == {"podSelector": {}, "egress": [{}]}
    deny = {**body, "spec": {"podSelector": {}, "policyTypes": ["Egress"]}}
    assert lean(deny) == deny
    pod: Body = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "p"},
        "spec": {
            "volumes": [{"name": "v", "emptyDir": {}}],
            "containers": [{"name": "c", "image": "i", "resources": {}}],
        },
    }
    assert lean(pod)["spec"] == {
        "volumes": [{"name": "v", "emptyDir": {}}],
        "containers": [{"name": "c", "image": "i"}],
    }
    issuer: Body = {"apiVersion": "cert-manager.io/v1", "kind": "Issuer", "metadata": {}, "spec": {"selfSigned": {}}}
    assert lean(issuer) is issuer


@pytest.mark.parametrize(
    ("image", "policy", "goes"),
    [
        ("nginx", "Always", True),
        ("nginx:latest", "Always", True),
        ("host:5000/nginx", "Always", True),
        ("nginx:1", "IfNotPresent", True),
        ("nginx@sha256:abc", "IfNotPresent", True),
        ("nginx:1", "Always", False),
        ("nginx", "IfNotPresent", False),
        ("nginx:1", "Never", False),
    ],
)
def test_pull_policies_depend_on_the_image(image: str, policy: str, goes: bool) -> None:
    body: Body = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "p"},
        "spec": {"containers": [{"name": "c", "image": image, "imagePullPolicy": policy}]},
    }
    assert ("imagePullPolicy" not in lean(body)["spec"]["containers"][0]) == goes


@pytest.mark.parametrize(
    ("spec", "left"),
    [
        ({"completions": 1, "parallelism": 1}, {}),
        ({"parallelism": 1}, {"parallelism": 1}),
        ({"completions": 1, "parallelism": 3}, {"completions": 1, "parallelism": 3}),
        ({"backoffLimit": 6}, {}),
        ({"backoffLimit": 6, "backoffLimitPerIndex": 1}, {"backoffLimit": 6, "backoffLimitPerIndex": 1}),
    ],
)
def test_counts_of_a_job_go_only_together(spec: Body, left: Body) -> None:
    assert lean({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "j"}, "spec": spec})["spec"] == left


def test_what_server_side_apply_owns_stays() -> None:
    fields = {
        "f:spec": {
            "f:replicas": {},
            "f:template": {"f:spec": {"f:containers": {'k:{"name":"c"}': {"f:imagePullPolicy": {}}}}},
        }
    }
    containers = [{"name": "c", "image": "i:1", "imagePullPolicy": "IfNotPresent", "terminationMessagePolicy": "File"}]
    body: Body = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "d", "managedFields": [{"manager": "flux", "operation": "Apply", "fieldsV1": fields}]},
        "spec": {"replicas": 1, "revisionHistoryLimit": 10, "template": {"spec": {"containers": containers}}},
    }
    assert lean(body)["spec"] == {
        "replicas": 1,
        "template": {"spec": {"containers": [{"name": "c", "image": "i:1", "imagePullPolicy": "IfNotPresent"}]}},
    }


def test_each_default_stands_in_a_field_that_there_is() -> None:
    known = {(group, kind) for group, _, kind in schema_names()}
    for api_version, kinds in DEFAULTS.items():
        for kind, defaults in kinds.items():
            assert (group_of(api_version), kind) in known
            assert all(steps(default.path) for default in defaults)


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_odd_types_are_survived(data: st.DataObject) -> None:
    body = deepcopy(data.draw(st.sampled_from([body for world in WORLDS for body in world.objects])))
    odd = data.draw(st.sampled_from([None, 7, "x", [], {}, [[]], [7], {"a": 1}]))
    spots = [
        (holder, key)
        for holder in (body, body.get("spec"), body.get("metadata"))
        if isinstance(holder, dict)
        for key in holder
        if key not in ("apiVersion", "kind")
    ]
    holder, key = data.draw(st.sampled_from(spots))
    holder[key] = odd
    before = deepcopy(body)
    LEAN.clean(body, World([]))
    assert body == before
