"""What ``verify`` says of real snapshots, whole and damaged, and of files made to be wrong in one thing."""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bolt_writer import Image
from compacted import Written

from snapinspect.analysis.verify import Report, verify
from snapinspect.snapshot import open_snapshot
from snapinspect.sources.recovery import open_examined

PAGE = 4096


def verified(path: Path) -> Report:
    with open_snapshot(str(path), opener=open_examined) as snapshot:
        return verify(snapshot)


def codes(report: Report) -> set[str]:
    return {finding["code"] for finding in report["findings"]}


def record(key: bytes, revision: int, create: int, version: int, value: bytes = b"{}") -> tuple[bytes, bytes]:
    """A record as etcd writes it; all numbers are less than 128."""
    numbers = bytes([0x10, create, 0x18, revision, 0x20, version, 0x2A, len(value)])
    return struct.pack(">qcq", revision, b"_", 0), bytes([0x0A, len(key)]) + key + numbers + value


MEMBER = json.dumps({"id": 1, "name": "one", "peerURLs": ["http://one:2380"]}).encode()
META = {b"consistent_index": (9).to_bytes(8, "big")}


def made(path: Path, *records: tuple[bytes, bytes], members: Any = None, meta: Any = None) -> Path:
    """An etcd database of these records."""
    image = Image()
    tree = {b"key": dict(records), b"meta": META if meta is None else meta, b"members": members or {b"1": MEMBER}}
    path.write_bytes(image.file(image.tree(tree)))
    return path


@pytest.mark.parametrize("name", ["small", "history", "cbor", "aescbc", "secretbox"])
def test_real_snapshots_are_sound(
    snapshot_file: Callable[[str], Path], status: Callable[[str], Any], name: str
) -> None:
    report = verified(snapshot_file(name))
    assert report["sound"], report["findings"]
    assert report["sha256"] == "ok"
    assert [meta["valid"] for meta in report["metas"]] == [True, True]
    assert report["values"]["damaged"] == report["values"]["unknownKind"] == 0
    assert sum(report["values"].values()) == report["records"]
    assert report["revision"] == status(name)["revision"]
    assert report["members"] == 1
    assert report["recoverable"]["unproven"] == 0
    assert bool(report["values"]["locked"]) == (name in {"aescbc", "secretbox"})


def test_a_compacted_snapshot_is_sound(compacted: Written) -> None:
    for path in (compacted.snapshot, compacted.defragmented):
        report = verified(path)
        assert report["sound"], report["findings"]
        assert report["compactRevision"] == compacted.compacted
        assert report["recoverable"] == {"objects": len(compacted.at(compacted.last)), "unproven": 0}


def test_a_change_where_nothing_is_read_breaks_the_digest(compacted: Written, tmp_path: Path) -> None:
    data = bytearray(compacted.snapshot.read_bytes())
    # The last bytes of a meta page mean nothing.
    data[PAGE - 1] ^= 1
    broken = tmp_path / "broken.db"
    broken.write_bytes(data)
    report = verified(broken)
    assert (report["sound"], report["sha256"], codes(report)) == (False, "mismatch", {"digest"})
    assert report["recoverable"] == {"objects": len(compacted.at(compacted.last)), "unproven": 0}


def zeroed(written: Written, path: Path, *numbers: int) -> Path:
    """The snapshot with these pages zeroed, and with the digest that it then has."""
    data = bytearray(written.snapshot.read_bytes()[:-32])
    for number in numbers:
        data[number * PAGE : (number + 1) * PAGE] = bytes(PAGE)
    path.write_bytes(data + hashlib.sha256(data).digest())
    return path


@pytest.mark.parametrize("page", [0, 1])
def test_a_broken_meta_page_is_named(compacted: Written, tmp_path: Path, page: int) -> None:
    report = verified(zeroed(compacted, tmp_path / "broken.db", page))
    assert [(finding["code"], finding["where"]) for finding in report["findings"]] == [("meta", f"page {page}")]
    assert [meta["valid"] for meta in report["metas"]] == [page == 1, page == 0]


def test_without_meta_pages_it_says_what_can_be_had(compacted: Written, tmp_path: Path) -> None:
    report = verified(zeroed(compacted, tmp_path / "broken.db", 0, 1))
    assert codes(report) >= {"metas"}
    assert report["recoverable"] == {"objects": 0, "unproven": len(compacted.at(compacted.last))}


def test_a_lost_page_is_named_with_what_it_means(compacted: Written, tmp_path: Path) -> None:
    with open_snapshot(str(compacted.snapshot), opener=open_examined) as snapshot:
        last = snapshot.store.survey.elements[-1] // PAGE  # type: ignore[attr-defined]
    report = verified(zeroed(compacted, tmp_path / "broken.db", last))
    assert ("page", f"page {last}") in {(finding["code"], finding["where"]) for finding in report["findings"]}
    assert "lost" in codes(report)
    assert all(finding["means"] for finding in report["findings"])
    assert report["recoverable"]["objects"] == 0 < report["recoverable"]["unproven"]


class TestOneThingWrong:
    def test_nothing(self, tmp_path: Path) -> None:
        path = made(tmp_path / "db", record(b"a", 2, 2, 1), record(b"b", 3, 3, 1), record(b"a", 4, 2, 2))
        assert verified(path)["findings"] == []

    @pytest.mark.parametrize(
        "wrong",
        [
            record(b"a", 4, 2, 3),  # a version was passed over
            record(b"a", 4, 4, 1),  # created again, and never deleted
            record(b"c", 4, 3, 2),  # changed before it was created
        ],
    )
    def test_records_that_contradict_each_other(self, tmp_path: Path, wrong: tuple[bytes, bytes]) -> None:
        report = verified(made(tmp_path / "db", record(b"a", 2, 2, 1), record(b"b", 3, 3, 1), wrong))
        assert codes(report) == {"element", "lost"}
        assert report["recoverable"]["objects"] == 0 < report["recoverable"]["unproven"]

    def test_a_value_that_cannot_be_decoded(self, tmp_path: Path) -> None:
        value = b'{"kind": "ConfigMap", "apiVersion":'
        report = verified(made(tmp_path / "db", record(b"/registry/configmaps/shop/a", 2, 2, 1, value)))
        assert [(finding["code"], finding["where"]) for finding in report["findings"]] == [
            ("value", "/registry/configmaps/shop/a at revision 2")
        ]

    def test_a_consistent_index_of_zero(self, tmp_path: Path) -> None:
        meta = {b"consistent_index": bytes(8)}
        assert codes(verified(made(tmp_path / "db", record(b"a", 2, 2, 1), meta=meta))) == {"member"}

    @pytest.mark.parametrize("members", [{b"no id": MEMBER}, {b"1": b'{"id": 1}'}])
    def test_a_member_that_cannot_be_one(self, tmp_path: Path, members: dict[bytes, bytes]) -> None:
        assert codes(verified(made(tmp_path / "db", record(b"a", 2, 2, 1), members=members))) == {"member"}
