"""A snapshot taken from a live etcd into a file, which appears when it is whole and proven.

Source: go.etcd.io/etcd ``server/etcdserver/api/v3rpc/maintenance.go`` (Snapshot): the stream is the
database and then the 32 bytes of its SHA-256; ``remaining_bytes`` do not count these.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from snapinspect.errors import DigestMismatch, SourceError
from snapinspect.etcd.client import Access, connect
from snapinspect.model import Progress, silent
from snapinspect.sources.file import DIGEST_SIZE
from snapinspect.sources.landing import landing, write_all


class Saved(NamedTuple):
    """What was saved: bytes of the file, and the SHA-256 that stands at its end, in hexadecimal."""

    size: int
    sha256: str


def save(access: Access, target: Path, *, force: bool = False, progress: Progress = silent) -> Saved:
    """Streams a snapshot from the first endpoint that answers into the file ``target``, which only its owner can read.

    A file that is there stays unless ``force`` is set. Raises SourceError, DigestMismatch when what arrived is
    not what was sent, and OutputError.
    """
    with landing(target, force=force) as descriptor:
        client = connect(access)
        try:
            return _receive(client.snapshot(), partial(write_all, descriptor), progress)
        finally:
            client.close()


def _receive(answers: Iterator[Any], write: Callable[[bytes], object], progress: Progress) -> Saved:
    """Hands on what arrives; all but the last bytes, which are its digest, is digested."""
    hasher = hashlib.sha256()
    size, held = 0, b""
    first = next(answers, None)
    total = first.remaining_bytes + len(first.blob) if first else 0
    with progress("saving", total) as advance:
        for blob in _blobs(first, answers):
            write(blob)
            size += len(blob)
            held += blob
            hasher.update(held[:-DIGEST_SIZE])
            held = held[-DIGEST_SIZE:]
            advance(len(blob))
    if size != total + DIGEST_SIZE:
        raise SourceError(f"the snapshot broke off: {size} bytes of {total + DIGEST_SIZE} came", "Try again.")
    if hasher.digest() != held:
        raise DigestMismatch("what arrived is not what etcd sent: its SHA-256 differs", "Try again.")
    return Saved(size, held.hex())


def _blobs(first: Any, answers: Iterator[Any]) -> Iterator[bytes]:
    if first is not None:
        yield first.blob
    for answer in answers:
        yield answer.blob
