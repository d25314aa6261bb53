"""Snapshots of a real API server that encrypts, against its own answers."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from snapinspect.errors import Locked
from snapinspect.etcd import Database
from snapinspect.kube.decode import decode, with_resource_version
from snapinspect.kube.encryption import Keyring, Lock, find, is_encrypted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from snapinspect.model import Record

FIXTURES = Path(__file__).parents[3] / "fixtures" / "k8s-1.36"
PROVIDERS = ("aescbc", "secretbox")


def encrypted_records(provider: str) -> Iterator[Record]:
    data = gzip.decompress((FIXTURES / f"{provider}.db.gz").read_bytes())
    records = Database(data[: len(data) // 512 * 512]).scan(lambda key: True)
    return (record for record in records if is_encrypted(record.value))


def keyring(provider: str) -> Keyring:
    return Keyring([find.load(FIXTURES / f"{provider}.enc.yaml")])


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_secret_and_config_map_opens_to_what_the_api_server_returned(provider: str) -> None:
    lines = gzip.decompress((FIXTURES / f"{provider}.truth.jsonl.gz").read_bytes()).splitlines()
    truth = {entry["key"]: entry["object"] for entry in map(json.loads, lines)}
    keys = keyring(provider)
    kinds = Counter[str]()
    for record in encrypted_records(provider):
        plain = keys.decrypt(record.value, record.key)
        body = with_resource_version(decode(plain).body, record.mod_revision)
        assert body == truth[record.key.decode()]
        kinds[body["kind"]] += 1
    assert kinds == {"Secret": 8, "ConfigMap": 5}


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
    keys = Keyring([find.parse(swapped, "swapped.yaml")])
    for record in encrypted_records(provider):
        with pytest.raises(Locked, match=r"probably the wrong key|authentication failed"):
            keys.decrypt(record.value, record.key)
