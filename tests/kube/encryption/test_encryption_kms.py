"""KMS values, opened by a plugin that really serves."""

from __future__ import annotations

import os
import socket
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sealed_values as sealed
from kms_plugin import KEY_ID, KmsPlugin, serving

from snapinspect.errors import Locked
from snapinspect.kube.encryption import Keyring, find, identify

if TYPE_CHECKING:
    from collections.abc import Iterator

PLAIN = b"k8s\0\n\f\n\2v1\x12\6Secret"
ETCD_KEY = b"/registry/secrets/default/token"
NOTES = {"version.example.com": b"\0\7", "empty.example.com": b""}


@pytest.fixture
def plugin() -> Iterator[KmsPlugin]:
    with serving() as running:
        yield running


def keyring(plugin: KmsPlugin, version: str, timeout: str = "3s") -> Keyring:
    text = sealed.configuration(sealed.plugin("vault", version, plugin.endpoint, timeout))
    return Keyring([find.parse(text, "enc.yaml")])


def v1(plugin: KmsPlugin, key: bytes, etcd_key: bytes = ETCD_KEY) -> bytes:
    return sealed.kms_v1("vault", plugin.encrypt(key), sealed.gcm(key, PLAIN, etcd_key))


def v2(plugin: KmsPlugin, seed: bytes, etcd_key: bytes = ETCD_KEY) -> bytes:
    return sealed.kms_v2("vault", plugin.encrypt(seed), sealed.seeded_gcm(seed, PLAIN, etcd_key), KEY_ID, 1, NOTES)


def test_v1_with_aes_gcm(plugin: KmsPlugin) -> None:
    with keyring(plugin, "v1") as keys:
        assert keys.decrypt(v1(plugin, os.urandom(32)), ETCD_KEY) == PLAIN


def test_v1_with_aes_cbc_as_before_kubernetes_1_25(plugin: KmsPlugin) -> None:
    key = os.urandom(32)
    stored = sealed.kms_v1("vault", plugin.encrypt(key), sealed.cbc(key, PLAIN))
    with keyring(plugin, "v1") as keys:
        assert keys.decrypt(stored, ETCD_KEY) == PLAIN


def test_v2_with_a_key(plugin: KmsPlugin) -> None:
    key = os.urandom(32)
    stored = sealed.kms_v2("vault", plugin.encrypt(key), sealed.gcm(key, PLAIN, ETCD_KEY), KEY_ID, 0)
    with keyring(plugin, "v2") as keys:
        assert keys.decrypt(stored, ETCD_KEY) == PLAIN


def test_v2_with_a_seed_hands_the_plugin_its_own_notes(plugin: KmsPlugin) -> None:
    with keyring(plugin, "v2") as keys:
        assert keys.decrypt(v2(plugin, os.urandom(32)), ETCD_KEY) == PLAIN
    (asked,) = plugin.calls
    assert (asked.key_id, dict(asked.annotations)) == (KEY_ID, NOTES)
    assert len(asked.uid) == 36


def test_the_key_id_of_v2_stands_in_the_clear(plugin: KmsPlugin) -> None:
    found = identify(v2(plugin, os.urandom(32)))
    assert found == ("kms", "v2", "vault", KEY_ID)
    assert found.encoding == "encrypted:kms:vault"
    assert identify(v1(plugin, os.urandom(32))) == ("kms", "v1", "vault", "")


def test_a_plugin_is_asked_once_for_each_encrypted_key(plugin: KmsPlugin) -> None:
    seeds = [os.urandom(32) for _ in range(3)]
    encrypted = [plugin.encrypt(seed) for seed in seeds]
    with keyring(plugin, "v2") as keys:
        for number in range(300):
            etcd_key = b"/registry/secrets/default/%d" % number
            data = sealed.seeded_gcm(seeds[number % 3], PLAIN, etcd_key)
            stored = sealed.kms_v2("vault", encrypted[number % 3], data, KEY_ID, 1)
            assert keys.decrypt(stored, etcd_key) == PLAIN
    assert len(plugin.calls) == 3


def test_both_versions_in_one_snapshot(plugin: KmsPlugin) -> None:
    text = sealed.configuration(
        sealed.plugin("new", "v2", plugin.endpoint), sealed.plugin("vault", "v1", plugin.endpoint), {"identity": {}}
    )
    seed = os.urandom(32)
    newer = sealed.kms_v2("new", plugin.encrypt(seed), sealed.seeded_gcm(seed, PLAIN, ETCD_KEY), KEY_ID, 1)
    with Keyring([find.parse(text, "enc.yaml")]) as keys:
        assert keys.decrypt(newer, ETCD_KEY) == PLAIN
        assert keys.decrypt(v1(plugin, os.urandom(32)), ETCD_KEY) == PLAIN
        assert keys.decrypt(PLAIN, ETCD_KEY) == PLAIN


def test_a_socket_given_by_name_replaces_the_configured_one(plugin: KmsPlugin) -> None:
    text = sealed.configuration(sealed.plugin("vault", "v2", "unix:///run/elsewhere.sock"))
    with Keyring([find.parse(text, "enc.yaml")], {"vault": plugin.socket}) as keys:
        assert keys.decrypt(v2(plugin, os.urandom(32)), ETCD_KEY) == PLAIN


def test_a_socket_alone_is_enough(plugin: KmsPlugin) -> None:
    with Keyring(sockets={"vault": plugin.socket}) as keys:
        assert keys.decrypt(v2(plugin, os.urandom(32)), ETCD_KEY) == PLAIN
        assert keys.decrypt(v1(plugin, os.urandom(32)), ETCD_KEY) == PLAIN


def test_a_socket_in_the_abstract_namespace(plugin: KmsPlugin) -> None:
    text = sealed.configuration(sealed.plugin("vault", "v2", f"unix:///@{plugin.abstract}"))
    with Keyring([find.parse(text, "enc.yaml")]) as keys:
        assert keys.decrypt(v2(plugin, os.urandom(32)), ETCD_KEY) == PLAIN


def test_an_unknown_plugin_is_named() -> None:
    with pytest.raises(Locked, match=r"no KMS plugin named vault \(v1\)") as locked:
        Keyring.empty().decrypt(sealed.kms_v1("vault", b"key", b"data"), ETCD_KEY)
    assert "--kms-socket" in locked.value.hint


def test_a_plugin_of_the_other_version_is_not_asked(plugin: KmsPlugin) -> None:
    with keyring(plugin, "v1") as keys, pytest.raises(Locked, match=r"no KMS plugin named vault \(v2\)"):
        keys.decrypt(v2(plugin, os.urandom(32)), ETCD_KEY)


def test_a_plugin_that_is_not_there_is_reported_alike_for_all_values(plugin: KmsPlugin) -> None:
    text = sealed.configuration(sealed.plugin("vault", "v2", "unix:///nowhere/kms.sock"))
    reasons = set()
    with Keyring([find.parse(text, "enc.yaml")]) as keys:
        for _ in range(50):
            with pytest.raises(Locked) as locked:
                keys.decrypt(v2(plugin, os.urandom(32)), ETCD_KEY)
            reasons.add(str(locked.value))
    assert reasons == {"KMS plugin vault at unix:///nowhere/kms.sock is out of reach"}


def test_a_plugin_that_hangs_costs_two_time_outs_in_all(plugin: KmsPlugin) -> None:
    plugin.behave = plugin.hanging
    reasons = set()
    began = time.monotonic()
    with keyring(plugin, "v2", timeout="100ms") as keys:
        for _ in range(50):
            with pytest.raises(Locked) as locked:
                keys.decrypt(v2(plugin, os.urandom(32)), ETCD_KEY)
            reasons.add(str(locked.value))
    assert time.monotonic() - began < 2
    assert reasons == {f"KMS plugin vault at {plugin.endpoint} did not answer within 0.1 s"}
    assert len(plugin.calls) == 2


def test_a_socket_that_accepts_and_says_nothing_times_out(plugin: KmsPlugin) -> None:
    with tempfile.TemporaryDirectory() as directory, socket.socket(socket.AF_UNIX) as silent:
        path = Path(directory) / "kms.sock"
        silent.bind(str(path))
        silent.listen()
        text = sealed.configuration(sealed.plugin("vault", "v2", f"unix://{path}", "200ms"))
        with (
            Keyring([find.parse(text, "enc.yaml")]) as keys,
            pytest.raises(Locked, match=r"did not answer|out of reach"),
        ):
            keys.decrypt(v2(plugin, os.urandom(32)), ETCD_KEY)


def test_one_slow_answer_does_not_end_it(plugin: KmsPlugin) -> None:
    with keyring(plugin, "v2", timeout="300ms") as keys:
        plugin.behave = plugin.hanging
        with pytest.raises(Locked):
            keys.decrypt(v2(plugin, os.urandom(32)), ETCD_KEY)
        plugin.behave = plugin.honest
        assert keys.decrypt(v2(plugin, os.urandom(32)), ETCD_KEY) == PLAIN


def test_a_plugin_that_refuses_is_quoted(plugin: KmsPlugin) -> None:
    plugin.behave = plugin.refusing
    with (
        keyring(plugin, "v1") as keys,
        pytest.raises(Locked, match=r"refused to decrypt \(PERMISSION_DENIED\)") as locked,
    ):
        keys.decrypt(v1(plugin, os.urandom(32)), ETCD_KEY)
    assert locked.value.hint == "the plugin said: token of role apiserver has expired"


@pytest.mark.parametrize(("size", "reason"), [(0, "0 bytes"), (31, "31 bytes"), (100, "100 bytes")])
def test_a_plugin_that_lies_about_a_key(plugin: KmsPlugin, size: int, reason: str) -> None:
    plugin.behave = lambda _ciphertext, _context: b"x" * size
    with (
        keyring(plugin, "v1") as keys,
        pytest.raises(Locked, match=f"KMS plugin vault answered with {reason}, which is no key"),
    ):
        keys.decrypt(v1(plugin, os.urandom(32)), ETCD_KEY)


def test_a_plugin_that_gives_another_key(plugin: KmsPlugin) -> None:
    plugin.behave = lambda _ciphertext, _context: b"x" * 32
    with (
        keyring(plugin, "v2") as keys,
        pytest.raises(Locked, match="authentication failed with the key that KMS plugin vault"),
    ):
        keys.decrypt(v2(plugin, os.urandom(32)), ETCD_KEY)


def test_a_plugin_that_answers_without_end(plugin: KmsPlugin) -> None:
    plugin.behave = lambda _ciphertext, _context: b"x" * 1_000_000
    with keyring(plugin, "v2") as keys, pytest.raises(Locked, match="RESOURCE_EXHAUSTED"):
        keys.decrypt(v2(plugin, os.urandom(32)), ETCD_KEY)


def test_a_value_moved_to_another_key_is_not_authentic(plugin: KmsPlugin) -> None:
    with keyring(plugin, "v2") as keys, pytest.raises(Locked, match="authentication failed"):
        keys.decrypt(v2(plugin, os.urandom(32)), b"/registry/secrets/default/other")


def test_a_damaged_envelope_is_an_error_of_ours(plugin: KmsPlugin) -> None:
    for stored, version in ((v1(plugin, os.urandom(32)), "v1"), (v2(plugin, os.urandom(32)), "v2")):
        with keyring(plugin, version) as keys:
            for end in range(len("k8s:enc:kms:v1:vault:"), len(stored), 7):
                with pytest.raises(Locked):
                    keys.decrypt(stored[:end], ETCD_KEY)


def test_a_missing_package_is_said_with_how_to_install_it(plugin: KmsPlugin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "grpc", None)
    with keyring(plugin, "v2") as keys, pytest.raises(Locked, match="package grpcio is not installed") as locked:
        keys.decrypt(v2(plugin, os.urandom(32)), ETCD_KEY)
    assert "pip install grpcio" in locked.value.hint


def test_an_unknown_type_of_key_is_refused(plugin: KmsPlugin) -> None:
    stored = sealed.kms_v2("vault", b"key", b"data", KEY_ID, 9)
    with keyring(plugin, "v2") as keys, pytest.raises(Locked, match="of type 9, which is not known"):
        keys.decrypt(stored, ETCD_KEY)
    assert plugin.calls == []
