"""``rules``, and the release that objects are written for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from cli_program import SMALL, run

from snapinspect import clean


def test_all_rules_with_their_reasons() -> None:
    shown = run("rules")
    assert (shown.code, shown.err) == (0, "")
    for fact in clean.rules():
        assert f"\n{fact.id}  (" in f"\n{shown.out}"
    assert all(len(line) <= 100 for line in shown.lines if line.startswith("    why:"))


@pytest.mark.parametrize("word", ["Service", "svc", "services"])
def test_the_rules_of_one_kind(word: str) -> None:
    facts = json.loads(run("rules", word, "-o", "json").out)
    assert [fact["id"] for fact in facts] == [fact.id for fact in clean.rules("Service")]
    (address,) = [fact for fact in facts if fact["id"] == "service-cluster-ip"]
    assert address.keys() == {"id", "kinds", "drop", "does", "reason", "trap"}
    assert "headless" in address["trap"]


def test_a_kind_that_two_groups_have() -> None:
    ids = run("rules", "ingress", "-o", "name").lines
    assert {"ingress-extensions", "ingress-v1beta1", "status"} <= set(ids)
    assert len(ids) == len(set(ids))


def test_a_custom_kind_that_a_rule_names() -> None:
    assert "machines" in run("rules", "NodeClaim", "-o", "name").lines


def test_each_format_tells_the_same() -> None:
    ids = run("rules", "-o", "name").lines
    assert [line.split()[0] for line in run("rules", "-o", "table").lines[1:]] == ids
    assert [fact["id"] for fact in yaml.safe_load(run("rules", "-o", "yaml").out)] == ids
    assert [json.loads(line)["id"] for line in run("rules", "-o", "jsonl").lines] == ids


def test_a_kind_that_no_rule_is_about() -> None:
    outcome = run("rules", "gadgets.example.com")
    assert outcome.code == 1
    assert "no rule is about a kind called 'gadgets.example.com'" in outcome.err


def test_objects_are_written_for_the_release_that_is_named(tmp_path: Path) -> None:
    def api_version(*args: str) -> str:
        return str(yaml.safe_load(run("get", SMALL, "hpa/api", "-n", "infra-production", *args).out)["apiVersion"])

    assert api_version() == "autoscaling/v2"
    assert api_version("--target-version", "1.22") == "autoscaling/v2beta2"
    assert api_version("--target-version", "v1.23.4") == "autoscaling/v2"
    out = tmp_path / "out"
    assert run("export", SMALL, "hpa", "-A", "-d", out, "--target-version", "1.20").code == 0
    assert "autoscaling/v2beta2" in (out / "infra-production/horizontalpodautoscalers/api.yaml").read_text()


def test_what_the_target_does_not_serve_is_named() -> None:
    outcome = run("get", SMALL, "ing/main", "--target-version", "1.18")
    assert outcome.code == 0
    assert "Kubernetes 1.18 does not serve Ingress in networking.k8s.io/v1" in outcome.err


@pytest.mark.parametrize("args", [("get", "--all"), ("export", "--all", "-d", "nowhere")])
def test_a_release_that_nobody_knows_is_refused_before_anything_is_read(args: tuple[str, ...], tmp_path: Path) -> None:
    unreadable = tmp_path / "no-snapshot.db"
    unreadable.write_text("none")
    outcome = run(args[0], unreadable, *args[1:], "--target-version", "2.0")
    assert outcome.code == 2
    assert "no release of Kubernetes that is known here is called '2.0'" in outcome.err
    assert run(args[0], SMALL, *args[1:], "--target-version", "1.25", "--raw").code == 2


def test_what_kubectl_apply_sent_last() -> None:
    outcome = run("get", SMALL, "deploy", "-n", "infra-production", "--last-applied", "-o", "jsonl")
    assert outcome.code == 0
    sent = {body["metadata"]["name"]: body for body in map(json.loads, outcome.lines)}
    assert sent.keys() == {"api", "web"}
    assert "progressDeadlineSeconds" not in sent["api"]["spec"]
    assert "deployment ssa-app in infra-production bears no trace of a kubectl apply" in outcome.err
    raw = json.loads(run("get", SMALL, "deploy/api", "-n", "infra-production", "--raw", "-o", "json").out)
    kept = raw["metadata"]["annotations"]["kubectl.kubernetes.io/last-applied-configuration"]
    assert sent["api"] == json.loads(kept)


def test_nothing_was_ever_applied() -> None:
    outcome = run("get", SMALL, "deploy/ssa-app", "-n", "infra-production", "--last-applied")
    assert (outcome.code, outcome.out) == (0, "")
    assert "no trace of a kubectl apply" in outcome.err
