"""Snapshots of k3s and RKE2, which a token unlocks."""

from __future__ import annotations

import base64
import json
import os

import pytest
import sealed_values as sealed

from snapinspect.errors import Locked, UsageError
from snapinspect.kube.encryption import Keyring, bootstrap

TOKEN = "3a1f0cf2e0d4b7a9"
CA_HASH = "0123456789abcdef" * 4
PLAIN = b"k8s\0\n\f\n\2v1\x12\6Secret"
ETCD_KEY = b"/registry/secrets/default/token"
KEY_NAME = "aescbckey-2026-12-10T22:54:38Z"


def files(key: bytes, name: str = KEY_NAME) -> dict[str, str]:
    return {
        "ServerCA": "-----BEGIN CERTIFICATE-----\n",
        "EncryptionConfig": sealed.configuration(sealed.named_keys("aescbc", [(name, key)]), {"identity": {}}),
        "EncryptionHash": "start-",
    }


@pytest.mark.parametrize(
    "token",
    [
        TOKEN,
        f"K10{CA_HASH}::server:{TOKEN}",
        f"K10{CA_HASH}::node:{TOKEN}\n",
        f"K10::admin:{TOKEN}",
        f"K10server:{TOKEN}",
    ],
)
def test_a_token_in_any_form_unlocks_the_snapshot(token: str) -> None:
    key = os.urandom(32)
    entries = [(b"/registry/pods/default/web", b"k8s\0"), sealed.bundle(TOKEN, files(key))]
    (found,) = bootstrap.unlock(entries, token)
    stored = sealed.seal("aescbc", KEY_NAME, key, PLAIN, ETCD_KEY)
    assert Keyring([found]).decrypt(stored, ETCD_KEY) == PLAIN
    assert found.origin == f"EncryptionConfig in {entries[1][0].decode()}"


def test_a_password_may_hold_colons() -> None:
    entries = [sealed.bundle("pass::wo:rd", files(bytes(32)))]
    assert len(bootstrap.unlock(entries, f"K10{CA_HASH}::server:pass::wo:rd")) == 1
    assert len(bootstrap.unlock(entries, "pass::wo:rd")) == 1


def test_a_kubeadm_token() -> None:
    entries = [sealed.bundle("abcdef.0123456789abcdef", files(bytes(32)))]
    assert len(bootstrap.unlock(entries, f"K10{CA_HASH}::abcdef.0123456789abcdef")) == 1


@pytest.mark.parametrize("passphrase", [f"K10{CA_HASH}::server:{TOKEN}", ""])
def test_old_versions_sealed_with_the_whole_token_or_with_nothing(passphrase: str) -> None:
    entries = [sealed.bundle(passphrase, files(bytes(32)))]
    assert len(bootstrap.unlock(entries, f"K10{CA_HASH}::server:{TOKEN}")) == 1


def test_old_versions_wrote_no_timestamps() -> None:
    content = {name: base64.b64encode(text.encode()).decode() for name, text in files(bytes(32)).items()}
    entry = (sealed.bundle_key(TOKEN), sealed.sealed_bundle(TOKEN, json.dumps(content).encode()))
    assert len(bootstrap.unlock([entry], TOKEN)) == 1


def test_earlier_revisions_of_a_bundle_hold_earlier_keys() -> None:
    old, new = os.urandom(32), os.urandom(32)
    entries = [
        (sealed.bundle_key(TOKEN), b""),
        sealed.bundle(TOKEN, files(old, "old")),
        sealed.bundle(TOKEN, files(new, "new")),
    ]
    keys = Keyring(bootstrap.unlock(entries, TOKEN))
    for name, key in (("old", old), ("new", new)):
        assert keys.decrypt(sealed.seal("aescbc", name, key, PLAIN, ETCD_KEY), ETCD_KEY) == PLAIN


def test_a_cluster_that_encrypts_nothing() -> None:
    assert bootstrap.unlock([sealed.bundle(TOKEN, {"ServerCA": "x", "EncryptionConfig": ""})], TOKEN) == []


def test_another_token_opens_nothing() -> None:
    entry = sealed.bundle("another", files(bytes(32)))
    with pytest.raises(Locked, match=f"opens nothing: {entry[0].decode()} was sealed with another token") as locked:
        bootstrap.unlock([entry], TOKEN)
    assert "server/token" in locked.value.hint


def test_a_snapshot_of_another_distribution() -> None:
    with pytest.raises(Locked, match="the snapshot has no /bootstrap/ key"):
        bootstrap.unlock([(b"/registry/pods/default/web", b"k8s\0")], TOKEN)


def test_a_bundle_that_was_sealed_otherwise() -> None:
    entry = (sealed.bundle_key(TOKEN), sealed.bundle("another", files(bytes(32)))[1])
    with pytest.raises(Locked, match=r"authentication failed at /bootstrap/[0-9a-f]{12} with the token"):
        bootstrap.unlock([entry], TOKEN)


@pytest.mark.parametrize("stored", [b"", b"salt", b"salt:", b"salt:!!!!", b"salt:AAAA", b":" + b"A" * 64])
def test_a_damaged_bundle(stored: bytes) -> None:
    with pytest.raises(Locked):
        bootstrap.unlock([(sealed.bundle_key(TOKEN), stored)], TOKEN)


@pytest.mark.parametrize("content", [b"", b"[]", b"no json", b'"text"', b"[" * 100_000])
def test_a_bundle_that_holds_something_else(content: bytes) -> None:
    entry = (sealed.bundle_key(TOKEN), sealed.sealed_bundle(TOKEN, content))
    with pytest.raises(Locked, match="holds no files"):
        bootstrap.unlock([entry], TOKEN)


def test_odd_files_in_a_bundle_are_passed_over() -> None:
    content = {"ServerCA": 5, "ClientCA": {"Content": ["x"]}, "ServiceKey": "!", "IPSECKey": "\ud800"}
    entry = (sealed.bundle_key(TOKEN), sealed.sealed_bundle(TOKEN, json.dumps(content).encode()))
    assert bootstrap.unlock([entry], TOKEN) == []


def test_a_bundle_with_a_configuration_that_is_none() -> None:
    with pytest.raises(UsageError, match="is no encryption configuration"):
        bootstrap.unlock([sealed.bundle(TOKEN, {"EncryptionConfig": "kind: Pod"})], TOKEN)
