"""Selections in all the forms in which people give them, the same in each command."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from cli_program import SMALL, run


def listed(*args: str | Path, snapshot: Path = SMALL) -> list[str]:
    """``Kind namespace/name`` of what ``ls`` lists."""
    outcome = run("ls", snapshot, *args, "-o", "json")
    assert outcome.code == 0, outcome.err
    return [f"{each['kind']} {each['namespace'] or ''}/{each['name']}" for each in json.loads(outcome.out)]


def names(command: str, *args: str | Path, snapshot: Path = SMALL) -> list[str]:
    outcome = run(command, snapshot, *args, "-o", "name")
    assert outcome.code == 0, outcome.err
    return outcome.lines


@pytest.mark.parametrize(
    ("form", "same"),
    [
        (
            ("deploy", "-n", "infra-production,infra-staging"),
            ("deploy", "-n", "infra-production", "-n", "infra-staging"),
        ),
        (("deploy", "-n", "infra-*"), ("deploy", "-n", "infra-production", "-n", "infra-staging")),
        (("-n", "infra-s*,team-b"), ("-n", "infra-staging", "-n", "team-b")),
        (("deploy/w*", "-A"), ("deploy", "--name", "w*")),
        (("deploy/w*",), ("deploy", "--name", "w*")),
        (("deploy", "w*"), ("deploy", "--name", "w*")),
        (("deploy", "api", "svc-a"), ("deploy/api", "deploy/svc-a")),
        (("deploy", "web", "-n", "team-?", "-n", "infra-staging"), ("deploy/web", "-n", "infra-staging")),
        (("cm,secret", "-A"), ("cm", "secret")),
        (("-A", "--exclude", "po,rs,ev"), ("-A", "--exclude", "pods", "--exclude", "rs", "--exclude", "ev")),
        (("deploy", "--exclude", "infra-*/"), ("deploy/svc-a",)),
        (("deploy", "--exclude", "deploy/w*", "--exclude", "team-a/"), ("deploy", "api", "ssa-app")),
        (("deploy,svc", "--exclude", "svc"), ("deploy",)),
        (("-n", "team-b", "--exclude", "team-b/"), ("deploy", "--name", "nosuch*")),
    ],
)
def test_forms_that_mean_the_same(form: tuple[str, ...], same: tuple[str, ...]) -> None:
    outcomes = [run("ls", SMALL, *args, "-o", "name") for args in (form, same)]
    assert outcomes[0].out == outcomes[1].out
    assert outcomes[0].code == outcomes[1].code


@pytest.mark.parametrize("command", ["ls", "get"])
def test_a_kind_and_names_in_each_command(command: str) -> None:
    assert names(command, "deploy", "api", "svc-a") == ["deployment.apps/api", "deployment.apps/svc-a"]
    assert names(command, "deploy/s*") == ["deployment.apps/ssa-app", "deployment.apps/svc-a"]


def test_export_takes_a_kind_and_names(tmp_path: Path) -> None:
    assert run("export", SMALL, "deploy", "api", "svc-a", "-d", tmp_path / "out").code == 0
    assert sorted(path.stem for path in (tmp_path / "out").rglob("*.yaml")) == ["api", "svc-a"]
    assert run("export", SMALL, "deploy", "sts", "-n", "infra-staging", "-d", tmp_path / "kinds").code == 0
    assert {path.parent.name for path in (tmp_path / "kinds").rglob("*.yaml")} == {"deployments"}


def test_nothing_named_is_the_whole_cluster_as_recovery_wants_it(tmp_path: Path) -> None:
    whole = run("get", SMALL, "-A", "-o", "name")
    assert whole.code == 0
    assert "left out" in whole.err
    for args in ((), ("-A",)):
        out = tmp_path / f"out{len(args)}"
        outcome = run("export", SMALL, *args, "-d", out)
        assert outcome.code == 0
        lines = [json.loads(line) for line in (out / "index.jsonl").read_text().splitlines()][1:]
        assert sum(line["file"] is not None for line in lines) == len(whole.lines)
        assert sum("leftOut" in line for line in lines) == len(lines) - len(whole.lines) > 300


def test_owned_means_the_whole_cluster_with_what_controllers_make() -> None:
    more, less = set(names("get", "--owned")), set(names("get", "-A"))
    assert {name.split("/")[0] for name in more - less} >= {"pod", "replicaset.apps", "endpointslice.discovery.k8s.io"}
    assert less < more


@pytest.mark.parametrize(
    ("args", "brought"),
    [
        (("pods", "-n", "infra-*"), True),
        (("pods", "-A", "-l", "app=web"), True),
        (("pods/web-*",), True),
        (("--name", "web-64d96546dc"), True),
        (("-A",), False),
        (("-n", "infra-*"), False),
        (("--name", "web-*"), False),
        (("--key", "/registry/pods/"), False),
        (("-l", "app=web"), False),
        (("all/web-*",), False),
        (("all",), False),
        (("--key", "/registry/replicasets/", "--owned"), True),
        (("--name", "web-*", "--all"), True),
    ],
)
def test_patterns_sweep_and_kinds_and_names_bring(args: tuple[str, ...], brought: bool) -> None:
    outcome = run("get", SMALL, *args, "-o", "name")
    assert outcome.code == 0
    there = run("ls", SMALL, *(word for word in args if word not in {"--owned", "--all"}), "-o", "name").lines
    assert (len(outcome.lines) == len(there)) is brought
    assert ("left out" in outcome.err) is not brought


def test_what_is_excluded_does_not_come_as_a_dependency_either() -> None:
    every = names("get", "deploy/api", "--with-deps")
    assert any(name.startswith("namespace/") for name in every)
    rest = names("get", "deploy/api", "--with-deps", "--exclude", "ns")
    assert rest == [name for name in every if not name.startswith("namespace/")]


def test_what_is_gone_can_be_listed_as_what_is_live(snapshot_file: Callable[[str], Path]) -> None:
    history = snapshot_file("history")
    gone = names("ls", "--deleted", "jobs", snapshot=history)
    assert set(gone) == set(names("deleted", "jobs", snapshot=history))
    assert gone
    assert not set(gone) & set(names("ls", "jobs", snapshot=history))


def test_deletions_since_a_moment_and_by_a_manager(snapshot_file: Callable[[str], Path]) -> None:
    history = snapshot_file("history")
    rows = json.loads(run("deleted", history, "-o", "json").out)
    ends = [row["deletedRevision"] or row["lastRevision"] for row in rows]
    late = json.loads(run("deleted", history, "--since", "4000", "-o", "json").out)
    assert late == [row for row, end in zip(rows, ends, strict=True) if end >= 4000]
    by_time = run("deleted", history, "--since", "2026-11-22T11:27:00Z", "-o", "json")
    assert 0 < len(json.loads(by_time.out)) < len(rows)
    assert "11:27:00Z (UTC)" in by_time.err
    assert json.loads(run("deleted", history, "--since", "2020-01-01", "-o", "json").out) == rows
    scheduled = run("deleted", history, "--by", "kube-controller-*", "-o", "json")
    assert {row["kind"] for row in json.loads(scheduled.out)} >= {"Job", "Pod"}
    assert run("deleted", history, "--by", "nobody").code == 1


@pytest.mark.parametrize("layout", ["tree", "flat", "single"])
def test_a_dry_run_tells_the_files_and_makes_none(tmp_path: Path, layout: str) -> None:
    args = ("export", SMALL, "-n", "infra-*", "--layout", layout)
    dry = run(*args, "-d", tmp_path / "out", "--dry-run")
    assert dry.code == 0
    assert list(tmp_path.iterdir()) == []
    assert "would write" in dry.err
    assert run(*args, "-d", tmp_path / "out").code == 0
    written = {path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*.yaml")}
    assert set(dry.lines) == written
    assert run(*args, "--dry-run").out == dry.out


def test_export_to_standard_output_is_a_get(tmp_path: Path) -> None:
    outcome = run("export", SMALL, "deploy/api", "-d", "-", "--layout", "flat")
    assert outcome.code == 2
    assert outcome.err.splitlines() == [
        "error: export writes files, and - is none",
        f"hint: `snapinspect get {SMALL} deploy/api` writes to standard output.",
    ]
    nowhere = run("export", SMALL, "deploy/api")
    assert nowhere.code == 2
    assert f"`snapinspect export {SMALL} deploy/api -d DIR`" in nowhere.err
