"""Encryption configurations inside the files of installers."""

from __future__ import annotations

import json
from base64 import b64encode

import pytest

from snapinspect.errors import UsageError
from snapinspect.kube.encryption import find

SECRET = b64encode(bytes(range(32))).decode()
CONFIG = f"""apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
- resources: [secrets]
  providers:
  - secretbox: {{keys: [{{name: key2, secret: {SECRET}}}]}}
"""
INDENTED = CONFIG.replace("\n", "\n        ")
FORMS = {
    "Talos's machine configuration": f"version: v1alpha1\ncluster:\n  secretboxEncryptionSecret: {SECRET}\n",
    "Talos's secrets": f"cluster: {{id: x}}\nsecrets:\n  secretboxencryptionsecret: {SECRET}\n",
    "a document among others": f"version: v1alpha1\nmachine: {{}}\n---\n{CONFIG}---\nkind: HostnameConfig\n",
    "Talos's own document": json.dumps(
        {
            "apiVersion": "v1alpha1",
            "kind": "KubeEtcdEncryptionConfig",
            "config": {
                "resources": [
                    {
                        "resources": ["secrets"],
                        "providers": [{"secretbox": {"keys": [{"name": "key2", "secret": SECRET}]}}],
                    }
                ]
            },
        }
    ),
    "RKE's state": json.dumps(
        {"desiredState": {"encryptionConfig": CONFIG}, "currentState": {"encryptionConfig": CONFIG}}
    ),
    "RKE's cluster.yml": "services:\n  kube-api:\n    secrets_encryption_config:\n      custom_config:\n        "
    + INDENTED,
    "cloud-init": "write_files:\n- path: /etc/enc.yaml\n  content: |\n        " + INDENTED,
}


@pytest.mark.parametrize("form", FORMS)
def test_the_key_is_found(form: str) -> None:
    found = find.parse(FORMS[form], "file.yaml")
    assert [(key.provider, key.name, key.material) for key in found.keys] == [("secretbox", "key2", bytes(range(32)))]


@pytest.mark.parametrize(
    "text", ["cluster: {}\n", "cluster:\n  secretboxEncryptionSecret: ''\n", "a: 1\n---\nb: 2\n", "", "cluster: [1]\n"]
)
def test_a_file_without_keys_is_none(text: str) -> None:
    with pytest.raises(UsageError, match="no encryption configuration"):
        find.parse(text, "file.yaml")


def test_a_key_of_a_wrong_size_is_said_without_the_key() -> None:
    with pytest.raises(UsageError, match="takes 32") as caught:
        find.parse("cluster:\n  secretboxEncryptionSecret: c2hvcnQ=\n", "file.yaml")
    assert "c2hvcnQ" not in str(caught.value)


def test_aliases_that_multiply_end() -> None:
    bomb = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 60))
    with pytest.raises(UsageError, match="no encryption configuration"):
        find.parse(bomb, "file.yaml")
