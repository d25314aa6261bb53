"""What ``-o`` and its companions make of lists and objects, through the command line."""

from __future__ import annotations

import csv
import gzip
import io
import json
from pathlib import Path

import pytest
from cli_program import SMALL, run

DEPLOYMENTS = ["api", "ssa-app", "web", "web", "svc-a"]


@pytest.mark.parametrize(
    ("words", "out"),
    [
        (("ls", "deploy", "-o", "jsonpath={.items[*].metadata.name}"), " ".join(DEPLOYMENTS)),
        (("get", "deploy", "-A", "-o", "jsonpath={.items[*].metadata.name}"), " ".join(DEPLOYMENTS)),
        (("get", "deploy", "-n", "team-a", "-o", "jsonpath={.items[0].kind}"), "Deployment"),
        (("get", "deploy/svc-a", "-o", "jsonpath={.kind}/{.metadata.name}"), "Deployment/svc-a"),
        (("get", "deploy/svc-a", "-o=jsonpath={.nope}"), ""),
        (("get", "deploy/svc-a", "-o", "custom-columns=N:.metadata.name,K:kind"), "N       K\nsvc-a   Deployment\n"),
        (("ls", "deploy", "-n", "infra-staging", "-o", "name"), "deployment.apps/web\n"),
        (("ls", "deploy", "-n", "infra-staging"), "NAME   CREATED\nweb    2026-11-22T11:21:15Z\n"),
        (("ls", "deploy", "-n", "infra-staging", "--no-headers"), "web   2026-11-22T11:21:15Z\n"),
        (("ls", "deploy", "-n", "team-a", "-L", "app"), "NAME    CREATED                APP\nsvc-a   2026-11-22T11:21:15Z   svc-a\n"),
        (("ls", "deploy", "--sort-by", ".metadata.name", "-o", "jsonpath={.items[*].metadata.name}"), "api ssa-app svc-a web web"),
        (("ls", "deploy", "--field-selector", "metadata.name=web", "-o", "jsonpath={.items[*].metadata.namespace}"), "infra-production infra-staging"),
    ],
)  # fmt: skip
def test_an_output_is_exactly(words: tuple[str, ...], out: str) -> None:
    command, *rest = words
    assert run(command, SMALL, *rest)[:2] == (0, out)


@pytest.mark.parametrize("path", [".metadata.creationTimestamp", "{.metadata.generation}", ".status.phase"])
@pytest.mark.parametrize("form", ["name", "jsonpath={.items[*].metadata.name}"])
def test_the_order_is_that_of_the_stored_objects_also_where_cleaning_takes_the_field(path: str, form: str) -> None:
    kind = "pvc" if path == ".status.phase" else "deploy"
    cleaned, stored = (run("get", SMALL, kind, "-A", "--sort-by", path, "-o", form, *raw) for raw in ((), ("--raw",)))
    assert cleaned.out.split()
    assert (cleaned.code, cleaned.out) == (0, stored.out)


def test_csv_holds_the_facts_of_json() -> None:
    facts = json.loads(run("ls", SMALL, "-n", "team-a", "-o", "json").out)
    rows = list(csv.DictReader(io.StringIO(run("ls", SMALL, "-n", "team-a", "-o", "csv").out)))
    assert [row["key"] for row in rows] == [fact["key"] for fact in facts]
    assert [row["size"] for row in rows] == [str(fact["size"]) for fact in facts]


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("ls", "-o", "foo"), "ls has no -o foo"),
        (("get", "deploy", "-o", "wide"), "get has no -o wide"),
        (("get", "deploy", "-o", "jsonpath"), "-o jsonpath lacks its template"),
        (("get", "deploy", "-o", "jsonpath={.a"), "jsonpath '{.a': unclosed action"),
        (("ls", "-o", "custom-columns=A"), "unexpected custom-columns spec: 'A', expected <header>:<json-path-expr>"),
        (("ls", "deploy", "--sort-by", ".nope"), "couldn't find any field with path '.nope' in the list of objects"),
        (("ls", "pods", "--field-selector", "foo=1"), "field label not supported: foo"),
        (("ls", "--field-selector", "foo"), "invalid selector: 'foo'; can't understand 'foo'"),
    ],
)
def test_what_is_not_understood_is_an_error_and_a_hint(words: tuple[str, ...], error: str) -> None:
    command, *rest = words
    code, out, err = run(command, SMALL, *rest)
    first, hint = err.rstrip("\n").split("\n")
    assert (code, out) == (2, "")
    assert first.startswith(f"error: {error}")
    assert hint.startswith("hint: ")


def test_labels_stand_in_columns_of_their_own() -> None:
    lines = run("ls", SMALL, "deploy", "-A", "-L", "app,nope", "--show-labels").lines
    assert lines[0].split() == ["NAMESPACE", "NAME", "CREATED", "APP", "NOPE", "LABELS"]
    assert all(line.split()[4] == "<none>" for line in lines[1:])


def test_a_diff_whose_old_side_is_newer_says_so_first(tmp_path: Path) -> None:
    newer = tmp_path / "newer.db"
    newer.write_bytes(gzip.decompress((SMALL.parent / "history.db.gz").read_bytes()))
    err = run("diff", newer, SMALL, "deploy").err
    assert err.startswith("warning: OLD is the newer one, at revision 4171, and NEW is at 1175")
    assert "warning" not in run("diff", SMALL, newer, "deploy").err


def test_keys_says_that_none_were_given(tmp_path: Path) -> None:
    locked = tmp_path / "locked.db"
    locked.write_bytes(gzip.decompress((SMALL.parent / "aescbc.db.gz").read_bytes()))
    assert "note: no keys were given" in run("keys", locked).err
    given = run("keys", locked, "--encryption-config", SMALL.parent / "aescbc.enc.yaml")
    assert "no keys were given" not in given.err


def test_a_kind_that_only_the_key_suggests_is_explained(tmp_path: Path) -> None:
    locked = tmp_path / "locked.db"
    locked.write_bytes(gzip.decompress((SMALL.parent / "aescbc.db.gz").read_bytes()))
    outcome = run("ls", locked, "secrets", "-n", "kube-system")
    assert outcome.code == 3
    assert "secrets?" in outcome.out
    assert "note: a kind with ? is what the key suggests" in outcome.err
