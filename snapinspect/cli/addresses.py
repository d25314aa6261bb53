"""Addresses of snapshots as other programs write them: each with the line that reads or fetches what is there."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

from snapinspect.cli.line import CommandLine
from snapinspect.cli.lying import is_file
from snapinspect.errors import SnapinspectError, UsageError

_SCHEMES = frozenset({"az", "file", "gs", "http", "https", "s3"})
_OTHER_NAMES = {
    **dict.fromkeys(("gcs", "gcloud", "google"), "gs"),
    **dict.fromkeys(("s3a", "s3n", "minio", "aws"), "s3"),
    **dict.fromkeys(("azure", "azblob", "abfs", "abfss", "wasb", "wasbs", "blob"), "az"),
    **dict.fromkeys(("etcd", "grpc", "tls"), "https"),
}
_COPIED = frozenset({"scp", "sftp", "ssh"})
_HOST = re.compile(r"[\w-][\w.-]*:\d{1,5}")
_NUMBERS = re.compile(r"\d{1,3}(\.\d{1,3}){3}|localhost")
_OF_SCP = re.compile(r"(?:[\w.-]+@)?[\w.-]{2,}:[^:]*/[^:]+")
_LACKS_SLASHES = re.compile(r"(s3|gs|az|https?):/?([^/].*)")


def written_otherwise(line: CommandLine) -> Iterator[SnapinspectError]:
    """``file:///a/b.db``, ``S3://bucket/key``, ``s3:bucket/key``, ``ftp://host/b.db``, ``root@host:/b.db``, ``10.0.0.1``."""
    for word in line.arguments:
        scheme, is_url, rest = word.partition("://")
        if is_url:
            yield from _of_scheme(line, word, scheme, rest)
        elif not is_file(word):
            yield from _without_scheme(line, word)


def _of_scheme(line: CommandLine, word: str, scheme: str, rest: str) -> Iterator[SnapinspectError]:
    known = _OTHER_NAMES.get(scheme.lower(), scheme.lower())
    if scheme.lower() in _COPIED:
        host, _, path = rest.partition("/")
        yield _to_copy(line, word, f"{host}:/{path}")
    elif known not in _SCHEMES:
        fetched = f"curl -fO {shlex.quote(word)}"
        yield UsageError(
            f"{scheme}:// is not read; s3://, gs://, az:// and https:// are",
            f"fetch it first: `{fetched} && {_with(line, word, Path(rest).name)}`",
        )
    else:
        right = rest if known == "file" else f"{known}://{rest}"
        if right != word:
            yield UsageError(f"{scheme}:// is not read so", f"`{_with(line, word, right)}`")


def _without_scheme(line: CommandLine, word: str) -> Iterator[SnapinspectError]:
    lacking = _LACKS_SLASHES.fullmatch(word)
    if line.command in {"find", "save", "sql"} and not lacking:
        return
    if lacking:
        right = f"{lacking[1]}://{lacking[2]}"
        yield UsageError(f"{word} lacks a slash", f"`{_with(line, word, right)}`")
    elif _HOST.fullmatch(word):
        hint = f"a live etcd is named as https://: `{_with(line, word, f'https://{word}')}`"
        yield UsageError(f"{word} is no file", hint)
    elif _NUMBERS.fullmatch(word):
        hint = f"a live etcd is named as https://: `{_with(line, word, f'https://{word}:2379')}`"
        yield UsageError(f"{word} is no file", hint)
    elif _OF_SCP.fullmatch(word):
        yield _to_copy(line, word, word)


def _to_copy(line: CommandLine, word: str, source: str) -> UsageError:
    mended = _with(line, word, Path(source).name)
    return UsageError(f"{word} lies on another machine", f"fetch it first: `scp {shlex.quote(source)} . && {mended}`")


def _with(line: CommandLine, word: str, other: str) -> CommandLine:
    return line.with_arguments(*(other if each == word else each for each in line.arguments))
