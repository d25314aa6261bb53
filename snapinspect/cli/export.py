"""``snapinspect export``: objects into files."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from shlex import quote
from typing import Annotated, Any, Protocol

from snapinspect import __version__
from snapinspect.cli import console as terminal
from snapinspect.cli.bringing import Bringing
from snapinspect.cli.console import Console
from snapinspect.cli.declared import Option
from snapinspect.cli.line import typed
from snapinspect.cli.listing import key_text
from snapinspect.cli.opening import check_digest, opened, recoverable, require_some, selected, whole_cluster
from snapinspect.cli.options import Choice, NamedTargets, Reading, Recovery, SnapshotArgument, UndecodedOption
from snapinspect.cli.output import quick_text_of
from snapinspect.cli.recovering import followed, target_release
from snapinspect.cli.summary import Summary
from snapinspect.cli.undecoded import undecoded_body
from snapinspect.errors import UsageError
from snapinspect.model import Body, Change, Omission, Record
from snapinspect.select import Selection, parse_listed
from snapinspect.snapshot import Entry, Snapshot
from snapinspect.write.counted import counted
from snapinspect.write.files import Document, Exporter, ExportItem, LeftOut, Rehearsal, left_out, place_alone


class Layout(StrEnum):
    """``--layout``: how the directory is made up."""

    tree = "tree"
    flat = "flat"
    single = "single"


def export(
    snapshot: SnapshotArgument,
    choice: Choice,
    recovery: Recovery,
    reading: Reading,
    kinds: NamedTargets = None,
    directory: Annotated[
        Path | None, Option("-d", "--directory", metavar="DIR", help="Where to write; made if absent.")
    ] = None,
    dry_run: Annotated[bool, Option("--dry-run", help="List the files that would be written.")] = False,
    layout: Annotated[
        Layout, Option("--layout", help="A tree by namespace, a flat directory, or one file.")
    ] = Layout.tree,
    force: Annotated[bool, Option("--force", help="Write into a directory that is not empty.")] = False,
    undecoded: UndecodedOption = None,
) -> None:
    """Write objects into files, clean and ready to apply."""
    release, target = target_release(recovery), _target(directory, dry_run=dry_run)
    with opened(snapshot, reading, choice.at) as (view, console):
        view = recoverable(view, deleted=recovery.deleted)
        parsed = parse_listed(kinds or [], view.kinds.means_something)
        selection = whole_cluster(selected(view, console, parsed, choice, everything=recovery.everything))
        sha256 = check_digest(view, console).whole
        also = followed(view, selection, recovery, console)
        with _written(target, layout, view, sha256, force=force) as exporter:
            run = Export(view, selection, recovery, console, exporter, also, release)
            run.write()
            if undecoded is not None:
                for unread in view.unread(selection):
                    run.add_undecoded(unread.record, undecoded_body(unread, undecoded))
            require_some(run.count + run.summary.omitted, view, selection)
        run.summary.tell()
        _tell_others(view, selection, console)
        objects = counted(run.count, "object")
        done = f"wrote {objects} to {target}" if target else f"would write {objects}"
        console.say(done)


def _target(directory: Path | None, *, dry_run: bool) -> Path | None:
    """Where the files go; None for a dry run. Raises UsageError where nothing says it."""
    if dry_run:
        return None
    if directory is None:
        raise UsageError(
            "nothing says where to write",
            f"`{typed().with_option('-d', 'DIR')}`, or --dry-run for what would be written.",
        )
    if str(directory) == "-":
        hint = f"`{typed().without('-d').of('get')}` writes to standard output."
        raise UsageError("export writes files, and - is none", hint)
    return directory


@contextmanager
def _written(target: Path | None, layout: Layout, view: Snapshot, sha256: str, *, force: bool) -> Iterator[Writing]:
    """What takes the objects: the exporter, or what lists the files that it would write."""
    if target is not None:
        with ExitStack() as writing:
            exporter = writing.enter_context(Exporter(target, layout, _evidence(view, sha256), force=force))
            yield exporter
        return
    listed = Listed(Rehearsal(layout))
    yield listed
    with terminal.utf8_output() as stream:
        stream.writelines(f"{file}\n" for file in listed.files)


class Writing(Protocol):
    """What takes the objects of an export."""

    def document(self, item: ExportItem, text: str | None = None) -> Document:
        """As much of an object as is to be written, ``text`` where it is known; may be made in another process."""

    def add(self, document: Document) -> str:
        """Takes one; gives its file."""

    def leave_out(self, left: LeftOut) -> None:
        """Is told of one that is not written."""


class Listed:
    """Each file once, listed when all are known: a bar and the lines of a list do not share a terminal."""

    def __init__(self, rehearsal: Rehearsal) -> None:
        self._rehearsal = rehearsal
        self.files: dict[str, None] = {}

    def document(self, item: ExportItem, text: str | None = None) -> Document:
        return place_alone(item, text)

    def add(self, document: Document) -> str:
        file = self._rehearsal.add(document)
        self.files[file] = None
        return file

    def leave_out(self, left: LeftOut) -> None:
        """The summary tells."""


def _tell_others(view: Snapshot, selection: Selection, console: Console) -> None:
    """Keys of other programs; what API servers keep for themselves is nobody's data."""
    others = [record.key for record in view.others(selection) if not view.key_space.is_bookkeeping(record.key)]
    if others:
        first = others[0].decode("utf-8", "backslashreplace")
        way = f"snapinspect get {quote(view.source.path)} --key {quote(first)}"
        console.say(
            f"left {counted(len(others), 'key')} without a Kubernetes object, as {first}: `{way}` shows its value"
        )


class Export:
    """One run of ``export``: every selected object becomes an item of the exporter."""

    def __init__(
        self,
        view: Snapshot,
        selection: Selection,
        recovery: Recovery,
        console: Console,
        exporter: Writing,
        also: frozenset[bytes],
        release: int | None,
    ) -> None:
        self.summary = Summary(view, console, explain=recovery.explain)
        self.count = 0
        self._view = view
        self._console = console
        self._exporter = exporter
        self._bringing = Bringing(view, selection, recovery, self.summary, also, release)

    def write(self) -> None:
        with self._console.progress("writing objects", 0) as advance:
            for each in self._bringing.each(self._document, self._left_out, quick=self._quick_document()):
                if isinstance(each, LeftOut):
                    self._exporter.leave_out(each)
                    continue
                self.count += 1
                self._exporter.add(each)
                advance(1)

    def add_undecoded(self, record: Record, body: Body) -> None:
        """A value that could not be decoded, in a directory of its own."""
        self.count += 1
        name = key_text(record.key)
        item = ExportItem("undecoded", name, "", "", None, name, record.mod_revision, body)
        self._exporter.add(self._exporter.document(item))

    def _document(self, entry: Entry, body: Body, changes: tuple[Change, ...]) -> Document | LeftOut:
        return self._exporter.document(self._item(entry, body, changes))

    def _quick_document(self) -> Callable[[Entry], Document | LeftOut | None]:
        text_of = quick_text_of("yaml")

        def quick(entry: Entry) -> Document | None:
            text = text_of(entry)
            return None if text is None else self._exporter.document(self._item(entry, {}, ()), text)

        return quick

    def _left_out(self, entry: Entry, omission: Omission) -> Document | LeftOut | None:
        return left_out(self._item(entry, {}, ()), omission)

    def _item(self, entry: Entry, body: Body, changes: tuple[Change, ...]) -> ExportItem:
        record, head = entry
        return ExportItem(
            self._view.kind_of(head).directory,
            key_text(record.key),
            head.api_version,
            head.kind,
            head.namespace,
            head.name,
            record.mod_revision,
            body,
            changes,
        )


_SECRET_OPTIONS = ("--token", "--password", "--user")


def without_secrets(arguments: Sequence[str]) -> list[str]:
    """The command line for the record, without what opens something."""
    shown: list[str] = []
    for before, argument in zip(("", *arguments), arguments, strict=False):
        option, equals, _ = argument.partition("=")
        if before in _SECRET_OPTIONS:
            shown.append("REDACTED")
        else:
            shown.append(f"{option}=REDACTED" if equals and option in _SECRET_OPTIONS else argument)
    return shown


def _evidence(view: Snapshot, sha256: str) -> dict[str, Any]:
    """What the files were made of, for whoever has to prove it."""
    return {
        "snapshot": view.source.path,
        "size": view.source.size,
        "sha256": sha256,
        "revision": view.revision,
        "clusterUID": view.cluster_uid,
        "program": f"snapinspect {__version__}",
        "arguments": without_secrets(sys.argv[1:]),
        "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
