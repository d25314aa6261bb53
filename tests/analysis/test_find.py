"""In which snapshot an object is and what became of it, against what was written to a real etcd before each."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from real_etcd import RealEtcd, running_etcd
from written_snapshot import write_snapshot

import snapinspect
from snapinspect.analysis.find import Asked, Cluster, Look, clusters_of, look
from snapinspect.errors import Ambiguous, NotFound
from snapinspect.select import Target

NAMES = [f"c{number}" for number in range(8)]
NIGHTS = 9
START = datetime(2026, 11, 1, 1, tzinfo=UTC)
Lines = Callable[[str], list[dict[str, Any]]]


@dataclass
class Life:
    """What is stored of one object: what was meant, what servers add, and what etcd counts."""

    uid: str
    meant: int
    noise: int
    create_revision: int = 0
    mod_revision: int = 0
    version: int = 0


@dataclass
class Written:
    """A snapshot for each night, with what lived then; ``lives[night][name]`` is None for what was not there."""

    paths: list[Path] = field(default_factory=list)
    lives: list[dict[str, Life | None]] = field(default_factory=list)
    revisions: list[int] = field(default_factory=list)


def stored(name: str, life: Life, namespace: str = "shop") -> bytes:
    metadata = {"name": name, "namespace": namespace, "uid": life.uid, "generation": life.noise}
    managed = [{"manager": "m", "operation": "Update", "time": f"2026-11-01T00:00:{life.noise % 60:02}Z"}]
    body = {
        "kind": "ConfigMap",
        "apiVersion": "v1",
        "metadata": {**metadata, "managedFields": managed},
        "data": {"meant": str(life.meant)},
    }
    return json.dumps(body).encode()


def put(etcd: RealEtcd, name: str, life: Life) -> Life:
    revision = etcd.put(f"/registry/configmaps/shop/{name}".encode(), stored(name, life))
    life.create_revision = life.create_revision or revision
    life.mod_revision = revision
    life.version += 1
    return life


def stamp(etcd: RealEtcd, uid: str, night: int) -> int:
    """Writes what tells the cluster and the time."""
    namespace = {"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": "kube-system", "uid": uid}}
    etcd.put(b"/registry/namespaces/kube-system", json.dumps(namespace).encode())
    time = (START + timedelta(days=night)).strftime("%Y-%m-%dT%H:%M:%S.000000Z")
    lease = {
        "kind": "Lease",
        "apiVersion": "coordination.k8s.io/v1",
        "metadata": {"name": "node", "namespace": "kube-node-lease"},
        "spec": {"renewTime": time},
    }
    return etcd.put(b"/registry/leases/kube-node-lease/node", json.dumps(lease).encode())


def night_falls(etcd: RealEtcd, lives: dict[str, Life | None], chance: random.Random) -> None:
    """A day's work: each object is left alone, touched, changed, deleted, created, or created anew."""
    for name in NAMES:
        life, act = lives.get(name), chance.choice(["nothing", "nothing", "touch", "change", "delete", "anew"])
        key = f"/registry/configmaps/shop/{name}".encode()
        if act in {"touch", "change"} and life is not None:
            changed = Life(life.uid, life.meant, life.noise + 1, life.create_revision, 0, life.version)
            changed.meant += act == "change"
            lives[name] = put(etcd, name, changed)
        if act in {"delete", "anew"} and life is not None:
            etcd.delete(key)
            lives[name] = None
        if act == "anew":
            meant = life.meant if life else 0
            lives[name] = put(etcd, name, Life(f"uid-{name}-{etcd.put(b'/spare')}", meant, 0))


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    """Nine nights of a real etcd, compacted twice on the way. The names of the files tell no order."""
    out, chance, found = tmp_path_factory.mktemp("nights"), random.Random(11), Written()
    names = chance.sample(range(100, 999), NIGHTS)
    lives: dict[str, Life | None] = {}
    with running_etcd() as etcd:
        for night in range(NIGHTS):
            night_falls(etcd, lives, chance)
            revision = stamp(etcd, "cluster-a", night)
            if night in {4, 7}:
                etcd.compact(revision - 1)
            found.paths.append(etcd.save(out / f"{names[night]}.db"))
            found.lives.append(dict(lives))
            found.revisions.append(revision)
    for path in found.paths:
        os.utime(path, (chance.randrange(10**9), chance.randrange(10**9)))
    return found


def look_into(path: Path, asked: Asked) -> Look:
    with snapinspect.open(str(path)) as snapshot:
        return look(snapshot, asked)


def find(paths: list[Path], word: str, namespace: str = "", *, raw: bool = False) -> list[Cluster]:
    kind, _, name = word.partition("/")
    asked = Asked(Target(kind, name), namespace, raw)
    return clusters_of([look_into(path, asked) for path in paths], asked.target)


def expected(lives: list[Life | None], *, raw: bool) -> list[str]:
    """The verdicts by what was written: each against the last life before, and whether it still lived."""
    verdicts = []
    for night, life in enumerate(lives):
        before = [earlier for earlier in lives[:night] if earlier is not None]
        lived = night > 0 and lives[night - 1] is not None
        if life is None:
            verdicts.append("gone" if lived else "absent")
        elif not before:
            verdicts.append("first seen")
        elif life.uid != before[-1].uid:
            verdicts.append("recreated")
        else:
            same = (life.meant, life.noise if raw else 0) == (before[-1].meant, before[-1].noise if raw else 0)
            verdicts.append("same" if same else "changed")
    return verdicts


@pytest.mark.parametrize(("name", "raw"), list(product(NAMES, [False, True])))
def test_what_became_of_each_object(written: Written, name: str, raw: bool) -> None:
    lives = [lives.get(name) for lives in written.lives]
    shuffled = sorted(written.paths)
    (cluster,) = find(shuffled, f"cm/{name}", raw=raw)
    assert cluster.uid == "cluster-a"
    assert [told.look.path for told in cluster.told] == list(map(str, written.paths))
    assert [told.look.revision for told in cluster.told] == written.revisions
    assert [str(told.look.moment) for told in cluster.told] == [
        f"2026-11-{night + 1:02}T01:00:00Z" for night in range(NIGHTS)
    ]
    assert [told.verdict for told in cluster.told] == expected(lives, raw=raw)
    for told, life in zip(cluster.told, lives, strict=True):
        state = told.state
        assert (state is None) is (life is None)
        if state and life:
            counted = (state.uid, state.create_revision, state.mod_revision, state.version)
            assert counted == (life.uid, life.create_revision, life.mod_revision, life.version)
    there = [path for path, life in zip(written.paths, lives, strict=True) if life]
    assert (cluster.last_good.look.path if cluster.last_good else None) == (str(there[-1]) if there else None)


def test_the_nights_had_everything(written: Written) -> None:
    seen = {
        verdict
        for name in NAMES
        for raw in (False, True)
        for verdict in expected([lives.get(name) for lives in written.lives], raw=raw)
    }
    assert seen == {"first seen", "same", "changed", "recreated", "gone", "absent"}
    assert any(
        expected([lives.get(name) for lives in written.lives], raw=False)
        != expected([lives.get(name) for lives in written.lives], raw=True)
        for name in NAMES
    )


@pytest.mark.parametrize("name", NAMES)
def test_runs_are_stretches_in_which_nothing_happened(written: Written, name: str) -> None:
    (cluster,) = find(written.paths, f"cm/{name}")
    assert [told for run in cluster.runs for told in run.told] == cluster.told
    for run in cluster.runs:
        assert {told.verdict for told in run.told[1:]} <= ({"same"} if run.holds else {"absent"})
    assert all(run.first.verdict not in {"same", "absent"} for run in cluster.runs[1:])


def test_what_is_gone_is_told_while_etcd_holds_it(tmp_path: Path) -> None:
    with running_etcd() as etcd:
        stamp(etcd, "cluster", 0)
        life = put(etcd, "x", Life("u", 1, 1))
        before = etcd.save(tmp_path / "before.db")
        put(etcd, "x", life)
        last = life.mod_revision
        end = etcd.delete(b"/registry/configmaps/shop/x")
        held = etcd.save(tmp_path / "held.db")
        etcd.compact(stamp(etcd, "cluster", 1))
        compacted = etcd.save(tmp_path / "compacted.db")
    (cluster,) = find([before, held, compacted], "cm/x")
    assert [told.verdict for told in cluster.told] == ["first seen", "gone", "absent"]
    remains = [told.remains for told in cluster.told]
    assert remains[0] is remains[2] is None
    assert remains[1] is not None
    assert (remains[1].last_revision, remains[1].ended, remains[1].readable) == (last, end, True)
    assert cluster.last_remains is cluster.told[1]
    assert cluster.last_good is cluster.told[0]


GIZMOS = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "gizmos.x.io"},
    "spec": {
        "group": "x.io",
        "scope": "Namespaced",
        "names": {"kind": "Gizmo", "plural": "gizmos", "shortNames": ["gz"]},
        "versions": [{"name": "v1", "served": True, "storage": True}],
    },
}


@pytest.mark.parametrize("word", ["gz", "gizmo", "Gizmos", "gizmos.x.io"])
def test_each_snapshot_tells_its_own_custom_kinds(tmp_path: Path, word: str) -> None:
    gizmo = {"apiVersion": "x.io/v1", "kind": "Gizmo", "metadata": {"name": "g", "namespace": "lab", "uid": "1"}}
    with running_etcd() as etcd:
        stamp(etcd, "cluster", 0)
        paths = [etcd.save(tmp_path / "0.db")]
        etcd.put(b"/registry/apiextensions.k8s.io/customresourcedefinitions/gizmos.x.io", json.dumps(GIZMOS).encode())
        etcd.put(b"/registry/x.io/gizmos/lab/g", json.dumps(gizmo).encode())
        paths.append(etcd.save(tmp_path / "1.db"))
        etcd.delete(b"/registry/x.io/gizmos/lab/g")
        end = etcd.put(b"/other")
        etcd.delete(b"/registry/apiextensions.k8s.io/customresourcedefinitions/gizmos.x.io")
        paths.append(etcd.save(tmp_path / "2.db"))
    (cluster,) = find(paths, f"{word}/g")
    assert [told.verdict for told in cluster.told] == ["absent", "first seen", "gone"]
    remains = cluster.told[2].remains
    assert remains is not None
    assert remains.ended == end - 1
    with pytest.raises(NotFound, match="no kind is called"):
        find(paths[:1], f"{word}/g")


def test_two_clusters_are_kept_apart_and_the_one_of_the_newest_snapshot_comes_last(tmp_path: Path) -> None:
    paths = []
    with running_etcd() as one, running_etcd() as other:
        for night, (etcd, uid) in enumerate([(one, "cluster-a"), (other, "cluster-b")] * 2):
            put(etcd, "x", Life(f"{uid}-x", night, 0))
            stamp(etcd, uid, night)
            paths.append(etcd.save(tmp_path / f"{night}.db"))
    found = find(paths, "cm/x")
    assert [(cluster.uid, [told.verdict for told in cluster.told]) for cluster in found] == [
        ("cluster-a", ["first seen", "changed"]),
        ("cluster-b", ["first seen", "changed"]),
    ]
    assert [cluster.uid for cluster in find([*paths[1:], paths[0]][:3], "cm/x")] == ["cluster-a", "cluster-b"]
    assert [cluster.uid for cluster in find(paths[:3], "cm/x")] == ["cluster-b", "cluster-a"]


def objects(night: int, count: int, *held: dict[str, Any]) -> list[dict[str, Any]]:
    """What a snapshot of ``night`` holds; ``count`` more objects push its revision up."""
    time = (START + timedelta(days=night)).strftime("%Y-%m-%dT%H:%M:%SZ")
    others = [config_map(f"other-{number}", creationTimestamp=time) for number in range(count)]
    return [{"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": "kube-system", "uid": "c"}}, *held, *others]


def config_map(name: str, namespace: str = "shop", **metadata: str) -> dict[str, Any]:
    return {"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": name, "namespace": namespace, **metadata}}


def test_a_restored_etcd_counts_anew_and_time_goes_on(tmp_path: Path) -> None:
    held = config_map("x", uid="1")
    nights = [objects(0, 20, held), objects(1, 30), objects(2, 5, held)]
    paths = [write_snapshot(tmp_path / f"{night}.db", bodies) for night, bodies in enumerate(nights)]
    (cluster,) = find(paths, "cm/x")
    assert [told.look.path for told in cluster.told] == list(map(str, paths))
    assert [told.verdict for told in cluster.told] == ["first seen", "gone", "back"]
    assert [(one.path, other.path) for one, other in cluster.turned_back] == [(str(paths[1]), str(paths[2]))]


def test_a_name_in_several_namespaces_needs_one_of_them(tmp_path: Path) -> None:
    nights = [
        objects(0, 1, config_map("x", "a", uid="1")),
        objects(1, 2),
        objects(2, 3, config_map("x", "b", uid="2")),
    ]
    paths = [write_snapshot(tmp_path / f"{night}.db", bodies) for night, bodies in enumerate(nights)]
    with pytest.raises(Ambiguous, match="in 2 namespaces: a, b"):
        find(paths, "cm/x")
    assert [told.verdict for told in find(paths, "cm/x", "a")[0].told] == ["first seen", "gone", "absent"]
    assert [told.verdict for told in find(paths, "cm/x", "b")[0].told] == ["absent", "absent", "first seen"]
    assert [told.verdict for told in find(paths, "cm/x", "nosuch")[0].told] == ["absent"] * 3


def test_a_group_that_moved_is_the_same_object(tmp_path: Path) -> None:
    def ingress(api_version: str) -> dict[str, Any]:
        metadata = {"name": "web", "namespace": "shop", "uid": "1"}
        return {"kind": "Ingress", "apiVersion": api_version, "metadata": metadata}

    versions = ["extensions/v1beta1", "networking.k8s.io/v1"]
    paths = [
        write_snapshot(tmp_path / f"{night}.db", objects(night, night + 1, ingress(version)))
        for night, version in enumerate(versions)
    ]
    (cluster,) = find(paths, "ingress/web")
    assert [told.verdict for told in cluster.told] == ["first seen", "changed"]


def test_what_cannot_be_read_is_passed_over_by_the_comparison(tmp_path: Path) -> None:
    with running_etcd() as etcd:
        paths = []
        for night, value in enumerate([stored("x", Life("u", 1, 1)), b"k8s\0\xff", stored("x", Life("u", 1, 1))]):
            stamp(etcd, "cluster", night)
            etcd.put(b"/registry/configmaps/shop/x", value)
            paths.append(etcd.save(tmp_path / f"{night}.db"))
    (cluster,) = find(paths, "cm/x")
    assert [told.verdict for told in cluster.told] == ["first seen", "unreadable", "same"]
    assert cluster.told[1].reason
    assert [problem.subject for problem in cluster.told[1].look.problems] == ["/registry/configmaps/shop/x"]
    assert cluster.last_good is cluster.told[2]
    assert [len(run.told) for run in cluster.runs] == [2]


def secret(value: str) -> dict[str, Any]:
    metadata = {"name": "x", "namespace": "shop", "uid": "1"}
    return {"kind": "Secret", "apiVersion": "v1", "metadata": metadata, "data": {"password": value}}


@pytest.mark.parametrize("raw", [False, True])
def test_the_hash_of_a_secret_is_of_no_use_to_anybody_else(tmp_path: Path, raw: bool) -> None:
    one = write_snapshot(tmp_path / "one.db", objects(0, 1, secret("aHVudGVyMg=="), config_map("c", uid="2")))
    other = write_snapshot(tmp_path / "other.db", objects(0, 1, secret("aHVudGVyMg=="), config_map("c", uid="2")))

    def digests(kind: str, name: str, asked: Asked | None = None) -> list[str | None]:
        asked = asked or Asked(Target(kind, name), raw=raw)
        return [look_into(path, asked).states[0].digest for path in (one, other)]

    first, second = digests("secret", "x"), digests("secret", "x")
    assert first[0] == first[1] != second[0] == second[1]
    assert digests("cm", "c") == digests("cm", "c")
    key = Asked(Target("secret", "x"), raw=raw, key=b"k" * 32)
    assert digests("secret", "x", key) == digests("secret", "x", key)
    assert "hunter" not in repr(key)
    assert repr(key.key) not in repr(key)


def test_real_snapshots_against_what_a_watch_saw(snapshot_file: Callable[[str], Path], facts: Lines) -> None:
    """Every Secret and custom object that the two snapshots of one cluster could hold."""
    last: dict[str, dict[str, Any]] = {line["key"]: line for line in facts("history.history")}
    early = {line["key"]: line for line in facts("small.kvmeta")}
    paths = [snapshot_file("history"), snapshot_file("small")]
    wanted = [key for key in {**early, **last} if key.startswith(("/registry/secrets/", "/registry/example.com/"))]
    sample = random.Random(3).sample(sorted(wanted), 25)
    doomed = [key for key in wanted if last.get(key, {}).get("type") == "DELETE"]
    assert doomed
    for key in {*sample, *doomed}:
        plural, *namespace, name = key.removeprefix("/registry/").removeprefix("example.com/").split("/")
        (cluster,) = find(paths, f"{plural}/{name}", *namespace)
        before, after = cluster.told
        assert before.look.path == str(paths[1])
        assert (before.state is not None) is (key in early)
        if before.state:
            assert before.state.mod_revision == early[key]["mod_revision"]
        if key not in last:
            continue
        if last[key]["type"] == "DELETE":
            assert after.state is None
            assert after.remains is not None
            assert after.remains.ended == last[key]["rev"]
        else:
            assert after.state is not None
            assert after.state.mod_revision == last[key]["rev"]
