"""Cleaning as a person wants it: ``--minimal``, ``--rules FILE`` and ``--keep-status KIND``."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from cli_program import SMALL, run

from snapinspect.model import Body

WEB = ("deploy/web", "-n", "infra-production")


def got(*arguments: str) -> Body:
    outcome = run("get", SMALL, *arguments)
    assert outcome.code == 0, outcome.err
    return yaml.safe_load(outcome.out)


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    return tmp_path / "rules.yaml"


def test_minimal_leaves_what_a_person_wrote() -> None:
    api = ("deploy/api", "-n", "infra-production")
    full, lean = yaml.safe_dump(got(*api)), yaml.safe_dump(got(*api, "--minimal"))
    for filled in ("terminationMessagePath", "dnsPolicy", "schedulerName", "revisionHistoryLimit", "strategy"):
        assert filled in full
        assert filled not in lean
    told = run("get", SMALL, *api, "--minimal", "--explain").err
    assert ".spec.template.spec.dnsPolicy" in told


def test_a_status_is_kept_for_the_kind_that_is_named() -> None:
    assert "status" in got(*WEB, "--keep-status", "deployments")
    assert "status" not in got(*WEB, "--keep-status", "sts,widgets.example.com")
    outcome = run("get", SMALL, *WEB, "--keep-status", "nosuchkind")
    assert outcome.code == 1
    assert "no kind is called 'nosuchkind'" in outcome.err


def test_a_file_of_rules_drops_keeps_sets_and_leaves_out(rules: Path) -> None:
    rules.write_text(
        """
- kinds: [deploy]
  drop: [.spec.template.spec.nodeSelector, '.metadata.labels["app"]']
  keep: [.metadata.uid]
  set: {.spec.replicas: 0, .spec.paused: true}
- kinds: [ConfigMap]
  leaveOut: true
  reason: they come from git
"""
    )
    body = got(*WEB, "--rules", str(rules))
    assert body["spec"]["replicas"] == 0
    assert body["spec"]["paused"] is True
    assert "uid" in body["metadata"]
    assert "resourceVersion" not in body["metadata"]
    swept = run("get", SMALL, "-A", "-o", "name", "--rules", rules)
    assert not any(line.startswith("configmap/") for line in swept.lines)
    assert "they come from git" in swept.err
    named = run("get", SMALL, "cm", "-n", "infra-production", "-o", "name", "--rules", rules)
    assert named.lines


def test_the_printed_rules_are_a_file_of_rules(rules: Path) -> None:
    printed = run("rules", "-o", "yaml")
    rules.write_text(printed.out)
    whole = ("get", SMALL, "-A", "-o", "jsonl")
    assert run(*whole, "--rules", rules).out == run(*whole).out
    entries = yaml.safe_load(printed.out)
    changed = [{**one, "kinds": ["Pod"]} if one["id"] == "status" else one for one in entries]
    rules.write_text(yaml.safe_dump(changed))
    assert "status" in got(*WEB, "--rules", str(rules))


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("kinds: [Pod]", 1, "rules are a list"),
        ("- kinds: [Pod]\n  drop: [spec]", 2, "drop holds no path"),
        ("- kinds: [Pod]\n  drp: [.spec]", 2, "no rule has a key 'drp'"),
        ("- kinds: [Pod]", 1, "kinds stands without any of drop, keep, set, leaveOut"),
        ("- drop: [.spec]", 1, "kinds is missing"),
        ("- kinds: Pod\n  drop: [.spec]", 1, "kinds is no list of texts"),
        ("- kinds: [Pod]\n\n  leaveOut: maybe", 3, "leaveOut is neither true nor false"),
        ("- kinds: [Pod]\n  set: [.spec]", 2, "set is no mapping of paths to values"),
        ("- kinds: [Pod]\n  set: {.spec.day: 2026-11-28}", 2, "'2026-11-28' is nothing that JSON has"),
        ("- kinds: [Pod]\n  drop: [.kind]", 2, "drop cannot be about .kind"),
        ("- text", 1, "a rule is a mapping"),
        ("- kinds: [Pod\n", 2, ""),
        ("- {? [a] : b}", 1, "no rule has a key"),
        ("- kinds: [Pod]\n  set: {.spec: " + "[" * 500 + "]" * 500 + "}", 0, "nested too deep"),
        ("a: " + "[" * 100_000, 0, "nested too deep"),
        ("\x00", 0, ""),
        ("", 1, "rules are a list"),
    ],
)
def test_a_malformed_file_is_told_with_its_line(rules: Path, text: str, line: int, says: str) -> None:
    rules.write_text(text)
    outcome = run("get", SMALL, *WEB, "--rules", rules)
    assert outcome.code == 2
    assert outcome.out == ""
    error, hint = outcome.err.splitlines()
    assert says in error
    assert not line or f"line {line}" in error
    assert hint.strip()
    assert "Traceback" not in outcome.err


def test_a_file_that_is_not_there(rules: Path) -> None:
    outcome = run("get", SMALL, *WEB, "--rules", rules)
    assert outcome.code == 1
    assert "cannot be read" in outcome.err


def test_raw_and_own_cleaning_contradict_each_other() -> None:
    for option in (("--minimal",), ("--keep-status", "deploy")):
        assert run("get", SMALL, *WEB, "--raw", *option).code == 2


def test_export_and_its_index_tell_it(tmp_path: Path) -> None:
    outcome = run("export", SMALL, *WEB, "--minimal", "-d", tmp_path / "out")
    assert outcome.code == 0
    assert '"rule":"default"' in (tmp_path / "out" / "index.jsonl").read_text().replace(" ", "")
