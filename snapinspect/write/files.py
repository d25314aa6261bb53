"""What ``export`` writes: a directory of manifests, and an index of where each came from."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, Self, TextIO

from snapinspect.errors import UsageError
from snapinspect.model import Body, Change
from snapinspect.write import yaml
from snapinspect.write.json import dumps, portable, quote
from snapinspect.write.paths import SUFFIX, flat_path, tree_path
from snapinspect.write.staging import Staging, refusal, reporting

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from snapinspect.model import Omission

INDEX = "index.jsonl"
SINGLE = "objects.yaml"
UNDECODED = "undecoded.yaml"

_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL
_BUFFER = 1 << 20


class ExportItem(NamedTuple):
    """One object to write. ``label`` is its resource as paths show it, ``plural[.group]``; ``key`` is etcd's."""

    label: str
    key: str
    api_version: str
    kind: str
    namespace: str | None
    name: str
    revision: int
    body: Body
    changes: Sequence[Change] = ()


class Document(NamedTuple):
    """An object's place among the files, its ``text``, and the ``entry`` that it gets in the index behind its file."""

    label: str
    kind: str
    namespace: str | None
    name: str
    text: str
    entry: str


class LeftOut(NamedTuple):
    """The line of the index for an object that is not written."""

    line: str


def document(item: ExportItem, text: str | None = None) -> Document:
    """``text`` is the body's, where it is known. Raises OutputError for a body that YAML cannot hold."""
    changes = ",".join([_told(change) for change in item.changes])
    entry = f'{_origin(item)},"changes":[{changes}]'
    return Document(
        item.label, item.kind, item.namespace, item.name, yaml.dump(item.body) if text is None else text, entry
    )


@lru_cache(maxsize=4096)
def _told(change: Change) -> str:
    """A change as the index has it; most objects have the same."""
    return f'{{"path":{quote(change.path)},"rule":{quote(change.rule)},"reason":{quote(change.reason)}}}'


def place_alone(item: ExportItem, _text: str | None = None) -> Document:
    """Nothing but the place, for a rehearsal."""
    return Document(item.label, item.kind, item.namespace, item.name, "", "")


def left_out(item: ExportItem, omission: Omission) -> LeftOut:
    why = f'{{"rule":{quote(omission.rule)},"reason":{quote(omission.reason)}}}'
    return LeftOut(portable(f'{{"file":null,{_origin(item)},"leftOut":{why}}}\n'))


class Exporter:
    """Writes objects into ``directory``, which gets them, and ``index.jsonl``, only once all are written.

    ``layout`` is one of ``LAYOUTS``; ``evidence`` becomes the index's first line. Leaving the ``with`` block by an
    exception removes everything written. Raises OutputError where the file system refuses, UsageError for an
    unknown layout.
    """

    def __init__(self, directory: Path, layout: str, evidence: Mapping[str, Any], *, force: bool = False) -> None:
        if layout not in LAYOUTS:
            raise _no_layout(layout)
        self._staging = Staging(directory, force=force)
        self._layout = layout
        self._evidence = dict(evidence)

    def __enter__(self) -> Self:
        try:
            self._staging.begin()
            with reporting(self._staging.target):
                self._documents = LAYOUTS[self._layout](self._staging.path)
                self._index = _create(f"{self._staging.path}/{INDEX}")
                self._index.write(dumps(self._evidence) + "\n")
        except BaseException:
            self._staging.discard()
            raise
        return self

    def document(self, item: ExportItem, text: str | None = None) -> Document:
        """An object as it is written; ``text`` is its body's, where it is known. Raises OutputError for a body that YAML cannot hold."""
        return document(item, text)

    def add(self, document: Document) -> str:
        """Write one object and return its file, relative to the directory."""
        try:
            file = self._documents.add(document)
            self._index.write(portable(f'{{"file":{quote(file)},{document.entry}}}\n'))
        except OSError as error:
            raise refusal(self._staging.target, error) from error
        return file

    def leave_out(self, left: LeftOut) -> None:
        """Record in the index that an object was not written, and why."""
        with reporting(self._staging.target):
            self._index.write(left.line)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                with reporting(self._staging.target):
                    self._documents.close()
                    self._index.close()
                self._staging.commit(last=INDEX)
        finally:
            self._abandon()

    def _abandon(self) -> None:
        """Free what a commit has not taken."""
        with suppress(OSError):
            self._documents.close()
        with suppress(OSError):
            self._index.close()
        self._staging.discard()


class Rehearsal:
    """Tells what an ``Exporter`` of this layout would write, without a file.

    Raises UsageError for an unknown layout.
    """

    def __init__(self, layout: str) -> None:
        if layout not in PLACES:
            raise _no_layout(layout)
        self._place = PLACES[layout]
        self._repeats: Counter[str] = Counter()

    def add(self, document: Document) -> str:
        """The file of an object, relative to the directory."""
        if self._place is None:
            return _single(document)
        path = "/".join(filter(None, self._place(document.label, document.namespace, document.name)))
        self._repeats[path.lower()] += 1
        return _repeated(path, self._repeats[path.lower()] - 1)


class _Documents(Protocol):
    """How a layout stores objects: ``add`` returns the file, relative to the directory."""

    def add(self, document: Document) -> str: ...

    def close(self) -> None: ...


class _FileEach:
    """One file an object, at the path that ``place`` gives it."""

    def __init__(self, place: Place, root: str) -> None:
        self._place = place
        self._root = root
        self._made = {""}
        self._repeats: Counter[str] = Counter()

    def add(self, document: Document) -> str:
        directory, stem = self._place(document.label, document.namespace, document.name)
        if directory not in self._made:
            self._make(directory)
        path = f"{directory}/{stem}" if directory else stem
        # Not every file system tells capitals apart, and files wander.
        small = path.lower()
        while True:
            file = _repeated(path, self._repeats[small])
            self._repeats[small] += 1
            try:
                descriptor = os.open(f"{self._root}/{file}", _CREATE, 0o600)
            except FileExistsError:
                # Names that this file system does not tell apart for another reason.
                continue
            _write_and_close(descriptor, document.text.encode())
            return file

    def close(self) -> None:
        """Nothing is held open."""

    def _make(self, directory: str) -> None:
        parent, _, _ = directory.rpartition("/")
        if parent not in self._made:
            self._make(parent)
        with suppress(FileExistsError):
            Path(self._root, directory).mkdir(0o700)
        self._made.add(directory)


class _OneFile:
    """All objects in one file, in the order given; what is no object, and must not be applied, in another."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._streams = {SINGLE: _create(f"{root}/{SINGLE}")}
        self._separators: dict[str, str] = {}

    def add(self, document: Document) -> str:
        file = _single(document)
        if file not in self._streams:
            self._streams[file] = _create(f"{self._root}/{file}")
        self._streams[file].write(self._separators.get(file, "") + document.text)
        self._separators[file] = "---\n"
        return file

    def close(self) -> None:
        for stream in self._streams.values():
            stream.close()


Place = Callable[[str, str | None, str], tuple[str, str]]
PLACES: dict[str, Place | None] = {"tree": tree_path, "flat": flat_path, "single": None}
"""Directory and file of an object, for the layouts that give each its own."""
LAYOUTS: dict[str, Callable[[str], _Documents]] = {
    layout: partial(_FileEach, place) if place else _OneFile for layout, place in PLACES.items()
}


def _no_layout(layout: str) -> UsageError:
    return UsageError(f"there is no layout {layout!r}", hint=f"choose one of {', '.join(PLACES)}")


def _repeated(path: str, repeats: int) -> str:
    """The file at ``path`` after so many of the same name."""
    return f"{path}%~{repeats + 1}{SUFFIX}" if repeats else path + SUFFIX


def _single(document: Document) -> str:
    return SINGLE if document.kind else UNDECODED


def _create(path: str) -> TextIO:
    return os.fdopen(os.open(path, _CREATE, 0o600), "w", buffering=_BUFFER, encoding="utf-8", newline="\n")


def _write_and_close(descriptor: int, content: bytes) -> None:
    try:
        written = os.write(descriptor, content)
        while written < len(content):
            content = content[written:]
            written = os.write(descriptor, content)
    finally:
        os.close(descriptor)


def _origin(item: ExportItem) -> str:
    """The members that say which object it is. Spelled out, as dicts for an encoder would cost twice as much a file."""
    namespace = "null" if item.namespace is None else quote(item.namespace)
    return (
        f'"key":{quote(item.key)},"apiVersion":{quote(item.api_version)},"kind":{quote(item.kind)},'
        f'"namespace":{namespace},"name":{quote(item.name)},"revision":{item.revision}'
    )
