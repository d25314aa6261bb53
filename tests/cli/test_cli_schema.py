"""What JSON outputs are is what their schemas say, of every snapshot that ships: nothing else, and nothing undocumented."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cli_program import ROOT, run
from jsonschema import Draft202012Validator
from real_etcd import RealEtcd

FIXTURES = ROOT / "fixtures"
SNAPSHOTS = sorted(
    path
    for path in FIXTURES.rglob("*")
    if path.name != "history.db.gz"
    if path.name == "db" or path.name.endswith((".db", ".db.gz", ".sql", ".zip", "etcd.backup.gz", "member.tar.gz"))
)
OF_ANY = ("ls", "info --detail", "verify", "deleted", "stats", "keys", "log")
"""Commands that take any snapshot and nothing else; of the longest history, some are asked for one by one below."""
_SOME = 200
NS = "infra-production"


def strict(schema: Any) -> Any:
    """Without room for what the schema does not name: users may count on growth, the tests hold that it is documented."""
    if isinstance(schema, list):
        return [strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {key: strict(value) for key, value in schema.items()}
    closed = schema.get("type") == "object" and "properties" in schema and "additionalProperties" not in schema
    return {**inner, "additionalProperties": False} if closed else inner


def schema_of(name: str) -> Any:
    outcome = run("schema", *name.split())
    assert outcome.code == 0, outcome.err
    return json.loads(outcome.out)


@cache
def validator_of(name: str) -> Draft202012Validator:
    return Draft202012Validator(strict(schema_of(name)))


def faults(name: str, text: str) -> list[str]:
    told = json.loads(text)
    # Of long lists so many as take a moment, from end to end.
    some = told[:: 1 + len(told) // _SOME] if isinstance(told, list) else told
    errors = validator_of(name).iter_errors(some)
    return [f"{error.json_path}: {error.message[:200]}" for error, _ in zip(errors, range(5), strict=False)]


def names() -> Iterator[str]:
    yield from (name for name in json.loads(run("schema").out)["$defs"] if " " in name or name in dict_of_commands())


def dict_of_commands() -> frozenset[str]:
    return frozenset(line.split()[0] for line in run("--help").out.split("\n") if line.startswith("  "))


@pytest.mark.parametrize("path", SNAPSHOTS, ids=lambda path: str(path.relative_to(FIXTURES)))
def test_what_is_told_of_any_snapshot(path: Path) -> None:
    told = 0
    for words in OF_ANY:
        name, *options = words.split()
        outcome = run(name, path, *options, "-o", "json")
        assert outcome.code in {0, 1, 3}, outcome.err
        if outcome.out:
            told += 1
            assert faults(name, outcome.out) == [], words
    assert told or "error: " in outcome.err


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("get", f"deploy/api -n {NS}"),
        ("get", f"deploy,svc -n {NS}"),
        ("history", f"cm/flappy -n {NS}"),
        ("history", f"deploy/web -n {NS}"),
        ("diff", "--from 1500 --to 3400"),
        ("diff", "--from 3400 --raw --show-secrets --all"),
        ("log", f"-n {NS} --since 3400"),
        ("deleted", "deploy,secret"),
        ("deleted", "--carve"),
        ("log", "--all"),
        ("deps", f"deploy/api -n {NS}"),
        ("deps", f"sa/default -n {NS}"),
        ("restore", "--dry-run --offline"),
        ("ls helm", ""),
        ("ls", ""),
        ("info", "--detail"),
        ("verify", ""),
        ("stats", f"-n {NS} events"),
    ],
)
def test_what_is_told_of_objects(name: str, words: str, snapshot_file: Callable[[str], Path]) -> None:
    command, *more = name.split()
    outcome = run(command, snapshot_file("history"), *more, *words.split(), "-o", "json")
    assert outcome.code in {0, 1, 3}, outcome.err
    assert faults(name, outcome.out) == []


@pytest.mark.parametrize("options", [(), ("--encryption-config", FIXTURES / "k8s-1.36" / "aescbc.enc.yaml")])
def test_what_is_told_of_keys(options: tuple[Any, ...], snapshot_file: Callable[[str], Path]) -> None:
    outcome = run("keys", snapshot_file("aescbc"), *options, "-o", "json")
    assert json.loads(outcome.out)
    assert faults("keys", outcome.out) == []


def test_what_is_told_of_many(snapshot_file: Callable[[str], Path], tmp_path: Path) -> None:
    history, catalog = snapshot_file("history"), tmp_path / "catalog"
    torn = tmp_path / "torn.db"
    torn.write_bytes(history.read_bytes()[:5000])
    found = run("find", "deploy/web", "-n", NS, history, snapshot_file("small"), torn, "-o", "json")
    assert {"unreadable"} < {each["verdict"] for each in json.loads(found.out)}
    assert faults("find", found.out) == []
    assert run("catalog", "build", snapshot_file("small"), snapshot_file("cbor"), "--to", catalog).code == 0
    for name, words in (
        ("catalog query", ["FROM snapshots"]),
        ("catalog find-string", ["nginx"]),
        ("catalog log", ["deploy/api", "-n", NS]),
    ):
        outcome = run(*name.split(), catalog, *words, "-o", "json")
        assert json.loads(outcome.out), outcome.err
        assert faults(name, outcome.out) == []
    asked = run("sql", snapshot_file("small"), "SELECT kind, count(*) AS n FROM objects GROUP BY kind", "-o", "json")
    assert faults("sql", asked.out) == []


def test_what_is_told_of_no_snapshot(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SNAPINSPECT_CACHE", str(tmp_path))
    for name, words in (("rules", ()), ("cache list", ())):
        outcome = run(*name.split(), *words, "-o", "json")
        assert outcome.code == 0, outcome.err
        assert faults(name, outcome.out) == []


def test_what_is_told_of_a_live_etcd(etcd: RealEtcd, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(etcd.home)
    outcome = run("info", etcd.endpoint, "-o", "json")
    assert outcome.code == 0, outcome.err
    assert json.loads(outcome.out)["endpoints"]
    assert faults("info", outcome.out) == []


def test_each_line_of_an_index(snapshot_file: Callable[[str], Path], tmp_path: Path) -> None:
    assert run("export", snapshot_file("small"), "-n", NS, "-d", tmp_path / "out").code == 0
    lines = (tmp_path / "out" / "index.jsonl").read_text().splitlines()
    assert any('"leftOut"' in line for line in lines)
    assert faults("export", f"[{','.join(lines)}]") == []


@pytest.mark.parametrize("name", ["ls", "log", "deleted", "history"])
def test_each_line_of_jsonl_is_an_item(name: str, snapshot_file: Callable[[str], Path]) -> None:
    named = ["cm/flappy", "-n", NS] if name == "history" else ["deploy"]
    outcome = run(name, snapshot_file("history"), *named, "-o", "jsonl")
    assert faults(name, f"[{','.join(outcome.lines)}]") == []


def test_schemas_are_schemas() -> None:
    whole = json.loads(run("schema").out)
    Draft202012Validator.check_schema(whole)
    for name in names():
        Draft202012Validator.check_schema(schema_of(name))
        assert whole["$defs"][name]["title"] == f"snapinspect {name}"


def test_another_thing_is_refused(snapshot_file: Callable[[str], Path]) -> None:
    """The schemas are no open doors."""
    (first, *_) = json.loads(run("ls", snapshot_file("small"), "deploy", "-o", "json").out)
    for spoiled in ({**first, "size": "12"}, {**first, "more": 1}, {key: first[key] for key in first if key != "key"}):
        assert faults("ls", json.dumps([spoiled]))


def test_a_command_without_json_is_told_which_have_it() -> None:
    outcome = run("schema", "hystory")
    assert outcome.code == 1
    assert "`snapinspect schema history`" in outcome.err
