"""The walk through an archive, and through the archives in it."""

from __future__ import annotations

from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING, BinaryIO

from snapinspect.errors import Damaged, SourceError
from snapinspect.etcd.wal.log import is_segment
from snapinspect.etcd.wal.version2 import is_raft_snapshot
from snapinspect.sources.compression import decompressed
from snapinspect.sources.finds import Finds, Found
from snapinspect.sources.foreign import described
from snapinspect.sources.signatures import ARCHIVES, COMPRESSED, HEAD_SIZE, Kind, kind_of
from snapinspect.sources.stream import Budget, CannotUnpack, Stream, told
from snapinspect.sources.tar import Packed, tar_files
from snapinspect.sources.workspace import Workspace, in_words
from snapinspect.sources.zip_headers import zip_remains
from snapinspect.sources.zips import zip_files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from snapinspect.model import Progress
    from snapinspect.sources.source import Sibling

_DEEPEST = 12
"""Layers, of which a ``.tar.gz`` is two."""
_KINE = b"kine"
"""Stands on the first page of k3s's datastore, as its table's definition does."""
_LONGEST_TEXT = 1 << 20
_ZEROS = 1 << 20
_NAMELESS = "unnamed"
_SNAPSHOT = "snapshot"


class Unpacking:
    """Reads ``archive`` once, and unpacks the snapshot in it that ``wanted`` names, or the only one, into ``workspace``."""

    _files_in_zip: Callable[[BinaryIO], Iterator[Packed]] = staticmethod(zip_files)

    def __init__(self, archive: Path, wanted: str, workspace: Workspace, progress: Progress) -> None:
        self._archive = archive
        self._size = archive.stat().st_size
        self._workspace = workspace
        self._progress = progress
        self._budget = Budget(self._size)
        self._numbers = count()
        self._members: dict[str, str] = {}
        self._finds = Finds(archive, wanted, workspace)

    def run(self) -> Found:
        """What was found. Raises NotASnapshot, Ambiguous, Damaged, SourceError."""
        self._read()
        return self._finds.verdict()

    def texts(self) -> tuple[Sibling, ...]:
        """Only the small text files, whatever else is there. Raises SourceError."""
        self._read()
        return self._finds.texts

    def _read(self) -> None:
        try:
            with self._archive.open("rb") as file:
                self._file = file
                self._visit(Stream(file.read), "", self._size, 0)
        except (Damaged, CannotUnpack) as error:
            self._finds.add_unread("", error)
        except OSError as error:
            raise SourceError(
                f"{self._archive}: {error.strerror}", "May you read the file, and is its disk well?"
            ) from None

    def _visit(self, stream: Stream, label: str, size: int | None, depth: int) -> None:
        """Looks at one file; ``label`` is its path in the archive, ``size`` what it will be where that is known."""
        head = stream.peek(HEAD_SIZE)
        kind = kind_of(head)
        if kind in ARCHIVES and depth >= _DEEPEST:
            raise SourceError(
                f"archives lie in archives, more than {_DEEPEST} deep",
                "Unpack it by hand, and name the snapshot itself.",
            )
        if kind in COMPRESSED:
            self._visit(self._budget.counted(decompressed(kind, stream)), label, None, depth + 1)
        elif kind is Kind.tar:
            self._visit_all(tar_files(stream), label, depth)
            # What is compressed has a checksum at its end.
            stream.drain()
        elif kind is Kind.zip:
            with self._as_file(stream, label) as file:
                self._visit_all(map(self._counted, self._files_in_zip(file)), label, depth)
        elif kind in (Kind.bolt, Kind.sql) or (kind is Kind.sqlite and _KINE in head):
            self._unpack(kind, stream, label, size)
        else:
            self._pass_over(kind, stream, label)
            stream.require_whole()

    def _pass_over(self, kind: Kind, stream: Stream, label: str) -> None:
        if named := described(stream.peek(HEAD_SIZE)):
            self._finds.refused.append(f"{label or self._archive.name} ({named[0]})")
        if label:
            self._look_beside(kind, stream, label)

    def _visit_all(self, files: Iterable[Packed], inside: str, depth: int) -> None:
        for packed in files:
            self._budget.spend_file()
            name = packed.name.removeprefix("./") or _NAMELESS
            label = f"{inside}!{name}" if inside else name
            self._finds.look_at_name(label)
            if packed.refusal:
                self._finds.refused.append(f"{label} ({packed.refusal})")
                continue
            try:
                self._visit(packed.content, label, packed.size, depth + 1)
            except (Damaged, CannotUnpack) as error:
                self._finds.add_unread(label, error)

    def _unpack(self, kind: Kind, stream: Stream, label: str, size: int | None) -> None:
        if self._finds.claim(label):
            self._finds.begun = Found(label, kind, self._workspace.path / _SNAPSHOT)
            self._spool(_SNAPSHOT, stream, label, size)
            self._finds.found = self._finds.begun

    def _look_beside(self, kind: Kind, stream: Stream, label: str) -> None:
        """At a file that is no snapshot and may have something to say of one."""
        directory, _, name = label.rpartition("/")
        if kind is Kind.sqlite_wal:
            self._finds.sqlite_logs[label] = self._spool(f"log-{next(self._numbers)}", stream, label, None)
        elif is_segment(name):
            self._keep_segment(stream, directory, name)
        elif is_raft_snapshot(name):
            purpose = f"unpacking {self._finds.shown(label)}"
            self._workspace.spool(f"{self._member_of(directory)}/snap/{name}", stream.chunks(), purpose)
        elif kind is Kind.text:
            text = stream.take(_LONGEST_TEXT + 1)
            if len(text) <= _LONGEST_TEXT:
                self._finds.keep_text(label, text)

    def _keep_segment(self, stream: Stream, directory: str, name: str) -> None:
        """Unpacks a file of etcd's write-ahead log, but for the zeros with which etcd makes room in it."""
        place = f"{self._member_of(directory)}/wal"
        self._finds.etcd_logs[directory] = self._workspace.path / place
        purpose = f"unpacking {self._finds.shown(f'{directory}/{name}')}"
        self._workspace.spool(f"{place}/{name}", _without_zeros(stream.chunks()), purpose)

    def _member_of(self, directory: str) -> str:
        """The directory for the files of one member, in which its log and raft's snapshots lie as they do in its own."""
        parent = directory.rpartition("/")[0]
        if parent not in self._members:
            member = self._members[parent] = f"member-{next(self._numbers)}"
            for inside in ("", "wal", "snap"):
                (self._workspace.path / member / inside).mkdir(0o700)
        return self._members[parent]

    def _spool(self, name: str, stream: Stream, label: str, size: int | None) -> Path:
        purpose = f"unpacking {self._finds.shown(label)}"
        needed = f", which takes {in_words(size)} of disk in {self._workspace.path.parent}" if size else ""
        with self._progress(f"{purpose}{needed}", size or self._size) as advance:
            chunks = told(stream.chunks(), advance) if size else self._placed(stream.chunks(), advance)
            return self._workspace.spool(name, chunks, purpose, size)

    def _counted(self, packed: Packed) -> Packed:
        return packed._replace(content=self._budget.counted(packed.content))

    def _placed(self, chunks: Iterable[bytes], advance: Callable[[int], object]) -> Iterator[bytes]:
        """The same chunks; ``advance`` is told how far the archive has been read."""
        before = self._file.tell()
        for chunk in chunks:
            yield chunk
            before, last = self._file.tell(), before
            advance(before - last)

    @contextmanager
    def _as_file(self, stream: Stream, label: str) -> Iterator[BinaryIO]:
        """A zip archive, whose directory is at its end; one that lies in another archive must be a file first."""
        if not label:
            yield self._file
            return
        path = self._spool(f"nested-{next(self._numbers)}", stream, label, None)
        try:
            with path.open("rb") as file:
                yield file
        finally:
            path.unlink()


class Remains(Unpacking):
    """Unpacks as much of the snapshot as is left of an archive that is damaged or cut off."""

    _files_in_zip = staticmethod(zip_remains)

    def run(self) -> Found:
        """The snapshot, and what is missing of it. Raises as unpacking a whole one does."""
        self._read()
        return self._finds.remains()

    def _pass_over(self, kind: Kind, stream: Stream, label: str) -> None:
        # A lone compressed file is what was meant, whatever is left of its beginning.
        if label or kind is not Kind.other:
            super()._pass_over(kind, stream, label)
        else:
            self._unpack(Kind.bolt, stream, label, None)


def _without_zeros(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes up to the last chunk that is not all zero."""
    zeros = 0
    for chunk in chunks:
        if not chunk.strip(b"\0"):
            zeros += len(chunk)
            continue
        while zeros:
            yield bytes(min(zeros, _ZEROS))
            zeros -= min(zeros, _ZEROS)
        yield chunk
