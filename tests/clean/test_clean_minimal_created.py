"""The minimal and the full form of an object are stored as the same: told by upstream's defaulting, said anew.

``filling`` says it, and is itself held against what a 1.36 API server stored of manifests.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml
from clean_world import HISTORY, LAST, OLD, SMALL, WRITTEN, World, leaves, truth, unsigned
from filling import filled_in, without_null
from hypothesis import given, settings
from hypothesis import strategies as st

from snapinspect.clean import TABLE, Engine
from snapinspect.clean.minimal import minimize
from snapinspect.clean.minimal.image import tag_of
from snapinspect.clean.minimal.table import DEFAULTS
from snapinspect.clean.paths import reach, steps
from snapinspect.model import Body

FULL, LEAN = Engine(TABLE), Engine(TABLE, minimize)
ALONE = Engine((), minimize)
MANIFESTS = json.loads(json.dumps(yaml.safe_load((Path(__file__).parent / "defaults.yaml").read_text("utf-8"))))
WORLDS = {"small": SMALL, "history": HISTORY, "written": WRITTEN, "old": OLD} | {
    name: truth(name) for name in ("aescbc", "secretbox", "cbor")
}
NOT_COMPARED = {"CertificateSigningRequest", "ControllerRevision", "DeviceTaintRule", "Event", "ReplicaSet", "Secret"}
"""Copies of another object's annotations, what is sent in another field, and what is stored in another version."""
NOT_DEFAULTED = re.compile(
    r"\.spec\.ipFamilies\b.*|\.spec\.(suspend|priority|preemptionPolicy)|\.spec\.claimRef\..*"
    r"|\.spec\.(nodeSelector|tolerations)\b.*|\.spec\.parentRef\.group|\.spec\.versions\[\d\]\.storage|.*\.env\[\d\]\.value|\.rules|\.globalDefault|\.subsets\[\d\]\.ports\[\d\]\.name"
)
"""What is allocated, what controllers and admission plugins of a RuntimeClass write, what cleaning changes, and
what is not stored where it is empty."""


def name_of(body: Body) -> str:
    return f"{body['kind']}-{body['metadata']['name']}"


def signed(body: Body, sent: Body) -> Body:
    return body | {"metadata": {"name": "x", "annotations": {LAST: json.dumps(sent)}}}


def amount(value: Any) -> Any:
    """Quantities as numbers, as a server writes them anew."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)(m|[KMGT]i?)?", str(value)) if isinstance(value, str | int) else None
    if found is None or isinstance(value, bool):
        return value
    number, unit = found.groups()
    factor = 1024 if unit and unit[1:] else 1000
    return Fraction(number) * (
        Fraction(1, 1000) if unit == "m" else factor ** ("KMGT".index(unit[0]) + 1 if unit else 0)
    )


STAYS = re.compile(r"\.metadata\.labels\..*|\.roleRef\.apiGroup|\.spec\.ipFamilyPolicy|.*\.volumes\[\d+\]\.emptyDir")
"""What would come back with more (a Job's labels), what schemas of older releases require, what is filled in where it
cannot be told, and what means something."""
PROTECTED = {"PersistentVolume", "PersistentVolumeClaim", "VolumeAttributesClass"}
"""Whose finalizers no controller writes."""
APPLIED = [
    body
    for body in SMALL.objects
    if LAST in (body["metadata"].get("annotations") or ()) and body["kind"] not in NOT_COMPARED
]


def content(body: Body) -> dict[str, Any]:
    """The leaves of an object without its metadata, but with the finalizers that admission writes."""
    kept = {key: value for key, value in without_null(body).items() if key != "metadata"}
    if body["kind"] in PROTECTED:
        kept["finalizers"] = body["metadata"].get("finalizers")
    return {path: amount(value) for path, value in leaves(kept)}


@pytest.mark.parametrize("body", APPLIED, ids=name_of)
def test_the_oracle_makes_of_a_manifest_what_the_server_made_of_it(body: Body) -> None:
    sent = json.loads(body["metadata"]["annotations"][LAST])
    expected, found = content(FULL.clean(body, SMALL, 36).body), content(filled_in(sent))
    other = {path for path in found.keys() | expected if found.get(path) != expected.get(path)}
    assert {path for path in other if not NOT_DEFAULTED.fullmatch(path)} == set()


def test_the_oracle_leaves_alone_what_the_server_stored() -> None:
    for body in SMALL.objects:
        stored = FULL.clean(body, SMALL, 36).body
        assert filled_in(stored) == without_null(stored), name_of(body)


@pytest.mark.parametrize(("world", "release"), [(name, 36) for name in WORLDS] + [("old", 30), ("old", 24)])
def test_every_real_object_is_stored_as_the_same(world: str, release: int) -> None:
    for body in WORLDS[world].objects:
        for known in (body, unsigned(body)):
            full, lean = (engine.clean(known, WORLDS[world], release).body for engine in (FULL, LEAN))
            assert filled_in(lean) == filled_in(full), name_of(body)


@pytest.mark.parametrize("manifest", MANIFESTS, ids=name_of)
def test_no_more_is_left_than_was_written(manifest: Body) -> None:
    """Though nothing tells what was sent: the table lacks no default but those that the documentation names."""
    lean = ALONE.clean(filled_in(manifest), World([])).body
    assert filled_in(lean) == filled_in(manifest)
    more = dict(leaves(lean)).keys() - dict(leaves(manifest)).keys()
    assert {path for path in more if not STAYS.fullmatch(path)} == set()


def test_each_default_of_the_table_is_met() -> None:
    stored = [*MANIFESTS, *map(filled_in, MANIFESTS)]
    cleaned = [(body, ALONE.clean(body, World([]))) for body in stored]
    for kinds in DEFAULTS.values():
        for kind, defaults in kinds.items():
            met = [(body, lean) for body, lean in cleaned if body["kind"] == kind]
            gone = {re.sub(r"\[\d+\]", "[]", change.path) for _, lean in met for change in lean.changes}
            for default in defaults:
                path, begin = default.path, default.path + ("." if default.by_entry else "")
                emptied = (
                    len([*reach(body, steps(path))]) > len([*reach(lean.body, steps(path))]) for body, lean in met
                )
                assert any(place.startswith(begin) for place in gone) or any(emptied), f"{kind}{path}"


def spots(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in an object: what holds it, and its key or index."""
    if isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            if key not in ("apiVersion", "kind", "metadata"):
                yield value, key
                yield from spots(item)


ODD = ["", "Always", "IfNotPresent", "RollingUpdate", "OnDelete", "Recreate", "None", "ClientIP", "NodePort", "All"]
ODD += ["LoadBalancer", "ExternalName", "User", "Failed", "Retain", "UDP", "app", "app:latest", "App", "Delete", "80"]
VALUES = st.sampled_from([*ODD, 0, 1, 2, 3, 6, 10, 30, 80, 420, 2**31 - 1, True, False, None])


@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_any_object_is_stored_as_the_same_whatever_was_sent(data: st.DataObject) -> None:
    """Of objects that were changed by hand and filled in, or not, by releases that did not know each field."""
    body = filled_in(data.draw(st.sampled_from(MANIFESTS)))
    for _ in range(data.draw(st.integers(0, 6))):
        _change(data, body)
    if data.draw(st.booleans()):
        body = filled_in(body)
    sent = deepcopy(body)
    for _ in range(data.draw(st.integers(0, 12))):
        _drop(data, sent)
    stored = signed(body, sent) if data.draw(st.booleans()) else body
    left = ALONE.clean(stored, World([])).body
    assert filled_in(left) == filled_in(stored)


def _change(data: st.DataObject, body: Body) -> None:
    """A value becomes another one of its type, or goes."""
    places = [(holder, key) for holder, key in spots(body) if not isinstance(holder[key], dict | list)]
    if places:
        holder, key = data.draw(st.sampled_from(places))
        value = data.draw(VALUES.filter(lambda value: value is None or type(value) is type(holder[key])))
        if value is None and isinstance(holder, dict):
            del holder[key]
        elif value is not None:
            holder[key] = value


def _drop(data: st.DataObject, body: Body) -> None:
    places = [(holder, key) for holder, key in spots(body) if isinstance(holder, dict)]
    if places:
        holder, key = data.draw(st.sampled_from(places))
        del holder[key]


def test_versions_with_other_defaults_are_left_alone() -> None:
    """What is written for an old release stays in its old version, which fills in other numbers."""
    body: Body = {
        "apiVersion": "apps/v1beta1",
        "kind": "StatefulSet",
        "metadata": {"name": "s"},
        "spec": {
            "replicas": 1,
            "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}},
            "template": {"metadata": {"labels": {"app": "a"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}},
        },
    }
    assert LEAN.clean(body, World([]), 8).body["spec"] == body["spec"]
    assert "updateStrategy" not in LEAN.clean(body, World([]), 36).body["spec"]


@pytest.mark.parametrize(("written", "left"), [("Retain", None), ("Delete", "Retain")])
def test_a_volume_that_is_kept_on_purpose_says_so(written: str, left: str | None) -> None:
    volume: Body = {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": "v"},
        "spec": {"persistentVolumeReclaimPolicy": written, "nfs": {"server": "s", "path": "/"}},
    }
    assert LEAN.clean(volume, World([])).body["spec"].get("persistentVolumeReclaimPolicy") == left


ROLLING: Body = {"type": "RollingUpdate", "rollingUpdate": {"partition": 0, "maxUnavailable": 1}}
ONE_EACH: Body = {"parallelism": 1, "completions": 1}


@pytest.mark.parametrize(
    ("kind", "stored", "sent", "left"),
    [
        ("apps/v1 StatefulSet", {"updateStrategy": ROLLING}, {}, {}),
        (
            "apps/v1 StatefulSet",
            {"updateStrategy": ROLLING},
            {"updateStrategy": {"type": "RollingUpdate"}},
            {"updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {}}},
        ),
        (
            "apps/v1 StatefulSet",
            {"updateStrategy": ROLLING},
            {"updateStrategy": {"rollingUpdate": {"partition": 0}}},
            {"updateStrategy": {"rollingUpdate": {"partition": 0}}},
        ),
        ("batch/v1 Job", ONE_EACH, {"parallelism": 1}, ONE_EACH),
        ("batch/v1 Job", ONE_EACH, {"completions": 1}, {"completions": 1}),
        ("batch/v1 Job", {"parallelism": 1, "completions": 4}, {}, {"completions": 4}),
    ],
)
def test_what_was_sent_decides_on_what_depends_on_it(kind: str, stored: Body, sent: Body, left: Body) -> None:
    api_version, name = kind.split()
    body: Body = {"apiVersion": api_version, "kind": name, "metadata": {"name": "x"}, "spec": stored}
    lean = ALONE.clean(signed(body, {"spec": sent, "kind": name}), World([])).body
    assert lean["spec"] == left
    assert filled_in(lean)["spec"] == filled_in(body)["spec"]


DIGEST = "@sha256:" + 64 * "0"


@pytest.mark.parametrize(
    ("image", "tag"),
    [
        ("nginx", "latest"),
        ("nginx:1", "1"),
        ("localhost/nginx", "latest"),
        ("host:5000/nginx", "latest"),
        ("[fe80::1]:5000/nginx:2", "2"),
        ("a/b/c:d", "d"),
        (f"nginx{DIGEST}", ""),
        (f"nginx:latest{DIGEST}", "latest"),
        ("nginx@sha256:abc", ""),
        ("nginx:", ""),
        ("NGINX", ""),
        ("host.example/NGINX:latest", ""),
        ("-host.example/nginx", ""),
        ("a//b", ""),
        ("", ""),
        (64 * "a", ""),
        ("Registry/nginx", None),
        ("a/" * 140 + "b", None),
        ("a" * 10_000, None),
    ],
)
def test_the_tag_of_an_image_is_what_the_server_reads(image: str, tag: str | None) -> None:
    assert tag_of(image) == tag
