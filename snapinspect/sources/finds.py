"""What was found in an archive, and which of it is the snapshot."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from shlex import quote
from typing import TYPE_CHECKING, NamedTuple

from snapinspect.errors import Ambiguous, Damaged, NotASnapshot, SnapinspectError, SourceError
from snapinspect.sources.datastore import LOG_SUFFIX
from snapinspect.sources.repositories import OfObjects, archive_of_objects
from snapinspect.sources.signatures import Kind
from snapinspect.sources.source import Sibling
from snapinspect.sources.stream import READ_WHAT_IS_LEFT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from snapinspect.sources.stream import CannotUnpack
    from snapinspect.sources.workspace import Workspace

_NAMED = 20
_MOST_TEXTS = 4_096
_MOST_TEXT = 64 << 20
_PEM = b"-----BEGIN"
_READ_IN_PART = (Kind.bolt, Kind.sql)


class Found(NamedTuple):
    """The snapshot: its path in the archive, the file that it was unpacked into, and the directory of its write-ahead log.

    ``missing`` says why that is not all of it.
    """

    label: str
    kind: Kind
    file: Path
    notes: tuple[str, ...] = ()
    beside: tuple[Sibling, ...] = ()
    log: Path | None = None
    missing: str = ""


class Finds:
    """Gathers what the walk through ``archive`` meets; ``wanted`` names the snapshot or an archive or directory around it."""

    def __init__(self, archive: Path, wanted: str, workspace: Workspace) -> None:
        self.found: Found | None = None
        self.begun: Found | None = None
        self.refused: list[str] = []
        self.sqlite_logs: dict[str, Path] = {}
        self.etcd_logs: dict[str, Path] = {}
        self._archive = archive.name
        self._path = archive
        self._wanted = wanted.removeprefix("./")
        self._workspace = workspace
        self._snapshots: list[str] = []
        self._unread: list[tuple[str, Damaged | CannotUnpack]] = []
        self._texts: list[Sibling] = []
        self._text_left = _MOST_TEXT
        self._texts_lost = 0
        self._of_objects: OfObjects | None = None

    def shown(self, label: str) -> str:
        """A path in the archive, as it is written on the command line."""
        return f"{self._archive}!{label}" if label else self._archive

    def look_at_name(self, label: str) -> None:
        """Notes what the name of a file tells of the archive."""
        self._of_objects = self._of_objects or archive_of_objects(label)

    def claim(self, label: str) -> bool:
        """Notes a snapshot; whether it is the first that is wanted."""
        first = not any(map(self._is_wanted, self._snapshots))
        self._snapshots.append(label)
        return first and self._is_wanted(label)

    def add_unread(self, label: str, error: Damaged | CannotUnpack) -> None:
        """Notes what could not be read; what breaks one file is met again in the archives around it."""
        if all(error is not known for _, known in self._unread):
            self._unread.append((label, error))

    def keep_text(self, label: str, text: bytes) -> None:
        """Keeps a small file for those who look for encryption keys; certificates and their keys are not among them."""
        if text.startswith(_PEM) or b"\0" in text:
            return
        if len(self._texts) >= _MOST_TEXTS or len(text) > self._text_left:
            self._texts_lost += 1
            return
        self._text_left -= len(text)
        file = self._workspace.spool(f"beside-{len(self._texts)}", [text], f"unpacking {self.shown(label)}", len(text))
        self._texts.append(Sibling(label, file))

    def verdict(self) -> Found:
        """The one snapshot. Raises NotASnapshot, Ambiguous, Damaged, SourceError."""
        meant = [label for label in self._snapshots if self._is_wanted(label)]
        if len(meant) > 1:
            raise Ambiguous(
                f"{self.shown(self._wanted)} holds {len(meant)} snapshots: {_listed(meant)}",
                f"Name one of them: `snapinspect ls {quote(f'{self._path}!{meant[0]}')}`.",
            )
        if self.found is None:
            raise self._nothing()
        self._lay_log_beside(self.found)
        return self.found._replace(
            notes=tuple(self._notes()), beside=self.texts, log=self.etcd_logs.get(_log_of(self.found.label))
        )

    def remains(self) -> Found:
        """The one snapshot, or as much of it as could be unpacked, with what is ``missing``. Raises as ``verdict`` does."""
        found = self.found or self.begun
        if found is not None and self._unread:
            self.found = found._replace(missing=str(self._unread.pop(0)[1]))
        return self.verdict()

    @property
    def texts(self) -> tuple[Sibling, ...]:
        return tuple(self._texts)

    def _is_wanted(self, label: str) -> bool:
        wanted = self._wanted
        return not wanted or label == wanted or label.startswith((f"{wanted}!", f"{wanted}/"))

    def _nothing(self) -> SnapinspectError:
        if self._unread:
            label, error = self._unread[0]
            kind = Damaged if isinstance(error, Damaged) else SourceError
            hint = READ_WHAT_IS_LEFT if self.begun and self.begun.kind in _READ_IN_PART else error.hint
            return kind(f"{self.shown(label)}: {error}", hint)
        if self._snapshots:
            return NotASnapshot(
                f"{self._archive} holds no snapshot {self._wanted}", f"The snapshots in it: {_listed(self._snapshots)}."
            )
        if self._of_objects:
            what = f"{self._of_objects.what}, which holds objects, and no etcd snapshot"
            return NotASnapshot(f"{self._archive} is {what}", self._of_objects.hint)
        passed_over = f"; passed over: {_listed(self.refused)}" if self.refused else ""
        return NotASnapshot(
            f"{self._archive} holds no etcd snapshot{passed_over}",
            "Expected in it is what etcdctl snapshot save wrote, a member's snap/db, or k3s's state.db.",
        )

    def _lay_log_beside(self, found: Found) -> None:
        """SQLite looks for the log under the database's name."""
        log = self.sqlite_logs.get(found.label + LOG_SUFFIX)
        if log is not None:
            log.rename(found.file.with_name(found.file.name + LOG_SUFFIX))

    def _notes(self) -> Iterator[str]:
        for label, error in self._unread[:_NAMED]:
            yield f"{self.shown(label)} was not read whole: {error}"
        if self._texts_lost:
            yield f"{self._texts_lost} text files beside the snapshot were not searched for encryption keys: too many"


def _log_of(label: str) -> str:
    """Where the write-ahead log of a member's ``snap/db`` would be in the archive."""
    archive, separator, path = label.rpartition("!")
    return f"{archive}{separator}{PurePosixPath(path).parent.parent / 'wal'}"


def _listed(labels: list[str]) -> str:
    more = f" and {len(labels) - _NAMED} more" if len(labels) > _NAMED else ""
    return ", ".join(label or "the file itself" for label in labels[:_NAMED]) + more
