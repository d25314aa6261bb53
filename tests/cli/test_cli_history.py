"""``history``, ``deleted``, ``--deleted`` and ``--at``: what the commands show."""

from __future__ import annotations

import csv
import json
import re
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from cli_program import SMALL, run

Facts = Callable[[str], list[dict[str, Any]]]

NS = ("-n", "infra-production")


@pytest.fixture
def db(snapshot_file: Callable[[str], Path]) -> Path:
    return snapshot_file("history")


def test_the_facts_have_the_names_that_are_promised(db: Path, facts: Facts) -> None:
    outcome = run("history", db, "cm/flappy", *NS, "-o", "json")
    watched = [line for line in facts("history.history") if line["key"].endswith("/infra-production/flappy")]
    found = json.loads(outcome.out)
    assert outcome.code == 0
    assert [step["revision"] for step in found] == [line["rev"] for line in watched]
    assert found[0].keys() >= {
        *("revision", "operation", "version", "time", "timeSource", "size", "managers", "source"),
        *("again", "changed", "timeUncertainty"),
    }
    assert {step["operation"] for step in found} == {"created", "updated", "deleted"}
    assert {step["source"] for step in found} == {"live"}
    deletion = next(step for step in found if step["operation"] == "deleted")
    assert (deletion["version"], deletion["size"], deletion["managers"]) == (None, 0, [])
    assert deletion["time"] == "2026-11-22T11:25:12Z"
    assert [step["again"] for step in found].count(True) == 1


@pytest.mark.parametrize("output", ["json", "jsonl", "yaml"])
def test_each_format_says_the_same(db: Path, output: str) -> None:
    text = run("history", db, "cm", "doomed", "-o", output).out
    found = [json.loads(line) for line in text.splitlines()] if output == "jsonl" else yaml.safe_load(text)
    assert found == json.loads(run("history", db, "cm/doomed", "-o", "json").out)


def test_the_table_tells_when_who_and_what(db: Path) -> None:
    lines = run("history", db, "secret/doomed-secret").lines
    assert lines[0].split() == ["REVISION", "TIME", "OPERATION", "SIZE", "BY", "CHANGED"]
    assert re.fullmatch(r"1302|1303 +2026-11-22T11:23:21Z +created +\d+ B +kubectl-edit +<none>", lines[1])
    assert re.fullmatch(r"3420 +2026-11-22T11:25:17Z +updated +246 B +kubectl-edit +\.data\.password", lines[-2])
    assert re.fullmatch(r"3493 +2026-11-22T11:25:22Z +deleted +<none> +<none> +<none>", lines[-1])


def test_patches_show_each_change_and_no_value_of_a_secret(db: Path) -> None:
    outcome = run("history", db, "secret/doomed-secret", "-p")
    assert outcome.out.count("revision ") == len(
        json.loads(run("history", db, "secret/doomed-secret", "-o", "json").out)
    )
    assert "revision 3420, 2026-11-22T11:25:17Z: updated by kubectl-edit\n" in outcome.out
    hidden = re.findall(r"^[-+]  password: (.*)$", outcome.out, re.MULTILINE)
    assert all(re.fullmatch(r"<hidden [0-9a-f]{16}>", value) for value in hidden)
    shown = run("history", db, "secret/doomed-secret", "-p", "--show-secrets").out
    values = re.findall(r"^[-+]  password: (.*)$", shown, re.MULTILINE)
    assert b64decode(values[-1]) == b"pw-23"
    assert len(set(values)) == len(set(hidden)) > 20


def test_a_change_of_status_is_said_to_be_one(db: Path) -> None:
    plain = run("history", db, "deploy/web", *NS, "--patch").out
    raw = run("history", db, "deploy/web", *NS, "--patch", "--raw").out
    assert "# nothing but status and what servers write; --raw shows it" in plain
    assert "# nothing" not in raw
    assert re.search(r"^\+  observedGeneration:|^\+ +observedGeneration:", raw, re.MULTILINE)


@pytest.mark.parametrize("args", [[], ["cm"], ["cm/a", "cm/b"], ["cm,secret"]])
def test_a_history_needs_one_name(db: Path, args: list[str]) -> None:
    outcome = run("history", db, *args)
    assert (outcome.code, outcome.out) == (2, "")
    assert "`snapinspect " in outcome.err


def test_what_is_gone_is_listed_latest_first(db: Path, facts: Facts) -> None:
    outcome = run("deleted", db, "-o", "json")
    found = json.loads(outcome.out)
    watched = [line for line in facts("history.history") if line["type"] == "DELETE"]
    assert [each["deletedRevision"] for each in found] == [line["rev"] for line in reversed(watched)]
    assert [each["key"] for each in found] == [line["key"] for line in reversed(watched)]
    assert found[0].keys() >= {
        *("key", "apiVersion", "kind", "namespace", "name", "deletedRevision", "lastRevision", "deletedAt"),
        *("size", "source", "sign"),
    }
    assert outcome.code == 0
    secret = next(each for each in found if each["name"] == "doomed-secret")
    assert (secret["kind"], secret["lastRevision"], secret["deletedAt"]) == ("Secret", 3420, "2026-11-22T11:25:22Z")


def test_what_is_gone_can_be_listed_by_kind(db: Path) -> None:
    assert run("deleted", db, "cm,secret", *NS, "-o", "name").lines == [
        "secret/doomed-secret",
        "configmap/flappy",
        "configmap/doomed",
    ]
    table = run("deleted", db, "deploy").lines
    assert table[0].split() == ["DELETED", "NAMESPACE", "KIND", "NAME", "LAST-REVISION"]
    assert table[2].split() == ["2026-11-22T11:25:22Z", "infra-production", "deployments", "web", "3468"]
    wide = run("deleted", db, "deploy", "-o", "wide").lines
    assert wide[2].split()[5:7] == ["3503", "tombstone"]
    assert run("deleted", db, "nodes").code == 1


def test_what_is_gone_comes_back_clean_with_one_command(db: Path) -> None:
    outcome = run("get", db, "secret/doomed-secret", "--deleted")
    body = yaml.safe_load(outcome.out)
    assert outcome.code == 0
    assert body == {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "doomed-secret", "namespace": "infra-production"},
        "type": "Opaque",
        "data": {"password": "cHctMjM="},
    }
    assert run("get", db, "secret/doomed-secret").code == 1
    assert run("get", db, "cm/nginx-conf", "--deleted", *NS).code == 1


def test_a_namespace_that_is_gone_is_exported_whole(db: Path, tmp_path: Path) -> None:
    outcome = run("export", db, "-n", "team-a", "--deleted", "--layout", "single", "-d", tmp_path / "out")
    assert outcome.code == 0
    bodies = list(yaml.safe_load_all((tmp_path / "out" / "objects.yaml").read_text()))
    assert [body["kind"] for body in bodies] == ["Namespace", "Secret", "ConfigMap", "Service", "Deployment", "Widget"]
    assert "left out" in outcome.err


def test_a_moment_can_be_named_in_several_ways(db: Path) -> None:
    by_revision = run("get", db, "cm/flappy", *NS, "--at", "3332")
    by_time = run("get", db, "cm/flappy", *NS, "--at", "2026-11-22T11:25:11Z")
    assert by_revision.code == by_time.code == 0
    assert by_revision.out == by_time.out
    assert "note: " not in by_revision.err
    assert re.search(
        r"note: 2026-11-22T11:25:11Z is 2026-11-22T11:25:11Z \(UTC\), and that is revision \d+, written at 2026-11-22T11:25:11Z",
        by_time.err,
    )
    before = run("ls", db, "cm", *NS, "-o", "name", "--at", "5m")
    assert "configmap/doomed" not in before.lines
    assert "configmap/doomed" in run("ls", db, "cm", *NS, "-o", "name", "--at", "4m").lines


@pytest.mark.parametrize("when", ["1h", "yesterday", "0", "5000", "2026-11-23T00:00:00Z"])
def test_a_moment_that_the_snapshot_lacks_is_wrong_usage(db: Path, when: str) -> None:
    outcome = run("ls", db, "--at", when)
    assert (outcome.code, outcome.out) == (2, "")
    assert len(outcome.err.splitlines()) == 2


@pytest.mark.parametrize(("command", "target"), [("history", ["deploy/api"]), ("deleted", [])])
def test_lists_come_in_the_forms_of_ls(command: str, target: list[str]) -> None:
    facts = json.loads(run(command, SMALL, *target, "-o", "json").out)
    rows = list(csv.DictReader(run(command, SMALL, *target, "-o", "csv").out.splitlines()))
    assert [list(row) for row in rows] == [list(fact) for fact in facts]
    assert [row["size"] for row in rows] == [str(fact["size"]) for fact in facts]
    sizes = " ".join(str(fact["size"]) for fact in facts)
    assert run(command, SMALL, *target, "-o", "jsonpath={.items[*].size}").out == sizes
    lines = run(command, SMALL, *target, "-o", "custom-columns=S:.size").out.splitlines()
    assert [line.strip() for line in lines] == ["S", *sizes.split()]
