"""Backups and keys that people bring: each form by one small input, and what the commands make of it."""

from __future__ import annotations

import io
import json
import tarfile
import zipfile
from typing import TYPE_CHECKING

import pytest
from cli_program import ROOT, SMALL, run

if TYPE_CHECKING:
    from pathlib import Path

FIELD = ROOT / "fixtures" / "field"


def _operations(name: str, state: str = "11-kine-created") -> list[tuple[str, ...]]:
    """Revision and operation of each row of ``history``."""
    outcome = run("history", FIELD / state / "state.db", f"cm/{name}", "-n", "shop", "-o", "jsonl")
    assert outcome.code == 0
    return [(str(row["revision"]), row["operation"]) for row in map(json.loads, outcome.lines)]


def test_a_row_of_kine_that_says_so_is_a_creation() -> None:
    assert _operations("a") == [("3", "created"), ("5", "updated")]
    outcome = run("history", FIELD / "11-kine-created" / "state.db", "cm/z", "-n", "shop")
    assert "created again" in outcome.out


def test_what_a_row_of_kine_replaced_is_shown_after_compaction() -> None:
    assert _operations("z") == [("7", "updated"), ("8", "deleted"), ("10", "created")]
    assert _operations("z", "11-kine-old-value") == [("4", "created"), ("7", "updated")]
    outcome = run("history", FIELD / "11-kine-old-value" / "state.db", "cm/z", "-n", "shop", "--patch")
    assert "-  v: '1'\n+  v: '2'" in outcome.out
    assert "not held" not in outcome.out


def test_a_deleted_object_comes_back_from_kines_old_value() -> None:
    snapshot = FIELD / "11-kine-created" / "state.db"
    outcome = run("deleted", snapshot, "-o", "json")
    assert outcome.code == 0
    assert '"lastRevision":7' in outcome.out


STRAY = FIELD / "21-kind-without-crd" / "snap.db"


@pytest.mark.parametrize(
    "word", ["gizmos.orphan.example.com", "gizmo", "Gizmo", "gizmos", "GIZMOS.orphan.example.com?"]
)
def test_a_kind_is_meant_as_ls_prints_it_even_where_nothing_defines_it(word: str) -> None:
    outcome = run("get", STRAY, f"{word}/g1", "-n", "shop", "-o", "name")
    assert (outcome.code, outcome.out) == (0, "gizmo.orphan.example.com/g1\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ("ls", STRAY, "gizmos"),
        ("deps", STRAY, "gizmo/g1", "-n", "shop"),
        ("history", STRAY, "gizmo/g1", "-n", "shop"),
        ("find", "gizmo/g1", STRAY),
        ("stats", STRAY, "gizmos"),
        ("diff", STRAY, STRAY, "gizmos"),
    ],
)
def test_every_command_knows_such_a_kind(arguments: tuple[str | Path, ...]) -> None:
    assert run(*arguments).code == 0


def test_what_is_near_such_a_kind_is_suggested() -> None:
    outcome = run("get", STRAY, "gizmoz")
    assert outcome.code == 1
    assert "did you mean gizmos?" in outcome.err


SHARED = FIELD / "20-other-keys" / "snap.db"


def test_the_value_of_a_key_that_holds_no_object() -> None:
    outcome = run("get", SHARED, "--key", "/apisix/routes/1", "-o", "json")
    assert outcome.code == 0
    assert json.loads(outcome.out) == {
        "noKubernetesObject": {"key": "/apisix/routes/1", "modRevision": 3, "encoding": "json"},
        "value": {"uri": "/a", "upstream": {"nodes": {"10.0.0.1:80": 1}}},
    }


def test_an_export_says_which_keys_it_leaves(tmp_path: Path) -> None:
    outcome = run("export", SHARED, "--all", "-d", tmp_path / "out")
    assert outcome.code == 0
    assert "left 2 keys without a Kubernetes object" in outcome.err
    assert "--key /apisix/routes/1" in outcome.err


TALOS = FIELD / "23-talos-machine-config"


@pytest.mark.parametrize("config", ["controlplane.yaml", "talos114.yaml"])
def test_the_keys_are_in_a_talos_machine_configuration(config: str) -> None:
    outcome = run(
        *("get", TALOS / "talos.db", "secrets", "-n", "shop", "-o", "jsonl"), "--encryption-config", TALOS / config
    )
    assert outcome.code == 0
    assert {json.loads(line)["metadata"]["name"] for line in outcome.lines} == {"old", "new"}


def test_the_keys_are_in_rke1s_state_beside_the_snapshot() -> None:
    outcome = run("get", FIELD / "23-rke1-state" / "rke1.zip", "secrets", "-n", "shop", "-o", "name")
    assert (outcome.code, outcome.out) == (0, "secret/new\nsecret/old\n")
    assert "encryption keys found in backup/c-abcde-rl.rkestate" in outcome.err


GARDENER = FIELD / "14-gardener-delta" / "store"


@pytest.mark.parametrize("store", [GARDENER, FIELD / "14-gardener-zlib" / "zlib"])
def test_a_full_snapshot_and_its_deltas_are_read_as_one(store: Path) -> None:
    assert run("get", store, "cm", "-n", "shop", "-o", "name").out == "configmap/new\nconfigmap/one\n"
    assert "v: '2'" in run("get", store, "cm/one", "-n", "shop").out
    outcome = run("deleted", store, "-o", "json")
    assert [(row["name"], row["deletedRevision"]) for row in json.loads(outcome.out)] == [("old", 9)]
    assert json.loads(run("info", store, "-o", "json").out)["revision"] == 9


def test_a_delta_is_the_state_that_it_leads_to_and_the_full_snapshot_is_itself() -> None:
    full, delta = sorted(GARDENER.iterdir())
    assert run("get", delta, "cm/new", "-n", "shop").code == 0
    assert run("get", full, "cm/new", "-n", "shop").code == 1


def test_the_times_of_deltas_are_those_of_their_revisions() -> None:
    rows = [json.loads(line) for line in run("history", GARDENER, "cm/one", "-n", "shop", "-o", "jsonl").lines]
    assert [(row["time"], row["timeSource"]) for row in rows][-1] == ("2026-11-20T10:00:00Z", "received")
    outcome = run("get", GARDENER, "cm/old", "-n", "shop", "--at", "2026-11-20T10:00:01Z")
    assert outcome.code == 0


def test_find_goes_through_full_snapshots_and_deltas() -> None:
    outcome = run("find", "cm/old", GARDENER, "-n", "shop")
    assert outcome.code == 0
    assert "deleted at revision 9" in outcome.out


def test_k3s_server_directory_is_its_datastore() -> None:
    server = FIELD / "13-k3s-server-directory" / "server"
    assert run("get", server, "cm", "-n", "shop", "-o", "name").code == 0
    assert run("get", server.parent, "cm", "-n", "shop", "-o", "name").code == 0


KOPS = FIELD / "13-kops-store" / "main"


def test_a_backup_of_kops_is_its_snapshot() -> None:
    (backup,) = KOPS.iterdir()
    assert run("get", backup, "cm/one", "-n", "shop", "-o", "name").out == "configmap/one\n"


@pytest.mark.parametrize("place", [KOPS, f"{KOPS}/**"])
def test_find_goes_through_a_store_of_kops(place: str | Path) -> None:
    outcome = run("find", "cm/one", "-n", "shop", place, "-o", "jsonl")
    assert outcome.code == 0
    assert [json.loads(line)["path"].rpartition("/")[2] for line in outcome.lines] == ["etcd.backup.gz"]


OPENSHIFT = FIELD / "24-openshift-backup-directory" / "backup"


@pytest.mark.parametrize("snapshot", [OPENSHIFT, OPENSHIFT / "snapshot_2026-11-20_100000.db"])
def test_the_keys_are_in_openshifts_archive_beside_the_snapshot(snapshot: Path) -> None:
    outcome = run("get", snapshot, "secrets", "-n", "shop", "-o", "name")
    assert (outcome.code, outcome.out) == (0, "secret/route-key\n")
    assert "encryption keys found in static_kuberesources_2026-11-20_100000.tar.gz" in outcome.err


def test_a_directory_of_several_snapshots_names_them(tmp_path: Path) -> None:
    for name in ("one.db", "two.db"):
        (tmp_path / name).write_bytes(STRAY.read_bytes())
    outcome = run("ls", tmp_path)
    assert outcome.code == 1
    assert "one.db, two.db" in outcome.err
    assert "hint: Name one of them" in outcome.err


@pytest.mark.parametrize(
    "dump", ["15-kine-sql-dump/state.sql", "15-kine-mysqldump/kine-my.sql", "15-kine-mysqldump/kine-pg.sql"]
)
def test_an_sql_dump_of_kine_is_read(dump: str) -> None:
    outcome = run("get", FIELD / dump, "cm", "-n", "shop", "-o", "name")
    assert outcome.code == 0
    assert "configmap/a\n" in outcome.out


def test_a_dump_that_is_cut_off_costs_what_is_lost(tmp_path: Path) -> None:
    whole = (FIELD / "15-kine-sql-dump" / "state.sql").read_bytes()
    (tmp_path / "cut.sql").write_bytes(whole[:-400])
    outcome = run("get", tmp_path / "cut.sql", "ns")
    assert outcome.code == 3
    assert "cut off or cannot be read" in outcome.err
    assert "name: shop" in outcome.out


CUT = FIELD / "22-cut-gzip" / "cut.db.gz"


def test_a_cut_archive_names_the_command_that_reads_what_is_left() -> None:
    outcome = run("ls", CUT, "cm", "-n", "shop")
    assert outcome.code == 1
    assert "the gzip file is damaged or cut off" in outcome.err
    assert f"`snapinspect ls {CUT} cm -n shop --salvage` reads this one as far as it goes" in outcome.err


def test_a_zip_without_its_directory_names_that_command_too(tmp_path: Path) -> None:
    path = tmp_path / "on-demand.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(SMALL, "on-demand")
    path.write_bytes(path.read_bytes()[:-30])
    outcome = run("ls", path, "ns")
    assert outcome.code == 1
    assert "the directory at its end is missing" in outcome.err
    assert f"`snapinspect ls {path} ns --salvage` reads" in outcome.err
    salvaged = run("ls", path, "ns", "--salvage", "-o", "name")
    assert salvaged.code == 3
    assert "namespace/infra-production" in salvaged.lines


@pytest.mark.parametrize("stdin", [False, True])
def test_a_cut_archive_is_read_as_far_as_it_goes(stdin: bool) -> None:
    source, content = ("-", CUT.read_bytes()) if stdin else (CUT, b"")
    outcome = run("ls", source, "cm", "--salvage", "-o", "name", stdin=content)
    assert outcome.code == 3
    assert len(outcome.lines) > 50
    assert "cut off: it ends too early; what was unpacked before that is read" in outcome.err
    assert run("verify", source, stdin=content).code == 3


def test_bytes_behind_the_digest_are_told(tmp_path: Path) -> None:
    path = tmp_path / "snap.db"
    path.write_bytes(SMALL.read_bytes() + b"Snapshot saved\n")
    outcome = run("verify", path)
    assert outcome.code == 0
    assert "SHA-256:    ok" in outcome.out
    assert "no part of the snapshot: 15; etcd restores it without them: `head -c -15 FILE > NEW`" in outcome.out
    assert "no part of the snapshot: 15" in run("info", path).err
    assert json.loads(run("verify", path, "-o", "json").out)["bytesBehind"] == 15


def test_hints_about_standard_input_name_what_can_be_typed(tmp_path: Path) -> None:
    two = io.BytesIO()
    with tarfile.open(fileobj=two, mode="w") as archive:
        for name in ("a.db", "b.db"):
            archive.add(SMALL, name)
    several = run("ls", "-", stdin=two.getvalue())
    assert several.code == 1
    assert "hint: Name one of them: `snapinspect ls -- '-!a.db'`." in several.err
    assert run("ls", "ns", "--", "-!a.db", stdin=two.getvalue()).code != 0
    assert run("ls", "--", "-!a.db", "ns", stdin=two.getvalue()).code == 0
    sealed = run("ls", "-", stdin=b"age-encryption.org/v1\n" + bytes(100))
    assert "(`cat > backup`). Decrypt it: `age -d -i key.txt backup > backup.plain`" in sealed.err
    path = tmp_path / "two.tar"
    path.write_bytes(two.getvalue())
    assert f"`snapinspect ls '{path}!a.db'`" in run("ls", path).err


@pytest.mark.parametrize(
    ("line", "asks"),
    [
        (
            "verify http://127.0.0.1:1 --user a:b",
            "`snapinspect save http://127.0.0.1:1 snapshot.db --user USER && snapinspect verify snapshot.db`",
        ),
        ("ls https://127.0.0.1:1 cm --salvage", "&& snapinspect ls --salvage snapshot.db cm`"),
        ("ls etcd:127.0.0.1:1 cm --carve", "&& snapinspect ls --carve snapshot.db cm`"),
    ],
)
def test_what_needs_a_file_says_how_to_save_one(line: str, asks: str) -> None:
    outcome = run(*line.split())
    assert outcome.code == 2
    assert "is a running etcd" in outcome.err
    assert asks in outcome.err
