"""The Python API: what ``snapinspect.open`` gives, under the names that its documentation uses."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import snapinspect
from snapinspect.clean import OWNED
from snapinspect.errors import Ambiguous, NotASnapshot, NotFound, SnapinspectError, SourceError, UsageError
from snapinspect.model import KubeObject, Omission
from snapinspect.snapshot import Snapshot

DIGEST = 32
SnapshotFile = Callable[[str], Path]


@pytest.fixture
def small(snapshot_file: SnapshotFile) -> Iterator[Snapshot]:
    with snapinspect.open(str(snapshot_file("small"))) as snapshot:
        yield snapshot


@pytest.fixture
def history(snapshot_file: SnapshotFile) -> Iterator[Snapshot]:
    with snapinspect.open(str(snapshot_file("history"))) as snapshot:
        yield snapshot


@pytest.fixture
def locked(snapshot_file: SnapshotFile) -> Iterator[Snapshot]:
    with snapinspect.open(str(snapshot_file("aescbc"))) as snapshot:
        yield snapshot


def test_the_example_of_the_documentation(small: Snapshot) -> None:
    (found,) = small.recover(small.select(["deploy/web"], namespaces=["infra-production"]))
    assert found.cleaned.body["spec"]["replicas"] == 3
    assert found.cleaned.body["metadata"].keys() == {"name", "namespace", "labels", "annotations"}
    assert found.object.body["status"]
    assert {change.path for change in found.cleaned.changes} >= {".metadata.uid", ".status"}
    assert found.object.key == "/registry/deployments/infra-production/web"


def test_objects_come_as_the_api_server_gives_them(small: Snapshot) -> None:
    found = list(small.objects(small.select(["deploy", "cm/tricky"])))
    assert [each.key for each in found] == sorted(each.key for each in found)
    assert [each.head.kind for each in found] == ["ConfigMap"] + 5 * ["Deployment"]
    for each in found:
        assert each.body["metadata"]["resourceVersion"] == str(each.record.mod_revision)
        assert each.body["metadata"]["uid"] == each.head.uid
    assert small.problems == []


def test_entries_come_in_the_order_of_their_keys_without_decoding(small: Snapshot) -> None:
    entries = list(small.entries(small.select()))
    keys = [entry.record.key for entry in entries]
    assert len(keys) == 637
    assert keys == sorted(keys)
    web = next(entry for entry in entries if entry.record.key.endswith(b"/deployments/infra-staging/web"))
    assert (web.head.api_version, web.head.kind) == ("apps/v1", "Deployment")
    assert (web.head.namespace, web.head.name) == ("infra-staging", "web")
    assert (web.head.encoding, web.head.guessed) == ("protobuf", False)
    assert web.record.version >= 1
    assert web.record.mod_revision >= web.record.create_revision


def test_recover_hands_over_what_it_leaves_out(small: Snapshot) -> None:
    selection = small.select(namespaces=["team-a"])
    left: list[tuple[str, Omission]] = []

    def remember(found: KubeObject, omission: Omission) -> None:
        left.append((found.head.kind, omission))

    kept = [found.object.head.kind for found in small.recover(selection, leave_out=remember)]
    assert len(kept) + len(left) == sum(1 for _ in small.entries(selection))
    assert {"Namespace", "Deployment", "Service"} <= set(kept)
    assert {"ReplicaSet", "Pod", "Event"} <= {kind for kind, _ in left}
    assert all(omission.rule and omission.reason for _, omission in left)

    brought = [found.object.head.kind for found in small.recover(selection, bring=OWNED)]
    assert set(brought) - set(kept) >= {"ReplicaSet", "Pod"}
    assert "Event" not in brought


def test_the_same_snapshot_at_a_revision(history: Snapshot) -> None:
    earlier = history.at(1500)
    assert (earlier.revision, history.revision) == (1500, 4171)
    then, now = (
        {found.key: found.record.mod_revision for found in view.objects(view.select(["deploy,cm"]))}
        for view in (earlier, history)
    )
    assert max(then.values()) <= 1500 < max(now.values())
    assert then.keys() & now.keys()
    assert then.keys() != now.keys()


@pytest.mark.parametrize("revision", [-1, 1176, 10**30])
def test_a_revision_that_the_snapshot_does_not_hold(small: Snapshot, revision: int) -> None:
    with pytest.raises(UsageError):
        list(small.at(revision).entries(small.select()))


def test_find_looks_up_one_object(small: Snapshot) -> None:
    found = small.find("apps", "Deployment", "infra-staging", "web")
    assert found is not None
    assert found["metadata"]["namespace"] == "infra-staging"
    custom = small.find("example.com", "Widget", "infra-production", "ints")
    assert custom is not None
    assert custom["kind"] == "Widget"
    assert small.find("", "Namespace", None, "kube-system") is not None
    assert small.find("apps", "Deployment", "nosuch", "web") is None
    assert small.find("nosuch.example.com", "Nothing", None, "x") is None
    assert small.cluster_uid == "8ba3cd26-06bf-40d5-982f-a8ce8cc7a25c"


def test_kinds_know_the_custom_resources_of_the_snapshot(small: Snapshot) -> None:
    for word in ("wd", "widgets", "Widget", "widgets.example.com"):
        (kind,) = small.kinds.resolve(word)
        assert (kind.group, kind.kind, kind.plural) == ("example.com", "Widget", "widgets")
    assert small.kinds.resolve("nosuch") == ()
    assert small.prefixes == ("/registry",)


def test_select_says_what_cannot_be_meant(small: Snapshot) -> None:
    with pytest.raises(Ambiguous, match="infra-production, infra-staging"):
        small.select(["deploy/web"])
    with pytest.raises(NotFound, match="nosuch"):
        small.select(["nosuch"])
    with pytest.raises(NotFound, match="deploy/nosuch"):
        small.select(["deploy/nosuch"])
    with pytest.raises(UsageError):
        small.select(["deploy"], namespaces=["a"], all_namespaces=True)
    with pytest.raises(UsageError):
        small.select(selector="a in (b")
    assert [wanted.target.word for wanted in small.select(["cm,secret"]).wanted] == ["cm", "secret"]


def test_problems_name_what_could_not_be_read(locked: Snapshot) -> None:
    selection = locked.select(["secret"], namespaces=["infra-production"])
    readable = {found.head.name for found in locked.objects(selection)}
    assert {problem.code for problem in locked.problems} == {"locked"}
    assert {problem.subject.rpartition("/")[2] for problem in locked.problems} >= {"basic", "db-credentials"}
    assert len(locked.problems) + len(readable) == sum(1 for _ in locked.entries(selection))


def test_unread_gives_the_values_that_could_not_be_read(locked: Snapshot) -> None:
    selection = locked.select(["secret"], namespaces=["infra-production"])
    unread = list(locked.unread(selection))
    assert {each.head.encoding for each in unread} == {"encrypted:aescbc:key1", "encrypted:aescbc:key2"}
    assert all(bytes(each.record.value).startswith(b"k8s:enc:aescbc:v1:") for each in unread)
    assert {each.reason for each in unread} == {"no key named key1 for aescbc", "no key named key2 for aescbc"}
    assert locked.problems == []


def test_a_prefix_may_be_given_and_must_exist(snapshot_file: SnapshotFile) -> None:
    path = str(snapshot_file("small"))
    with snapinspect.open(path, prefix="/registry") as snapshot:
        assert snapshot.prefixes == ("/registry",)
        assert len(list(snapshot.entries(snapshot.select(["deploy"])))) == 5
    with snapinspect.open(path, prefix="/nosuch") as snapshot, pytest.raises(NotFound, match="/nosuch"):
        snapshot.select(["deploy"])


def test_what_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="No such file"):
        snapinspect.open(str(tmp_path / "nosuch"))
    file = tmp_path / "text"
    file.write_text("no snapshot at all\n" * 1000)
    with pytest.raises(NotASnapshot) as raised:
        snapinspect.open(str(file))
    assert raised.value.hint
    assert isinstance(raised.value, SnapinspectError)


def test_progress_is_told_how_far_the_work_is(snapshot_file: SnapshotFile) -> None:
    seen: dict[str, tuple[int, int]] = {}

    @contextmanager
    def progress(label: str, total: int) -> Iterator[Callable[[int], object]]:
        seen[label] = (total, 0)

        def advance(step: int) -> None:
            seen[label] = (total, seen[label][1] + step)

        yield advance

    with snapinspect.open(str(snapshot_file("history")), progress=progress) as snapshot:
        assert sum(1 for _ in snapshot.entries(snapshot.select())) > 600
    assert seen
    for total, done in seen.values():
        assert 0 < done <= total


def test_a_closed_snapshot_lets_go_of_the_file(snapshot_file: SnapshotFile, tmp_path: Path) -> None:
    path = str(tmp_path / "copy.db")
    Path(path).write_bytes(snapshot_file("small").read_bytes()[:-DIGEST])
    # A small file is copied, and let go of at once.
    os.truncate(path, 17 << 20)
    maps = Path("/proc/self/maps")
    with snapinspect.open(path) as snapshot:
        assert len(list(snapshot.objects(snapshot.select(["deploy"])))) == 5
        assert path in maps.read_text()
    assert path not in maps.read_text()


def test_all_that_is_public_is_typed_and_documented() -> None:
    assert Path(inspect.getfile(snapinspect)).with_name("py.typed").exists()
    for name in snapinspect.__all__:
        assert hasattr(snapinspect, name)
    methods = [method for name, method in inspect.getmembers(Snapshot, inspect.isfunction) if name[0] != "_"]
    functions: list[Callable[..., object]] = [snapinspect.open, *methods]
    assert len(functions) >= 10
    for function in functions:
        signature = inspect.signature(function)
        assert signature.return_annotation is not inspect.Signature.empty, function
        for parameter in signature.parameters.values():
            assert parameter.name == "self" or parameter.annotation is not inspect.Parameter.empty, function
        assert function.__doc__ or function is Snapshot.close
