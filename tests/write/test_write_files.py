"""What ``export`` leaves on disk, whatever names it meets and whenever it ends."""

from __future__ import annotations

import errno
import json
import os
import resource
import stat
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

import pytest
import yaml as pyyaml
from hypothesis import given
from hypothesis import strategies as st
from write_samples import SMALL, steady

from snapinspect.errors import OutputError, UsageError
from snapinspect.model import Change, Omission
from snapinspect.write.files import Exporter, ExportItem, document, left_out
from snapinspect.write.paths import escape, flat_path, tree_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

EVIDENCE = {"snapshot": "etcd.db", "revision": 7}
HOSTILE = [
    "..",
    ".",
    "",
    "/etc/passwd",
    "../../x",
    "a/../../b",
    "a\x00b",
    "a\nb",
    ".hidden",
    "x" * 300,
    "\ud800",
    "%2F",
]

names = st.text(st.sampled_from("ab._-/%\\:\x00\n é🚀~"), max_size=300) | st.sampled_from(HOSTILE)


def item(name: str = "web", namespace: str | None = "shop", label: str = "deployments.apps", **more: Any) -> ExportItem:
    body = more.pop("body", {"kind": "Deployment", "metadata": {"name": name}})
    return ExportItem(label, f"/registry/{name}", "apps/v1", "Deployment", namespace, name, 7, body, **more)


def files_in(directory: Path) -> list[str]:
    return sorted(str(path.relative_to(directory)) for path in directory.rglob("*") if not path.is_dir())


def index_of(directory: Path) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in (directory / "index.jsonl").read_text().splitlines()]
    assert lines[0] == EVIDENCE
    return lines[1:]


def export(directory: Path, layout: str, items: Iterable[ExportItem], *, force: bool = False) -> list[str]:
    with Exporter(directory, layout, EVIDENCE, force=force) as exporter:
        return [exporter.add(document(each)) for each in items]


ITEMS = [item(), item("admin", None, "clusterroles.rbac.authorization.k8s.io"), item("cfg", "shop", "configmaps")]


def test_a_tree(tmp_path: Path) -> None:
    out = tmp_path / "made" / "out"
    written = export(out, "tree", ITEMS)
    assert written == [
        "shop/deployments.apps/web.yaml",
        "_cluster/clusterroles.rbac.authorization.k8s.io/admin.yaml",
        "shop/configmaps/cfg.yaml",
    ]
    assert files_in(tmp_path / "made") == sorted(["out/index.jsonl", *(f"out/{file}" for file in written)])
    assert (out / written[0]).read_text() == "kind: Deployment\nmetadata:\n  name: web\n"


def test_flat(tmp_path: Path) -> None:
    written = export(tmp_path / "out", "flat", ITEMS)
    assert written == [
        "deployments.apps_shop_web.yaml",
        "clusterroles.rbac.authorization.k8s.io_admin.yaml",
        "configmaps_shop_cfg.yaml",
    ]
    assert files_in(tmp_path / "out") == sorted(["index.jsonl", *written])


def test_single(tmp_path: Path) -> None:
    bodies = SMALL[:20]
    written = export(tmp_path / "out", "single", [item(body=body) for body in bodies])
    assert set(written) == {"objects.yaml"}
    assert files_in(tmp_path / "out") == ["index.jsonl", "objects.yaml"]
    text = (tmp_path / "out" / "objects.yaml").read_text()
    assert list(pyyaml.load_all(text, pyyaml.CSafeLoader)) == bodies
    assert not text.startswith("---")


def test_an_unknown_layout_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        Exporter(tmp_path / "out", "heap", EVIDENCE)


def test_the_index(tmp_path: Path) -> None:
    changed = item("a\ud800\x9b", changes=(Change(".status", "status", 'a "controller" writes it\n'),))
    with Exporter(tmp_path / "out", "tree", EVIDENCE) as exporter:
        file = exporter.add(document(changed))
        exporter.leave_out(left_out(item("gone", None), Omission("owned-pod", "its owner makes it again")))
    origin = {"apiVersion": "apps/v1", "kind": "Deployment", "revision": 7}
    assert index_of(tmp_path / "out") == [
        {
            "file": file,
            "key": "/registry/a\ud800\x9b",
            **origin,
            "namespace": "shop",
            "name": "a\ud800\x9b",
            "changes": [{"path": ".status", "rule": "status", "reason": 'a "controller" writes it\n'}],
        },
        {
            "file": None,
            "key": "/registry/gone",
            **origin,
            "namespace": None,
            "name": "gone",
            "leftOut": {"rule": "owned-pod", "reason": "its owner makes it again"},
        },
    ]


@pytest.mark.parametrize("exists", [False, True])
@pytest.mark.parametrize("layout", ["tree", "flat", "single"])
def test_only_the_owner_can_read(tmp_path: Path, layout: str, exists: bool) -> None:
    out = tmp_path / "out"
    if exists:
        out.mkdir(0o700)
    old = os.umask(0)
    try:
        export(out, layout, ITEMS)
    finally:
        os.umask(old)
    for path in (out, *out.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)


def test_the_same_object_twice_is_two_files(tmp_path: Path) -> None:
    items = [item(body={"nth": n}) for n in range(4)]
    written = export(tmp_path / "out", "tree", items)
    assert len(set(written)) == 4
    assert [(tmp_path / "out" / file).read_text() for file in written] == [f"nth: {n}\n" for n in range(4)]
    assert [entry["file"] for entry in index_of(tmp_path / "out")] == written


# Names


@steady
@given(names)
def test_an_escaped_name_is_one_component_and_reversible(name: str) -> None:
    escaped = escape(name)
    assert "/" not in escaped
    assert escaped not in {"", ".", ".."}
    assert escaped.isascii()
    assert escaped.isprintable()
    original = b"" if escaped == "%" else unquote_to_bytes(escaped)
    assert original.decode("utf-8", "surrogatepass") == name


@pytest.mark.parametrize("place", [tree_path, flat_path])
@steady
@given(st.lists(st.tuples(names, names | st.none(), names), min_size=2, max_size=6, unique=True))
def test_different_objects_have_different_paths_that_file_systems_hold(place: Any, origins: list[Any]) -> None:
    namespaced = [origin for origin in origins if origin[1] is not None]
    paths = ["/".join(place(*origin)).lstrip("/") for origin in namespaced]
    assert len(set(paths)) == len(namespaced)
    for path in paths:
        assert all(0 < len(part) <= 240 and not part.startswith(".") for part in path.split("/"))
        assert not path.startswith("_cluster/")


def test_names_that_need_no_escape_stay() -> None:
    assert tree_path("clusterroles.rbac.authorization.k8s.io", None, "system:node_x") == (
        "_cluster/clusterroles.rbac.authorization.k8s.io",
        "system%3Anode_x",
    )


@pytest.mark.parametrize("layout", ["tree", "flat"])
def test_hostile_names_stay_inside(tmp_path: Path, layout: str) -> None:
    out = tmp_path / "out"
    items = [item(name, namespace, label) for name in HOSTILE for namespace in HOSTILE for label in (*HOSTILE[:4], "x")]
    written = export(out, layout, items)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert len(set(written)) == len(items)
    assert files_in(out) == sorted(["index.jsonl", *written])
    assert [(entry["namespace"], entry["name"]) for entry in index_of(out)] == [
        (each.namespace, each.name) for each in items
    ]


# A directory that is there already


def test_a_directory_that_is_not_empty_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("kept")
    with pytest.raises(OutputError) as refused:
        export(tmp_path, "tree", ITEMS)
    assert "--force" in refused.value.hint
    assert files_in(tmp_path) == ["mine"]


@pytest.mark.parametrize("link", [False, True])
def test_a_file_in_the_directory_s_place_is_refused(tmp_path: Path, link: bool) -> None:
    out = tmp_path / "out"
    if link:
        out.symlink_to(tmp_path / "nowhere")
    else:
        out.write_text("kept")
    with pytest.raises(OutputError, match="not a directory"):
        export(out, "tree", ITEMS, force=True)
    assert list(tmp_path.iterdir()) == [out]


def test_force_adds_and_replaces(tmp_path: Path) -> None:
    first = export(tmp_path, "tree", [item(body={"old": 1}), item("other")])
    (tmp_path / "mine").write_text("kept")
    second = export(tmp_path, "tree", [item(body={"new": 1}), item("third"), *ITEMS[1:]], force=True)
    assert first[0] == second[0]
    assert (tmp_path / first[0]).read_text() == "new: 1\n"
    assert files_in(tmp_path) == sorted({*first, *second, "index.jsonl", "mine"})
    assert [entry["file"] for entry in index_of(tmp_path)] == second


@pytest.mark.parametrize("place", ["shop", "shop/deployments.apps"])
def test_force_goes_through_no_link(tmp_path: Path, place: str) -> None:
    out, outside = tmp_path / "out", tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").touch()
    (out / place).parent.mkdir(parents=True)
    (out / place).symlink_to(outside)
    with pytest.raises(OutputError):
        export(out, "tree", [item()], force=True)
    assert files_in(outside) == ["kept"]
    assert not list(out.glob(".partial-*"))


def test_force_replaces_a_link_in_a_file_s_place(tmp_path: Path) -> None:
    out, outside = tmp_path / "out", tmp_path / "outside"
    outside.write_text("kept")
    export(out, "tree", [item()])
    target = out / "shop/deployments.apps/web.yaml"
    target.unlink()
    target.symlink_to(outside)
    export(out, "tree", [item()], force=True)
    assert outside.read_text() == "kept"
    assert not target.is_symlink()


# An end before the end


@pytest.mark.parametrize("exists", [False, True])
@pytest.mark.parametrize("interruption", [KeyboardInterrupt, SystemExit, ValueError])
def test_an_interrupted_run_leaves_nothing(tmp_path: Path, exists: bool, interruption: type[BaseException]) -> None:
    out = tmp_path / "out"
    if exists:
        export(out, "tree", [item(body={"old": 1})])
    before = {file: (tmp_path / file).read_text() for file in files_in(tmp_path)}

    def interrupted() -> Iterator[ExportItem]:
        yield item(body={"new": 1})
        raise interruption

    with pytest.raises(interruption):
        export(out, "tree", interrupted(), force=True)
    assert {file: (tmp_path / file).read_text() for file in files_in(tmp_path)} == before
    assert out.exists() == exists


def test_nothing_shows_before_the_end(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with Exporter(out, "tree", EVIDENCE) as exporter:
        exporter.add(document(item()))
        assert not out.exists()
        (hidden,) = tmp_path.iterdir()
        assert hidden.name.startswith(".out.partial-")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_full_disk_is_said_and_cleaned_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(descriptor: int, content: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "write", refuse)
    with pytest.raises(OutputError, match="No space left") as full:
        export(tmp_path / "out", "tree", ITEMS)
    assert "\n" not in str(full.value)
    assert "room" in full.value.hint
    assert not list(tmp_path.iterdir())


@pytest.fixture
def files_of_a_megabyte() -> Iterator[None]:
    """The system writes what fits of a file and then refuses, as a full disk does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.usefixtures("files_of_a_megabyte")
@pytest.mark.parametrize(("layout", "size"), [("tree", 3_000_000), ("single", 3_000_000), ("single", 400_000)])
def test_a_file_cut_short_is_no_result(tmp_path: Path, layout: str, size: int) -> None:
    items = [item(body={"data": "x" * size}) for _ in range(3)]
    with pytest.raises(OutputError, match="cannot write into"):
        export(tmp_path / "out", layout, items)
    assert not list(tmp_path.iterdir())


@pytest.mark.usefixtures("files_of_a_megabyte")
def test_an_index_cut_short_is_no_result(tmp_path: Path) -> None:
    changes = (Change(".metadata.annotations", "rule", "x" * 400_000),)
    with pytest.raises(OutputError, match="cannot write into"):
        export(tmp_path / "out", "tree", [item(changes=changes) for _ in range(3)])
    assert not list(tmp_path.iterdir())


def test_a_directory_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot write into"):
        export(tmp_path / "file" / "out", "tree", ITEMS)


@pytest.mark.parametrize("layout", ["tree", "flat"])
def test_names_that_differ_by_capitals_only_are_files_that_every_file_system_tells_apart(
    tmp_path: Path, layout: str
) -> None:
    names = ["Admin", "admin", "ADMIN", "admin2", "b", "B"]
    with Exporter(tmp_path / "out", layout, {}) as exporter:
        files = [exporter.add(document(item(name))) for name in names]
    assert len({file.lower() for file in files}) == len(names)
    assert files[0].endswith("Admin.yaml")


@given(st.sampled_from(["con", "NUL", "aux.x", "com1", "a:b", "a?", "tail.", "<x>", 'q"', "a|b", "*"]))
def test_names_that_windows_forbids_are_escaped(name: str) -> None:
    escaped = escape(name)
    assert unquote_to_bytes(escaped) == name.encode()
    assert not set(escaped) & set('<>:"/\\|?*')
    assert not escaped.endswith(".")
    assert escaped.partition(".")[0].lower() not in {"con", "nul", "aux", "com1"}
