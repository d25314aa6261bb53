"""Where a catalog lies that is built: a directory, or a bucket; nobody else of this machine builds there meanwhile."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from snapinspect.errors import OutputError
from snapinspect.tables.catalog.commit import Commit, settle

ABOUT, STAGING, LOCK = "catalog.json", ".staging", ".lock"


class Home(Protocol):
    """``root`` is where the files lie that were brought, ``staging`` where what is read waits to be taken over."""

    @property
    def root(self) -> Path: ...

    @property
    def staging(self) -> Path: ...

    def names(self) -> list[str]:
        """What lies there, if anything does."""

    def begin(self, about: str) -> None:
        """``catalog.json`` is written. Raises OutputError where somebody else was first."""

    def settle(self) -> None:
        """What an interrupted build left is ended, or forgotten."""

    def bring(self, table: str, cluster: str) -> None:
        """From now on a table's files of a cluster's directory are below ``root``; ``*`` stands for each one."""

    def commit(self) -> Commit:
        """What is to change all at once."""


class Directory:
    """A directory of this machine."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def staging(self) -> Path:
        return self.root / STAGING

    def names(self) -> list[str]:
        return [each.name for each in self.root.iterdir() if each.name != LOCK]

    def begin(self, about: str) -> None:
        half = self.root / f".{ABOUT}"
        half.write_text(about, encoding="utf-8")
        half.replace(self.root / ABOUT)

    def settle(self) -> None:
        settle(self.root)

    def bring(self, table: str, cluster: str) -> None:
        """All is there."""

    def commit(self) -> Commit:
        return Commit(self.root)


@contextmanager
def locked(directory: Path, called: str) -> Iterator[None]:
    """The directory, made if there is none, is nobody else's until the block ends. Raises OutputError."""
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(directory / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise OutputError(f"cannot write {directory}: {error.strerror}", "Name a directory you may write to.") from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        raise OutputError(f"another build writes to {called}", "Wait until it is done.") from None
    try:
        yield
    finally:
        os.close(lock)
