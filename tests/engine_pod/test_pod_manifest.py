"""The pod's manifest: what it may do, what it may take, and how it fits the etcd that is there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from apiserver.containers import ETCD_IMAGE, SHELL_IMAGE
from hypothesis import given
from hypothesis import strategies as st
from openapi import complaints

from snapinspect.sources.engines.pods.manifest import Load, Place, manifest

PLACE = Place("kube-system", ETCD_IMAGE, SHELL_IMAGE, "master-0")
MIB = 1 << 20


def containers(pod: dict[str, Any]) -> list[dict[str, Any]]:
    return [*pod["spec"]["initContainers"], *pod["spec"]["containers"]]


def made(place: Place = PLACE, size: int = MIB, *, has_digest: bool = True) -> dict[str, Any]:
    return manifest("snapinspect-1", place, Load(size, has_digest), 3600)


def test_it_is_a_pod_of_the_schema() -> None:
    assert complaints(made()) == []


def test_it_keeps_to_the_restricted_profile() -> None:
    spec = made()["spec"]
    assert spec["securityContext"]["runAsNonRoot"]
    assert spec["securityContext"]["runAsUser"] > 0
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert [list(volume) for volume in spec["volumes"]] == [["name", "emptyDir"]]
    assert not {"hostNetwork", "hostPID", "hostIPC", "serviceAccountName"} & set(spec)
    for container in containers(made()):
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
        }


def test_it_ends_by_itself_and_is_nobody_in_the_cluster() -> None:
    spec = made()["spec"]
    assert (spec["activeDeadlineSeconds"], spec["restartPolicy"]) == (3600, "Never")
    assert spec["automountServiceAccountToken"] is False
    assert spec["nodeName"] == "master-0"


def test_only_the_pod_itself_can_ask_its_etcd() -> None:
    command = made()["spec"]["containers"][0]["command"]
    for option in ("--listen-client-urls", "--listen-peer-urls"):
        assert command[command.index(option) + 1].startswith("http://127.0.0.1:")


@given(st.integers(1, 8 << 30))
def test_limits_grow_with_the_snapshot(size: int) -> None:
    pod = made(size=size)
    for container in containers(pod):
        limits, requests = container["resources"]["limits"], container["resources"]["requests"]
        assert int(limits["ephemeral-storage"]) >= 2 * size + 128 * MIB
        assert int(limits["memory"]) >= 256 * MIB + size
        assert all(int(limits[name]) >= int(requests[name]) for name in limits)
    assert int(pod["spec"]["volumes"][0]["emptyDir"]["sizeLimit"]) >= 2 * size + 128 * MIB


@pytest.mark.parametrize(
    ("image", "program", "path"),
    [
        ("registry.k8s.io/etcd:3.6.4-0", "etcdutl", "/readyz"),
        ("registry.k8s.io/etcd:3.5.21-0@sha256:0", "etcdutl", "/readyz"),
        ("quay.io/coreos/etcd:v3.5.9", "etcdutl", "/health?exclude=NOSPACE&exclude=CORRUPT"),
        ("k8s.gcr.io/etcd:3.4.13-0", "etcdctl", "/health?exclude=NOSPACE&exclude=CORRUPT"),
        ("k8s.gcr.io/etcd:3.4.30", "etcdctl", "/readyz"),
        ("registry:5000/etcd", "etcdutl", "/readyz"),
        ("registry.deckhouse.io/ce@sha256:0", "etcdutl", "/readyz"),
    ],
)
def test_it_fits_the_etcd_of_the_image(image: str, program: str, path: str) -> None:
    _, restoring, serving = containers(made(replace(PLACE, image=image)))
    assert restoring["command"][:3] == [program, "snapshot", "restore"]
    assert serving["readinessProbe"]["httpGet"]["path"] == path


def test_programs_are_taken_where_the_cluster_has_them() -> None:
    _, restoring, serving = containers(made(replace(PLACE, programs="/opt/bin")))
    assert (restoring["command"][0], serving["command"][0]) == ("/opt/bin/etcdutl", "/opt/bin/etcd")


@pytest.mark.parametrize("has_digest", [True, False])
def test_a_digest_is_checked_where_there_is_one(has_digest: bool) -> None:
    _, restoring, _ = containers(made(has_digest=has_digest))
    assert ("--skip-hash-check" in restoring["command"]) is not has_digest
