"""Files that are brought in a snapshot's place: named as what they are, with a command that can be pasted."""

from __future__ import annotations

import base64
import gzip
import subprocess
from typing import TYPE_CHECKING

import pytest
from packing import tar_gz

from snapinspect.errors import NotASnapshot
from snapinspect.model import silent
from snapinspect.sources import open_source
from snapinspect.sources.recovery import open_salvaged

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FILES = {
    "age": (b"age-encryption.org/v1\n-> X25519 abc\n", "encrypted with age"),
    "armored age": (b"-----BEGIN AGE ENCRYPTED FILE-----\nYWdl\n", "encrypted with age"),
    "armored PGP": (b"-----BEGIN PGP MESSAGE-----\n\nhQEM\n", "encrypted with GnuPG"),
    "PGP for a key": (b"\x85\x02\x0c\x03" + b"\xaa" * 8 + b"\x01\x0f\xff", "encrypted with GnuPG"),
    "PGP for a curve's key": (b"\x84\x5e\x03" + b"\xaa" * 8 + b"\x12\x01\x07", "encrypted with GnuPG"),
    "PGP by passphrase": (b"\x8c\x0d\x04\x09\x03\x08" + b"\x11" * 8, "encrypted with GnuPG"),
    "openssl": (b"Salted__" + b"\x9f" * 8, "openssl enc"),
    "openssl -a": (base64.encodebytes(b"Salted__" + b"\x9f" * 40), "openssl enc"),
    "Vault": (b"$ANSIBLE_VAULT;1.1;AES256\n3132\n", "Ansible Vault"),
    "pg_dump": (b"PGDMP\x01\x0e\x00\x04\x08", "pg_dump"),
    "write-ahead log": (b"\x04" + b"\0" * 6 + b"\x84\x08\x04\x10\0\0\0\0\0", "write-ahead log"),
    "raft snapshot": (bytes.fromhex("08ec9b81a10f12be420aa742") + b'{"Root":{"Path":"/",', "etcd v2"),
    "restic key": (b'{"created":"2023-01-02T03:04:05Z","username":"root","hostname":"h","kdf":"scrypt"', "restic"),
    "kopia format": (b'{\n  "tool": "https://github.com/kopia/kopia",\n  "buildVersion"', "kopia"),
    "7z": (b"7z\xbc\xaf\x27\x1c\0\4", "7-Zip"),
    "lz4": (b"\x04\x22\x4d\x18\x64\x40", "lz4"),
    "LFS": (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\n", "Git LFS"),
    "error page": (b'<?xml version="1.0"?>\n<Error><Code>AccessDenied</Code></Error>', "web server"),
}


def refused(opening: Callable[..., object], path: Path) -> NotASnapshot:
    with pytest.raises(NotASnapshot) as error:
        opening(str(path), silent)
    return error.value


@pytest.mark.parametrize("opening", [open_source, open_salvaged])
@pytest.mark.parametrize("name", FILES)
def test_a_foreign_file_is_named(name: str, opening: Callable[..., object], tmp_path: Path) -> None:
    content, what = FILES[name]
    path = tmp_path / "etcd backup.db"
    path.write_bytes(content + bytes(range(256)) * 20)
    error = refused(opening, path)
    assert what in str(error)
    assert "`" in error.hint
    if "{" in error.hint or "etcd backup.db" in error.hint:
        assert f"'{path}'" in error.hint


@pytest.mark.parametrize("packed", [gzip.compress, lambda content: tar_gz({"etcd.db.age": content})])
def test_a_foreign_file_in_an_archive_is_named(packed: Callable[[bytes], bytes], tmp_path: Path) -> None:
    path = tmp_path / "backup.gz"
    path.write_bytes(packed(FILES["age"][0]))
    assert "encrypted with age" in str(refused(open_source, path))


def test_a_snapshot_in_letters_is_named_and_the_hint_brings_it_back(
    tmp_path: Path, snapshot_file: Callable[[str], Path]
) -> None:
    """What the hint says is run, as it is."""
    content = snapshot_file("history").read_bytes()
    letters = {
        "wrapped": base64.encodebytes(content),
        "in one line": base64.b64encode(content),
        "packed": base64.encodebytes(gzip.compress(content)),
        "as Latin-1": content.decode("latin-1").encode(),
    }
    for name, text in letters.items():
        path = tmp_path / name
        path.write_bytes(text)
        _, command, ask, _ = refused(open_source, path).hint.replace("`, then `", "`").split("`")
        assert ask.startswith("snapinspect ls ")
        subprocess.run(["bash", "-c", command], check=True)
        source = open_source(f"{path}.plain", silent)
        assert source.evidence.digests(silent).state == "ok"
        source.close()


def test_a_snapshot_in_text_that_lost_bytes_is_named(tmp_path: Path, snapshot_file: Callable[[str], Path]) -> None:
    content = snapshot_file("history").read_bytes()
    for name, text in {
        "replaced": content.decode("utf-8", "replace").encode(),
        "powershell": content[:9000].decode("latin-1").encode("utf-16"),
    }.items():
        path = tmp_path / name
        path.write_bytes(text)
        assert "UTF-" in str(refused(open_source, path))


REPOSITORIES = {
    "restic": (("config", "keys/aa", "snapshots/bb", "index/cc", "data/00/ff"), "restic -r"),
    "kopia": (("kopia.repository.f", "p0a/9b0/f", "_log_x.f"), "kopia repository connect filesystem --path"),
    "Borg": (("README", "config", "data/0/1"), "borg list"),
    "Velero": (("velero-backup.json", "n-logs.gz", "n.tar.gz", "n-podvolumebackups.json.gz"), "velero restore create"),
}


@pytest.mark.parametrize("tool", REPOSITORIES)
@pytest.mark.parametrize("opening", [open_source, open_salvaged])
def test_a_repository_is_named_and_so_are_its_files(tool: str, opening: Callable[..., object], tmp_path: Path) -> None:
    files, hint = REPOSITORIES[tool]
    place = tmp_path / "back up"
    for name in files:
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(bytes(range(256)) * 30)
    for path in (place, *(place / name for name in files)):
        error = refused(opening, path)
        assert tool in str(error)
        assert hint in error.hint
        assert "{" not in error.hint
    if tool in ("restic", "Borg"):
        assert f"'{place}'" in refused(opening, place).hint


OF_OBJECTS = {
    "Velero": "resources/deployments.apps/namespaces/shop/web.json",
    "Velero of one version": "resources/deployments.apps/v1-preferredversion/namespaces/shop/web.json",
    "Rancher": "secrets.#v1/cattle-system/tls-rancher.json",
    "must-gather": "must-gather.local.1/quay-io/namespaces/shop/core/pods.yaml",
    "support bundle": "support-bundle-1/cluster-resources/pods/shop.json",
}


@pytest.mark.parametrize("tool", OF_OBJECTS)
def test_an_archive_of_objects_is_named(tool: str, tmp_path: Path) -> None:
    path = tmp_path / "backup.tar.gz"
    path.write_bytes(tar_gz({"metadata/version": b"1", OF_OBJECTS[tool]: b"{}"}))
    error = refused(open_source, path)
    assert tool.split(maxsplit=1)[0] in str(error)
    assert "holds objects, and no etcd snapshot" in str(error)
    assert error.hint


def test_a_snapshot_beside_objects_is_read_all_the_same(tmp_path: Path, snapshot_file: Callable[[str], Path]) -> None:
    path = tmp_path / "backup.tar.gz"
    path.write_bytes(tar_gz({OF_OBJECTS["Velero"]: b"{}", "snap.db": snapshot_file("small").read_bytes()}))
    source = open_source(str(path), silent)
    assert source.store.revision > 1
    source.close()
