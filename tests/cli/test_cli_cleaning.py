"""What people's clusters hold that should not come back as it is: one small snapshot for each."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Any

import pytest
import yaml
from cli_program import ROOT, Outcome, run

from snapinspect.model import Body

FIELD = ROOT / "fixtures" / "field"


def snapshot(name: str) -> str:
    (found,) = FIELD.glob(f"{name}*/snap.db")
    return str(found)


def swept(name: str, *options: str) -> tuple[set[str], Outcome]:
    outcome = run("get", snapshot(name), "-n", "shop", "-o", "name", *options)
    assert outcome.code == 0, outcome.err
    return set(outcome.lines), outcome


def one(name: str, *arguments: str) -> tuple[Body, Outcome]:
    outcome = run("get", snapshot(name), *arguments)
    assert outcome.code == 0, outcome.err
    return yaml.safe_load(outcome.out), outcome


def test_runs_that_are_over_are_left_out_unless_named() -> None:
    left, outcome = swept("03")
    assert left == {"namespace/shop"}
    assert "would run again" in outcome.err
    named = run("get", snapshot("03"), "workflows.argoproj.io/db-migrate-x7", "-n", "shop")
    assert "db-migrate-x7" in named.out
    assert "runs again" in named.err
    assert len(swept("03", "--all")[0]) == 4


def test_requests_of_a_live_certificate_are_left_out() -> None:
    assert swept("04")[0] == {"namespace/shop", "certificate.cert-manager.io/web"}
    assert len(swept("04", "--owned")[0]) == 4


def test_a_snapshots_content_is_bound_by_name_and_keeps_its_data() -> None:
    body, outcome = one("05", "volumesnapshotcontents")
    assert body["spec"]["deletionPolicy"] == "Retain"
    assert body["spec"]["volumeSnapshotRef"].keys() == {"apiVersion", "kind", "namespace", "name"}
    assert "Delete" in outcome.err
    along = run("get", snapshot("05"), "volumesnapshot/snap", "-n", "shop", "--with-deps", "-o", "name")
    assert "volumesnapshotcontent.snapshot.storage.k8s.io/snapcontent-1" in along.lines


def test_builds_are_left_out_and_lost_tags_are_told() -> None:
    left, outcome = swept("06")
    assert left == {"namespace/shop", "buildconfig.build.openshift.io/app", "imagestream.image.openshift.io/app"}
    assert "tags" in outcome.err


def test_a_pod_has_no_address_of_old() -> None:
    assert one("07", "pod/bare", "-n", "shop")[0]["metadata"]["annotations"] == {"team": "a"}


def test_a_claim_that_waits_for_ever_is_told() -> None:
    _, outcome = one("08", "pvc", "-n", "shop")
    assert "waits for it for ever" in outcome.err
    assert "new, empty volume" not in outcome.err


def test_what_a_claim_waits_for_is_dropped_by_the_command_that_is_offered() -> None:
    _, outcome = one("08", "pvc", "-n", "shop")
    offered = re.search(r"hint: `(echo .*)` drops it", outcome.err)
    assert offered
    typed = offered[1].replace("snapinspect get", f"{sys.executable} -m snapinspect get")
    done = subprocess.run(["bash", "-c", typed], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "name: from-snap" in done.stdout
    assert "dataSource" not in done.stdout
    assert "for ever" not in done.stderr


@pytest.mark.parametrize(
    ("release", "expected"),
    [
        ((), {"schedule": "0 3 * * *", "timeZone": "Europe/Berlin"}),
        (("--target-version", "1.29"), {"schedule": "0 3 * * *", "timeZone": "Europe/Berlin"}),
        (("--target-version", "1.26"), {"schedule": "CRON_TZ=Europe/Berlin 0 3 * * *"}),
    ],
)
def test_a_time_zone_leaves_the_schedule(release: tuple[str, ...], expected: dict[str, Any]) -> None:
    body, outcome = one("09", "cronjob", "-n", "shop", *release)
    assert {key: body["spec"].get(key) for key in expected} == expected
    assert ("Europe/Berlin" in outcome.err) == ("timeZone" in expected)


def test_a_profile_becomes_a_field() -> None:
    template = one("10", "deploy", "-n", "shop")[0]["spec"]["template"]
    assert template["metadata"] == {"labels": {"a": "b"}}
    assert template["spec"]["securityContext"] == {"seccompProfile": {"type": "RuntimeDefault"}}
    before = one("10", "deploy", "-n", "shop", "--target-version", "1.26")[0]["spec"]["template"]
    assert "annotations" in before["metadata"]


def test_a_secret_that_its_controller_would_refuse_is_told() -> None:
    left, outcome = swept("25")
    assert {"secret/mysecret", "sealedsecret.bitnami.com/mysecret"} <= left
    assert "sealedsecrets.bitnami.com/managed" in outcome.err


def test_pods_of_operators_are_left_out() -> None:
    left, outcome = swept("27")
    assert not any(name.startswith("pod/") for name in left)
    assert "left out 2 pods" in outcome.err


def test_a_fresh_cluster_would_have_made_none_of_what_is_brought() -> None:
    outcome = run("get", ROOT / "fixtures" / "k8s-1.36" / "small.db", "-A", "-o", "name")
    assert len(outcome.lines) == 149
    assert not {"clusterrole.rbac.authorization.k8s.io/cluster-admin", "namespace/default"} & set(outcome.lines)
    assert "serviceaccount/job-controller" not in outcome.lines
    assert not any("legacy-service-account-token-tracking" in line for line in outcome.lines)
