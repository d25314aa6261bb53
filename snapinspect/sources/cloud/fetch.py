"""An object brought onto this machine, whole and of one version; what a broken connection left is gone on with."""

from __future__ import annotations

import os
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

from snapinspect.errors import SourceError
from snapinspect.sources.cloud import cache
from snapinspect.sources.cloud.addresses import Address, endpoint_url
from snapinspect.sources.cloud.failures import explained, failure, is_of_store, is_refused_range
from snapinspect.sources.cloud.stores import Object, Reply, store_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from obstore.store import ObjectStore

    from snapinspect.model import Progress

_TRIES = 4
"""How often nothing more may come before it is given up."""
_STARTS = 3
"""How often an object that is replaced meanwhile is begun anew."""
_PAUSE = 0.2


class Changed(Exception):
    """What is sent now is not what was begun with."""


def fetched(address: Address, progress: Progress) -> cache.Entry:
    """The object in the cache, where nobody removes it until the entry is closed. Raises SourceError, UsageError."""
    store = store_of(address)
    for _ in range(_STARTS):
        with explained(address):
            reply = Reply(store, address)
        found = reply.object
        # What cannot be told from its predecessor is not found again.
        version = found.version or os.urandom(16).hex()
        with ExitStack() as undo:
            entry = cache.Entry(_called(address), address.name, version, found.size)
            undo.callback(entry.close)
            if not entry.is_whole:
                try:
                    _fill(entry, store, address, reply, progress)
                except Changed:
                    continue
            entry.share()
            undo.pop_all()
            return entry
    raise _replaced(address)


def is_kept(found: Object) -> bool:
    """Whether the cache has that object whole, so that it need not be fetched."""
    return cache.holds(_called(found.address), found.address.name, found.version, found.size)


def _called(address: Address) -> str:
    """By which the cache knows it; what has the same name at another endpoint is another object."""
    return f"{endpoint_url.get()}{address.shown}"


def download(address: Address, path: Path) -> Object:
    """The object in the file ``path``, which is written anew, and what it was. Raises SourceError, UsageError."""
    store = store_of(address)
    for _ in range(_STARTS):
        with explained(address):
            reply = Reply(store, address)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            _receive(descriptor, 0, store, address, reply, lambda _count: None)
        except Changed:
            continue
        finally:
            os.close(descriptor)
        return reply.object
    raise _replaced(address)


def _replaced(address: Address) -> SourceError:
    return SourceError(
        f"{address.shown} was replaced while it was fetched, again and again", "Fetch it once nothing writes to it."
    )


def _fill(entry: cache.Entry, store: ObjectStore, address: Address, reply: Reply, progress: Progress) -> None:
    _remove_other_parts(entry)
    start = entry.part.stat().st_size if entry.part.exists() else 0
    cache.make_room(entry.size - start)
    descriptor = os.open(entry.part, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        with progress(f"fetching {address.shown}", entry.size) as advance:
            _receive(descriptor, min(start, entry.size), store, address, reply, advance)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    entry.part.replace(entry.path)


def _remove_other_parts(entry: cache.Entry) -> None:
    """A part that is longer than the object is none of it."""
    if entry.part.exists() and entry.part.stat().st_size > entry.size:
        entry.part.unlink()


def _receive(
    descriptor: int, at: int, store: ObjectStore, address: Address, first: Reply, advance: Callable[[int], object]
) -> None:
    """Writes the object from ``at`` on. Raises Changed, and SourceError when nothing more comes."""
    wanted = first.object
    advance(at)
    fruitless = 0
    reply: Reply | None = None if at else first
    while at < wanted.size:
        before = at
        try:
            reply = reply or _more_of(wanted, store, at)
            for chunk in reply.chunks():
                _write(descriptor, chunk[: wanted.size - at], at)
                at += len(chunk)
                advance(len(chunk))
        except Exception as error:
            if not is_of_store(error):
                raise
            if at and is_refused_range(error):
                at = 0
            fruitless = 0 if at > before else fruitless + 1
            if fruitless >= _TRIES:
                raise failure(address, error) from None
            time.sleep(_PAUSE * fruitless)
        reply = None


def _more_of(wanted: Object, store: ObjectStore, at: int) -> Reply:
    reply = Reply(store, wanted.address, at)
    if (reply.object.version, reply.object.size) != (wanted.version, wanted.size):
        raise Changed
    return reply


def _write(descriptor: int, chunk: bytes, at: int) -> None:
    rest = memoryview(chunk)
    try:
        while rest:
            count = os.pwrite(descriptor, rest, at)
            rest, at = rest[count:], at + count
    except OSError as error:
        raise SourceError(
            f"the cache {cache.root()} cannot be written: {error.strerror}", "Make room: `snapinspect cache clear`"
        ) from None
