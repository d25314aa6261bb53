"""What is brought in a snapshot's place, and the command that makes of it what can be read.

Sources: age-encryption.org/v1; RFC 9580 (OpenPGP packets); OpenSSL ``apps/enc.c``; PostgreSQL ``pg_backup_archiver.h``; go.etcd.io/etcd
``server/etcdserver/api/snap/snappb`` and ``server/storage/wal``; Ansible's Vault format; git-lfs ``docs/spec.md``; the magics of
7-Zip, RAR, LZ4, lzip, snappy and compress.
"""

from __future__ import annotations

import base64
import binascii
import re
from pathlib import Path
from shlex import quote
from typing import NamedTuple

from snapinspect.errors import NotASnapshot
from snapinspect.sources.signatures import ARCHIVES, Kind, kind_of

_PLAIN = "{file} > {plain}`, then `snapinspect ls {plain}`."
_AGAIN = "Fetch it again, byte for byte: `kubectl exec POD -- cat /PATH/snapshot.db > snapshot.db`, without -t."
_KEY_ID_AND_ALGORITHM = rb"\x03.{8}[\x01\x02\x03\x10\x12\x19]"
_FIRST_PAGE = rb"\0{8}\x04\0{7}"


class Foreign(NamedTuple):
    """What a file that begins with ``start`` is, and the hint, in which ``{file}`` and ``{plain}`` are names of files."""

    what: str
    start: re.Pattern[bytes]
    hint: str


def _foreign(what: str, start: bytes, hint: str) -> Foreign:
    return Foreign(what, re.compile(start, re.DOTALL), hint)


FOREIGN = (
    _foreign(
        "encrypted with age",
        rb"age-encryption\.org/v1\n|-----BEGIN AGE ENCRYPTED FILE-----",
        "Decrypt it: `age -d -i key.txt " + _PLAIN,
    ),
    _foreign(
        "encrypted with GnuPG",
        rb"-----BEGIN PGP MESSAGE-----|[\x84\xc1]."
        + _KEY_ID_AND_ALGORITHM
        + rb"|[\x85\xc1].."
        + _KEY_ID_AND_ALGORITHM
        # A passphrase's packet: version, cipher, kind of S2K, hash.
        + rb"|[\x8c\xc3].[\x04\x05][\x01-\x0d][\x00-\x04][\x01-\x0e]",
        "Decrypt it: `gpg --decrypt " + _PLAIN,
    ),
    _foreign(
        "encrypted with `openssl enc`",
        rb"Salted__|U2FsdGVkX1[89+/]",
        "Decrypt it with the cipher it was encrypted with: "
        "`openssl enc -d -aes-256-cbc -pbkdf2 -in {file} -out {plain}`, then `snapinspect ls {plain}`.",
    ),
    _foreign(
        "encrypted with Ansible Vault",
        rb"\$ANSIBLE_VAULT;",
        "Decrypt it: `ansible-vault decrypt --output {plain} {file}`, then `snapinspect ls {plain}`.",
    ),
    _foreign(
        "a dump of pg_dump in its own form (-Fc)",
        rb"PGDMP",
        "Make SQL of kine's table in it: `pg_restore --data-only --table=kine --file={plain}.sql {file}`, "
        "then `snapinspect ls {plain}.sql`.",
    ),
    _foreign(
        "a raft snapshot of etcd (member/snap/*.snap), which holds the keys of etcd v2 and none of Kubernetes since 1.6",
        rb"\x08[\x80-\xff]{0,4}[\x00-\x7f]\x12[\x80-\xff]{0,9}[\x00-\x7f]\x0a[\x80-\xff]{0,9}[\x00-\x7f]\{\"Root\":",
        "Name the database that lies beside it: `snapinspect ls member/snap/db`.",
    ),
    _foreign(
        "a segment of etcd's write-ahead log (member/wal/*.wal)",
        rb".\0{6}[\0\x80-\x87]\x08\x04\x10",
        "Name the member's directory: `snapinspect ls DATA-DIRECTORY`; or the log with its database: `snapinspect ls snap/db --wal wal`.",
    ),
    _foreign(
        "a key of a restic repository (keys/*)",
        rb'\{"created":"[^"]{0,64}","username":"',
        "Take the snapshot out of the repository: `restic -r REPOSITORY restore latest --target restored`, then `snapinspect ls restored/PATH`.",
    ),
    _foreign(
        "the format of a kopia repository (kopia.repository)",
        rb'\{\s*"tool":\s*"https://github\.com/kopia/kopia"',
        "Take the snapshot out of the repository: `kopia snapshot list --all`, `kopia restore ID restored`, then `snapinspect ls restored/PATH`.",
    ),
    _foreign(
        "a segment of a Borg repository",
        rb"BORG_SEG",
        "Take the snapshot out of the repository: `borg extract REPOSITORY::ARCHIVE`, then `snapinspect ls PATH`.",
    ),
    _foreign("a 7-Zip archive", rb"7z\xbc\xaf\x27\x1c", "Unpack it: `7z e -so " + _PLAIN),
    _foreign("a RAR archive", rb"Rar!\x1a\x07", "Unpack it: `unrar p -inul " + _PLAIN),
    _foreign("compressed with lz4", rb"\x04\x22\x4d\x18", "Unpack it: `lz4 -d -c " + _PLAIN),
    _foreign("compressed with lzip", rb"LZIP\x01", "Unpack it: `lzip -d -c " + _PLAIN),
    _foreign("compressed with lzop", rb"\x89LZO\0\r\n\x1a\n", "Unpack it: `lzop -d -c " + _PLAIN),
    _foreign("compressed with snappy", rb"\xff\x06\0\0sNaPpY", "Unpack it: `snzip -d -c " + _PLAIN),
    _foreign("compressed with compress", rb"\x1f\x9d", "Unpack it: `gzip -d -c < " + _PLAIN),
    _foreign(
        "a pointer of Git LFS, not the file it stands for",
        rb"version https://git-lfs\.github\.com/spec/",
        "Fetch the file: `git lfs pull --include={file}`.",
    ),
    _foreign(
        "a page or an error message of a web server, saved in the file's place",
        rb"\s*<(?:!DOCTYPE html|html|\?xml)",
        "Read what it says, and download the snapshot again: `head -c 1000 {file}`.",
    ),
    _foreign("text in UTF-16, as PowerShell's `>` makes of bytes", rb"\xff\xfe|\xfe\xff", _AGAIN),
    _foreign(
        "a database in which each byte was taken for a letter and written in UTF-8",
        _FIRST_PAGE + rb"\xc3\xad\xc3\x9a\x0c\xc3\xad",
        "Make bytes of the letters: `iconv -f UTF-8 -t LATIN1 " + _PLAIN,
    ),
    _foreign(
        "a database that was taken for UTF-8 on the way: what was no letter is replaced, and lost",
        _FIRST_PAGE + rb"\xef\xbf\xbd",
        _AGAIN,
    ),
)

_BASE64 = re.compile(rb"(?:[A-Za-z0-9+/]{4}|\s)+")
_LEAST_BASE64 = 64
_MADE_BASE64 = (Kind.bolt, Kind.sqlite, Kind.sql, *ARCHIVES)


def described(head: bytes) -> tuple[str, str] | None:
    """What a file that begins with ``head`` is, and the hint's pattern; None when it is nothing that is known here."""
    for each in FOREIGN:
        if each.start.match(head):
            return each.what, each.hint
    inside = _in_base64(head)
    return (f"base64 text of {inside}", "Decode it: `base64 -d " + _PLAIN) if inside else None


def foreign(path: Path, head: bytes) -> NotASnapshot | None:
    """The error that names what the file is that begins with ``head``; None when it is nothing that is known here."""
    found = described(head)
    if found is None:
        return None
    what, hint = found
    plain = f"{path}.plain"
    return NotASnapshot(f"{path} is {what}", hint.format(file=quote(str(path)), plain=quote(plain)))


def _in_base64(head: bytes) -> str:
    """What base64 makes of ``head``; empty when that is nothing one would bring."""
    text = _BASE64.match(head)
    if text is None or text.end() < _LEAST_BASE64:
        return ""
    letters = b"".join(text.group().split())
    try:
        content = base64.b64decode(letters[: len(letters) // 4 * 4])
    except binascii.Error:
        return ""
    kind = kind_of(content)
    if kind in _MADE_BASE64:
        return f"a file of the kind {kind}"
    return next((f"what is {each.what}" for each in FOREIGN if each.start.match(content)), "")
