"""``decode``: stored values in each way in which people have them at hand."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from cli_program import SMALL, run

import snapinspect

KEYS = {
    "protobuf": b"/registry/services/specs/infra-production/pg",
    "json": b"/registry/apiregistration.k8s.io/apiservices/v1.apps",
}
PRESENTATIONS: dict[str, Callable[[bytes, bytes], bytes]] = {
    "raw": lambda key, value: value,
    "raw with a line end": lambda key, value: value + b"\n",
    "etcdctl get": lambda key, value: key + b"\n" + value + b"\n",
    "hex": lambda key, value: value.hex().encode() + b"\n",
    "hex dump": lambda key, value: value.hex(" ", 2).upper().replace(" ", "\n").encode(),
    "base64": lambda key, value: base64.b64encode(value) + b"\n",
    "base64 in lines": lambda key, value: base64.encodebytes(value),
}


def stored(encoding: str) -> bytes:
    with snapinspect.open(str(SMALL)) as snapshot:
        record = snapshot.store.get(KEYS[encoding], None)
        assert record is not None
        return bytes(record.value)


@pytest.mark.parametrize("encoding", KEYS)
@pytest.mark.parametrize("presentation", PRESENTATIONS)
def test_each_presentation_gives_the_same_object(encoding: str, presentation: str, tmp_path: Path) -> None:
    value = PRESENTATIONS[presentation](KEYS[encoding], stored(encoding))
    file = tmp_path / "value"
    file.write_bytes(value)
    expected = run("get", SMALL, "--key", KEYS[encoding].decode(), "--raw", "-o", "json")
    for outcome in (run("decode", file, "-o", "json"), run("decode", "-o", "json", stdin=value)):
        assert (outcome.code, outcome.err) == (0, "")
        body, whole = json.loads(outcome.out), json.loads(expected.out)
        # etcd's revision is not part of the value.
        assert whole["metadata"].pop("resourceVersion")
        assert body == whole


def test_several_files_and_formats(tmp_path: Path) -> None:
    paths = []
    for encoding in KEYS:
        paths.append(tmp_path / encoding)
        paths[-1].write_bytes(stored(encoding))
    assert run("decode", *paths, "-o", "name").lines == ["service/pg", "apiservice.apiregistration.k8s.io/v1.apps"]
    documents = list(yaml.safe_load_all(run("decode", *paths).out))
    assert [document["kind"] for document in documents] == ["Service", "APIService"]
    assert json.loads(run("decode", *paths, "-o", "json").out)["items"] == documents
    assert [json.loads(line) for line in run("decode", *paths, "-o", "jsonl").lines] == documents


@pytest.mark.parametrize("how", ["bytes", "fields"])
def test_a_broken_value_is_named_and_the_others_are_decoded(tmp_path: Path, how: str) -> None:
    good, bad = tmp_path / "good", tmp_path / "bad"
    good.write_bytes(stored("protobuf"))
    bad.write_bytes(stored("protobuf")[:-30])
    outcome = run("decode", bad, good, "-o", "name")
    assert (outcome.code, outcome.lines) == (3, ["service/pg"])
    assert outcome.err == (
        f"warning: the value is cut off: {bad}\n"
        f"hint: its bytes all the same: `snapinspect decode {bad} {good} -o name --undecoded bytes`\n"
    )
    shown = run("decode", bad, "--undecoded", how)
    assert shown.code == 3
    body = yaml.safe_load(shown.out)
    assert body["undecoded"]["file"] == str(bad)
    assert not body.keys() & {"apiVersion", "kind", "metadata"}
    assert base64.b64decode(body["bytes"]) == bad.read_bytes()


@pytest.mark.parametrize("data", [b"", b"\n", b"hello", b"{}", b"[1]", b'{"kind":1}', b"\xff" * 40, b"k8s\x00"])
def test_what_is_no_value_is_said_not_to_be_one(data: bytes, tmp_path: Path) -> None:
    file = tmp_path / "value"
    file.write_bytes(data)
    outcome = run("decode", file)
    assert (outcome.code, outcome.out) == (3, "")
    line, hint = outcome.err.splitlines()
    assert line.startswith("warning: ")
    assert line.endswith(f": {file}")
    assert hint == f"hint: its bytes all the same: `snapinspect decode {file} --undecoded bytes`"
    piped = run("decode", stdin=data).err.splitlines()
    assert piped[-1].startswith("hint: as in: `etcdctl get ")
    assert piped[-1].endswith(" | snapinspect decode`")


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "of-no-such-name"):
        outcome = run("decode", path)
        assert outcome.code == 1
        wrong, hint = outcome.err.splitlines()
        assert wrong.startswith(f"error: {path}: ")
        assert hint.startswith("hint: Is the path right, and may you read it? As in: `etcdctl get ")
        assert hint.endswith(" | snapinspect decode`")


def test_a_file_of_nearly_that_name_is_named(tmp_path: Path) -> None:
    (tmp_path / "service.bin").write_bytes(stored("protobuf"))
    outcome = run("decode", tmp_path / "servcie.bin", "-o", "name")
    assert outcome.code == 1
    hint = outcome.err.splitlines()[1]
    mended = f"snapinspect decode {tmp_path / 'service.bin'} -o name"
    assert hint == f"hint: did you mean {tmp_path / 'service.bin'}? `{mended}`"


def test_a_snapshot_is_said_to_be_one() -> None:
    outcome = run("decode", SMALL)
    assert (outcome.code, outcome.out) == (3, "")
    assert outcome.err.splitlines()[1:] == [f"hint: {SMALL} is a snapshot, and no value: `snapinspect ls {SMALL}`"]
