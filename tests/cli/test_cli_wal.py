"""One history, held in three ways: by the tree, by free pages, and by a write-ahead log. What comes back is the same.

``fixtures/etcd-3.5/make.py`` wrote the history of ``history.db`` once more, and compacted it away.
"""

from __future__ import annotations

import gzip
import json
import re
import shlex
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cli_program import ROOT, Outcome, run

COMPACTED = ROOT / "fixtures" / "etcd-3.5" / "compacted.db.gz"
MEMBER = ROOT / "fixtures" / "etcd-3.5" / "member.tar.gz"
NS = ("-n", "infra-production")
DELETED = ("deploy/web", "secret/doomed-secret", "cm/doomed")
KINDS = ("cm,deploy,secret,svc",)

Held = dict[str, tuple[str | Path, ...]]


@pytest.fixture
def held(snapshot_file: Callable[[str], Path]) -> Held:
    """The arguments with which each of the three is read."""
    return {"tree": (snapshot_file("history"),), "free": (COMPACTED, "--carve"), "wal": (MEMBER,)}


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data directory, unpacked."""
    out = tmp_path_factory.mktemp("member")
    with tarfile.open(MEMBER) as archive:
        # Taken from 3.11.4 on; those before have none, and need none for an archive that is our own.
        archive.extraction_filter = getattr(tarfile, "data_filter", None)
        archive.extractall(out)
    return out / "etcd"


def ok(outcome: Outcome) -> Outcome:
    assert outcome.code == 0, outcome.err
    return outcome


@pytest.mark.parametrize("name", DELETED)
def test_deleted_object_comes_back_the_same_from_wherever_it_is_held(name: str, held: Held) -> None:
    found = {how: ok(run("get", *where, name, *NS, "--deleted")).out for how, where in held.items()}
    assert found["tree"]
    assert found["free"] == found["wal"] == found["tree"]


@pytest.mark.parametrize("name", DELETED)
def test_without_looking_for_it_it_is_gone(name: str, directory: Path) -> None:
    for where in (COMPACTED, directory / "member" / "snap" / "db"):
        outcome = run("get", where, name, *NS, "--deleted")
        assert (outcome.code, outcome.out) == (1, "")


@pytest.mark.parametrize("name", [*DELETED, "cm/flappy"])
def test_history_is_the_same_but_for_its_source(name: str, held: Held) -> None:
    steps = {how: json.loads(ok(run("history", *where, name, *NS, "-o", "json")).out) for how, where in held.items()}
    told = {how: [(step["operation"], step["version"], step["size"]) for step in found] for how, found in steps.items()}
    assert told["wal"] == told["tree"]
    assert told["free"] == told["tree"][: len(told["free"])] or set(told["free"]) <= set(told["tree"])
    assert {step["source"] for step in steps["wal"]} <= {"wal", "live"}
    inferred = [step["revisionInferred"] for step in steps["wal"]]
    assert any(inferred)
    assert inferred == sorted(inferred, reverse=True) or steps["wal"][-1]["source"] == "live"
    revisions = [step["revision"] for step in steps["wal"]]
    # The free pages of the same etcd hold the revisions that the log does not write down.
    known = {step["revision"] for step in steps["free"]}
    assert known <= set(revisions)
    assert revisions == sorted(set(revisions))


def test_state_is_that_of_the_history_s_end(held: Held, directory: Path) -> None:
    wanted = ok(run("get", *held["tree"], *KINDS, *NS, "-o", "json")).out
    for where in (MEMBER, directory, directory / "member"):
        assert ok(run("get", where, *KINDS, *NS, "-o", "json")).out == wanted
    alone = directory / "member" / "snap" / "db"
    assert ok(run("get", alone, *KINDS, *NS, "-o", "json")).out != wanted
    assert ok(run("get", alone, "--wal", directory / "member" / "wal", *KINDS, *NS, "-o", "json")).out == wanted


def test_what_was_applied_is_said(directory: Path) -> None:
    outcome = ok(run("ls", directory))
    assert (
        "the write-ahead log has what the database lacks, and it was applied: revisions 407 to 412, changes: 6"
        in outcome.err
    )
    facts = json.loads(ok(run("info", directory, "-o", "json")).out)
    report = json.loads(ok(run("verify", directory, "-o", "json")).out)
    assert facts["revision"] == report["revision"] == facts["compactRevision"] + 6
    assert report["sound"]
    assert report["wal"] == {"segments": 1, "applied": 6, "uncommitted": 0, "torn": []}
    assert "6 changes that the database lacks" in ok(run("verify", directory)).out


def test_deleted_tells_what_the_log_holds(directory: Path) -> None:
    found = json.loads(ok(run("deleted", directory, *KINDS, "-o", "json")).out)
    assert {(each["kind"], each["name"], each["source"]) for each in found} >= {
        ("Deployment", "web", "wal"),
        ("Secret", "doomed-secret", "wal"),
        ("ConfigMap", "doomed", "wal"),
        ("ConfigMap", "flappy", "wal"),
    }
    assert all(each["revisionInferred"] for each in found)


def test_a_moment_before_compaction(held: Held) -> None:
    """With ``--carve``, as what is pieced together is incomplete, and what is not proven is marked."""
    refused = run("get", MEMBER, "deploy/web", *NS, "--at", "300")
    assert (refused.code, refused.out) == (2, "")
    assert "--carve" in refused.err
    steps = json.loads(run("history", MEMBER, "secret/doomed-secret", *NS, "-o", "json").out)
    step = steps[len(steps) // 2]
    outcome = run("get", MEMBER, "secret/doomed-secret", *NS, "--carve", "--at", str(step["revision"]), "-o", "json")
    assert outcome.code == 3
    assert "may be incomplete" in outcome.err
    wanted = json.loads(run("history", *held["tree"], "secret/doomed-secret", *NS, "-o", "json").out)[len(steps) // 2]
    then = run("get", *held["tree"], "secret/doomed-secret", *NS, "--at", str(wanted["revision"]), "-o", "json")
    assert json.loads(outcome.out)["data"] == json.loads(then.out)["data"]


def test_damaged_log_is_named_with_exit_code_3(directory: Path, tmp_path: Path) -> None:
    broken = tmp_path / "etcd"
    shutil.copytree(directory, broken)
    (segment,) = (broken / "member" / "wal").glob("*.wal")
    data = segment.read_bytes()
    at = data.rindex(b"kubectl-edit")
    segment.write_bytes(data[:at] + b"K" + data[at + 1 :])
    outcome = run("ls", broken)
    assert outcome.code == 3
    assert "checksum" in outcome.err
    report = json.loads(run("verify", broken, "-o", "json").out)
    assert not report["sound"]
    assert {finding["code"] for finding in report["findings"]} == {"log"}
    at = data.index(b"kubectl-edit")
    segment.write_bytes(data[:at] + b"K" + data[at + 1 :])
    assert run("ls", broken).code == 3


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("ls", COMPACTED, "--wal", "nowhere"), "nowhere"),
        (("ls", COMPACTED, "--wal", ROOT / "docs"), "no segment of a write-ahead log"),
        (("diff", COMPACTED, COMPACTED, "--wal", ROOT), "Name data directories"),
        (("ls", "https://127.0.0.1:1", "--wal", ROOT), "Leave out --wal"),
        (("ls", COMPACTED, "--wal", ROOT, "--engine", "etcd"), "Leave out --engine"),
    ],
)
def test_misuse_is_told(arguments: tuple[Any, ...], said: str) -> None:
    outcome = run(*arguments)
    assert outcome.code in {1, 2}
    assert outcome.out == ""
    assert said in outcome.err
    assert "hint:" in outcome.err


@pytest.fixture
def beside(directory: Path, tmp_path: Path) -> Path:
    """A directory with a compacted snapshot, and the data directory of the etcd that it was taken of."""
    (tmp_path / "backup.db").write_bytes(gzip.decompress(COMPACTED.read_bytes()))
    shutil.copytree(directory, tmp_path / directory.name)
    return tmp_path


@pytest.mark.parametrize("database", ["etcd/member/snap/db", "backup.db"])
@pytest.mark.parametrize("command", ["get", "history", "deps"])
def test_what_was_compacted_is_found_in_the_log_that_lies_beside(beside: Path, database: str, command: str) -> None:
    outcome = run(command, beside / database, "secret/doomed-secret")
    assert outcome.code == 1
    wrong, hint = outcome.err.splitlines()[-2:]
    assert wrong.startswith("error: secret/doomed-secret was deleted at 2026-11-22T11:25:12Z (revision 363)")
    assert f"--wal {beside / 'etcd/member/wal'}" in hint
    line = hint.partition("`")[2].partition("`")[0]
    assert run(*shlex.split(line)[1:]).code == 0


def test_what_only_the_log_has_yet_is_found_there(beside: Path) -> None:
    database = beside / "etcd/member/snap/db"
    whole = set(run("ls", beside / "etcd", "-A", "-o", "name").lines)
    alone = set(run("ls", database, "-A", "-o", "name").lines)
    for name in whole - alone:
        outcome = run("get", database, name)
        line = outcome.err.splitlines()[-1].partition("`")[2].partition("`")[0]
        assert run(*shlex.split(line)[1:]).code == 0


def test_nothing_deleted_is_held_and_where_more_may_be_is_a_line(beside: Path) -> None:
    outcome = run("deleted", beside / "etcd/member/snap/db")
    note = next(line for line in outcome.err.splitlines() if "was compacted away" in line)
    for line in re.findall(r"`(snapinspect [^`]+)`", note):
        assert run(*shlex.split(line)[1:]).code in {0, 3}
    assert "--wal" in note
    assert "--carve" in note
