"""The API server's configuration file, in all forms that it takes, and what is wrong with bad ones."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

from snapinspect.errors import UsageError
from snapinspect.kube.encryption import config, find

if TYPE_CHECKING:
    from pathlib import Path

KEY16, KEY24, KEY32 = (base64.b64encode(bytes(range(size))).decode() for size in (16, 24, 32))

EVERYTHING = f"""
kind: EncryptionConfiguration
apiVersion: apiserver.config.k8s.io/v1
resources:
  - resources: [events]
    providers:
      - identity: {{}}
  - resources:
      - secrets
      - pandas.awesome.bears.example
    providers:
      - aescbc:
          keys:
            - name: 2022-01-02
              secret: {KEY16}
            - name: "key:1"
              secret: |
                {KEY24[:20]}
                {KEY24[20:]}
      - aesgcm: {{keys: [{{name: 7, secret: "{KEY24}"}}]}}
      - secretbox:
          keys: [{{name: box, secret: "{KEY32}"}}]
      - kms:
          name: old
          endpoint: unix:///run/old.sock
          cachesize: 100
      - kms:
          apiVersion: v2
          name: new
          endpoint: unix:///@new.sock
          timeout: 1m2.5s
  - resources: ['*.apps', '*.', '*.*']
    providers:
      - secretbox:
          keys: [{{name: box, secret: "{KEY32}"}}]
      - identity: {{}}
"""


def test_every_provider_and_resource_is_read() -> None:
    first, second, third = find.parse(EVERYTHING, "enc.yaml").rules
    assert (first.resources, first.keys, first.plugins, first.keeps_plaintext) == (("events",), (), (), True)
    assert second.resources == ("secrets", "pandas.awesome.bears.example")
    assert [(key.provider, key.name, key.material) for key in second.keys] == [
        ("aescbc", "2022-01-02", bytes(range(16))),
        ("aescbc", "key:1", bytes(range(24))),
        ("aesgcm", "7", bytes(range(24))),
        ("secretbox", "box", bytes(range(32))),
    ]
    assert second.plugins == (
        config.Plugin("old", "v1", "unix:///run/old.sock", 3.0),
        config.Plugin("new", "v2", "unix:///@new.sock", 62.5),
    )
    assert not second.keeps_plaintext
    assert third.resources == ("*.apps", "*.", "*.*")


def test_the_old_kind_is_read() -> None:
    text = EVERYTHING.replace("apiserver.config.k8s.io/v1", "v1").replace("EncryptionConfiguration", "EncryptionConfig")
    assert len(find.parse(text, "enc.yaml").keys) == 5


def test_a_file_is_its_own_origin(tmp_path: Path) -> None:
    path = tmp_path / "enc.yaml"
    path.write_text(EVERYTHING)
    assert find.load(path).origin == str(path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"enc.yaml cannot be read: No such file"):
        find.load(tmp_path / "enc.yaml")


def one(providers: str) -> str:
    return f"{{apiVersion: v1, kind: EncryptionConfig, resources: [{{resources: [secrets], providers: {providers}}}]}}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("apiVersion: v1\nkind: Pod\n", "is no encryption configuration"),
        ("apiVersion: apiserver.config.k8s.io/v1\nkind: AdmissionConfiguration\n", "is no encryption configuration"),
        ("apiVersion: [v1]\nkind: {a: b}\n", "is no encryption configuration"),
        ("- 1", "is no encryption configuration"),
        ("", "is no encryption configuration"),
        ("a: b: c", r"is no valid YAML \(line 1\)"),
        ("a: 1\n---\nb: 2\n", "is no encryption configuration"),
        ("\0", "is no valid YAML"),
        ("[" * 500, "is no valid YAML"),
        ("? [a]\n: b", "is no valid YAML"),
        ("x" * (config.MAX_SIZE + 1), "is larger than"),
        ("{apiVersion: v1, kind: EncryptionConfig}", "resources must be a list"),
        ("{apiVersion: v1, kind: EncryptionConfig, resources: [secrets]}", r"resources\[0\] must be a mapping"),
        (one("[]"), "providers must be a list"),
        (one("[{}]"), "must name one provider, and names 0"),
        (one("[{aescbc: null}]"), "must name one provider, and names 0"),
        (one("[{identity: {}, aescbc: {}}]"), "must name one provider, and names 2"),
        (one("[{rot13: {}}]"), "rot13 is no provider"),
        (one("[{aescbc: {}}]"), r"aescbc.keys must be a list"),
        (one("[{aescbc: {keys: [{secret: eA==}]}}]"), r"keys\[0\].name must be a text"),
        (one("[{aescbc: {keys: [{name: k}]}}]"), r"keys\[0\].secret must be a text"),
        (one("[{aescbc: {keys: [{name: k, secret: eA==}]}}]"), "k is 1 bytes long; aescbc takes 16 or 24 or 32"),
        (one(f"[{{secretbox: {{keys: [{{name: k, secret: {KEY16}}}]}}}}]"), "k is 16 bytes long; secretbox takes 32"),
        (one("[{aesgcm: {keys: [{name: k, secret: 'not base64!'}]}}]"), "secret of k is no base64"),
        (one("[{aesgcm: {keys: [{name: k, secret: 'zażółć'}]}}]"), "secret of k is no base64"),
        (one("[{kms: {name: k, endpoint: 'unix:///a', apiVersion: v3}}]"), "v3 is no version of the KMS protocol"),
        (one("[{kms: {name: k, endpoint: 'unix:///a', timeout: 3}}]"), "3 is no time-out"),
        (one("[{kms: {name: k, endpoint: 'unix:///a', timeout: 0s}}]"), "0s is no time-out"),
        (one("[{kms: {name: k, endpoint: 'unix:///a', timeout: [3s]}}]"), "must be a text"),
        (one("[{kms: {name: k}}]"), "endpoint must be a text"),
        (one("[{kms: {endpoint: 'unix:///a'}}]"), "name must be a text"),
    ],
)
def test_what_is_wrong_is_said(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message) as error:
        find.parse(text, "enc.yaml")
    assert str(error.value).startswith("enc.yaml")


def test_aliases_do_not_multiply_a_small_file() -> None:
    keys = ", ".join([f"{{name: k, secret: {KEY32}}}"] + ["&k {name: k, secret: " + KEY32 + "}"] + ["*k"] * 900)
    providers = f"[&p {{secretbox: {{keys: [{keys}]}}}}, *p, *p]"
    with pytest.raises(UsageError, match="more than 1000 keys"):
        find.parse(one(providers), "enc.yaml")
