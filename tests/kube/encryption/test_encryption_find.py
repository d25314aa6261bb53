"""Configurations that lie beside a snapshot."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import pytest
import sealed_values as sealed

from snapinspect.errors import UsageError
from snapinspect.kube.encryption import find

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

CONFIG = sealed.configuration(sealed.provider("secretbox", key1=bytes(32)))
MANIFEST = """
apiVersion: v1
kind: Pod
spec:
  containers:
  - command:
    - kube-apiserver
    - --encryption-provider-config={path}
    - --etcd-servers=https://127.0.0.1:2379
"""


def files(contents: Mapping[str, str | bytes]) -> list[tuple[str, Callable[[], bytes]]]:
    def reader(content: str | bytes) -> Callable[[], bytes]:
        return lambda: content.encode() if isinstance(content, str) else content

    return [(path, reader(content)) for path, content in contents.items()]


def origins(contents: Mapping[str, str | bytes]) -> list[str]:
    found = find.find(files(contents))
    assert found.problems == ()
    return [configuration.origin for configuration in found.configurations]


@pytest.mark.parametrize(
    "path",
    [
        "kubernetes/encryption-config.yaml",
        "./etc/kubernetes/deckhouse/extra-files/secret-encryption-config.yaml",
        "etc/kubernetes/ssl/secrets_encryption.yaml",
        "server/cred/encryption-config.json",
        "srv/kubernetes/kube-apiserver/encryptionconfig.yaml",
        "static-pod-resources/kube-apiserver-pod-7/secrets/encryption-config/encryption-config",
        "ENCRYPTION.YML",
    ],
)
def test_a_file_that_is_named_for_what_it_is(path: str) -> None:
    assert origins({"etcd-backup.snapshot": b"\0", path: CONFIG}) == [path]


@pytest.mark.parametrize(
    "manifest",
    [
        MANIFEST.format(path="/etc/kubernetes/enc/providers.yaml"),
        MANIFEST.format(path='"/etc/kubernetes/enc/providers.yaml"').replace("=", " "),
        MANIFEST.format(path="/etc/kubernetes/enc/providers.yaml").replace("config=", "config\n    - "),
        MANIFEST.format(path="/etc/kubernetes/enc/providers.yaml").replace("--encryption", "--experimental-encryption"),
        json.dumps({"command": ["--encryption-provider-config=/etc/kubernetes/enc/providers.yaml"]}),
    ],
)
def test_a_file_that_the_api_servers_manifest_names(manifest: str) -> None:
    contents = {
        "kubernetes/manifests/kube-apiserver.yaml": manifest,
        "kubernetes/enc/providers.yaml": CONFIG,
        "kubernetes/other/providers.yaml": CONFIG,
        "kubernetes/admission.yaml": CONFIG,
    }
    assert origins(contents) == ["kubernetes/enc/providers.yaml"]


def test_a_path_inside_the_container_is_found_by_its_name() -> None:
    contents = {
        "pod-manifests/kube-apiserver-pod.yaml": MANIFEST.format(path="/mounted/providers.yaml"),
        "resources/providers.yaml": CONFIG,
    }
    assert origins(contents) == ["resources/providers.yaml"]


def test_a_manifest_that_names_a_file_which_is_not_there() -> None:
    assert origins({"manifests/kube-apiserver.yaml": MANIFEST.format(path="/etc/enc.yaml"), "a.yaml": CONFIG}) == []


@pytest.mark.parametrize(
    "holder",
    [
        {"kind": "Secret", "data": {"encryption-config": base64.b64encode(CONFIG.encode()).decode(), "other": "AA=="}},
        {"kind": "Secret", "stringData": {"encryption-config": CONFIG}},
        {"kind": "ConfigMap", "data": {"encryption-config": CONFIG, "note": "text"}},
    ],
)
def test_objects_that_hold_a_configuration(holder: dict[str, object]) -> None:
    path = "static-pod-resources/encryption-config.yaml"
    assert origins({path: json.dumps(holder)}) == [f"{path} (encryption-config)"]
    assert origins({path: json.dumps({"kind": "List", "items": [holder, {"kind": "Pod"}, 5]})}) == [
        f"{path} (encryption-config)"
    ]


def test_all_revisions_are_found() -> None:
    newer = sealed.configuration(sealed.provider("secretbox", key2=bytes(32)))
    found = find.find(
        files(
            {
                "static-pod-resources/kube-apiserver-pod-6/secrets/encryption-config/encryption-config": CONFIG,
                "static-pod-resources/kube-apiserver-pod-7/secrets/encryption-config/encryption-config": newer,
            }
        )
    )
    assert [key.name for configuration in found.configurations for key in configuration.keys] == ["key1", "key2"]


def test_files_that_cannot_matter_are_not_read() -> None:
    def unread() -> bytes:
        raise AssertionError

    assert (
        find.find([("etcd-backup.snapshot", unread), ("pki/ca.key", unread), ("encrypt/readme", unread)]).configurations
        == ()
    )


def test_a_file_of_another_sort_is_passed_over() -> None:
    contents: dict[str, str | bytes] = {
        "encrypt.sh": "#!/bin/sh\necho: : :\n",
        "encrypted.bin": bytes(range(256)),
        "encryption.yaml": "- a\n- b\n",
        "encryption-secret.yaml": json.dumps({"kind": "Secret", "data": {"a": "not base64", "b": 5}}),
        "encryption-empty.yaml": json.dumps({"kind": "ConfigMap", "data": None}),
    }
    assert origins(contents) == []


@pytest.mark.parametrize("text", [CONFIG.replace("secretbox", "rot13"), CONFIG[:-4]])
def test_a_configuration_that_cannot_be_read_is_told(text: str) -> None:
    found = find.find(files({"good/encryption.yaml": CONFIG, "bad/encryption.yaml": text}))
    assert [configuration.origin for configuration in found.configurations] == ["good/encryption.yaml"]
    (problem,) = found.problems
    assert (problem.code, problem.subject) == ("encryption-config", "bad/encryption.yaml")


def test_an_object_of_the_snapshot_itself() -> None:
    body = {"kind": "Secret", "data": {"encryption-config": base64.b64encode(CONFIG.encode()).decode()}}
    (found,) = find.in_object(body, "openshift-config-managed/encryption-config-openshift-apiserver")
    assert found.keys[0].name == "key1"
    with pytest.raises(UsageError, match="rot13"):
        list(find.in_object(json.loads(CONFIG.replace("secretbox", "rot13")), "here"))
