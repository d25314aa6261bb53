"""Candidates out of a snapshot. One that is broken, or takes too long, has none, and nothing is said of it."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from snapinspect.errors import SnapinspectError
from snapinspect.snapshot import Snapshot, open_snapshot

_PATIENCE = 0.4
"""Seconds for which a person at the prompt does not mind to wait; what takes longer completes nothing."""
_MOST = 2000
_MARK = "!"

Ask = Callable[[Snapshot], Iterable[str]]


def held_in(path: str, ask: Ask) -> list[str]:
    """What ``ask`` finds in the snapshot at ``path``, each once, as far as it comes in time."""
    found: dict[str, None] = {}
    if Path(path.partition(_MARK)[0]).exists():
        with suppress(SnapinspectError, OSError, ValueError, _Late), _at_most(_PATIENCE), open_snapshot(path) as it:
            _collect(ask(it), found)
    return list(found)


def kinds(snapshot: Snapshot) -> Iterator[str]:
    """The kinds that are there, by the plurals that mean them, and ``helm`` where Helm keeps a release."""
    for _, head in snapshot.heads(snapshot.select()):
        if head.kind:
            yield snapshot.kind_of(head).directory
        if head.kind == "Secret" and head.name.startswith("sh.helm.release."):
            yield "helm"


def namespaces(snapshot: Snapshot) -> Iterable[str]:
    return _names(snapshot, "namespaces")


def names_of(word: str, namespaces: Iterable[str]) -> Ask:
    """The names of a kind's objects, or of Helm's releases, in these namespaces if there are any."""

    def ask(snapshot: Snapshot) -> Iterable[str]:
        if word.lower() == "helm":
            from snapinspect.analysis.helm import kept_releases

            return (release for _, release in kept_releases(snapshot, namespaces))
        return _names(snapshot, word, namespaces)

    return ask


def labels_of(kinds: Iterable[str], namespaces: Iterable[str]) -> Ask:
    """``key=value`` of every object of these kinds in these namespaces; none named are all."""
    # Imported here, as all else is told by keys alone.
    from snapinspect.kube.skim import Skim

    skim = Skim(read=frozenset({"labels"}))

    def ask(snapshot: Snapshot) -> Iterator[str]:
        for record, _ in snapshot.entries(snapshot.select(kinds, namespaces=namespaces)):
            metadata = (snapshot.metadata_of(record, skim) or {}).get("metadata")
            held: Any = metadata.get("labels") if isinstance(metadata, dict) else None
            for key, value in held.items() if isinstance(held, dict) else ():
                yield f"{key}={value}"

    return ask


def etcd_keys(start: str) -> Ask:
    """Etcd keys up to the next slash, as a file name is completed directory by directory."""

    def ask(snapshot: Snapshot) -> Iterator[str]:
        for key in snapshot.known_keys():
            text = key.decode("utf-8", "backslashreplace")
            if text.startswith(start):
                end = text.find("/", len(start))
                yield text if end < 0 else text[: end + 1]

    return ask


def revisions(snapshot: Snapshot) -> Iterable[str]:
    """The revisions that ``--at`` can go back to, the newest first."""
    found = {record.revision.main for record in snapshot.store.newest(_MOST)}
    return [str(revision) for revision in sorted(found, reverse=True)]


def members(path: str) -> list[str]:
    """What an archive holds that could be a snapshot, as ``ARCHIVE!MEMBER``."""
    archive = path.partition(_MARK)[0]
    found: dict[str, None] = {}
    with suppress(OSError, ValueError, EOFError, _Late), _at_most(_PATIENCE):
        _collect((f"{archive}{_MARK}{name}" for name in _names_in(Path(archive))), found)
    return list(found)


def _names_in(archive: Path) -> Iterator[str]:
    import tarfile
    import zipfile

    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as zipped:
            yield from (each.filename for each in zipped.infolist() if not each.is_dir())
        return
    try:
        with tarfile.open(archive) as packed:
            yield from (each.name for each in packed if each.isfile())
    except tarfile.TarError as error:
        raise OSError(str(error)) from error


def _names(snapshot: Snapshot, word: str, namespaces: Iterable[str] = ()) -> Iterator[str]:
    selection = snapshot.select([word], namespaces=namespaces)
    return (head.name for _, head in snapshot.heads(selection))


def _collect(texts: Iterable[str], found: dict[str, None]) -> None:
    """Adds what a line of a shell can hold, up to a number that a person still looks at."""
    for text in texts:
        if text.isprintable():
            found[text] = None
        if len(found) >= _MOST:
            return


class _Late(BaseException):
    """It took too long; no handler of errors on the way may take it for one."""


@contextmanager
def _at_most(seconds: float) -> Iterator[None]:
    def stop(_number: int, _frame: object) -> None:
        raise _Late

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
