"""Snapshots of a real API server that encrypts, against its own answers."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from snapinspect.errors import Locked
from snapinspect.etcd import Database
from snapinspect.kube.encryption import Keyring, Lock, config, is_encrypted
from snapinspect.model import Record

FIXTURES = Path(__file__).parents[3] / "fixtures" / "k8s-1.36"
PROVIDERS = ("aescbc", "secretbox")


def encrypted_records(provider: str) -> Iterator[Record]:
    data = gzip.decompress((FIXTURES / f"{provider}.db.gz").read_bytes())
    records = Database(data[: len(data) // 512 * 512]).scan(lambda key: True)
    return (record for record in records if is_encrypted(record.value))


def keyring(provider: str) -> Keyring:
    return Keyring([config.load(FIXTURES / f"{provider}.enc.yaml")])


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_secret_and_config_map_opens_to_what_the_api_server_returned(provider: str) -> None:
    lines = gzip.decompress((FIXTURES / f"{provider}.truth.jsonl.gz").read_bytes()).splitlines()
    truth = {entry["key"]: entry["object"] for entry in map(json.loads, lines)}
    keys = keyring(provider)
    opened = {}
    for record in encrypted_records(provider):
        body = truth[record.key.decode()]
        plain = keys.decrypt(record.value, record.key)
        assert plain.startswith(b"k8s\0")
        assert all(body["metadata"][field].encode() in plain for field in ("name", "namespace", "uid"))
        opened[record.key.decode()] = body["kind"]
    assert set(opened) == {key for key, body in truth.items() if body["kind"] in {"Secret", "ConfigMap"}} & set(opened)
    assert Counter(opened.values()).keys() == {"Secret", "ConfigMap"}


@pytest.mark.parametrize("provider", PROVIDERS)
def test_locks_are_told_without_any_key(provider: str) -> None:
    records = list(encrypted_records(provider))
    assert {Keyring.empty().identify(record.value) for record in records} == {
        Lock(provider, "v1", "key1"),
        Lock(provider, "v1", "key2"),
    }
    reasons = set()
    for record in records:
        with pytest.raises(Locked) as locked:
            Keyring.empty().decrypt(record.value, record.key)
        reasons.add(str(locked.value))
    assert reasons == {f"no key named key1 for {provider}", f"no key named key2 for {provider}"}


@pytest.mark.parametrize("provider", PROVIDERS)
def test_keys_of_the_wrong_names_are_refused(provider: str) -> None:
    text = (FIXTURES / f"{provider}.enc.yaml").read_text()
    swapped = text.replace("key1", "keyX").replace("key2", "key1").replace("keyX", "key2")
    keys = Keyring([config.parse(swapped, "swapped.yaml")])
    for record in encrypted_records(provider):
        with pytest.raises(Locked, match="probably the wrong key|authentication failed"):
            keys.decrypt(record.value, record.key)
