"""What ``stats`` counts, held against what an API server wrote, and against what the tests write to a real etcd."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import grpc  # type: ignore[import-untyped]
import pytest
from compacted import Written
from full_etcd import QUOTA, fill_up
from real_etcd import RealEtcd, running_etcd
from stats_world import FIELDS, Told, body, helm, tiller

from snapinspect.analysis.stats import Statistics, describe
from snapinspect.snapshot import Snapshot, open_snapshot
from snapinspect.sources.live import open_live
from snapinspect.sources.recovery import open_carved, open_salvaged

ALL = 1_000_000


@contextmanager
def opened(spec: Path | str, **options: Any) -> Iterator[Snapshot]:
    with open_snapshot(str(spec), **options) as snapshot:
        yield snapshot


def running(etcd: RealEtcd) -> Statistics:
    with opened(f"unix:{etcd.home}/localhost:1", opener=open_live) as snapshot:
        return describe(snapshot, snapshot.select(), top=ALL)


def stats(spec: Path | str, *targets: str, top: int = ALL, at: int | None = None, **selecting: Any) -> Statistics:
    with opened(spec) as snapshot:
        view = snapshot if at is None else snapshot.at(at)
        return describe(view, view.select(targets, **selecting), top=top)


def by(found: Statistics, name: str, label: str) -> dict[Any, Statistics]:
    return {each[label]: each for each in found[name]}


@pytest.fixture(scope="module")
def log(facts: Callable[[str], list[dict[str, Any]]]) -> list[dict[str, Any]]:
    return facts("history.history")


@pytest.fixture(scope="module")
def found(snapshot_file: Callable[[str], Path]) -> Statistics:
    return stats(snapshot_file("history"))


def state_of(log: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    live: dict[str, dict[str, Any]] = {}
    for each in log:
        live.pop(each["key"], None)
        if each["type"] == "PUT":
            live[each["key"]] = each
    return live


class TestWhatAnApiServerWrote:
    """``history`` comes with every revision that was written: key, size, kind."""

    def test_kinds(self, found: Statistics, log: list[dict[str, Any]]) -> None:
        objects, sizes = Counter[str](), Counter[str]()
        for each in state_of(log).values():
            objects[each["kind"]] += 1
            sizes[each["kind"]] += each["len"]
        counted = by(found, "kinds", "kind")
        told = {kind or "": each["objects"] for kind, each in counted.items() if each["objects"]}
        assert told == objects
        assert {kind or "": each["size"] for kind, each in counted.items() if each["objects"]} == sizes
        assert found["total"]["objects"] == objects.total() == 943
        assert found["total"]["size"] == sizes.total()
        assert found["total"]["kinds"] == len(counted.keys() - {None})
        totals = [each["size"] + each["historySize"] for each in found["kinds"]]
        assert totals == sorted(totals, reverse=True)
        assert sum(each["share"] for each in found["kinds"]) == pytest.approx(1, abs=0.01)

    @pytest.mark.parametrize("at", [None, 1500, 2])
    def test_keys(self, snapshot_file: Callable[[str], Path], log: list[dict[str, Any]], at: int | None) -> None:
        """Every key that has a history, with all its revisions up to a moment."""
        past = [each for each in log if at is None or each["rev"] <= at]
        revisions, sizes = Counter(each["key"] for each in past), Counter[str]()
        for each in past:
            sizes[each["key"]] += each["len"]
        live = {key: each["len"] for key, each in state_of(past).items()}
        expected = {
            key: (count, sizes[key] - live.get(key, 0), live.get(key))
            for key, count in revisions.items()
            if count > (key in live)
        }
        found = stats(snapshot_file("history"), at=at)
        assert {
            each["key"]: (each["revisions"], each["historySize"], each["size"]) for each in found["mostRevisions"]
        } == expected
        assert found["total"]["historyRevisions"] == len(past) - len(live)
        assert found["total"]["historySize"] == sum(each["len"] for each in past) - sum(live.values())
        assert {each["key"] for each in found["mostHistory"]} == expected.keys()
        assert {each["key"]: each["size"] for each in found["largest"]} == live
        for name, order in (("mostRevisions", "revisions"), ("mostHistory", "historySize"), ("largest", "size")):
            listed = [each[order] for each in found[name]]
            assert listed == sorted(listed, reverse=True)

    def test_history_lies_with_its_kind(self, found: Statistics, log: list[dict[str, Any]]) -> None:
        kinds = {each["key"]: each["kind"] for each in log if each["kind"]}
        live = state_of(log)
        history = Counter(kinds[each["key"]] for each in log if live.get(each["key"]) is not each)
        counted = by(found, "kinds", "kind")
        assert {kind: each["historyRevisions"] for kind, each in counted.items() if each["historyRevisions"]} == history

    def test_short_lists_are_the_beginning_of_long_ones(
        self, snapshot_file: Callable[[str], Path], found: Statistics
    ) -> None:
        short = stats(snapshot_file("history"), top=3)
        for name in ("kinds", "namespaces", "largest", "mostRevisions", "mostHistory"):
            assert short[name] == found[name][:3]
        assert {name: short[name] for name in ("total", "space", "remedies", "events")} == {
            name: found[name] for name in ("total", "space", "remedies", "events")
        }


@pytest.mark.parametrize("name", ["small", "cbor"])
def test_namespaces_and_managed_fields(
    snapshot_file: Callable[[str], Path], facts: Callable[[str], list[dict[str, Any]]], name: str
) -> None:
    truth = facts(f"{name}.truth")
    found = stats(snapshot_file(name))
    namespaces = by(found, "namespaces", "namespace")
    managed, objects = defaultdict[str, int](int), Counter[str]()
    for each in truth:
        if each["namespace"]:
            objects[each["namespace"]] += 1
            managed[each["namespace"]] += bool(each["object"]["metadata"].get("managedFields"))
    for namespace, count in objects.items():
        assert namespaces[namespace]["objects"] >= count
        assert bool(namespaces[namespace]["managedFields"]) == bool(managed[namespace])
    assert found["total"]["namespaces"] == len(namespaces.keys() - {None})
    assert found["total"]["managedFields"] == sum(each["managedFields"] for each in found["largest"])
    with_it = {each["key"] for each in found["largest"] if each["managedFields"]}
    assert with_it >= {each["key"] for each in truth if each["object"]["metadata"].get("managedFields")}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RealEtcd, Path, Told]]:
    """A real etcd, a snapshot of it, and all that was written."""
    told = Told()
    with running_etcd() as etcd:
        for number in range(1, 6):
            told.put(etcd, helm("web", number, "deployed" if number == 5 else "superseded", size=100 * number))
        told.put(etcd, helm("web", 1, "failed", "bank"))
        told.put(etcd, tiller("old", 1, "SUPERSEDED"))
        told.put(etcd, tiller("old", 2, "DEPLOYED"))
        told.put(etcd, body("ConfigMap", "not-helm", data={"owner": "helm", "OWNER": "TILLER"}))
        told.put(etcd, body("Secret", "sh.helm.release.v1.fake.v1", type="Opaque", data={}))
        told.put(etcd, body("Event", "e1"), etcd.grant())
        told.put(etcd, body("Event", "e2", metadata={"managedFields": FIELDS}))
        for number in range(9):
            told.put(etcd, body("ConfigMap", "often", data={"n": "x" * number}))
        gone = told.put(etcd, body("ConfigMap", "gone", "bank", data={"n": "y" * 300}))
        told.put(etcd, body("ConfigMap", "gone", "bank", data={"n": "z" * 200}))
        told.delete(etcd, gone)
        etcd.put(b"calico/\xff", b"no object of Kubernetes")
        yield etcd, etcd.save(tmp_path_factory.mktemp("stats") / "s.db"), told


class TestWhatWasWritten:
    def test_helm(self, cluster: tuple[RealEtcd, Path, Told]) -> None:
        _, path, told = cluster
        found = stats(path)["helm"]
        largest = {(each["namespace"], each["name"], each["storage"]): each for each in found.pop("largest")}
        web = largest["shop", "web", "Secret"]
        assert [(each["revision"], each["status"]) for each in web["revisions"]] == [
            *((number, "superseded") for number in range(1, 5)),
            (5, "deployed"),
        ]
        assert web["size"] == told.size("/shop/sh.helm.release.v1.web.")
        assert web["supersededSize"] == web["size"] - told.size("/shop/sh.helm.release.v1.web.v5")
        old = largest["kube-system", "old", "ConfigMap"]
        assert [(each["name"], each["status"]) for each in old["revisions"]] == [
            ("old.v1", "superseded"),
            ("old.v2", "deployed"),
        ]
        assert largest.keys() == {
            ("shop", "web", "Secret"),
            ("bank", "web", "Secret"),
            ("kube-system", "old", "ConfigMap"),
        }
        assert found == {
            "releases": 3,
            "revisions": 8,
            "size": told.size("release.v1.web") + told.size("/old."),
            "superseded": 5,
            "supersededSize": web["supersededSize"] + told.size("/old.v1"),
            "unread": 0,
        }

    def test_events(self, cluster: tuple[RealEtcd, Path, Told]) -> None:
        _, path, told = cluster
        found = stats(path)["events"]
        assert (found["objects"], found["leased"], found["size"]) == (2, 1, told.size("/events/"))
        assert found["managedFields"] == len('"managedFields":,') + len(json.dumps(FIELDS, separators=(",", ":")))
        assert stats(path)["space"]["leases"] == 1

    def test_what_is_selected(self, cluster: tuple[RealEtcd, Path, Told]) -> None:
        _, path, told = cluster
        for found, part in (
            (stats(path, namespaces=["bank"]), "/bank/"),
            (stats(path, "cm"), "/configmaps/"),
            (stats(path, "cm", namespaces=["bank"]), "/configmaps/bank/"),
            (stats(path, keys=["/registry/configmaps/shop/o"]), "/configmaps/shop/o"),
            (stats(path, names=["o*n"]), "/often"),
        ):
            total = found["total"]
            assert (total["historyRevisions"], total["historySize"]) == told.history(part)
            assert total["size"] == told.size(part)
            assert found["space"] == stats(path)["space"]

    def test_labels_tell_nothing_of_what_is_gone(self, cluster: tuple[RealEtcd, Path, Told]) -> None:
        _, path, told = cluster
        found = stats(path, selector="owner=helm")
        assert found["total"]["size"] == told.size("release.v1.web")
        assert (found["mostRevisions"], found["total"]["historyRevisions"]) == ([], 0)
        unlabelled = stats(path, selector="owner!=helm")
        assert "gone" not in {each["name"] for each in unlabelled["mostRevisions"]}
        assert "often" in {each["name"] for each in unlabelled["mostRevisions"]}

    def test_what_is_no_object(self, cluster: tuple[RealEtcd, Path, Told]) -> None:
        _, path, _ = cluster
        (other,) = [each for each in stats(path)["kinds"] if each["kind"] is None]
        assert (other["objects"], other["size"], other["resource"], other["unread"]) == (1, 23, None, 0)

    def test_a_running_etcd_tells_the_same_of_what_it_holds(self, cluster: tuple[RealEtcd, Path, Told]) -> None:
        etcd, path, _ = cluster
        file, live = stats(path), running(etcd)
        same = ("total", "kinds", "namespaces", "largest", "mostRevisions", "mostHistory", "helm", "events", "revision")
        assert {name: live[name] for name in same} == {name: file[name] for name in same}
        space = live["space"]
        (told,) = json.loads(etcd.ctl("endpoint", "status", "-w", "json"))
        assert (space["size"], space["inUse"]) == (told["Status"]["dbSize"], told["Status"]["dbSizeInUse"])
        assert space["free"] == space["size"] - space["inUse"]
        assert space["noSpaceAlarm"] is False
        assert space["live"] is space["history"] is space["buckets"] is space["compactedAndDefragmented"] is None
        assert any("running etcd" in note for note in live["notes"])


def test_what_would_help_does(tmp_path: Path) -> None:
    """Superseded revisions and history fill an etcd to its quota; what is proposed frees about what was promised."""
    with running_etcd(*QUOTA) as etcd:
        for number in range(1, 8):
            told = helm("web", number, "deployed" if number == 7 else "superseded", size=150_000)
            Told().put(etcd, told)
        with pytest.raises(grpc.RpcError, match="space exceeded"):
            fill_up(etcd)
        for number in range(60):
            etcd.delete(b"large-%d" % number)
        live = running(etcd)
        before = stats(etcd.save(tmp_path / "before.db"))
        helpful = {each["action"]: each for each in before["remedies"]}
        assert before["remedies"][0] == helpful["compact"]
        assert helpful["compact"]["frees"] > 2_000_000 > helpful["helm"]["frees"]
        assert before["space"]["noSpaceAlarm"] is live["space"]["noSpaceAlarm"] is True
        assert helpful["helm"]["frees"] == before["helm"]["supersededSize"] > 900_000
        assert str(before["revision"]) in helpful["compact"]["how"]
        etcd.compact(before["revision"])
        etcd.ctl("defrag")
        after = stats(etcd.save(tmp_path / "after.db"))
        freed = before["space"]["size"] - after["space"]["size"]
        assert helpful["compact"]["frees"] == pytest.approx(freed, rel=0.005)
        assert {each["action"]: each["frees"] for each in after["remedies"]} == {"helm": helpful["helm"]["frees"]}
        etcd.ctl("alarm", "disarm")
        assert not stats(etcd.save(tmp_path / "disarmed.db"))["space"]["noSpaceAlarm"]


@pytest.mark.parametrize("name", ["aescbc", "secretbox"])
def test_what_is_locked_is_counted(
    snapshot_file: Callable[[str], Path], facts: Callable[[str], list[dict[str, Any]]], name: str
) -> None:
    """By its key, with its bytes as they are stored; the rest of it is unknown, and is said to be."""
    from snapinspect.snapshot.unlocking import Given

    configuration = Path(__file__).parents[2] / "fixtures" / "k8s-1.36" / f"{name}.enc.yaml"
    with opened(snapshot_file(name)) as snapshot:
        locked = describe(snapshot, snapshot.select(), top=ALL)
        assert {problem.code for problem in snapshot.problems} == {"locked"}
        assert locked["total"]["unread"] == len(snapshot.problems) > 0
    with opened(snapshot_file(name), given=Given((str(configuration),))) as snapshot:
        plain = describe(snapshot, snapshot.select(), top=ALL)
        assert snapshot.problems == []
    assert plain["total"]["unread"] == 0
    assert plain["total"]["managedFields"] > locked["total"]["managedFields"]
    assert any("not known" in note for note in locked["notes"])
    for label, listed in (("kind", "kinds"), ("namespace", "namespaces")):
        told, whole = by(locked, listed, label), by(plain, listed, label)
        assert {each: told[each]["size"] for each in told} == {each: whole[each]["size"] for each in whole}
        assert {each: told[each]["objects"] for each in told} == {each: whole[each]["objects"] for each in whole}
    unread = [each["key"] for each in locked["largest"] if each["managedFields"] is None]
    assert len(unread) == locked["total"]["unread"]
    assert locked["helm"]["revisions"] == plain["helm"]["revisions"] == 1


def test_a_locked_release_is_known_by_its_name(tmp_path: Path) -> None:
    sealed = b"k8s:enc:aescbc:v1:key1:" + bytes(300)
    with running_etcd() as etcd:
        for name in (b"sh.helm.release.v1.web.v3", b"sh.helm.release.v1.web.v12", b"other"):
            etcd.put(b"/registry/secrets/shop/" + name, sealed)
        found = stats(etcd.save(tmp_path / "s.db"))
    (release,) = found["helm"]["largest"]
    assert (release["namespace"], release["name"], release["size"]) == ("shop", "web", 2 * len(sealed))
    assert [(each["revision"], each["status"]) for each in release["revisions"]] == [(3, None), (12, None)]
    assert (found["helm"]["unread"], found["helm"]["superseded"], found["total"]["unread"]) == (2, 0, 3)


def test_free_pages_are_no_history(compacted: Written) -> None:
    """What ``--carve`` finds takes no room but that of free pages."""
    plain = stats(compacted.snapshot)
    with opened(compacted.snapshot, opener=open_carved) as snapshot:
        carved = describe(snapshot, snapshot.select(), top=ALL)
    assert carved == plain
    live, past = compacted.at(compacted.last), compacted.at(compacted.compacted)
    assert plain["total"]["size"] == sum(len(value) for _, value in live.values())
    kept = sum(1 for changes in compacted.keys.values() for revision, _ in changes if revision > compacted.compacted)
    held = kept + len(past)
    assert held - len(live) <= plain["total"]["historyRevisions"] <= held - len(live) + 1


def test_a_salvaged_file_counts_alike(snapshot_file: Callable[[str], Path]) -> None:
    plain = stats(snapshot_file("small"))
    with opened(snapshot_file("small"), opener=open_salvaged) as snapshot:
        salvaged = describe(snapshot, snapshot.select(), top=ALL)
    for name in ("total", "kinds", "largest", "mostRevisions", "helm"):
        assert salvaged[name] == plain[name]
    assert salvaged["space"]["size"] == plain["space"]["size"]
    assert salvaged["space"]["live"] is None


def test_a_data_directory(tmp_path: Path) -> None:
    """What its write-ahead log still tells of older revisions takes no room in the database."""
    with running_etcd() as etcd:
        for number in range(50):
            etcd.put(b"/registry/configmaps/shop/c%d" % (number % 7), json.dumps(body("ConfigMap", "c")).encode())
        etcd.compact(40)
        etcd.stop()
        shutil.copytree(etcd.home / "data", tmp_path / "data")
    shutil.copy(tmp_path / "data" / "member" / "snap" / "db", tmp_path / "alone.db")
    directory, alone = stats(tmp_path / "data"), stats(tmp_path / "alone.db")
    assert alone["total"]["historyRevisions"] > 0
    for name in ("total", "kinds", "mostRevisions", "space"):
        assert directory[name] == alone[name]


def test_an_sqlite_datastore(tmp_path: Path) -> None:
    value = json.dumps(body("ConfigMap", "a")).encode()
    rows = [
        (1, "/registry/configmaps/shop/a", 1, 0, 0, 0, 0, value, None),
        (2, "/registry/configmaps/shop/a", 0, 0, 1, 1, 0, value + b" ", value),
        (3, "/registry/events/shop/e", 1, 0, 0, 0, 3600, value, None),
        (4, "/registry/events/shop/e", 0, 1, 3, 3, 0, value, value),
    ]
    with closing(sqlite3.connect(tmp_path / "state.db")) as connection, connection:
        connection.execute(
            "CREATE TABLE kine (id INTEGER PRIMARY KEY, name, created, deleted, create_revision, prev_revision, lease,"
            " value, old_value)"
        )
        connection.executemany("INSERT INTO kine VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
    found = stats(tmp_path / "state.db")
    assert (found["total"]["objects"], found["total"]["size"]) == (1, len(value) + 1)
    assert (found["total"]["historyRevisions"], found["total"]["historySize"]) == (3, 2 * len(value))
    assert (found["space"]["quota"], found["remedies"]) == (None, [])
    assert found["space"]["size"] == (tmp_path / "state.db").stat().st_size
    assert any("SQLite" in note for note in found["notes"])
