from __future__ import annotations

import gzip
import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snapinspect.kube.keys import KeySpace, find_prefixes, path_for
from snapinspect.kube.kinds import KindTable
from snapinspect.model import ResourceKey

FIXTURES = Path(__file__).parents[2] / "fixtures" / "k8s-1.36"


def lines_of(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in gzip.decompress((FIXTURES / name).read_bytes()).splitlines()]


TRUTH = lines_of("small.truth.jsonl.gz")
STORED = lines_of("small.kvmeta.jsonl.gz")
CRDS = [entry["object"] for entry in TRUTH if entry["kind"] == "CustomResourceDefinition"]
SPACE = KeySpace(["/registry"], KindTable.builtin().with_custom(CRDS))


def moved(prefix: str) -> list[bytes]:
    return [entry["key"].replace("/registry", prefix, 1).encode() for entry in STORED]


def test_real_keys_say_namespace_and_name() -> None:
    for entry in TRUTH:
        place = SPACE.parse(entry["key"].encode())
        assert place is not None, entry["key"]
        assert (place.namespace or "", place.name) == (entry["namespace"] or "", entry["name"]), entry["key"]


def test_an_identity_leads_to_its_key() -> None:
    for entry in TRUTH:
        kind = SPACE.table.for_object(entry["apiVersion"].rpartition("/")[0], entry["kind"])
        assert entry["key"].encode() in SPACE.keys_for(kind, entry["namespace"] or None, entry["name"])


def test_what_no_api_serves_is_bookkeeping() -> None:
    served = {entry["key"] for entry in TRUTH}
    for entry in STORED:
        assert SPACE.is_bookkeeping(entry["key"].encode()) == (entry["key"] not in served), entry["key"]


@pytest.mark.parametrize(
    "key",
    [
        b"compact_rev_key",
        b"/registry/health",
        b"/registry/ranges/serviceips",
        b"/registry/masterleases/10.0.0.1",
        b"/bootstrap/a1b2c3d4e5f6",
    ],
)
def test_bookkeeping_of_other_clusters(key: bytes) -> None:
    assert SPACE.is_bookkeeping(key)


@pytest.mark.parametrize(
    ("key", "place"),
    [
        ("/registry/minions/n1", ("minions", None, "n1")),
        ("/registry/services/specs/a/b", ("services/specs", "a", "b")),
        ("/registry/services/endpoints/a/b", ("services/endpoints", "a", "b")),
        ("/registry/acme.io/gizmos/a/b", ("acme.io/gizmos", "a", "b")),
        ("/registry/acme.io/gizmos/b", ("acme.io/gizmos", None, "b")),
        ("/registry/novelties/b", ("novelties", None, "b")),
        ("/registry/novelties/a/b", ("novelties", "a", "b")),
        ("/registry/clusterroles/system:node", ("clusterroles", None, "system:node")),
        ("/openshift.io/useridentities/ldap:cn=x", ("useridentities", None, "ldap:cn=x")),
        ("/openshift.io/registry/sdnnetworks/default", ("registry/sdnnetworks", None, "default")),
        ("/openshift.io/authorization/local/policies/a/b", ("authorization/local/policies", "a", "b")),
        ("/kubernetes.io/config.openshift.io/nodes/cluster", ("config.openshift.io/nodes", None, "cluster")),
        ("/registry", None),
        ("/registry/", None),
        ("/registry/pods", None),
        ("/registry/pods/", None),
        ("/registry/acme.io/gizmos", None),
        ("/elsewhere/pods/a/b", None),
        ("/registryx/pods/a/b", None),
        ("compact_rev_key", None),
    ],
)
def test_a_key_is_read_by_its_path(key: str, place: tuple[str, str | None, str] | None) -> None:
    space = KeySpace(["/registry", "/kubernetes.io/", "/openshift.io"])
    assert space.parse(key.encode()) == (place and ResourceKey(*place))


@given(st.binary(max_size=60), st.sampled_from([b"", b"/registry/", b"/registry/pods/", b"/registry/a.b/c/"]))
def test_any_key_can_be_asked(tail: bytes, start: bytes) -> None:
    place = SPACE.parse(start + tail)
    assert place is None or (place.name and place.namespace != "")
    head = SPACE.guess(start + tail, "other")
    assert head.guessed
    assert head.name or not tail + start


def test_a_guess_names_the_likeliest_kind() -> None:
    for key, api_version, kind in [
        (b"/registry/secrets/a/b", "v1", "Secret"),
        (b"/registry/deployments/a/b", "apps/v1", "Deployment"),
        (b"/registry/ingress/a/b", "networking.k8s.io/v1", "Ingress"),
        (b"/registry/events/a/b", "v1", "Event"),
        (b"/registry/routes/a/b", "route.openshift.io/v1", "Route"),
        (b"/registry/acme.io/policies/a/b", "acme.io/v1", "Policy"),
    ]:
        head = SPACE.guess(key, "encrypted:aescbc:key1")
        assert (head.api_version, head.kind, head.namespace, head.name) == (api_version, kind, "a", "b")
        assert (head.encoding, head.guessed, head.group) == (
            "encrypted:aescbc:key1",
            True,
            api_version.rpartition("/")[0],
        )


def test_a_kind_with_two_paths_is_looked_up_under_both() -> None:
    (scc,) = (kind for kind in KindTable.builtin().resolve("scc") if kind.group)
    assert path_for(scc, None, "anyuid") == [
        "securitycontextconstraints/anyuid",
        "security.openshift.io/securitycontextconstraints/anyuid",
    ]
    keys = KeySpace(["/kubernetes.io", "/openshift.io"]).keys_for(scc, "ignored", "anyuid")
    assert b"/kubernetes.io/security.openshift.io/securitycontextconstraints/anyuid" in keys
    assert len(keys) == 4


@pytest.mark.parametrize("prefix", ["/registry", "/kubernetes.io", "/my/cluster/a", "/pods", "/k3s.example.com"])
def test_the_prefix_is_found_from_the_data(prefix: str) -> None:
    assert find_prefixes(moved(prefix)) == [prefix]
    assert find_prefixes(iter([b"compact_rev_key", *moved(prefix)])) == [prefix]


def test_several_prefixes_are_found() -> None:
    keys = [*moved("/a/one"), *moved("/kubernetes.io"), b"/openshift.io/routes/a/b", b"/openshift.io/users/jane"]
    random.Random(7).shuffle(keys)
    assert find_prefixes(keys) == ["/a/one", "/kubernetes.io", "/openshift.io"]


def test_other_tenants_of_the_etcd_are_no_prefix() -> None:
    others = [
        b"/calico/resources/v3/projectcalico.org/networkpolicies/default/deny",
        b"/calico/ipam/v2/host/node-1",
        b"/app/users/1",
        b"/app/groups/2",
        b"/app/images/3",
        b"\xff\xfe/\x00",
        b"",
        b"/",
    ]
    assert find_prefixes([*others, *moved("/mine")]) == ["/mine"]
    assert find_prefixes(others[1:]) == []
    crowd = [b"/crowd/%d/x" % number for number in range(20_000)]
    assert find_prefixes([*crowd, *moved("/registry")]) == ["/registry"]


def test_a_lone_object_is_enough_where_there_is_nothing_else() -> None:
    assert find_prefixes([b"/test/configmaps/a/b"]) == ["/test"]
    assert find_prefixes([]) == []


def test_names_that_look_like_resources_make_no_prefix() -> None:
    keys = [b"/registry/acme.io/gizmos/pods/secrets/x", b"/registry/a.b/pods/x/y", b"/registry/secrets/pods/x"]
    assert find_prefixes(keys) == ["/registry"]
