"""``diff``: what it shows, and its exit codes."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from cli_program import SMALL, run
from real_etcd import RealEtcd

NS = ("-n", "infra-production")
PLAIN, ENCODED = "swordfish", "c3dvcmRmaXNo"
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


@pytest.fixture
def db(snapshot_file: Callable[[str], Path]) -> Path:
    return snapshot_file("history")


@pytest.fixture(scope="module")
def secrets(etcd: RealEtcd, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A snapshot in which a Secret got another value, and the revision before."""

    def secret(**fields: Any) -> bytes:
        stored = {"apiVersion": "v1", "kind": "Secret", "type": "Opaque", **fields}
        annotations = {LAST_APPLIED: json.dumps({**stored, "metadata": {"name": "s"}})}
        return json.dumps({**stored, "metadata": {"name": "s", "namespace": "n", "annotations": annotations}}).encode()

    before = etcd.put(b"/registry/secrets/n/s", secret(data={"old": ENCODED, "kept": ENCODED}))
    etcd.put(b"/registry/secrets/n/s", secret(data={"new": ENCODED, "kept": "b3RoZXI="}, stringData={"x": PLAIN}))
    return etcd.save(tmp_path_factory.mktemp("secrets") / "secrets.db"), str(before)


def test_the_same_is_0_and_different_is_1(db: Path) -> None:
    same = run("diff", db, db)
    assert (same.code, same.out, same.err) == (0, "", "nothing differs\n")
    assert run("diff", db, db, "-o", "json").out == "[]\n"
    assert run("diff", SMALL, db).code == 1
    assert run("diff", db, "cm", "--from", "3700", "--to", "3701").code == 0
    assert run("diff", db, "--from", "10m").code == 2


@pytest.mark.parametrize(
    "args",
    [
        ["{}"],
        ["{}", "--to", "3000"],
        ["{}", "/nosuch/file"],
        ["{}", "{}", "nosuchkind"],
        ["{}", "{}", "cm/nosuch"],
        ["{}", "cm/kube-root-ca.crt", "--from", "2000"],
        ["{}", "{}", "--at", "3000"],
        ["{}", "--from", "9999"],
        ["{}", "{}", "-l", "a=b=c"],
    ],
)
def test_trouble_is_2(db: Path, args: list[str]) -> None:
    outcome = run("diff", *(str(db) if arg == "{}" else arg for arg in args))
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith("error: ")


def test_what_cannot_be_read_is_3(snapshot_file: Callable[[str], Path]) -> None:
    outcome = run("diff", snapshot_file("aescbc"), snapshot_file("secretbox"), "secrets", *NS)
    assert outcome.code == 3
    assert "# it cannot be read, and its bytes differ" in outcome.out
    facts = json.loads(
        run("diff", snapshot_file("aescbc"), snapshot_file("secretbox"), "secrets", *NS, "-o", "json").out
    )
    assert {each["name"] for each in facts if each["unread"]} >= {"basic", "tls-cert"}


def test_the_summary_counts_by_kind_and_namespace(db: Path) -> None:
    args = ("diff", db, "cm,secret,widgets,deploy", "--from", "3400")
    facts = json.loads(run(*args, "-o", "json").out)
    rows = [line.split() for line in run(*args, "-o", "summary").lines]
    assert rows[0] == ["KIND", "NAMESPACE", "ADDED", "REMOVED", "CHANGED"]
    for operation, column in (("added", 2), ("removed", 3), ("changed", 4)):
        assert sum(int(row[column]) for row in rows[1:]) == sum(each["operation"] == operation for each in facts)
    assert ["deployments", "infra-production", "0", "1", "1"] in rows
    assert run(*args).out.startswith("\n".join(run(*args, "-o", "summary").lines))


def test_the_facts_name_fields_with_their_values(db: Path) -> None:
    outcome = run("diff", db, "cm/flappy", *NS, "--from", "3904", "--to", "3922", "-o", "json")
    (found,) = json.loads(outcome.out)
    assert outcome.code == 1
    assert {name: found[name] for name in ("operation", "apiVersion", "kind", "namespace", "name")} == {
        "operation": "changed",
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "namespace": "infra-production",
        "name": "flappy",
    }
    assert found["changes"][0] == {"path": ".data.n", "old": "37", "new": "38"}
    assert [change["path"] for change in found["changes"]] == [".data.n", ".data.pad"]


def test_raw_shows_what_servers_write(db: Path) -> None:
    args = ("diff", db, "cm/flappy", *NS, "--from", "3904", "--to", "3922", "-o", "json")
    (found,) = json.loads(run(*args, "--raw").out)
    changes = {change["path"]: (change["old"], change["new"]) for change in found["changes"]}
    assert changes[".metadata.resourceVersion"] == ("3904", "3922")
    assert any(path.startswith(".metadata.managedFields[manager=kubectl-edit") for path in changes)


def test_names_are_listed(db: Path) -> None:
    outcome = run("diff", db, *NS, "--from", "3485", "--to", "3510", "-o", "name")
    assert {"secret/doomed-secret", "deployment.apps/web"} <= set(outcome.lines)


def test_what_is_left_out_is_said(db: Path) -> None:
    outcome = run("diff", db, "--from", "3400", "--to", "3510", "-o", "name")
    assert re.search(
        r"left out \d+ Events and Leases that would differ \(naming the kind, or --all, brings these, too\)",
        outcome.err,
    )
    assert not any(line.startswith(("event", "lease")) for line in outcome.lines)
    everything = run("diff", db, "--from", "3400", "--to", "3510", "-o", "name", "--all")
    assert any(line.startswith("lease.") for line in everything.lines)
    assert "left out" not in everything.err


def test_a_diff_makes_the_new_state_of_an_export(db: Path, tmp_path: Path) -> None:
    for revision, name in (("3400", "old"), ("3900", "new")):
        run("export", db, "cm", "-A", "--at", revision, "-d", tmp_path / name)
    diff = run("diff", db, "cm", "-A", "--from", "3400", "--to", "3900").out
    subprocess.run(["git", "apply", "-p0"], input=diff.encode(), cwd=tmp_path / "old", check=True, capture_output=True)
    files = [file.relative_to(tmp_path / "new") for file in (tmp_path / "new").rglob("*.yaml")]
    assert len(files) > 10
    for file in files:
        assert (tmp_path / "old" / file).read_text() == (tmp_path / "new" / file).read_text()


@pytest.mark.parametrize("output", ["diff", "json"])
@pytest.mark.parametrize("raw", [[], ["--raw"]])
def test_no_value_of_a_secret_is_shown(secrets: tuple[Path, str], output: str, raw: list[str]) -> None:
    path, before = secrets
    shown = run("diff", path, "secret/s", "--from", before, "-o", output, *raw)
    assert shown.code == 1
    assert PLAIN not in shown.out
    assert ENCODED not in shown.out
    hidden = re.findall(r"<hidden [0-9a-f]{16}>", shown.out)
    assert len(set(hidden)) == 2
    again = run("diff", path, "secret/s", "--from", before, "-o", output, *raw)
    assert not set(hidden) & set(re.findall(r"<hidden [0-9a-f]{16}>", again.out))
    open_ = run("diff", path, "secret/s", "--from", before, "-o", output, *raw, "--show-secrets")
    assert ENCODED in open_.out
    assert "<hidden" not in open_.out


def test_colours_come_where_they_are_wanted(db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    args = ("diff", db, "cm/flappy", *NS, "--from", "3904")
    plain = run(*args).out
    assert "\x1b" not in plain
    painted = run(*args, "--color", "always").out
    assert "\x1b[31m-  'n': '37'\x1b[0m\n" in painted
    assert "\x1b[32m+  'n': '39'\x1b[0m\n" in painted
    assert re.sub(r"\x1b\[\d*m", "", painted) == plain
    monkeypatch.setenv("NO_COLOR", "1")
    assert run(*args, "--color", "never").out == plain


def test_an_added_object_is_shown_whole(db: Path) -> None:
    out = run("diff", db, "cm/flappy", *NS, "--from", "3336", "--to", "3337").out
    assert "--- /dev/null\n+++ infra-production/configmaps/flappy.yaml\trevision 3337\n@@ -0,0 +1," in out
    text = "".join(line[1:] + "\n" for line in out.split("\n") if line.startswith("+") and not line.startswith("+++"))
    assert yaml.safe_load(text)["data"] == {"n": "reborn"}


def test_a_field_selector_narrows_what_is_compared(snapshot_file: Callable[[str], Path]) -> None:
    asked = ("diff", snapshot_file("history"), "deploy", "-A", "--from", "1500", "--to", "4171", "-o", "json")
    everywhere = json.loads(run(*asked).out)
    narrowed = json.loads(run(*asked, "--field-selector", "metadata.namespace=team-a").out)
    assert narrowed == [each for each in everywhere if each["namespace"] == "team-a"]
    assert 0 < len(narrowed) < len(everywhere)
