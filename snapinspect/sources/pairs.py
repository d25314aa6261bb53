"""Archives in which each etcd key is an entry of its own: those of vCluster and of MicroK8s.

Sources: loft-sh/vcluster ``pkg/snapshot`` (an entry's name is the key, and its content the value; what vCluster adds is below
``/vcluster/snapshot``); canonical/k8s-dqlite ``pkg/migrator`` (``N.key`` and ``N.data``).
"""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from snapinspect.errors import Damaged, SourceError
from snapinspect.model import Problem
from snapinspect.sources.archive import split
from snapinspect.sources.datastore import WholeFile
from snapinspect.sources.file import head_of
from snapinspect.sources.signatures import COMPRESSED, HEAD_SIZE, Kind, kind_of
from snapinspect.sources.source import Source
from snapinspect.sources.stream import Budget, CannotUnpack, Stream, opened_for_reading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from snapinspect.model import Progress
    from snapinspect.sources.tar import Packed

_MOST = 2 << 30
"""Bytes of values that are held in memory: as much as etcd keeps by default."""
_LONGEST_KEY = 1 << 16
_ABOUT_VCLUSTER = "/vcluster/snapshot/"
_NOTE = "only keys and values were saved: revisions, versions and history are not known, and each is given as 1"


def open_pairs(spec: str, progress: Progress) -> Source | None:
    """Opens an archive whose first entry is an etcd key; None for any other file. Raises SourceError."""
    path, wanted = split(spec)
    kind = kind_of(head_of(path))
    if wanted or kind not in (*COMPRESSED, Kind.tar):
        return None
    # Imported here, as a plain snapshot, which most are, must open at once.
    from snapinspect.sources.compression import decompressed
    from snapinspect.sources.tar import tar_files

    with opened_for_reading(path) as file:
        stream = Stream(file.read)
        if kind in COMPRESSED:
            stream = Budget(path.stat().st_size).counted(decompressed(kind, stream))
        try:
            if kind_of(stream.peek(HEAD_SIZE)) is not Kind.tar:
                return None
            files = tar_files(stream)
            first = next(files, None)
        except (Damaged, CannotUnpack):
            return None
        form = next((form for form in _FORMS if first and form.first.match(first.name)), None)
        if first is None or form is None:
            return None
        with progress("reading keys and values", path.stat().st_size):
            return _read(spec, path, form, chain([first], files))


def _read(spec: str, path: Path, form: _Form, files: Iterable[Packed]) -> Source:
    # Imported here, as few backups are of this form, and a plain snapshot must open at once.
    from snapinspect.etcd.pairs import PairStore

    pairs: dict[bytes, bytes] = {}
    problems: list[Problem] = []
    size = 0
    try:
        for key, value in form.pairs(files):
            size += len(key) + len(value)
            if size > _MOST:
                raise _too_much(path)
            pairs[key] = value
    except (Damaged, CannotUnpack) as error:
        problems.append(Problem("damaged", path.name, f"it was not read whole: {error}"))
    return Source(
        spec,
        form.told,
        path.stat().st_size,
        PairStore(pairs),
        WholeFile(path),
        notes=(_NOTE,),
        problems=tuple(problems),
    )


def _named_by_keys(files: Iterable[Packed]) -> Iterator[tuple[bytes, bytes]]:
    for file in files:
        if not file.refusal and not file.name.startswith(_ABOUT_VCLUSTER):
            yield file.name.encode(), file.content.take(_MOST + 1)


def _numbered(files: Iterable[Packed]) -> Iterator[tuple[bytes, bytes]]:
    """A key stands before its value or behind it."""
    halves: dict[str, tuple[str, bytes]] = {}
    for file in files:
        number, _, half = file.name.rpartition(".")
        if half not in ("key", "data") or file.refusal:
            continue
        content = file.content.take(_LONGEST_KEY if half == "key" else _MOST + 1)
        if number not in halves:
            halves[number] = half, content
            continue
        other, earlier = halves.pop(number)
        if other != half:
            yield (content, earlier) if half == "key" else (earlier, content)
    if halves:
        raise Damaged(f"{len(halves)} of its keys have no value, or the other way round")


def _too_much(path: Path) -> SourceError:
    return SourceError(
        f"{path} holds more than an etcd would", "Its values must fit into memory; restore it where it came from."
    )


class _Form(NamedTuple):
    told: str
    first: re.Pattern[str]
    pairs: Callable[[Iterable[Packed]], Iterator[tuple[bytes, bytes]]]


_FORMS = (
    _Form("vCluster snapshot of keys and values", re.compile(r"/(?:registry|vcluster/snapshot)/"), _named_by_keys),
    _Form("MicroK8s backup (dbctl) of keys and values", re.compile(r"(?:.*/)?[0-9]+\.(?:key|data)$"), _numbered),
)
