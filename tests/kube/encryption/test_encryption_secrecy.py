"""Key material appears in nothing that people or logs get to see."""

from __future__ import annotations

import base64
import json
import logging
import os
import traceback
from functools import partial
from typing import TYPE_CHECKING

import pytest
import sealed_values as sealed
from kms_plugin import KmsPlugin, serving

from snapinspect.errors import SnapinspectError
from snapinspect.kube.encryption import Keyring, bootstrap, find

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ETCD_KEY = b"/registry/secrets/default/token"
TOKEN = "K10::server:7f3c9a51e8b2d604"


def forms(material: bytes) -> set[str]:
    """All ways in which the bytes could be written; parts of them too, as messages may be cut."""
    whole = {material.hex(), base64.b64encode(material).decode(), repr(material), str(list(material))}
    return {form[start : start + 8] for form in whole for start in range(2, len(form) - 10, 4)}


def everything_said(error: BaseException) -> str:
    """Message, hint, repr and traceback of an error and of all errors that it remembers, shown or not."""
    said = []
    remembered: BaseException | None = error
    while remembered is not None:
        said += [repr(remembered), repr(remembered.args), getattr(remembered, "hint", "")]
        said += traceback.format_exception(remembered)
        remembered = remembered.__cause__ or remembered.__context__
    return "\n".join(said)


def failing(action: Callable[..., object], *arguments: object) -> str:
    with pytest.raises(SnapinspectError) as raised:
        action(*arguments)
    return everything_said(raised.value)


def constantly(answer: bytes) -> Callable[[bytes, object], bytes]:
    return lambda _ciphertext, _context: answer


def assert_no_secret(said: str, *secrets: bytes) -> None:
    found = [form for secret in secrets for form in forms(secret) if form in said]
    assert not found


@pytest.fixture
def plugin() -> Iterator[KmsPlugin]:
    with serving() as running:
        yield running


def test_the_search_finds_what_is_there() -> None:
    key = os.urandom(32)
    for said in (f"key={key!r}", f"{key.hex()[:30]}…", f"secret: {base64.b64encode(key).decode()}", str(list(key))):
        with pytest.raises(AssertionError):
            assert_no_secret(said, key)


@pytest.mark.parametrize("provider", sorted(sealed.SEALERS))
def test_keyrings_and_their_errors(provider: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    key, other = os.urandom(32), os.urandom(32)
    configuration = find.parse(sealed.configuration(sealed.provider(provider, key1=key)), "enc.json")
    keys = Keyring([configuration])
    plain = b'{"kind":"Secret","data":"dmVyeSBzZWNyZXQ="}'
    said = [
        repr(keys),
        str(keys),
        repr(configuration),
        str(configuration.keys),
        repr(configuration.rules),
        f"{keys.keys}",
    ]
    for stored in (
        sealed.seal(provider, "key1", other, plain, ETCD_KEY),
        sealed.seal(provider, "key2", key, plain, ETCD_KEY),
        sealed.seal(provider, "key1", key, plain, ETCD_KEY)[:-3],
    ):
        said.append(failing(keys.decrypt, stored, ETCD_KEY))
    assert_no_secret("\n".join(said) + caplog.text, key, other, plain)


def test_plugins_and_their_errors(plugin: KmsPlugin, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    key, lie = os.urandom(32), os.urandom(32)
    stored = sealed.kms_v1("vault", plugin.encrypt(key), sealed.gcm(key, b"k8s\0", ETCD_KEY))
    text = sealed.configuration(sealed.plugin("vault", "v1", plugin.endpoint))
    with Keyring([find.parse(text, "enc.json")]) as keys:
        assert keys.decrypt(stored, ETCD_KEY) == b"k8s\0"
        said = [repr(keys), failing(keys.decrypt, stored, b"/elsewhere")]
    for answer in (lie, lie[:31]):
        plugin.behave = constantly(answer)
        with Keyring([find.parse(text, "enc.json")]) as keys:
            said.append(failing(keys.decrypt, stored, ETCD_KEY))
    assert_no_secret("\n".join(said) + caplog.text, key, lie)


def test_configurations_that_cannot_be_read() -> None:
    key = os.urandom(32)
    secret = base64.b64encode(key).decode()
    good = sealed.configuration(sealed.provider("aescbc", key1=key))
    for text in (
        good.replace(secret, f"{secret[:-1]}"),
        good.replace(secret, f"{secret}{secret}"),
        good.replace(secret, f"{secret}!"),
        good.replace('"name"', '"nom"'),
        good[:-3],
        f"kind: x\nsecret: {secret}: oops: [",
        f"{secret}: {{",
        f"&{secret} *{secret}",
        f"!{secret} x",
    ):
        said = failing(find.parse, text, "enc.json")
        problems = find.find([("encryption.json", partial(str.encode, text))]).problems
        assert_no_secret(said + repr(problems), key)


def test_bundles_and_tokens() -> None:
    key = os.urandom(32)
    password = TOKEN.rpartition(":")[2]
    files = {"EncryptionConfig": sealed.configuration(sealed.provider("aescbc", key1=key)).replace("kind", "sort")}
    broken = json.dumps({"EncryptionConfig": base64.b64encode(key).decode()}).encode()[:-1]
    said = [
        failing(bootstrap.unlock, [sealed.bundle("another", files)], TOKEN),
        failing(bootstrap.unlock, [sealed.bundle(password, files)], TOKEN),
        failing(bootstrap.unlock, [(sealed.bundle_key(password), sealed.sealed_bundle(password, broken))], TOKEN),
    ]
    assert_no_secret("\n".join(said), key)
    assert password not in "\n".join(said).replace(sealed.bundle_key(password).decode(), "")
