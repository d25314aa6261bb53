"""Helm's releases out of a snapshot. ``fixtures/helm/web.json`` is the release as Helm 4.2 makes it, before it packs it."""

from __future__ import annotations

import gzip
import json
import struct
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
import yaml
from bolt_writer import Image
from cli_program import ROOT, run
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, timestamp_pb2
from written_snapshot import record, write_snapshot

RELEASE: dict[str, Any] = json.loads((ROOT / "fixtures" / "helm" / "web.json").read_text())


def told(name: str, number: int, status: str, **changes: Any) -> dict[str, Any]:
    release = json.loads(json.dumps(RELEASE).replace('"web', f'"{name}'))
    release["info"] |= {"status": status, "last_deployed": f"2026-11-2{number}T10:00:00.5Z"}
    return {**release, "version": number, **changes}


def kept(release: dict[str, Any], kind: str = "Secret", raw: bytes | None = None) -> dict[str, Any]:
    """The object in which Helm keeps a release."""
    packed = b64encode(gzip.compress(json.dumps(release).encode()) if raw is None else raw)
    name, number, status = release["name"], str(release["version"]), release["info"]["status"]
    return {
        "apiVersion": "v1",
        "kind": kind,
        "metadata": {
            "name": f"sh.helm.release.v1.{name}.v{number}",
            "namespace": release["namespace"],
            "labels": {"name": name, "owner": "helm", "status": status, "version": number},
        },
        **({"type": "helm.sh/release.v1"} if kind == "Secret" else {}),
        "data": {"release": (b64encode(packed) if kind == "Secret" else packed).decode()},
    }


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    releases = [
        kept(told("web", 1, "superseded", config=None)),
        kept(told("web", 2, "deployed")),
        kept(told("web", 3, "failed", config={"message": "worse"})),
        kept(told("api", 1, "deployed", namespace="infra"), "ConfigMap"),
        kept(told("both", 1, "deployed")),
        kept(told("both", 1, "deployed", namespace="infra")),
    ]
    other = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "notes.v1", "namespace": "shop"}}
    return write_snapshot(tmp_path_factory.mktemp("helm") / "snap.db", [*releases, other])


def test_the_list_is_that_of_helm(snapshot: Path) -> None:
    outcome = run("ls", snapshot, "helm")
    assert outcome.code == 0
    assert [line.split() for line in outcome.lines] == [
        ["NAME", "NAMESPACE", "REVISION", "UPDATED", "STATUS", "CHART", "APP", "VERSION"],
        ["api", "infra", "1", "2026-11-21T10:00:00.5Z", "deployed", "shop-1.4.2", "2.0"],
        ["both", "infra", "1", "2026-11-21T10:00:00.5Z", "deployed", "shop-1.4.2", "2.0"],
        ["both", "shop", "1", "2026-11-21T10:00:00.5Z", "deployed", "shop-1.4.2", "2.0"],
        ["web", "shop", "3", "2026-11-23T10:00:00.5Z", "failed", "shop-1.4.2", "2.0"],
    ]
    assert run("ls", snapshot, "helm", "-n", "infra", "-o", "name").lines == ["helm/api", "helm/both"]


def test_a_named_release_is_listed_with_its_history(snapshot: Path) -> None:
    rows = json.loads(run("ls", snapshot, "helm/web", "-o", "json").out)
    assert [(row["revision"], row["status"]) for row in rows] == [(1, "superseded"), (2, "deployed"), (3, "failed")]
    assert rows[1]["keptIn"] == "secret/sh.helm.release.v1.web.v2"
    assert rows[1]["appVersion"] == "2.0"
    assert run("ls", snapshot, "helm", "web").out == run("ls", snapshot, "helm/web").out


@pytest.mark.parametrize(("output", "read"), [("yaml", yaml.safe_load), ("json", json.loads)])
def test_values_notes_manifest_and_hooks(snapshot: Path, output: str, read: Any) -> None:
    outcome = run("get", snapshot, "helm/web", "-n", "shop", "--revision", "2", "-o", output)
    assert (outcome.code, outcome.err) == (0, "")
    found = read(outcome.out)
    assert found["values"] == RELEASE["config"]
    assert found["notes"] == RELEASE["info"]["notes"]
    assert found["manifest"] == RELEASE["manifest"]
    assert [(hook["name"], hook["events"]) for hook in found["hooks"]] == [("web-migrate", ["pre-upgrade"])]
    assert found["helmRelease"]["chart"] == "shop-1.4.2"
    assert "kind" not in found


def test_the_last_revision_is_shown_and_the_deployed_one_named(snapshot: Path) -> None:
    outcome = run("get", snapshot, "helm/web", "-n", "shop")
    assert outcome.code == 0
    assert yaml.safe_load(outcome.out)["values"] == {"message": "worse"}
    assert f"`snapinspect get {snapshot} helm/web -n shop --revision 2`" in outcome.err


def test_the_manifest_alone_is_ready_to_apply(snapshot: Path) -> None:
    outcome = run("get", snapshot, "helm/api", "-o", "manifest")
    assert outcome.code == 0
    assert [each["kind"] for each in yaml.safe_load_all(outcome.out)] == ["Secret", "ConfigMap"]
    assert "kubectl apply -n infra -f" in outcome.err
    both = run("get", snapshot, "helm/both", "-A", "-o", "manifest")
    assert len(list(yaml.safe_load_all(both.out))) == 4


def test_values_alone_are_a_file_for_helm_upgrade(snapshot: Path) -> None:
    assert yaml.safe_load(run("get", snapshot, "helm/api", "-o", "values").out) == RELEASE["config"]
    assert run("get", snapshot, "helm/web", "--revision", "1", "-o", "values").out == "{}\n"
    assert run("get", snapshot, "helm/api", "-o", "notes").out == "api says hi.\n"
    assert run("get", snapshot, "helm/api", "-o", "jsonpath={.values.message}").out == "hi"


@pytest.mark.parametrize(
    ("line", "code", "wrong", "hint"),
    [
        ("get $S helm/none", 1, "no release of Helm's is called 'none'", "There are: api, both, web."),
        ("get $S helm/both", 1, "helm/both is found in 2 namespaces: infra, shop", "-n infra`"),
        ("get $S helm/web --revision 9", 1, "no revision 9 of it is kept", "Kept are 1, 2, 3"),
        ("get $S helm/web cm/notes.v1", 2, "helm names Helm's releases", "alone"),
        ("get $S cm --revision 3", 2, "--revision is of a release of Helm's", "--at 3` shows objects"),
        ("export $S helm/web -d out", 1, "no kind is called 'helm'", "`snapinspect get $S helm/web`"),
        ("ls $S releases", 1, "no kind is called 'releases'", "`snapinspect ls $S helm`"),
        ("get $S helm/web -o table", 2, "get has no -o table", "manifest, values, notes"),
        ("ls $S helm -n nowhere", 1, "no release of Helm's is kept here", "`snapinspect ls $S helm`"),
    ],
)
def test_what_is_wrong_is_told(snapshot: Path, line: str, code: int, wrong: str, hint: str) -> None:
    outcome = run(*line.replace("$S", str(snapshot)).split())
    assert outcome.code == code
    assert wrong in outcome.err
    assert hint.replace("$S", str(snapshot)) in outcome.err


DAMAGE = {
    "no base64": b"%%%",
    "cut off": gzip.compress(json.dumps(RELEASE).encode())[:-200],
    "a bomb": gzip.compress(bytes(65 << 20)),
    "no release": gzip.compress(b"[]"),
    "too deep": gzip.compress(b'{"a":' * 100_000),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_release_costs_itself(damage: str, tmp_path: Path) -> None:
    broken = kept(told("bad", 1, "deployed"), raw=DAMAGE[damage])
    path = write_snapshot(tmp_path / "snap.db", [broken, kept(told("web", 1, "deployed"))])
    outcome = run("ls", path, "helm", "-o", "json")
    assert outcome.code == 3
    assert [(row["name"], row["status"]) for row in json.loads(outcome.out)] == [
        ("bad", "deployed"),
        ("web", "deployed"),
    ]
    assert "sh.helm.release.v1.bad.v1" in outcome.err
    shown = run("get", path, "helm", "-n", "shop", "-o", "json")
    assert shown.code == 3
    assert json.loads(shown.out)["helmRelease"]["name"] == "web"


def test_a_locked_release_is_named_and_opens_with_its_key(tmp_path: Path) -> None:
    """Encrypted as an API server does: AES-CBC behind the initial vector, with the padding of PKCS#7."""
    value, secret, vector = json.dumps(kept(told("web", 4, "deployed"))).encode(), bytes(range(32)), bytes(16)
    padding = 16 - len(value) % 16
    cipher = Cipher(algorithms.AES(secret), modes.CBC(vector)).encryptor()
    sealed = vector + cipher.update(value + bytes([padding]) * padding) + cipher.finalize()
    key = b"/registry/secrets/shop/sh.helm.release.v1.web.v4"
    image, path = Image(), tmp_path / "snap.db"
    stored = {struct.pack(">qcq", 2, b"_", 0): record(key, b"k8s:enc:aescbc:v1:one:" + sealed, 2)}
    path.write_bytes(image.file(image.tree({b"key": stored, b"meta": {}})))
    outcome = run("ls", path, "helm")
    assert outcome.code == 3
    assert outcome.lines[1].split()[:5] == ["web", "shop", "4", "<none>", "unreadable"]
    assert "no key named one for aescbc" in outcome.err
    assert "--encryption-config" in outcome.err
    configuration = tmp_path / "enc.yaml"
    keys = {"aescbc": {"keys": [{"name": "one", "secret": b64encode(secret).decode()}]}}
    resources = [{"resources": ["secrets"], "providers": [keys]}]
    about = {"kind": "EncryptionConfiguration", "apiVersion": "apiserver.config.k8s.io/v1", "resources": resources}
    configuration.write_text(json.dumps(about))
    opened = run("get", path, "helm/web", "-o", "notes", "--encryption-config", configuration)
    assert (opened.code, opened.out) == (0, "web says hi.\n")


def version2() -> bytes:
    """A release as Tiller wrote it, by the protobuf library."""
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(timestamp_pb2.DESCRIPTOR.serialized_pb)
    file = descriptor_pb2.FileDescriptorProto(name="helm.proto", package="h", syntax="proto3")
    file.dependency.append("google/protobuf/timestamp.proto")
    messages = {
        "Status": [("code", 1, 5), ("notes", 4, 9)],
        "Info": [("status", 1, ".h.Status"), ("last", 3, ".google.protobuf.Timestamp"), ("description", 5, 9)],
        "Metadata": [("name", 1, 9), ("version", 4, 9), ("appVersion", 13, 9)],
        "Chart": [("metadata", 1, ".h.Metadata")],
        "Config": [("raw", 1, 9)],
        "Hook": [("name", 1, 9), ("kind", 2, 9), ("manifest", 4, 9), ("events", 5, -5)],
        "Release": [
            *(("name", 1, 9), ("info", 2, ".h.Info"), ("chart", 3, ".h.Chart"), ("config", 4, ".h.Config")),
            *(("manifest", 5, 9), ("hooks", 6, "-.h.Hook"), ("version", 7, 5), ("namespace", 8, 9)),
        ],
    }
    for name, fields in messages.items():
        message = file.message_type.add(name=name)
        for field, number, kind in fields:
            about: dict[str, Any] = (
                {"type_name": kind.strip("-"), "type": 11} if isinstance(kind, str) else {"type": abs(kind)}
            )
            many = str(kind).startswith("-")
            message.field.add(name=field, number=number, label=3 if many else 1, **about)
    pool.Add(file)
    release = message_factory.GetMessageClass(pool.FindMessageTypeByName("h.Release"))(
        name="old", namespace="shop", version=12, manifest="kind: ConfigMap\n", config={"raw": "a: 1\n"},
        info={"status": {"code": 1, "notes": "hello"}, "last": {"seconds": 1_500_000_000}, "description": "done"},
        chart={"metadata": {"name": "mysql", "version": "0.1", "appVersion": "5.7"}},
        hooks=[{"name": "m", "kind": "Job", "manifest": "kind: Job\n", "events": [1, 5]}],
    )  # fmt: skip
    written: bytes = release.SerializeToString()
    return written


def test_releases_of_helm_2_are_read(tmp_path: Path) -> None:
    object_ = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": "old.v12",
            "namespace": "kube-system",
            "labels": {"NAME": "old", "OWNER": "TILLER", "STATUS": "DEPLOYED", "VERSION": "12"},
        },
        "data": {"release": b64encode(gzip.compress(version2())).decode()},
    }
    path = write_snapshot(tmp_path / "snap.db", [object_])
    outcome = run("get", path, "helm/old", "-o", "json")
    assert outcome.code == 0
    found = json.loads(outcome.out)
    assert found["helmRelease"] == {
        "name": "old",
        "namespace": "kube-system",
        "revision": 12,
        "updated": "2017-07-14T02:40:00Z",
        "status": "deployed",
        "chart": "mysql-0.1",
        "appVersion": "5.7",
        "description": "done",
        "keptIn": "configmap/old.v12",
    }
    assert (found["values"], found["manifest"], found["notes"]) == ("a: 1\n", "kind: ConfigMap\n", "hello")
    assert found["hooks"] == [
        {"name": "m", "kind": "Job", "events": ["pre-install", "pre-upgrade"], "manifest": "kind: Job\n"}
    ]
