"""What ``get`` brings, leaves out and says about it, in each output format."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from cli_program import SMALL, patched, run

Facts = Callable[[str], list[dict[str, Any]]]

OWNED_KINDS = {"replicasets", "pods", "endpoints", "endpointslices", "controllerrevision"}
_LEFT_OUT = re.compile(r"left out (?P<counted>.+?): (?P<reason>.+)")


def left_out(err: str) -> dict[str, int]:
    """How many of each kind the summary names."""
    counts: dict[str, int] = {}
    for line in err.splitlines():
        if match := _LEFT_OUT.fullmatch(line):
            for part in match["counted"].split(", "):
                number, kind = part.split()
                counts[kind] = counts.get(kind, 0) + int(number)
    return counts


def names(*args: str) -> list[str]:
    outcome = run("get", SMALL, *args, "-o", "name")
    assert outcome.code == 0, outcome.err
    return outcome.lines


def test_what_is_left_out_is_said_by_kind_and_number_and_adds_up() -> None:
    outcome = run("get", SMALL, "-n", "infra-production", "-o", "name")
    listed = run("ls", SMALL, "-n", "infra-production", "-o", "name")
    missing = left_out(outcome.err)
    assert missing["events"] == 97
    assert missing.keys() >= OWNED_KINDS
    assert len(outcome.lines) + sum(missing.values()) == len(listed.lines)


def test_the_summary_ends_with_the_line_that_brings_what_was_left_out() -> None:
    outcome = run("get", SMALL, "-n", "infra-production", "-o", "name")
    last = outcome.err.splitlines()[-1]
    assert last.endswith(", what an owner makes again with --owned, or name them: KIND or KIND/NAME")
    line = last.partition("`")[2].partition("`")[0]
    assert line == f"snapinspect get {SMALL} -n infra-production -o name --all"
    assert left_out(run(*line.split()[1:]).err) == {}


def test_nothing_is_said_of_owners_where_none_makes_it_again() -> None:
    outcome = run("get", SMALL, "-n", "infra-staging", "--owned", "-o", "name")
    assert outcome.err.splitlines()[-1].endswith("-o name --all`, or name them: KIND or KIND/NAME")


def test_owned_brings_what_a_controller_would_make_and_nothing_else() -> None:
    outcome = run("get", SMALL, "-n", "infra-production", "--owned", "-o", "name")
    kinds = {line.split("/")[0] for line in outcome.lines}
    assert {"replicaset.apps", "pod", "endpointslice.discovery.k8s.io", "controllerrevision.apps"} <= kinds
    assert "event" not in kinds
    assert left_out(outcome.err)["events"] == 97


def test_all_brings_everything_and_leaves_nothing_out() -> None:
    outcome = run("get", SMALL, "--all", "-o", "name")
    assert len(outcome.lines) == 637
    assert left_out(outcome.err) == {}
    listed = run("ls", SMALL, "-o", "name").lines
    # What API servers keep for themselves has no name of its own, and is called by its key.
    assert sorted(listed) == sorted(outcome.lines)


@pytest.mark.parametrize(
    "args",
    [
        *(("rs",), ("pods", "-n", "infra-production"), ("pods", "-l", "app=web"), ("po/web-*", "-A"), ("ev",)),
        ("--name", "web-64d96546dc"),
    ],
)
def test_naming_brings_what_would_be_left_out(args: tuple[str, ...]) -> None:
    assert len(names(*args)) == len(run("ls", SMALL, *args, "-o", "name").lines)


@pytest.mark.parametrize("args", [("-n", "default"), ("all", "-n", "default"), ("-n", "kube-node-lease")])
def test_when_all_that_matches_is_left_out_that_is_no_failure(args: tuple[str, ...]) -> None:
    outcome = run("get", SMALL, *args)
    assert (outcome.code, outcome.out) == (0, "")
    assert sum(left_out(outcome.err).values()) == len(run("ls", SMALL, *args, "-o", "name").lines)


def test_quiet_keeps_warnings_only() -> None:
    loud, quiet = (run("get", SMALL, "all", "-A", "--owned", *option) for option in ((), ("-q",)))
    assert loud.out == quiet.out
    assert left_out(loud.err)
    assert "note: 'all'" in loud.err
    assert quiet.err.splitlines() == [line for line in loud.err.splitlines() if line.startswith("warning: ")]


def test_explain_tells_each_change_and_each_omission_with_its_reason() -> None:
    outcome = run("get", SMALL, "-n", "team-a", "--explain")
    said = outcome.err.splitlines()
    assert "services/svc-a in team-a: .spec.clusterIP " in outcome.err
    stripped = [line for line in said if ": ." in line]
    omitted = [line for line in said if ": left out (" in line]
    assert len(stripped) > 20
    assert len(omitted) == sum(left_out(outcome.err).values())
    assert all(line.rpartition("): ")[2] for line in stripped + omitted)


def test_owner_references_and_retained_volumes_are_named() -> None:
    assert "was owned by Deployment/api, and will stand alone" in run("get", SMALL, "rs", "-A").err
    assert "it is written as Retain" in run("get", SMALL, "pv").err


def test_objects_come_in_the_order_in_which_a_cluster_takes_them() -> None:
    kinds = list(dict.fromkeys(line.split("/")[0] for line in names("--all")))
    expected = ["customresourcedefinition.apiextensions.k8s.io", "namespace", "secret", "service", "deployment.apps"]
    expected += ["widget.example.com", "validatingwebhookconfiguration.admissionregistration.k8s.io"]
    assert [kind for kind in kinds if kind in expected] == expected


def test_raw_is_what_the_api_server_said(facts: Facts) -> None:
    outcome = run("get", SMALL, "--all", "--raw", "-o", "jsonl")
    assert (outcome.code, outcome.err) == (0, "")
    found = {body["metadata"].get("uid"): body for body in map(json.loads, outcome.lines)}
    for truth in facts("small.truth"):
        expected = truth["object"]["metadata"]
        got = found[expected["uid"]]["metadata"]
        for field in ("name", "resourceVersion", "creationTimestamp", "managedFields", "ownerReferences"):
            assert got.get(field) == expected.get(field), truth["key"]
    assert sum("status" in body for body in found.values()) > 50


def test_formats_agree_on_the_objects() -> None:
    selection = ("deploy,cm", "-n", "infra-staging")
    from_lines = [json.loads(line) for line in run("get", SMALL, *selection, "-o", "jsonl").lines]
    from_yaml = list(yaml.safe_load_all(run("get", SMALL, *selection).out))
    from_list = json.loads(run("get", SMALL, *selection, "-o", "json").out)
    assert len(from_lines) == 4
    assert from_yaml == from_lines
    assert from_list == {
        "apiVersion": "v1",
        "kind": "List",
        "items": from_lines,
        "metadata": {"resourceVersion": ""},
    }
    assert names(*selection)[-1] == "deployment.apps/web"


def test_one_object_in_json_is_no_list() -> None:
    alone = json.loads(run("get", SMALL, "deploy/api", "-o", "json").out)
    assert (alone["kind"], alone["metadata"]["name"]) == ("Deployment", "api")


def test_documents_are_separated_and_apply_ready() -> None:
    out = run("get", SMALL, "deploy", "-A").out
    assert out.count("\n---\n") == 4
    assert not out.startswith("---")
    assert "\x1b" not in run("get", SMALL, "cm", "-A").out


def test_unknown_field_is_reported_since_it_would_be_lost(tmp_path: Path) -> None:
    snapshot = patched(
        tmp_path / "s.db", b"\x12\x12\x0a\x09LOG_LEVEL\x12\x05debug", b"\x7a\x12\x0a\x09LOG_LEVEL\x12\x05debug"
    )
    outcome = run("get", snapshot, "cm/nginx-conf")
    assert outcome.code == 3
    assert "LOG_LEVEL" not in outcome.out
    assert yaml.safe_load(outcome.out)["data"]["replicas"] == "3"
    assert outcome.err == (
        "warning: field 15 of k8s.io.api.core.v1.ConfigMap is in no schema and would be lost: "
        "/registry/configmaps/infra-production/nginx-conf\n"
    )


def test_unknown_kind_is_reported_and_can_be_had(tmp_path: Path) -> None:
    snapshot = patched(tmp_path / "s.db", b"\x12\x09CSIDriver", b"\x12\x09CSIDrivex")
    outcome = run("get", snapshot, "--key", "/registry/csidrivers/")
    assert (outcome.code, outcome.out) == (3, "")
    assert "CSIDrivex" in outcome.err
    assert "/registry/csidrivers/" in outcome.err
    fields = run("get", snapshot, "--key", "/registry/csidrivers/", "--undecoded", "fields", "-o", "json")
    assert fields.code == 3
    body = json.loads(fields.out)
    assert body["undecoded"]["key"].startswith("/registry/csidrivers/")
    assert not body.keys() & {"apiVersion", "kind", "metadata"}


BROKEN = (b"\x12\x24registry.example.com/infra/api:2.3.4", b"\x12\x7fregistry.example.com/infra/api:2.3.4")
"""An image in Deployments, ReplicaSets and Pods that claims to be longer than its container."""


def test_what_cannot_be_decoded_is_named_and_does_not_stop_the_rest(tmp_path: Path) -> None:
    snapshot = patched(tmp_path / "s.db", *BROKEN)
    outcome = run("get", snapshot, "deploy", "-o", "name")
    assert outcome.code == 3
    assert len(outcome.lines) == 4
    assert outcome.err.startswith("warning: ")
    assert outcome.err.endswith(": /registry/deployments/infra-production/api\n")


def test_what_cannot_be_decoded_may_have_had_the_label(tmp_path: Path) -> None:
    snapshot = patched(tmp_path / "s.db", *BROKEN)
    for command in ("ls", "get"):
        outcome = run(command, snapshot, "deploy", "-l", "app=svc-a", "-o", "name")
        assert (outcome.code, outcome.lines) == (3, ["deployment.apps/svc-a"])
        assert "/registry/deployments/infra-production/api" in outcome.err


@pytest.mark.parametrize("how", ["bytes", "fields"])
def test_undecoded_values_never_look_appliable(tmp_path: Path, how: str) -> None:
    snapshot = patched(tmp_path / "s.db", *BROKEN)
    outcome = run("get", snapshot, "deploy/api", "--undecoded", how)
    assert outcome.code == 3
    body = yaml.safe_load(outcome.out)
    assert body["undecoded"]["key"] == "/registry/deployments/infra-production/api"
    assert body["undecoded"]["reason"] in outcome.err
    assert not body.keys() & {"apiVersion", "kind", "metadata"}
    assert ("bytes" in body) == (how == "bytes" or "noFields" in body["undecoded"])
    assert run("get", snapshot, "deploy", "--undecoded", how, "-o", "name").lines == names("deploy")[1:]


def test_encrypted_values_are_listed_by_key(snapshot_file: Callable[[str], Path]) -> None:
    snapshot = snapshot_file("aescbc")
    listed = run("ls", snapshot, "secret", "-n", "infra-production", "-o", "json")
    assert listed.code == 3
    locked = [each for each in json.loads(listed.out) if each["encoding"].startswith("encrypted:aescbc:key")]
    assert {each["name"] for each in locked} >= {"basic", "db-credentials", "tls-cert"}
    assert all(each["guessed"] and each["kind"] == "Secret" for each in locked)
    assert "secrets?" in run("ls", snapshot, "secret").out
    one = run("get", snapshot, "secret/basic")
    assert (one.code, one.out) == (3, "")
    assert one.err == (
        "warning: no key named key2 for aescbc: /registry/secrets/infra-production/basic\n"
        "hint: --encryption-config, --token or --kms-socket open them; "
        f"`snapinspect keys {snapshot}` shows which key locks what\n"
    )
    assert run("get", snapshot, "deploy", "-o", "name").code == 0


def test_an_encrypted_name_in_several_namespaces_is_ambiguous_too(snapshot_file: Callable[[str], Path]) -> None:
    outcome = run("get", snapshot_file("aescbc"), "secret/db-credentials")
    assert outcome.code == 1
    assert "infra-production, infra-staging" in outcome.err
