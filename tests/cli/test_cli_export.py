"""What ``export`` writes, and what it refuses to."""

from __future__ import annotations

import hashlib
import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from cli_program import SMALL, patched, run

SELECTION = ("-n", "team-a")
FILES = {
    "_cluster/namespaces/team-a.yaml",
    "team-a/configmaps/settings.yaml",
    "team-a/deployments/svc-a.yaml",
    "team-a/secrets/token.yaml",
    "team-a/services/svc-a.yaml",
    "team-a/widgets.example.com/del.yaml",
}


def index(directory: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The evidence, and the lines of the objects."""
    evidence, *lines = map(json.loads, (directory / "index.jsonl").read_text().splitlines())
    return evidence, lines


def files(directory: Path) -> set[str]:
    return {str(path.relative_to(directory)) for path in directory.rglob("*") if path.is_file()}


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def test_tree(out: Path) -> None:
    outcome = run("export", SMALL, *SELECTION, "-d", out)
    assert (outcome.code, outcome.out) == (0, "")
    assert files(out) == {"index.jsonl", *FILES}
    assert f"wrote 6 objects to {out}" in outcome.err


def test_flat(out: Path) -> None:
    assert run("export", SMALL, "deploy,certificate,storageclass", "-d", out, "--layout", "flat").code == 0
    assert files(out) == {
        "index.jsonl",
        "deployments_infra-production_api.yaml",
        "deployments_infra-production_ssa-app.yaml",
        "deployments_infra-production_web.yaml",
        "deployments_infra-staging_web.yaml",
        "deployments_team-a_svc-a.yaml",
        "certificates.cert-manager.io_infra-production_web-tls.yaml",
        "storageclasses_fast.yaml",
        "storageclasses_slow.yaml",
    }


def test_single_is_what_get_prints(out: Path) -> None:
    assert run("export", SMALL, "--all", "-d", out, "--layout", "single").code == 0
    assert files(out) == {"index.jsonl", "objects.yaml"}
    assert (out / "objects.yaml").read_text() == run("get", SMALL, "--all").out
    _, lines = index(out)
    assert {line["file"] for line in lines} == {"objects.yaml"}
    assert len(lines) == 637


@pytest.mark.parametrize("layout", ["tree", "flat"])
def test_every_object_gets_a_file_of_its_own(out: Path, layout: str) -> None:
    assert run("export", SMALL, "--all", "-d", out, "--layout", layout).code == 0
    _, lines = index(out)
    assert files(out) == {"index.jsonl", *(line["file"] for line in lines)}
    assert len({line["file"] for line in lines}) == 637
    expected = {body["metadata"].get("name"): body for body in _bodies("cm", "-n", "infra-production")}
    for line in lines:
        if line["kind"] == "ConfigMap" and line["namespace"] == "infra-production":
            assert yaml.safe_load((out / line["file"]).read_bytes()) == expected[line["name"]]


def _bodies(*args: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in run("get", SMALL, *args, "-o", "jsonl").lines]


def test_only_the_owner_can_read_it(out: Path) -> None:
    assert run("export", SMALL, *SELECTION, "-d", out).code == 0
    modes = {(path.is_dir(), stat.S_IMODE(path.stat().st_mode)) for path in [out, *out.rglob("*")]}
    assert modes == {(True, 0o700), (False, 0o600)}


def test_the_index_begins_with_the_evidence(out: Path) -> None:
    assert run("export", SMALL, *SELECTION, "-d", out).code == 0
    evidence, _ = index(out)
    assert evidence.pop("time").endswith("Z")
    assert evidence.pop("program").startswith("snapinspect ")
    assert isinstance(evidence.pop("arguments"), list)
    assert evidence == {
        "snapshot": str(SMALL),
        "size": SMALL.stat().st_size,
        "sha256": hashlib.sha256(SMALL.read_bytes()).hexdigest(),
        "revision": 1175,
        "clusterUID": "8ba3cd26-06bf-40d5-982f-a8ce8cc7a25c",
    }


def test_the_index_says_of_each_object_what_was_stripped_or_why_it_was_left_out(
    out: Path, facts: Callable[[str], list[dict[str, Any]]]
) -> None:
    assert run("export", SMALL, *SELECTION, "-d", out).code == 0
    revisions = {truth["key"]: int(truth["object"]["metadata"]["resourceVersion"]) for truth in facts("small.truth")}
    _, lines = index(out)
    assert len(lines) == len(run("ls", SMALL, *SELECTION, "-o", "name").lines)
    for line in lines:
        assert line["revision"] == revisions[line["key"]]
        if line["file"] is None:
            assert line["leftOut"]["rule"]
            assert line["leftOut"]["reason"]
        else:
            assert ".metadata.uid" in {change["path"] for change in line["changes"]}
            assert all(change["rule"] and change["reason"] for change in line["changes"])
    assert {line["file"] for line in lines} == {None, *FILES}


def test_raw_strips_nothing(out: Path) -> None:
    assert run("export", SMALL, "deploy/api", "--raw", "-d", out).code == 0
    (line,) = index(out)[1]
    assert line["changes"] == []
    assert "status" in yaml.safe_load((out / line["file"]).read_bytes())


def test_a_directory_with_something_in_it_needs_force(out: Path) -> None:
    out.mkdir()
    (out / "notes").write_text("mine")
    refused = run("export", SMALL, "deploy", "-d", out)
    assert refused.code == 1
    wrong, hint = refused.err.splitlines()
    assert wrong == f"error: {out} is not empty"
    assert "--force" in hint
    assert files(out) == {"notes"}
    assert run("export", SMALL, "deploy/api", "-d", out, "--force").code == 0
    assert files(out) == {"notes", "index.jsonl", "infra-production/deployments/api.yaml"}
    assert (out / "notes").read_text() == "mine"


def test_an_empty_directory_is_taken(out: Path) -> None:
    out.mkdir()
    assert run("export", SMALL, "deploy/api", "-d", out).code == 0
    assert len(files(out)) == 2


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (("-n", "nosuch"), 1),
        (("nosuch",), 1),
        (("deploy/web",), 1),
        (("deploy", "--layout", "zip"), 2),
        (("deploy", "--at", "9999"), 2),
    ],
)
def test_nothing_is_made_when_it_fails(out: Path, args: tuple[str, ...], code: int) -> None:
    outcome = run("export", SMALL, *args, "-d", out)
    assert outcome.code == code
    assert [line.partition(":")[0] for line in outcome.err.splitlines()] == ["error", "hint"]
    assert list(out.parent.iterdir()) == []


def test_where_nothing_can_be_written(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    for directory in (file, file / "below"):
        outcome = run("export", SMALL, "deploy", "-d", directory)
        assert outcome.code == 1
        wrong, hint = outcome.err.splitlines()
        assert str(directory) in wrong
        assert hint.startswith("hint: give another")
    assert list(tmp_path.iterdir()) == [file]


def test_all_left_out_gives_an_index_that_says_so(out: Path) -> None:
    outcome = run("export", SMALL, "-n", "default", "-d", out)
    assert outcome.code == 0
    assert "wrote 0 objects" in outcome.err
    assert files(out) == {"index.jsonl"}
    assert len(index(out)[1]) == len(run("ls", SMALL, "-n", "default", "-o", "name").lines)


@pytest.mark.parametrize("layout", ["tree", "flat", "single"])
@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"nginx-conf", b"../../evil"),
        (b"nginx-conf", b"/etc/cronx"),
        (b"nginx-conf", b"..\\..\\evil"),
        (b"nginx-conf", b"a\x1b[31m\x00\r\nb"),
        (b"nginx-conf", b"\xff\xfe\xfd\xfc\xff\xfe\xfd\xfc\xff\xfe"),
        (b"infra-production", b"../../../../evil"),
        (b"infra-production", b"_cluster/\xe2\x80\xae\xf0\x9f\x92\xa9"),
    ],
)
def test_names_never_lead_out_of_the_directory(tmp_path: Path, layout: str, old: bytes, new: bytes) -> None:
    home = tmp_path / "home"
    home.mkdir()
    snapshot = patched(home / "s.db", old, new)
    outside = set(tmp_path.parent.iterdir())
    outcome = run("export", snapshot, "cm,ns", "-d", home / "out" / "of" / "here", "--layout", layout)
    assert outcome.code == 0
    assert all(line.isprintable() for line in outcome.err.split("\n"))
    assert set(tmp_path.parent.iterdir()) == outside
    assert {path.name for path in tmp_path.iterdir()} == {"home"}
    assert {path.name for path in home.iterdir()} == {"s.db", "out"}
    there = home / "out" / "of" / "here"
    _, lines = index(there)
    assert len(lines) == 40
    for file in {line["file"] for line in lines}:
        assert (there / file).resolve().is_relative_to(there)
        assert file.isascii()
        assert file.isprintable()


def test_a_link_in_the_way_is_not_followed(tmp_path: Path) -> None:
    elsewhere, out = tmp_path / "elsewhere", tmp_path / "out"
    elsewhere.mkdir()
    out.mkdir()
    (out / "infra-production").symlink_to(elsewhere)
    outcome = run("export", SMALL, "deploy/api", "-d", out, "--force")
    assert list(elsewhere.iterdir()) == []
    assert outcome.code == 1 or not (out / "infra-production").is_symlink()


def test_undecoded_values_get_a_place_of_their_own(snapshot_file: Callable[[str], Path], out: Path) -> None:
    snapshot = snapshot_file("aescbc")
    outcome = run("export", snapshot, "secret", "-n", "infra-production", "--undecoded", "bytes", "-d", out)
    assert outcome.code == 3
    assert "no key named key1 for aescbc" in outcome.err
    _, lines = index(out)
    undecoded = [line for line in lines if line["file"].startswith("_cluster/undecoded/")]
    assert len(undecoded) == 7
    for line in undecoded:
        body = yaml.safe_load((out / line["file"]).read_bytes())
        assert body.keys() == {"undecoded", "bytes"}
        assert body["undecoded"]["key"] == line["key"]
        assert line["revision"] > 1
