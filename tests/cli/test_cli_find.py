"""``find``: many snapshots of a real etcd, and the last good one among them."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import shlex
import tarfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from cli_program import ROOT, SMALL, Outcome, run
from compacted import DOOMED, Written
from real_etcd import RealEtcd, running_etcd

KEY = b"/registry/secrets/shop/x"


@dataclass
class Shelf:
    """Snapshots of one cluster and what was written before each: the revision of the last change, None if deleted."""

    directory: Path
    revisions: dict[str, int | None] = field(default_factory=dict)
    ended: int = 0


def write(etcd: RealEtcd, uid: str, password: str) -> int:
    metadata = {"name": "x", "namespace": "shop", "uid": uid}
    body = {"kind": "Secret", "apiVersion": "v1", "metadata": metadata, "stringData": {"password": password}}
    return etcd.put(KEY, json.dumps(body).encode())


def tell(etcd: RealEtcd, cluster: str, day: int) -> None:
    metadata = {"name": "kube-system", "uid": cluster}
    body = {"kind": "Namespace", "apiVersion": "v1", "metadata": metadata}
    etcd.put(b"/registry/namespaces/kube-system", json.dumps(body).encode())
    lease = {"metadata": {"name": "n", "namespace": "kube-node-lease"}, "spec": {"renewTime": f"{date(day)[:-1]}.0Z"}}
    body = {"kind": "Lease", "apiVersion": "coordination.k8s.io/v1", **lease}
    etcd.put(b"/registry/leases/kube-node-lease/n", json.dumps(body).encode())


def date(day: int) -> str:
    return f"2026-11-{day:02}T01:00:00Z"


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    """Day 1: absent. 2: created. 3: the same. 4: changed. 5: gone. 6: compacted. 7: created again. 8: the same."""
    found = Shelf(tmp_path_factory.mktemp("nightly"))
    with running_etcd() as etcd:
        acts: dict[int, Callable[[], int | None]] = {
            2: lambda: write(etcd, "11111111-1", "one"),
            4: lambda: write(etcd, "11111111-1", "two"),
            7: lambda: write(etcd, "22222222-2", "two"),
        }
        revision: int | None = None
        for day in range(1, 9):
            if day == 5:
                found.ended, revision = etcd.delete(KEY), None
            revision = acts[day]() if day in acts else revision
            tell(etcd, "cluster-a", day)
            if day == 6:
                etcd.compact(found.ended + 1)
            # The names tell another order.
            path = etcd.save(found.directory / f"{9 - day}.db")
            found.revisions[path.name] = revision
    return found


@pytest.fixture
def nightly(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    """The same, from within the directory."""
    monkeypatch.chdir(shelf.directory)
    return shelf


def cells(lines: list[str], column: str) -> list[str]:
    """What a table says under one of its headings."""
    at = lines[0].index(column)
    return [line[at:].split("   ")[0].strip() for line in lines[1 : lines.index("") if "" in lines else None]]


def test_the_table_tells_what_became_of_it(nightly: Shelf) -> None:
    outcome = run("find", "secret/x", *sorted(nightly.revisions))
    assert (outcome.code, outcome.err) == (0, "")
    assert cells(outcome.lines, "SNAPSHOT") == [f"{9 - day}.db" for day in range(1, 9)]
    assert cells(outcome.lines, "TIME") == [date(day) for day in range(1, 9)]
    assert cells(outcome.lines, "VERDICT") == [
        *("absent", "first seen", "same", "changed"),
        f"gone (deleted at revision {nightly.ended}, still held)",
        *("absent", "recreated", "same"),
    ]
    assert cells(outcome.lines, "MOD-REVISION") == [str(each or "<none>") for each in nightly.revisions.values()]
    assert cells(outcome.lines, "UID") == [
        *("<none>", "11111111", "11111111", "11111111", "<none>", "<none>", "22222222", "22222222")
    ]
    hashes = cells(outcome.lines, "HASH")
    assert hashes[1] == hashes[2] != hashes[3] == hashes[6] == hashes[7]


def test_below_the_table_stand_the_runs_and_the_last_good_one(nightly: Shelf) -> None:
    outcome = run("find", "secret/x", ".")
    told = outcome.lines[outcome.lines.index("") :]
    assert told[:-3] == [
        "",
        "absent: in 8.db",
        f"first seen between {date(1)} and {date(2)}: from 7.db to 6.db (2 snapshots)",
        f"changed between {date(3)} and {date(4)}: in 5.db",
        "    snapinspect diff 6.db 5.db secret/x -n shop",
        f"gone between {date(4)} and {date(5)}, deleted at revision {nightly.ended}: from 4.db to 3.db (2 snapshots)",
        f"recreated between {date(6)} and {date(7)}: from 2.db to 1.db (2 snapshots)",
    ]
    good = next(line for line in told if line.startswith("last good: "))
    assert good.startswith("last good: 1.db, revision ")
    assert told[-1] == "    snapinspect get 1.db secret/x -n shop"


def told_commands(outcome: Outcome, name: str) -> list[list[str]]:
    words = [shlex.split(line) for line in outcome.lines if line.startswith(f"    snapinspect {name} ")]
    return [each[1:] for each in words]


def test_the_commands_that_it_tells_do_what_is_promised(nightly: Shelf) -> None:
    outcome = run("find", "secrets/x", "-n", "shop", *[name for name in nightly.revisions if name > "3.db"])
    (get,) = told_commands(outcome, "get")
    assert json.loads(run(*get, "-o", "json").out)["stringData"] == {"password": "two"}
    (diff,) = told_commands(outcome, "diff")
    shown = run(*diff, "--show-secrets", "-o", "json")
    assert shown.code == 1
    assert [change["path"] for change in json.loads(shown.out)[0]["changes"]] == [".stringData.password"]


def test_what_is_nowhere_but_held_can_be_had(nightly: Shelf) -> None:
    outcome = run("find", "secret/x", "8.db", "4.db")
    assert outcome.code == 1
    wrong, hint = outcome.err.splitlines()
    assert wrong == f"error: secret/x is in none of the 2 snapshots: it was deleted at revision {nightly.ended}"
    (get,) = map(shlex.split, re.findall("`snapinspect (get [^`]+)`", hint))
    assert get == ["get", "4.db", "secret/x", "-n", "shop", "--deleted"]
    assert json.loads(run(*get, "-o", "json").out)["stringData"] == {"password": "two"}


def test_names_are_of_those_that_hold_it_the_last_good_one_last(nightly: Shelf) -> None:
    outcome = run("find", "secret/x", "[1-8].db", "-o", "name")
    assert outcome == Outcome(0, "7.db\n6.db\n5.db\n2.db\n1.db\n", "")
    assert run("find", "secret/x", "8.db", "3.db", "-o", "name").out == ""


def test_json_tells_the_same(nightly: Shelf) -> None:
    facts = json.loads(run("find", "secret/x", ".", "-o", "json").out)
    assert [fact["path"] for fact in facts] == [f"{9 - day}.db" for day in range(1, 9)]
    assert [fact["modRevision"] for fact in facts] == list(nightly.revisions.values())
    assert [fact["present"] for fact in facts] == [bool(revision) for revision in nightly.revisions.values()]
    assert [fact["path"] for fact in facts if fact["lastGood"]] == ["1.db"]
    assert {fact["clusterUID"] for fact in facts} == {"cluster-a"}
    assert [fact["deletedRevision"] for fact in facts] == [*[None] * 4, nightly.ended, *[None] * 3]
    assert facts[4]["lastRevision"] == nightly.revisions["5.db"]
    again = [json.loads(line) for line in run("find", "secret/x", ".", "-o", "jsonl").lines]
    assert [without_hash(fact) for fact in again] == [without_hash(fact) for fact in facts]
    # The key of the hashes was forgotten.
    assert again[1]["hash"] != facts[1]["hash"]


def without_hash(fact: dict[str, Any]) -> dict[str, Any]:
    return {**fact, "hash": None}


@pytest.fixture
def damaged(tmp_path: Path, shelf: Shelf) -> Path:
    """Two sound snapshots, one of them packed, and what went wrong in the nights between."""
    whole = (shelf.directory / "7.db").read_bytes()
    (tmp_path / "a.db").write_bytes(whole)
    (tmp_path / "b.db.gz").write_bytes(gzip.compress((shelf.directory / "5.db").read_bytes()))
    (tmp_path / "cut.db").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "cut.gz").write_bytes(gzip.compress(whole)[:900])
    (tmp_path / "empty.db").touch()
    (tmp_path / "notes.txt").write_text("three of them failed\n")
    return tmp_path


def test_what_cannot_be_opened_is_named_and_stops_nothing(damaged: Path) -> None:
    outcome = run("find", "secret/x", damaged)
    assert outcome.code == 3
    assert cells(outcome.lines, "VERDICT") == ["first seen", "changed", *["unreadable"] * 3]
    names = [Path(path).name for path in cells(outcome.lines, "SNAPSHOT")]
    assert names == ["a.db", "b.db.gz", "cut.db", "cut.gz", "empty.db"]
    assert told_commands(outcome, "get") == [["get", str(damaged / "b.db.gz"), "secret/x", "-n", "shop"]]
    warned = [line for line in outcome.err.splitlines() if line.startswith("warning: ")]
    assert len(warned) == 3
    for name in ("cut.db", "cut.gz", "empty.db"):
        assert sum(str(damaged / name) in line for line in warned) == 1
    assert "--salvage" in outcome.err
    facts = json.loads(run("find", "secret/x", damaged, "-o", "json").out)
    assert len({tuple(fact) for fact in facts}) == 1
    assert [fact["verdict"] for fact in facts[2:]] == ["unreadable"] * 3
    assert all(fact["reason"] for fact in facts[2:])
    assert [Path(line).name for line in run("find", "secret/x", damaged, "-o", "name").lines] == ["a.db", "b.db.gz"]


def test_all_that_is_named_being_unreadable_is_no_absence(damaged: Path) -> None:
    outcome = run("find", "secret/x", damaged / "empty.db", damaged / "nosuch.db")
    assert outcome.code == 3
    assert cells(outcome.lines, "VERDICT") == ["unreadable"] * 2
    assert "No such file" in outcome.err


def test_salvaged_states_are_unproven_and_not_good(tmp_path: Path, snapshot_file: Callable[[str], Path]) -> None:
    whole = snapshot_file("history")
    cut = tmp_path / "cut.db"
    cut.write_bytes(whole.read_bytes()[:9_000_000])
    plain = run("find", "secret/doomed-secret", cut, whole)
    assert cells(plain.lines, "VERDICT")[-1] == "unreadable"
    outcome = run("find", "secret/doomed-secret", cut, whole, "--salvage", "-o", "json")
    assert outcome.code == 3
    first, second = json.loads(outcome.out)
    assert (first["path"], first["verdict"], first["proven"]) == (str(cut), "first seen", False)
    assert second["verdict"] == "gone"
    assert not first["lastGood"]
    assert run("find", "secret/doomed-secret", cut, "--salvage", "-o", "name").out == ""


def test_two_clusters_are_kept_apart(shelf: Shelf, tmp_path: Path) -> None:
    with running_etcd() as etcd:
        write(etcd, "33333333-3", "two")
        tell(etcd, "cluster-b", 3)
        other = etcd.save(tmp_path / "other.db")
    outcome = run("find", "secret/x", shelf.directory, other)
    assert outcome.code == 0
    assert "of 2 clusters, which are kept apart" in outcome.err
    assert [line for line in outcome.lines if line.startswith("cluster ")] == ["cluster cluster-b", "cluster cluster-a"]
    assert len([line for line in outcome.lines if line.startswith("last good: ")]) == 2
    facts = json.loads(run("find", "secret/x", shelf.directory, other, "-o", "json").out)
    assert [(fact["clusterUID"], fact["verdict"]) for fact in facts[:3]] == [
        ("cluster-b", "first seen"),
        ("cluster-a", "absent"),
        ("cluster-a", "first seen"),
    ]


def test_locked_values_are_there_and_cannot_be_read(snapshot_file: Callable[[str], Path]) -> None:
    paths = [snapshot_file("aescbc"), SMALL]
    config = ROOT / "fixtures" / "k8s-1.36" / "aescbc.enc.yaml"
    locked = run("find", "secret/basic", "-n", "infra-production", *paths, "-o", "json")
    assert locked.code == 3
    facts = {fact["path"]: fact for fact in json.loads(locked.out)}
    about = facts[str(paths[0])]
    assert (about["verdict"], about["present"], about["hash"]) == ("unreadable", True, None)
    assert "hint: --encryption-config" in locked.err
    opened = run("find", "secret/basic", "-n", "infra-production", *paths, "--encryption-config", config)
    assert opened.code == 0
    gets = told_commands(opened, "get")
    assert {get[1] for get in gets} == set(map(str, paths))
    assert [run(*get, "-o", "name").out for get in gets] == ["secret/basic\n"] * 2


def test_what_only_free_pages_hold_is_told_with_the_way_to_it(compacted: Written) -> None:
    names = [key.rpartition(b"/")[2].decode() for key in DOOMED]
    assert all(run("find", f"cm/{name}", compacted.snapshot).out.count("--deleted") == 0 for name in names)
    carved = [run("find", f"cm/{name}", compacted.snapshot, "--carve") for name in names]
    hints = [command for outcome in carved for command in re.findall("`snapinspect (get [^`]+)`", outcome.err)]
    gets = [shlex.split(hint) for hint in hints]
    assert gets
    for get in gets:
        assert get[-2:] == ["--deleted", "--carve"]
        assert run(*get, "-o", "name").out == f"configmap/{get[2].removeprefix('cm/')}\n"


def test_an_archive_of_something_else_is_passed_over_unless_it_is_named(tmp_path: Path) -> None:
    (tmp_path / "snapshot.db").write_bytes(SMALL.read_bytes())
    other = tmp_path / "static.tar.gz"
    with tarfile.open(other, "w:gz") as archive:
        archive.add(ROOT / "LICENSE", "LICENSE")
    outcome = run("find", "deploy/api", tmp_path)
    assert outcome.code == 0
    assert f"note: passed over {other}: it holds no etcd snapshot" in outcome.err
    assert run("find", "deploy/api", tmp_path, other).code == 0
    assert run("find", "deploy/api", tmp_path / "snapshot.db", other).code == 3
    (tmp_path / "snapshot.db").unlink()
    nothing = run("find", "deploy/api", tmp_path)
    assert (nothing.code, nothing.out) == (1, "")
    assert f"no snapshot is found under {tmp_path}" in nothing.err


def test_standard_input_is_one_of_them() -> None:
    outcome = run("find", "deploy/api", SMALL, "-", stdin=SMALL.read_bytes())
    assert (outcome.code, outcome.err) == (0, "")
    assert cells(outcome.lines, "SNAPSHOT") == ["-", str(SMALL)]
    assert cells(outcome.lines, "VERDICT") == ["first seen", "same"]


@pytest.mark.parametrize(
    ("args", "code", "wrong", "hint"),
    [
        ((SMALL, "secret/x"), 2, "stands where the object belongs", f"find secret/x {SMALL}"),
        (("secret", "x", SMALL), 2, "names no object", f"find secret/x {SMALL}"),
        (("secret", SMALL), 2, "names no object", f"ls {SMALL} secret"),
        (("a/b/c", SMALL), 2, "not of the form KIND/NAME", "deploy/web"),
        (("nosuch/x", SMALL), 1, "no kind is called 'nosuch'", "ls"),
        (("deploy/nosuch", SMALL), 1, "is not in the snapshot", "ls"),
        (("cm/kube-root-ca.crt", SMALL), 1, "is found in 9 namespaces: default, ", "-n"),
        (("deploy/api", "/nosuch/*.db"), 1, "no snapshot is found under /nosuch/*.db", "directories"),
        (("deploy/api", SMALL, "--engine", "etcd"), 2, "--engine etcd does not", "Leave it out"),
        (("deploy/api", SMALL, "--wal", "wal"), 2, "--wal is the log of one database", "data directory"),
    ],
    ids=["order", "kind name", "no name", "slashes", "kind", "name", "namespaces", "pattern", "engine", "wal"],
)
def test_what_makes_no_sense(args: tuple[str | Path, ...], code: int, wrong: str, hint: str) -> None:
    outcome = run("find", *args)
    assert outcome.code == code
    assert outcome.out == "" or "absent" in outcome.out
    first, second = outcome.err.splitlines()
    assert first.startswith("error: ")
    assert wrong in first
    assert second.startswith("hint: ")
    assert hint in second


def test_keys_that_are_not_there_are_told_once() -> None:
    outcome = run("find", "deploy/api", SMALL, SMALL.parent, "--encryption-config", "/nosuch")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.splitlines()[0] == "error: /nosuch cannot be read: No such file or directory"


def test_a_deletion_that_is_held_is_told_to_the_second(
    snapshot_file: Callable[[str], Path], facts: Callable[[str], list[dict[str, Any]]]
) -> None:
    key = "/registry/example.com/widgets/infra-production/nulls"
    ended = next(line["rev"] for line in facts("history.history") if (line["key"], line["type"]) == (key, "DELETE"))
    done = next(each for each in facts("history.actions") if each["action"] == "delete" and "nulls" in each["path"])
    outcome = run("find", "widget/nulls", SMALL, snapshot_file("history"))
    assert outcome.code == 0
    at = datetime.fromtimestamp(done["t"], UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert f"gone at {at}, deleted at revision {ended}: in {snapshot_file('history')}" in outcome.lines


def test_a_pattern_without_a_match_is_said_and_stops_nothing() -> None:
    outcome = run("find", "deploy/api", SMALL, "/nosuch/*.db")
    assert (outcome.code, outcome.err) == (0, "warning: no snapshot is found under /nosuch/*.db\n")


def test_names_cannot_drive_a_terminal(tmp_path: Path) -> None:
    path = tmp_path / "a\x1b[31m b.db"
    path.write_bytes(SMALL.read_bytes())
    empty = tmp_path / "\x1b[0m"
    empty.touch()
    for output in ("table", "json", "jsonl", "name"):
        outcome = run("find", "deploy/api", tmp_path, "-o", output)
        assert outcome.code == 3
        assert "\x1b" not in outcome.out + outcome.err


def test_the_commands_that_are_told_allow_as_much_to_be_unpacked(tmp_path: Path) -> None:
    packed = tmp_path / "s.db.gz"
    packed.write_bytes(gzip.compress(SMALL.read_bytes(), 1))
    outcome = run("find", "deploy/api", packed, "-n", "infra-production", "--max-unpacked", "1G")
    assert f"get {packed} deploy/api -n infra-production --max-unpacked 1G" in outcome.out


def test_other_forms_tell_the_same_as_json(nightly: Shelf) -> None:
    facts = json.loads(run("find", "secret/x", ".", "-o", "json").out)
    # The hash of a secret is another in each run.
    told = yaml.safe_load(run("find", "secret/x", ".", "-o", "yaml").out)
    assert [{**each, "hash": fact["hash"]} for each, fact in zip(told, facts, strict=True)] == facts
    rows = list(csv.DictReader(io.StringIO(run("find", "secret/x", ".", "-o", "csv").out)))
    assert [row["path"] for row in rows] == [fact["path"] for fact in facts]
    assert [row["present"] for row in rows] == [str(fact["present"]).lower() for fact in facts]
    template = 'jsonpath={range .items[?(@.present==true)]}{.path}{"\\n"}{end}'
    assert run("find", "secret/x", ".", "-o", template).lines == [fact["path"] for fact in facts if fact["present"]]
    columns = run("find", "secret/x", ".", "-o", "custom-columns=P:.path,V:.verdict").lines
    assert [tuple(line.split(maxsplit=1)) for line in columns[1:]] == [
        (each["path"], each["verdict"]) for each in facts
    ]
    wide = run("find", "secret/x", ".", "-o", "wide")
    assert cells(wide.lines, "UID") == [fact["uid"] or "<none>" for fact in facts]


def test_what_is_in_none_is_told_once(nightly: Shelf) -> None:
    outcome = run("find", "secret/x", "4.db", "3.db")
    assert outcome.code == 1
    assert "snapinspect get" not in outcome.out
    wrong, hint = outcome.err.splitlines()
    assert f"it was deleted at revision {nightly.ended}" in wrong
    (command,) = re.findall("`snapinspect ([^`]+)`", hint)
    assert run(*shlex.split(command)).code == 0
