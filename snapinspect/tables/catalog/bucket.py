"""A catalog in a bucket: what is needed of it is brought into a likeness on this machine, and what a build changes put back.

A store replaces one object at a time. So what is to change is put beside first, under names that no reader looks at, and a
journal, which only one build can put there, says that it is whole; whoever builds next ends what a journal promises.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from snapinspect.errors import OutputError, SnapinspectError
from snapinspect.sources.cloud import cache
from snapinspect.sources.cloud.addresses import endpoint_url, is_object, parse
from snapinspect.sources.cloud.fetch import download
from snapinspect.sources.cloud.places import listed
from snapinspect.sources.cloud.writing import Bucket
from snapinspect.tables.catalog import layout
from snapinspect.tables.catalog.commit import JOURNAL, Commit, waiting_name
from snapinspect.tables.catalog.home import ABOUT, STAGING, locked

if TYPE_CHECKING:
    from snapinspect.sources.cloud.stores import Object

_VERSIONS = ".versions.json"
_AT_A_TIME = 16
_READ, _BUILT = "read", "built"
_FILES = f"*/*=*/*=*/{layout.FILE}"
Needed = Callable[[Sequence[str]], Iterable[str]]
"""Says which of a catalog's files there need be, by their names in it."""


class Likeness:
    """The files of a bucket's catalog that were brought to ``root``, each known by its version there."""

    def __init__(self, where: str, purpose: str) -> None:
        address = parse(where)
        prefix = address.key.strip("/")
        self.bucket = Bucket(address._replace(key=f"{prefix}/" if prefix else ""))
        self.called = where
        self.base = cache.catalogs() / hashlib.sha256(f"{endpoint_url.get()}\0{self._shown}".encode()).hexdigest()[:32]
        self.root = self.base / purpose
        cache.begin_catalog(self.base, self._shown)
        self.root.mkdir(mode=0o700, exist_ok=True)
        self.objects: dict[str, Object] = {}

    @property
    def _shown(self) -> str:
        return self.bucket.directory.shown

    def look(self) -> None:
        """Sees what is there now. Raises SourceError, UsageError."""
        start = len(self.bucket.directory.key)
        found = {each.address.key[start:]: each for each in listed(self.bucket.directory)}
        self.objects = {name: each for name, each in found.items() if name and ".." not in PurePosixPath(name).parts}

    def bring(self, pattern: str) -> None:
        """The files whose names match are below ``root``, and no others that match. Raises SourceError."""
        self.hold(pattern, self.named(pattern))

    def named(self, pattern: str) -> list[str]:
        """Those in the bucket whose names match."""
        return sorted(name for name in self.objects if fnmatchcase(name, pattern))

    def hold(self, pattern: str, names: Iterable[str]) -> None:
        """Of the files whose names match these are below ``root``, and no other that is not as it is there. Raises SourceError."""
        known = self._versions()
        wanted = set(names)
        for path in self.root.glob(pattern):
            name = str(path.relative_to(self.root))
            if name not in self.objects or (name not in wanted and known.get(name) != self.objects[name].version):
                path.unlink(missing_ok=True)
        there = {name: self.objects[name] for name in sorted(wanted)}
        new = [
            name
            for name, each in there.items()
            if known.get(name) != each.version or not each.version or not (self.root / name).exists()
        ]
        if not cache.make_room(sum(there[name].size for name in new)):
            self.forget({*self.named(pattern)} - wanted)
        with ThreadPoolExecutor(_AT_A_TIME) as pool:
            known |= zip(new, pool.map(self._fetch, new), strict=True)
        if new:
            (self.root / _VERSIONS).write_text(json.dumps(known), encoding="utf-8")

    def _fetch(self, name: str) -> str:
        target = self.root / name
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        half = target.with_name(f".{target.name}.{os.getpid()}")
        found = download(self.objects[name].address, half)
        half.replace(target)
        return found.version

    def _versions(self) -> dict[str, str]:
        try:
            known = json.loads((self.root / _VERSIONS).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return known if isinstance(known, dict) else {}

    def forget(self, names: Iterable[str]) -> None:
        """Files that are no likeness any more, as others have their names."""
        for name in names:
            (self.root / name).unlink(missing_ok=True)


class InBucket:
    """A bucket that a catalog is built in. What is read waits on this machine, so that the next build here goes on with it."""

    def __init__(self, likeness: Likeness) -> None:
        self._likeness = likeness
        self._bucket = likeness.bucket
        self.root = likeness.root
        self.staging = likeness.base / STAGING
        self._waiting = waiting_name(_builder(likeness.base / "builder"))
        likeness.look()
        likeness.bring(ABOUT)

    def names(self) -> list[str]:
        return sorted(self._likeness.objects)

    def begin(self, about: str) -> None:
        if not self._bucket.first(ABOUT, about.encode()):
            raise OutputError(f"another build has begun {self._likeness.called}", "Run it again once that is done.")
        self._likeness.look()
        self._likeness.bring(ABOUT)

    def settle(self) -> None:
        if (journal := self._bucket.read(JOURNAL)) is not None:
            self._carry_out(journal)
        for name in self._likeness.objects:
            if PurePosixPath(name).name == self._waiting:
                self._bucket.remove(name)
        self._likeness.look()

    def bring(self, table: str, cluster: str) -> None:
        self._likeness.bring(f"{table}/{cluster}/*/{layout.FILE}")

    def commit(self) -> Commit:
        return Commit(self.root, self._publish)

    def _publish(self, written: list[str], removed: list[str]) -> None:
        """Raises OutputError when another build changed the same clusters meanwhile; then nothing is changed."""
        moves = {self._beside(name): name for name in written}
        for waiting, name in moves.items():
            self._bucket.put(waiting, (self.root / name).with_name(waiting_name()))
        journal = json.dumps([moves, removed]).encode()
        is_ours = self._bucket.first(JOURNAL, journal)
        if not is_ours or self._is_changed(written + removed):
            for waiting in moves:
                self._bucket.remove(waiting)
            if is_ours:
                self._bucket.remove(JOURNAL)
            raise OutputError(
                f"another build writes to {self._likeness.called}",
                "What was read is kept: run it again once that is done.",
            )
        self._carry_out(journal)
        self._likeness.forget(written + removed)
        self._likeness.look()

    def _beside(self, name: str) -> str:
        return str(PurePosixPath(name).with_name(self._waiting))

    def _is_changed(self, names: list[str]) -> bool:
        """Whether what this build has read of the clusters that it writes to is not what is there."""
        clusters = {PurePosixPath(name).parts[1] for name in names}
        seen = self._of(clusters)
        self._likeness.look()
        return self._of(clusters) != seen

    def _of(self, clusters: set[str]) -> dict[str, str]:
        return {
            name: each.version
            for name, each in self._likeness.objects.items()
            if fnmatchcase(name, f"*/*/*/{layout.FILE}") and PurePosixPath(name).parts[1] in clusters
        }

    def _carry_out(self, journal: bytes) -> None:
        moves, removed = json.loads(journal)
        for waiting, name in moves.items():
            self._bucket.move(waiting, name)
        for name in removed:
            self._bucket.remove(name)
        if self._bucket.read(JOURNAL) == journal:
            self._bucket.remove(JOURNAL)


def _builder(path: Path) -> str:
    """By which a builder knows what it has put into the bucket and not finished."""
    if not path.exists():
        path.write_text(secrets.token_hex(4), encoding="ascii")
    return path.read_text(encoding="ascii")


@contextmanager
def in_bucket(where: str) -> Iterator[InBucket]:
    """A bucket's catalog that is built; nobody else of this machine builds it until the block ends. Raises OutputError, SourceError."""
    likeness = Likeness(where, _BUILT)
    with locked(likeness.base, where), _called(likeness):
        yield InBucket(likeness)


@contextmanager
def at_hand(where: str, needed: Needed = list) -> Iterator[Path]:
    """A catalog as a directory of this machine: itself, or what is ``needed`` of the bucket that it lies in. Raises SourceError."""
    if not is_object(where):
        yield Path(where)
        return
    likeness = Likeness(where, _READ)
    with _called(likeness), cache.reading_catalog(likeness.base):
        likeness.look()
        likeness.bring(ABOUT)
        likeness.hold(_FILES, needed(likeness.named(_FILES)))
        yield likeness.root


@contextmanager
def _called(likeness: Likeness) -> Iterator[None]:
    """Errors name the bucket, and not the likeness, of which nobody knows."""
    try:
        yield
    except SnapinspectError as error:
        error.args = (str(error).replace(str(likeness.root), likeness.called),)
        error.hint = error.hint.replace(str(likeness.root), likeness.called)
        raise
