"""Snapshots without what is secret in them."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cli_program import run
from real_etcd import running_etcd

import snapinspect
from snapinspect.analysis.redacted import check_redacted, secret_values
from snapinspect.errors import Locked
from snapinspect.model import silent
from snapinspect.recovery.rebuild import Change, rebuild

FIXTURES = Path(__file__).resolve().parents[3] / "fixtures" / "k8s-1.36"
Build = Callable[..., tuple[Path, Any]]
PLANTED = b"Tr0ub4dor&3-planted"


def manifest(kind: str, name: str, **fields: Any) -> bytes:
    metadata = {"name": name, "namespace": "shop", "uid": f"uid-{name}", **fields.pop("metadata", {})}
    return json.dumps({"apiVersion": "v1", "kind": kind, "metadata": metadata, **fields}).encode()


def encoded(value: bytes) -> str:
    return base64.b64encode(value).decode()


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A snapshot in which one secret stands everywhere it might."""
    applied = {"data": {"a": encoded(PLANTED)}, "stringData": {"b": "only-in-the-manifest-42"}}
    text = PLANTED.decode()
    with running_etcd() as etcd:
        etcd.ctl("user", "add", f"root:{text}")
        put = etcd.put
        put(b"/registry/namespaces/shop", manifest("Namespace", "shop"))
        put(b"/registry/secrets/shop/s", manifest("Secret", "s", data={"old": encoded(b"an-older-value-7")}))
        annotations = {"kubectl.kubernetes.io/last-applied-configuration": json.dumps(applied)}
        put(
            b"/registry/secrets/shop/s",
            manifest(
                "Secret", "s", data={"a": encoded(PLANTED), "short": "eA=="}, metadata={"annotations": annotations}
            ),
        )
        put(b"/registry/configmaps/shop/plain", manifest("ConfigMap", "plain", data={"url": f"db://u:{text}@h"}))
        put(b"/registry/configmaps/shop/b64", manifest("ConfigMap", "b64", data={"x": encoded(b"ab" + PLANTED)}))
        packed = encoded(gzip.compress(b"values: " + PLANTED))
        put(b"/registry/configmaps/shop/packed", manifest("ConfigMap", "packed", data={"x": packed}))
        put(
            b"/registry/configmaps/shop/loose",
            manifest("ConfigMap", "loose", data={"kubeconfig": "users:\n- token: tok-of-nobody-else\n"}),
        )
        put(b"/bootstrap/abc", b"salt:" + PLANTED)
        return etcd.save(tmp_path_factory.mktemp("planted") / "planted.db")


def test_the_secret_is_in_the_original_in_every_form(planted: Path) -> None:
    with snapinspect.open(str(planted)) as snapshot:
        secrets = secret_values(snapshot)
    assert secrets == {PLANTED, b"only-in-the-manifest-42", b"an-older-value-7"}
    assert len(check_redacted(planted.read_bytes(), secrets, silent)) >= 6


def test_no_value_of_a_secret_is_left_in_any_byte(planted: Path, rebuilt: Build, restored: Any) -> None:
    path, _ = rebuilt(planted, redact=True)
    with snapinspect.open(str(planted)) as snapshot:
        assert check_redacted(path.read_bytes(), secret_values(snapshot), silent) == []
    assert PLANTED not in path.read_bytes()
    with restored(path) as etcd:
        kvs = {kv.key: kv.value for kv in etcd.range().kvs}
    secret = json.loads(kvs[b"/registry/secrets/shop/s"])
    assert len(base64.b64decode(secret["data"]["a"])) == len(PLANTED)
    assert len(base64.b64decode(secret["data"]["short"])) == 1
    assert json.loads(kvs[b"/registry/configmaps/shop/plain"])["data"]["url"].startswith("db://u:")
    assert b"tok-of-nobody-else" in kvs[b"/registry/configmaps/shop/loose"]


def test_strict_takes_credentials_out_of_config_maps(planted: Path, rebuilt: Build) -> None:
    path, _ = rebuilt(planted, redact=True, strict=True)
    assert b"tok-of-nobody-else" not in path.read_bytes()


def test_verify_proves_it(planted: Path, rebuilt: Build) -> None:
    path, _ = rebuilt(planted, redact=True)
    proven = run("verify", path, "--redacted", planted)
    assert proven.code == 0, proven.err
    assert "none of" in proven.err
    packed = planted.with_suffix(".db.gz")
    packed.write_bytes(gzip.compress(planted.read_bytes()))
    assert run("verify", packed, "--redacted", planted).code == 1
    refused = run("verify", planted, "--redacted", planted)
    assert refused.code == 1
    assert "Secrets stand in" in refused.err


@pytest.mark.parametrize("name", ["small", "history"])
def test_real_snapshots_keep_all_else(name: str, snapshot_file: Any, rebuilt: Build) -> None:
    path, _ = rebuilt(snapshot_file(name), redact=True)
    with snapinspect.open(str(snapshot_file(name))) as original, snapinspect.open(str(path)) as redacted:
        secrets = secret_values(original)
        everything = original.select(["deploy", "svc", "nodes", "pods"], everything=True)
        assert len(list(redacted.objects(everything))) == len(list(original.objects(everything)))
        assert [head for _, head in redacted.heads(everything)] == [head for _, head in original.heads(everything)]
        assert redacted.problems == []
    assert check_redacted(path.read_bytes(), secrets, silent) == []


def test_encrypted_secrets_are_redacted_when_keys_open_them(snapshot_file: Any, tmp_path: Path) -> None:
    source, keys = snapshot_file("aescbc"), FIXTURES / "aescbc.enc.yaml"
    done = run("rebuild", source, tmp_path / "new.db", "--redact", "--encryption-config", keys)
    assert done.code == 0, done.err
    listed = run("get", tmp_path / "new.db", "secrets", "--all", "-o", "name")
    assert listed.code == 0, listed.err
    proven = run("verify", tmp_path / "new.db", "--redacted", source, "--encryption-config", keys)
    assert proven.code == 0, proven.err


def test_secrets_that_no_key_opens_are_refused(snapshot_file: Any, tmp_path: Path) -> None:
    with snapinspect.open(str(snapshot_file("aescbc"))) as snapshot, pytest.raises(Locked):
        rebuild(snapshot, tmp_path / "new.db", Change(redact=True))
    assert list(tmp_path.iterdir()) == []
