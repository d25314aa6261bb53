"""What every way of arriving gives: a store, and facts about the file it came from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

from snapinspect.sources.stream import file_chunks, told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from snapinspect.etcd import Store
    from snapinspect.model import Problem, Progress

DigestState = Literal["ok", "absent", "mismatch"]


class Digests(NamedTuple):
    """``state`` of the SHA-256 that was saved behind the content; ``whole`` is the file's own, in hexadecimal.

    ``behind`` is how many bytes stand behind it, or behind the pages where there is none.
    """

    state: DigestState
    whole: str
    behind: int = 0

    @property
    def remark(self) -> str:
        """What is to be said of the bytes behind it; empty where there are none."""
        if not self.behind:
            return ""
        if self.state == "ok":
            cut = f"`head -c -{self.behind} FILE > NEW`"
            return f"bytes behind the SHA-256 that are no part of the snapshot: {self.behind}; etcd restores it without them: {cut}"
        return f"bytes behind the last page, and none of them are its SHA-256: {self.behind}"


class Evidence(Protocol):
    """The file as it lies there, for checks and for the record."""

    def digests(self, progress: Progress) -> Digests:
        """Reads the whole file."""


class Sibling(NamedTuple):
    """A small text file that lay beside the snapshot: its name in the archive, and where it was put."""

    name: str
    file: Path


class Temporary(Protocol):
    """What is given up when the source is closed."""

    def close(self) -> None:
        """Gives it up."""


class Source(NamedTuple):
    """An opened backup: ``format`` in words, ``size`` in bytes of the file at ``path``.

    ``database`` is the file that ``store`` reads, which for a packed backup is not the one at ``path``.
    ``log`` is the directory of the database's write-ahead log, where it has one. ``notes`` are what a person must know
    who relies on the answers; ``problems`` are what was found broken on the way to the store, or missing.
    ``workspaces`` are closed with it. ``outlines`` is the size in bytes of the database of which ``store`` holds no more than the first
    and the last records; None where it holds all.
    """

    path: str
    format: str
    size: int
    store: Store
    evidence: Evidence
    database: Path | None = None
    notes: tuple[str, ...] = ()
    beside: tuple[Sibling, ...] = ()
    workspaces: tuple[Temporary, ...] = ()
    log: Path | None = None
    problems: tuple[Problem, ...] = ()
    outlines: int | None = None

    def siblings(self) -> Iterator[tuple[str, Callable[[], bytes]]]:
        """The small text files (1 MiB at most) that were packed with the snapshot, by name in the archive."""
        for name, file in self.beside:
            yield name, file.read_bytes

    def close(self) -> None:
        self.store.close()
        for workspace in self.workspaces:
            workspace.close()


def sha256(path: Path, progress: Progress) -> str:
    """The digest of a whole file, in hexadecimal. Raises SourceError when it cannot be read."""
    # Imported here, as few ask for it, and it loads all of OpenSSL.
    import hashlib

    hasher = hashlib.sha256()
    with progress("checking the digest", path.stat().st_size) as advance:
        for chunk in told(file_chunks(path), advance):
            hasher.update(chunk)
    return hasher.hexdigest()
