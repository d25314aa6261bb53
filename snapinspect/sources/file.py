"""A bbolt file on disk: a snapshot with its SHA-256 behind it, or a member's ``snap/db``.

Source: go.etcd.io/etcd ``etcdutl/snapshot/v3_snapshot.go``: ``snapshot save`` appends the digest, and a
size that is 32 more than a multiple of 512 tells that one is there.
"""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from snapinspect.bolt.meta import current_meta
from snapinspect.errors import NotASnapshot
from snapinspect.etcd import Database
from snapinspect.sources.mapping import map_file
from snapinspect.sources.signatures import HEAD_SIZE, Kind, kind_of
from snapinspect.sources.source import Digests, Source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from snapinspect.model import Data, Progress

DIGEST_SIZE = 32
_SECTOR = 512
_CHUNK = 1 << 22
_IN_COMPANY = ("Incr-", "snapshot_")
"""How files are called where Gardener and OpenShift put what belongs to them beside them."""


class DatabaseFile:
    """The mapped file. ``has_digest`` tells by its size, as etcd does; ``rest`` are bytes that fill no page nor a digest."""

    def __init__(self, data: Data) -> None:
        self._data = data
        self.has_digest = len(data) % _SECTOR == DIGEST_SIZE
        self.rest = 0 if self.has_digest else len(data) % _SECTOR

    def digests(self, progress: Progress) -> Digests:
        """The digest is looked for at the end, and behind the last page where something was put behind it."""
        size = len(self._data)
        last = [size - DIGEST_SIZE] if self.has_digest else []
        places = sorted(place for place in {*last, *self._ends()} if 0 < place <= size - DIGEST_SIZE)
        found: list[int] = []
        # Imported here, as few ask for it, and it loads all of OpenSSL.
        import hashlib

        hasher, at = hashlib.sha256(), 0
        with progress("checking the digest", size) as advance:
            for place in (*places, size):
                for start in range(at, place, _CHUNK):
                    chunk = self._data[start : min(start + _CHUNK, place)]
                    hasher.update(chunk)
                    advance(len(chunk))
                if hasher.digest() == self._data[place : place + DIGEST_SIZE]:
                    found.append(place)
                at = place
        whole = hasher.hexdigest()
        if found:
            return Digests("ok", whole, size - found[-1] - DIGEST_SIZE)
        # Bytes that fill no page were put behind a digest more likely than behind none.
        is_expected = self.has_digest or (self.rest and bool(places))
        return Digests("mismatch" if is_expected else "absent", whole, self.rest)

    def _ends(self) -> tuple[int, ...]:
        """Where the pages end, as the meta page tells."""
        try:
            meta = current_meta(self._data)
        except NotASnapshot:
            return ()
        return (meta.high_water * meta.page_size,)

    @property
    def form(self) -> str:
        """What it is, in words."""
        if self.has_digest:
            return "etcd snapshot"
        return "etcd database and bytes behind it" if self.rest else "etcd database without a digest"


def open_file(spec: str, progress: Progress) -> Source:
    """Maps the file read-only. Raises SourceError, or NotASnapshot, which names what the file is where that is known."""
    data = map_file(Path(spec))
    file = DatabaseFile(data)
    with named_if_foreign(Path(spec)):
        store = Database(data, progress)
    return Source(spec, file.form, len(data), store, file, Path(spec))


def open_plain(spec: str, progress: Progress) -> Source | None:
    """The same for what is a bbolt file at a glance, and may have nothing beside it that belongs to it; None for all else."""
    path = Path(spec)
    if path.name.startswith(_IN_COMPANY):
        return None
    head = head_of(path)
    # In what went through a terminal, CR stands before each LF.
    is_as_made = b"\n" in head.replace(b"\r\n", b"")
    return open_file(spec, progress) if is_as_made and kind_of(head) is Kind.bolt else None


@contextmanager
def named_if_foreign(path: Path) -> Iterator[None]:
    """Lets NotASnapshot say what the file is instead, where that is known."""
    try:
        yield
    except NotASnapshot:
        # Imported here, as a snapshot, which most files are, must open at once.
        from snapinspect.sources.foreign import foreign
        from snapinspect.sources.repositories import repository_around

        if named := foreign(path, head_of(path)) or repository_around(path):
            raise named from None
        raise


def find_log(database: Path) -> Path | None:
    """The directory of the write-ahead log beside a member's ``snap/db``.

    Source: go.etcd.io/etcd ``server/storage/datadir`` (``member/wal`` beside ``member/snap``).
    """
    try:
        logs = next(filter(None, map(_logs_beside, (database.absolute(), database.resolve()))), None)
        if logs is None:
            return None
        # Imported here, as a plain snapshot has no log and must open at once.
        from snapinspect.etcd.wal.log import is_segment

        return logs if any(is_segment(path.name) for path in logs.iterdir()) else None
    except OSError:
        return None


def _logs_beside(database: Path) -> Path | None:
    snap = database.parent
    logs = snap.with_name("wal")
    return logs if snap.name == "snap" and logs.is_dir() else None


def unread_log(logs: str, way: str) -> str:
    """The note on a write-ahead log that lies in the directory ``logs``, and on the ``way`` to have it read."""
    return (
        f"the write-ahead log in {logs} is not read: what etcd wrote last may be there, and not yet in the database "
        f"that is read; {way}"
    )


def head_of(path: Path) -> bytes:
    """What a regular file begins with, HEAD_SIZE bytes; nothing when it is none or may not be read."""
    try:
        # What the kernel makes up has no size, and may keep whoever reads it waiting.
        if path.is_file() and path.stat().st_size:
            with path.open("rb") as file:
                return file.read(HEAD_SIZE)
    except OSError:
        pass
    return b""
