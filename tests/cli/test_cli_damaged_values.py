"""One damaged value, or one fact that cannot be, costs itself: everything else comes out."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest
from bolt_writer import Image
from cli_program import run
from written_snapshot import record

_MAP = {"apiVersion": "v1", "kind": "ConfigMap"}
_FIELD = Path(__file__).parents[2] / "fixtures/field"
_ABORT = _FIELD / "40-one-damaged-value/abort-min.db.gz"
_KEY = b"/registry/configmaps/ns/"


def _run(*arguments: str | Path, code: int = 0) -> str:
    result = run(*arguments)
    assert result.code == code, result.err
    return result.out


def _value(name: str) -> bytes:
    return json.dumps({**_MAP, "metadata": {"name": name, "namespace": "ns"}}).encode()


def _revision(main: int) -> bytes:
    return struct.pack(">qcq", main, b"_", 0)


def _database(path: Path, records: dict[bytes, bytes], meta: dict[bytes, bytes] | None = None) -> Path:
    image = Image()
    path.write_bytes(image.file(image.tree({b"key": records, b"meta": meta or {}})))
    return path


def _objects(count: int) -> dict[bytes, bytes]:
    return {_revision(at): record(_KEY + b"m%d" % at, _value(f"m{at}"), at) for at in range(2, count + 2)}


@pytest.mark.parametrize("more", [0, 2], ids=["just restored", "written since"])
def test_a_bumped_revision_holds_no_object(tmp_path: Path, more: int) -> None:
    bumped = 1_000_000_002
    later = {
        _revision(at): record(_KEY + b"n%d" % at, _value(f"n{at}"), at) for at in range(bumped + 1, bumped + 1 + more)
    }
    path = _database(tmp_path / "db", {**_objects(2), _revision(bumped): b"", **later})
    names = ["configmap/m2", "configmap/m3", *(f"configmap/n{bumped + at}" for at in range(1, more + 1))]
    for options in ([], ["--salvage"]):
        assert _run("ls", path, "-o", "name", *options).split() == names
    assert "sound" in _run("verify", path)


@pytest.mark.parametrize("metadata", ["text", [], {"name": []}, {}])
@pytest.mark.parametrize("command", [("ls",), ("get", "--all"), ("get", "--all", "--raw")])
def test_what_does_not_say_its_name_goes_by_that_of_its_key(
    tmp_path: Path, metadata: object, command: tuple[str, ...]
) -> None:
    odd = json.dumps({**_MAP, "metadata": metadata}).encode()
    path = _database(tmp_path / "db", {**_objects(2), _revision(9): record(_KEY + b"odd", odd, 9)})
    told = _run(command[0], path, *command[1:], "-o", "name")
    assert told.split() == ["configmap/m2", "configmap/m3", "configmap/odd"]


@pytest.mark.parametrize("main", [(1 << 63) - 1, -1])
def test_a_compaction_that_cannot_be_is_no_fault_of_the_program(tmp_path: Path, main: int) -> None:
    path = _database(tmp_path / "db", _objects(2), {b"finishedCompactRev": _revision(main)})
    assert _run("ls", path, "-o", "name", "--salvage", code=3).count("configmap/") == 2
    report = _run("verify", path, code=3)
    assert "DAMAGED" in report
    assert "how far compaction went is not known" in report


@pytest.mark.parametrize("arguments", [("get",), ("get", "--raw"), ("export", "--dry-run"), ("get", "--salvage")])
def test_a_value_that_does_not_decode_costs_itself(arguments: tuple[str, ...]) -> None:
    command, *options = arguments
    output = () if command == "export" else ("-o", "name")
    told = _run(command, _ABORT, "--all", *output, *options, code=3).split()
    assert len(told) == 5


@pytest.mark.parametrize("form", ["yaml", "json", "jsonl"])
def test_an_object_too_deep_for_readers_of_indented_yaml_comes_out(form: str) -> None:
    told = _run("get", _FIELD / "41-deep-object/deep-cr.db.gz", "--all", "-o", form)
    assert told.count('"kind"') + told.count("kind: ") == 5 + (form == "json")
    assert told.count("[" * 200) == (form != "json")


@pytest.mark.parametrize("layout", ["tree", "flat", "single"])
def test_an_object_too_deep_for_readers_of_indented_yaml_is_exported(layout: str, tmp_path: Path) -> None:
    _run("export", _FIELD / "41-deep-object/deep-cr.db.gz", "-n", "ns", "-d", tmp_path / "out", "--layout", layout)
    text = "".join(path.read_text() for path in (tmp_path / "out").rglob("*.yaml"))
    assert text.count("[" * 200) == 1
    assert text.count("\nkind: ") == 4


def test_an_archive_whose_header_tells_an_impossible_size_is_refused() -> None:
    outcome = run("ls", _FIELD / "42-internal-faults/pax-size-huge.tar.gz")
    assert outcome.code == 1
    assert "a header of the tar archive tells no size" in outcome.err


def test_what_etcd_leaves_when_it_bumps_the_revision_is_no_damage() -> None:
    data = _FIELD / "01-bump-revision/data"
    assert "configmap/one" in _run("ls", data, "-o", "name")
    assert "sound" in _run("verify", data)


@pytest.mark.parametrize(
    ("folder", "objects"),
    [("02-bucket-name-damaged", 38), ("02-bucket-name-damaged-inline", 3), ("02-root-is-key-tree", 38)],
)
def test_what_no_bucket_proves_is_called_unproven(folder: str, objects: int) -> None:
    path = _FIELD / folder / "db"
    refused = run("ls", path)
    assert refused.code == 1
    assert "--salvage" in refused.err
    report = _run("verify", path, code=3)
    assert "DAMAGED" in report
    assert ("marks it unproven" in report) == (folder == "02-bucket-name-damaged")
    names = _run("ls", path, "--salvage", "-o", "name", code=3).splitlines()
    assert len(names) == objects
    assert all(name.endswith(" (unproven)") for name in names)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (["diff", "OLD", "NEW", "--raw", "-o", "name"], "configmap/m3"),
        (["log", "OLD", "NEW"], "m3"),
        (["sql", "OLD", "NEW", "SELECT name FROM objects WHERE name = 'm3'", "-o", "csv"], "m3\nm3"),
    ],
)
def test_what_two_snapshots_lack_is_named_of_both(tmp_path: Path, line: list[str], told: str) -> None:
    values = _objects(2)
    spec = json.dumps({**_MAP, "metadata": {"name": "m3", "namespace": "ns"}, "data": {"a": "b"}}).encode()
    files = {"OLD": values, "NEW": {**values, _revision(5): record(_KEY + b"m3", spec, 5)}}
    paths = {
        name: _database(tmp_path / name, {**held, _revision(9): record(_KEY + name.encode(), b"{broken", 9)})
        for name, held in files.items()
    }
    outcome = run(*(paths.get(word, word) for word in line))
    assert outcome.code == 3
    assert told in outcome.out
    assert all(f"/registry/configmaps/ns/{name}" in outcome.err for name in files)


@pytest.mark.parametrize("command", [("log",), ("log", "cm/m2", "-n", "ns"), ("history", "cm/m2", "-n", "ns")])
def test_a_state_in_between_that_cannot_be_read_is_named(tmp_path: Path, command: tuple[str, ...]) -> None:
    broken = {_revision(8): record(_KEY + b"m2", b"{broken", 8), _revision(9): record(_KEY + b"m2", _value("m2"), 9)}
    path = _database(tmp_path / "db", {**_objects(2), **broken})
    outcome = run(command[0], path, *command[1:])
    assert outcome.code == 3, outcome.out
    assert "it is no valid JSON" in outcome.err
    assert outcome.out.splitlines()[-1].startswith("9")
    assert run("log", path, "cm/m3", "-n", "ns").code == 0
