"""``snapinspect ls``: what is in there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import cycle
from typing import TextIO, TypeVar

from snapinspect.cli import console as terminal
from snapinspect.cli.console import Console
from snapinspect.cli.listing import GUESSED, NARROW, WIDE, Columns, Item, Table, label_cells
from snapinspect.cli.opening import opened, recoverable, require_some, selected
from snapinspect.cli.options import Choice, DeletedOption, NamedTargets, Reading, Showing, SnapshotArgument
from snapinspect.cli.output import LIST_FORMS, Output, parse_output, write_bodies
from snapinspect.errors import Undecodable
from snapinspect.model import Body, Head
from snapinspect.select import Selection, Target, parse_listed
from snapinspect.snapshot import Entry, Snapshot
from snapinspect.snapshot.values import problem
from snapinspect.write.counted import counted
from snapinspect.write.names import object_name
from snapinspect.write.table import EMPTY, columns_of, printable

T = TypeVar("T")

_ROWS = 1_024
"""Objects that a process lists at a time."""
_COUNTED = 20
"""Kinds and namespaces that an overview names."""
_BESIDE_A_TABLE = 4
"""Lines of a terminal that headings and prompt take."""


def ls(
    snapshot: SnapshotArgument,
    choice: Choice,
    showing: Showing,
    reading: Reading,
    kinds: NamedTargets = None,
    deleted: DeletedOption = False,
) -> None:
    """List what is in a snapshot; helm lists the releases of Helm's."""
    output = parse_output(showing.output, LIST_FORMS)
    with opened(snapshot, reading, choice.at) as (view, console):
        view = recoverable(view, deleted=deleted)
        targets = parse_listed(kinds or [], view.kinds.means_something)
        if any(target.word.lower() == "helm" for target in targets):
            _list_releases(view, targets, choice, showing, output)
            return
        selection = selected(view, console, targets, choice)
        with terminal.utf8_output() as stream:
            count = Listed(view, selection, showing, console).write(output, stream)
        require_some(count, view, selection)


def _list_releases(view: Snapshot, targets: list[Target], choice: Choice, showing: Showing, output: Output) -> None:
    # Imported here, as most ask for objects.
    from snapinspect.cli import helm

    helm.is_meant(targets)
    with terminal.utf8_output() as stream:
        helm.list_releases(view, targets, choice, showing, output, stream)


class Listed:
    """What is selected, in the form that was asked for."""

    def __init__(self, view: Snapshot, selection: Selection, showing: Showing, console: Console) -> None:
        self._view = view
        self._selection = selection
        self._showing = showing
        self._console = console
        self._columns = Columns(view)
        self._count = 0

    def write(self, output: Output, stream: TextIO) -> int:
        """How many objects there are."""
        showing = self._showing
        asks_inside = bool(showing.sort_by or showing.show_labels or showing.label_columns)
        if self._view.is_certain and not asks_inside and output.form in {"table", "name"}:
            self._write_heads(output, stream)
        elif output.shows_objects:
            bodies = (item.body for item in self._counted(self._items(reads_bodies=True)) if item.body)
            write_bodies(bodies, output, stream, is_one=self._selection.is_one_name)
        elif output.form in {"table", "wide"}:
            self._write_table(stream, reads_bodies=asks_inside, is_wide=output.form == "wide")
        else:
            # Imported here, as most lists are for people, and must start at once.
            from snapinspect.cli.listed_facts import FACTS, write_facts

            fact = FACTS[output.form]
            facts = self._made(lambda item: fact(item.entry), reads_bodies=bool(showing.sort_by))
            write_facts(facts, output, stream)
        return self._count

    def _write_heads(self, output: Output, stream: TextIO) -> None:
        if output.form == "name":
            stream.writelines(self._of_heads(_name_line))
            return
        columns = self._narrow_columns()
        if not self._selection.is_bounded and _is_more_than_a_screen(self._count, stream):
            self._write_overview(columns, stream)
            return
        Table(self._selection, NARROW, columns).write(stream, headings=not self._showing.no_headers)
        self._explain(columns[1] if columns else ())

    def _narrow_columns(self) -> list[list[str]]:
        """The cells of each column; none where nothing is selected."""
        view, selection, narrow = self._view, self._selection, self._columns.narrow

        def made(among: Sequence[bytes] | None) -> Iterator[str | Sequence[str]]:
            """Each column; that of a range in one piece, which is less to send than its cells."""
            found = columns_of(narrow(head) for _, head in view.heads(selection, among))
            return iter(found) if among is None else map("\n".join, found)

        columns: list[list[str]] = [[] for _ in NARROW]
        for column, cells in zip(cycle(columns), view.spread(selection, made, _ROWS), strict=False):
            column += cells.split("\n") if isinstance(cells, str) else cells
        self._count = len(columns[0])
        return columns if self._count else []

    def _of_heads(self, make: Callable[[Head], T]) -> Iterator[T]:
        view, selection = self._view, self._selection
        made = view.spread(selection, lambda among: (make(head) for _, head in view.heads(selection, among)), _ROWS)
        return self._counted(made)

    def _write_table(self, stream: TextIO, *, reads_bodies: bool, is_wide: bool) -> None:
        showing, is_certain = self._showing, self._view.is_certain
        keys = [key for listed in showing.label_columns or () for key in listed.split(",")]
        labels = [*(key.rpartition("/")[2] for key in keys), *(["labels"] if showing.show_labels else [])]
        source = () if is_certain else ("source",)

        def row(item: Item) -> tuple[object, ...]:
            narrow = self._columns.narrow(item.entry.head)
            wide = self._columns.wide(item.entry) if is_wide else ()
            inside = label_cells(item.body, keys, everything=showing.show_labels)
            return (*narrow, *wide, *(() if is_certain else (item.entry.record.source,)), *inside)

        names = (*NARROW, *(WIDE if is_wide else ()), *source, *labels)
        columns = columns_of(self._made(row, reads_bodies=reads_bodies))
        Table(self._selection, names, columns).write(stream, headings=not showing.no_headers)
        self._explain(columns[1] if columns else ())

    def _write_overview(self, columns: list[list[str]], stream: TextIO) -> None:
        """How many objects there are in each namespace and of each kind, on a screen."""
        namespaces, kinds = Counter(map(_place, columns[0])), Counter(columns[1])
        stream.writelines(
            f"{_counts(label, counts)}\n" for label, counts in (("Namespaces", namespaces), ("Kinds", kinds))
        )
        self._explain(kinds)
        self._console.say(
            f"{counted(self._count, 'object')}: KIND, -n NAMESPACE or -A lists them, and so does a pipe (| less)"
        )

    def _made(self, make: Callable[[Item], T], *, reads_bodies: bool) -> Iterator[T]:
        """What ``make`` gives of each item, in the order that was asked for."""
        made: Iterator[T]
        if self._showing.sort_by:
            made = map(make, self._items(reads_bodies=reads_bodies))
        else:
            made = self._view.spread(
                self._selection, lambda among: map(make, self._unsorted(among, reads_bodies=reads_bodies)), _ROWS
            )
        return self._counted(made)

    def _items(self, *, reads_bodies: bool) -> Iterable[Item]:
        items = self._unsorted(None, reads_bodies=reads_bodies)
        if not self._showing.sort_by:
            return items
        from snapinspect.write.sorting import sorted_by

        return sorted_by(self._showing.sort_by, items, lambda item: item.body)

    def _unsorted(self, among: Sequence[bytes] | None, *, reads_bodies: bool) -> Iterator[Item]:
        for entry in self._view.entries(self._selection, among=among):
            yield Item(entry, self._body(entry) if reads_bodies else {})

    def _body(self, entry: Entry) -> Body:
        """The object, or nothing of one that cannot be read, which is a problem."""
        try:
            return self._view.load(entry).body
        except Undecodable as error:
            # A head that could not be read has been named already.
            if not entry.head.guessed:
                self._view.problems.append(problem(entry.record.key, error))
            return {}

    def _counted(self, items: Iterable[T]) -> Iterator[T]:
        for item in items:
            self._count += 1
            yield item

    def _explain(self, kinds: Iterable[str]) -> None:
        if any(kind.endswith(GUESSED) for kind in kinds):
            self._console.say(f"note: a kind with {GUESSED} is what the key suggests: the value itself cannot be read")


def _is_more_than_a_screen(rows: int, stream: TextIO) -> bool:
    """Never where a program reads."""
    if not stream.isatty():
        return False
    # Imported here, as most lists are read by programs.
    from shutil import get_terminal_size

    return rows + _BESIDE_A_TABLE > get_terminal_size().lines


def _counts(label: str, counts: Counter[str]) -> str:
    """``Kinds: events 126, clusterroles 59``, the most numerous first, broken into lines of the terminal."""
    from shutil import get_terminal_size
    from textwrap import fill

    listed = ", ".join(f"{printable(what)}\xa0{count}" for what, count in counts.most_common(_COUNTED))
    if len(counts) > _COUNTED:
        listed += f" and {len(counts) - _COUNTED} more"
    width = get_terminal_size().columns
    text = fill(
        f"{label + ':':<13}{listed}", width, subsequent_indent=" " * 13, break_long_words=False, break_on_hyphens=False
    )
    return text.replace("\xa0", " ")


def _name_line(head: Head) -> str:
    return f"{object_name(head.group, head.kind, head.name)}\n" if head.kind else ""


def _place(namespace: str) -> str:
    return "cluster-scoped" if namespace == EMPTY else namespace
