"""``decode`` on whatever a real ``etcdctl get`` prints."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_program import SMALL, run
from real_etcd import RealEtcd, running_etcd

import snapinspect

PREFIX = "/registry/deployments/"


@pytest.fixture(scope="module")
def filled() -> Iterator[RealEtcd]:
    with running_etcd() as etcd, snapinspect.open(str(SMALL)) as snapshot:
        for key, value in snapshot.store.values(lambda key: key.startswith(PREFIX.encode())):
            etcd.put(key, bytes(value))
        yield etcd


@pytest.mark.parametrize("how", [(), ("--hex",), ("-w", "json"), ("-w", "fields")], ids=" ".join)
def test_what_etcdctl_prints_of_many_keys_is_decoded(how: tuple[str, ...], filled: RealEtcd, tmp_path: Path) -> None:
    printed = tmp_path / "printed"
    printed.write_bytes(filled.ctl_bytes("get", "--prefix", PREFIX, *how))
    decoded = run("decode", printed, "-o", "jsonl")
    assert decoded.code == 0, decoded.err
    with snapinspect.open(str(SMALL)) as snapshot:
        expected = [
            snapshot.body_of(record) for record, _ in snapshot.entries(snapshot.select(["deploy"], everything=True))
        ]
    assert [json.loads(line) for line in decoded.lines] == expected


def test_a_value_alone_in_escapes(filled: RealEtcd, tmp_path: Path) -> None:
    printed = tmp_path / "printed"
    printed.write_bytes(filled.ctl_bytes("get", f"{PREFIX}infra-production/api", "--print-value-only", "--hex"))
    assert run("decode", printed, "-o", "name").out == "deployment.apps/api\n"
