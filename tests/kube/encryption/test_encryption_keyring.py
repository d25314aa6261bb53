"""Opening values of all providers that hold their keys themselves."""

from __future__ import annotations

import os
import sys

import pytest
import sealed_values as sealed
from hypothesis import given
from hypothesis import strategies as st

from snapinspect.errors import Locked
from snapinspect.kube.encryption import Keyring, Lock, find, identify

PLAIN = b"k8s\0\n\f\n\2v1\x12\6Secret"
ETCD_KEY = b"/registry/secrets/default/token"
PROVIDERS = sorted(sealed.SEALERS)


def keyring(*providers: dict[str, object]) -> Keyring:
    return Keyring([find.parse(sealed.configuration(*providers), "enc.json")])


def reason(keys: Keyring, stored: bytes, etcd_key: bytes = ETCD_KEY) -> str:
    with pytest.raises(Locked) as locked:
        keys.decrypt(stored, etcd_key)
    return str(locked.value)


@given(
    provider=st.sampled_from(["aesgcm", "secretbox"]),
    key=st.binary(min_size=32, max_size=32),
    plain=st.binary(max_size=200),
    etcd_key=st.binary(max_size=50),
)
def test_what_is_authenticated_comes_back_whatever_it_is(
    provider: str, key: bytes, plain: bytes, etcd_key: bytes
) -> None:
    stored = sealed.seal(provider, "key1", key, plain, etcd_key)
    assert keyring(sealed.provider(provider, key1=key)).decrypt(stored, etcd_key) == plain


@given(
    key=st.sampled_from([16, 24, 32]).flatmap(lambda size: st.binary(min_size=size, max_size=size)),
    plain=st.one_of(
        st.binary(max_size=60).map(b"k8s\0".__add__),
        st.binary(max_size=60).map(b"{".__add__),
        st.binary(max_size=60).map(b"\xd9\xd9\xf7".__add__),
        st.text(st.characters(categories=["L", "N", "P"], include_characters="\n "), max_size=60).map(str.encode),
    ),
)
def test_aescbc_gives_back_whatever_the_api_server_stores(key: bytes, plain: bytes) -> None:
    stored = sealed.seal("aescbc", "key1", key, plain, ETCD_KEY)
    assert keyring(sealed.provider("aescbc", key1=key)).decrypt(stored, ETCD_KEY) == plain


def test_all_providers_and_plaintext_in_one_snapshot() -> None:
    material = {(provider, name): os.urandom(32) for provider in PROVIDERS for name in ("key1", "key2")}
    keys = keyring(
        *(
            sealed.provider(provider, key2=material[provider, "key2"], key1=material[provider, "key1"])
            for provider in PROVIDERS
        ),
        {"identity": {}},
    )
    for (provider, name), key in material.items():
        assert keys.decrypt(sealed.seal(provider, name, key, PLAIN, ETCD_KEY), ETCD_KEY) == PLAIN
    assert keys.decrypt(PLAIN, ETCD_KEY) == PLAIN
    assert keys.decrypt(memoryview(b'{"kind":"Widget"}'), ETCD_KEY) == b'{"kind":"Widget"}'


def test_configurations_add_up() -> None:
    old, new = os.urandom(32), os.urandom(32)
    keys = keyring(sealed.provider("secretbox", key1=old))
    more = find.parse(sealed.configuration(sealed.provider("secretbox", key2=new)), "more.json")
    both = keys.with_configurations([more])
    for name, key in (("key1", old), ("key2", new)):
        assert both.decrypt(sealed.seal("secretbox", name, key, PLAIN, ETCD_KEY), ETCD_KEY) == PLAIN
    assert reason(keys, sealed.seal("secretbox", "key2", new, PLAIN, ETCD_KEY)) == "no key named key2 for secretbox"


@pytest.mark.parametrize("provider", PROVIDERS)
def test_keys_that_share_a_name_are_all_tried(provider: str) -> None:
    first, second = os.urandom(32), os.urandom(32)
    keys = keyring(sealed.provider(provider, key1=first), sealed.provider(provider, key1=second))
    # With AES-CBC one wrong key in 256 leaves valid padding, so that only the content tells.
    for number in range(600):
        plain = PLAIN + b"%d" % number
        stored = sealed.seal(provider, "key1", second, plain, ETCD_KEY)
        assert keys.decrypt(stored, ETCD_KEY) == plain


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_name_may_hold_colons_and_begin_like_another(provider: str) -> None:
    names = ["key", "key:1", "aescbckey-2026-04-16T12:29:38-07:00"]
    material = [(name, os.urandom(32)) for name in names]
    keys = keyring(sealed.named_keys(provider, material))
    for name, key in material:
        stored = sealed.seal(provider, name, key, PLAIN, ETCD_KEY)
        assert keys.decrypt(stored, ETCD_KEY) == PLAIN
        assert keys.identify(stored) == Lock(provider, "v1", name)


def test_a_key_whose_name_only_begins_alike_is_not_tried() -> None:
    keys = keyring(sealed.provider("secretbox", key1=bytes(32)))
    stored = sealed.seal("secretbox", "key11", bytes(32), PLAIN, ETCD_KEY)
    assert reason(keys, stored) == "no key named key11 for secretbox"
    assert keys.identify(stored) == Lock("secretbox", "v1", "key11")


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_missing_key_is_named_once_for_all_values(provider: str) -> None:
    key = os.urandom(32)
    keys = keyring(sealed.provider(provider, key1=key))
    stored = [sealed.seal(provider, "key2", key, PLAIN + bytes([n]), b"/registry/%d" % n) for n in range(5)]
    assert {reason(keys, value) for value in stored} == {f"no key named key2 for {provider}"}
    assert {reason(Keyring.empty(), value) for value in stored} == {f"no key named key2 for {provider}"}


@pytest.mark.parametrize(
    ("provider", "expected"),
    [
        ("aescbc", "probably the wrong key with aescbc key key1"),
        ("aesgcm", "authentication failed with aesgcm key key1"),
        ("secretbox", "authentication failed with secretbox key key1"),
    ],
)
def test_a_wrong_key_is_said_to_be_one(provider: str, expected: str) -> None:
    keys = keyring(sealed.provider(provider, key1=os.urandom(32)))
    stored = [sealed.seal(provider, "key1", os.urandom(32), PLAIN, ETCD_KEY) for _ in range(600)]
    assert {reason(keys, value) for value in stored} == {expected}


def test_the_etcd_key_is_authenticated_by_aesgcm() -> None:
    key = os.urandom(32)
    keys = keyring(sealed.provider("aesgcm", key1=key))
    stored = sealed.seal("aesgcm", "key1", key, PLAIN, ETCD_KEY)
    assert reason(keys, stored, b"/registry/secrets/default/other") == "authentication failed with aesgcm key key1"
    with pytest.raises(Locked) as locked:
        keys.decrypt(stored, b"")
    assert "--key" in locked.value.hint


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_value_that_is_cut_off_is_locked(provider: str) -> None:
    key = os.urandom(32)
    keys = keyring(sealed.provider(provider, key1=key))
    whole = sealed.seal(provider, "key1", key, PLAIN * 3, ETCD_KEY)
    for end in range(len(b"k8s:enc:"), len(whole)):
        reason(keys, whole[:end])


@given(st.binary(max_size=80))
def test_arbitrary_bytes_behind_the_prefix_are_locked(rest: bytes) -> None:
    with pytest.raises(Locked):
        keyring(sealed.provider("aescbc", key1=bytes(32))).decrypt(b"k8s:enc:" + rest, ETCD_KEY)


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        (b"k8s:enc:rot13:v1:key1:uryyb", "rot13 v1 is no encryption provider that is known"),
        (b"k8s:enc:aescbc:v2:key1:data", "aescbc v2 is no encryption provider that is known"),
        (b"k8s:enc:kms:v7:vault:data", "no KMS plugin named vault (v7)"),
        (b"k8s:enc:\xff\0", "the value is encrypted by a provider that is not known"),
        (b"k8s:enc:aescbc:v1:", "no key named (none) for aescbc"),
    ],
)
def test_providers_of_the_future(stored: bytes, expected: str) -> None:
    assert reason(keyring(sealed.provider("aescbc", key1=bytes(32))), stored) == expected


@pytest.mark.parametrize(
    ("provider", "module", "package"),
    [
        ("aescbc", "cryptography.hazmat.primitives.ciphers", "cryptography"),
        ("aesgcm", "cryptography.hazmat.primitives.ciphers.aead", "cryptography"),
        ("secretbox", "nacl.secret", "PyNaCl"),
    ],
)
def test_a_missing_package_is_said_with_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch, provider: str, module: str, package: str
) -> None:
    keys = keyring(sealed.provider(provider, key1=bytes(32)))
    stored = sealed.seal(provider, "key1", bytes(32), PLAIN, ETCD_KEY)
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(Locked, match=f"package {package} is not installed") as locked:
        keys.decrypt(stored, ETCD_KEY)
    assert "pip install cryptography PyNaCl" in locked.value.hint


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        (b"k8s\0...", None),
        (b"{}", None),
        (b"", None),
        (b"k8s:enc:aescbc:v1:key1:\0\1", Lock("aescbc", "v1", "key1")),
        (
            b"k8s:enc:secretbox:v1:secretboxkey-2026-12-10T22:54:38Z:x",
            Lock("secretbox", "v1", "secretboxkey-2026-12-10T22:54:38Z"),
        ),
        (b"k8s:enc:aesgcm:v1:k\xff:x", Lock("aesgcm", "v1", "k\\xff")),
        (b"k8s:enc:aesgcm:v1:\x1b[2J:x", Lock("aesgcm", "v1", "\\x1b[2J")),
        (b"k8s:enc:kms:v2:vault:\xff\xff", Lock("kms", "v2", "vault", "")),
        (b"k8s:enc:aescbc:v1:" + b"n" * 5000, Lock("aescbc", "v1", "")),
        (b"k8s:enc:", Lock("unknown", "", "")),
    ],
)
def test_a_lock_is_read_from_the_prefix(stored: bytes, expected: Lock | None) -> None:
    assert identify(stored) == expected
    assert identify(memoryview(stored)) == expected


def test_an_encoding_names_provider_and_key() -> None:
    found = identify(b"k8s:enc:aescbc:v1:key1:...")
    assert found is not None
    assert found.encoding == "encrypted:aescbc:key1"
