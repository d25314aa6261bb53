"""The browser: keys as k9s has them, and those that go through time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from textual.app import App
from textual.binding import Binding
from textual.widgets import Input

from snapinspect.analysis.diff.secrets import Veil
from snapinspect.browse import lists
from snapinspect.browse.beside import counterparts, kinds_beside, objects_beside, texts_beside
from snapinspect.browse.changed import Watched
from snapinspect.browse.examining import MISMATCH, Examiner
from snapinspect.browse.exporting import export
from snapinspect.browse.lists import Counterparts, Kinds, Listing, Row, Target
from snapinspect.browse.overview import overview
from snapinspect.browse.reader import Reader, Task, once
from snapinspect.browse.screens import ListPage, ObjectPage, Page, ReadPage, TextPage
from snapinspect.browse.through_time import ThroughTime
from snapinspect.browse.widgets import Rows
from snapinspect.errors import Damaged, SnapinspectError
from snapinspect.snapshot.when import resolve
from snapinspect.sources.mapping import heed_loss
from snapinspect.write.counted import counted
from snapinspect.write.table import printable

if TYPE_CHECKING:
    from textual.binding import BindingType

    from snapinspect.etcd import Store
    from snapinspect.snapshot import Snapshot

HELP = """\
:            go to a kind (deploy, cm …), all, or overview, kinds, deleted,
             log, problems, beside; :q leaves
/            only lines with these words; an empty line shows all
Enter, y     the object, ready to apply
d            the object described, with the Events about it
r            the object as it is stored, status and all
h and D      all its revisions, or only what the shown one changed
, and .      one revision back and forward
t            the whole snapshot at another time
n and u      what it needs, and what uses it
R            the commands that bring it back
x            what was deleted
L            the log of all that happened
s            search in what is stored
Space        mark
e            export what is marked, or the one under the cursor
v            show the values of Secrets, and hide them again
Tab          the next snapshot
=            all snapshots side by side, or the object in each
N A K P S C  sort by name, age, kind, namespace, size, number of objects
Left, Right  what does not fit the screen
Esc          back                    Ctrl-C  leave"""


class Place(NamedTuple):
    """Which of the snapshots is looked at, and at which revision; None for its end."""

    number: int
    at: int | None = None


class Browser(App[None]):
    """Looks into snapshots, the first of ``views`` at once. Nothing of them is changed."""

    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("colon", "command", "go to", priority=True),
        Binding("slash", "filter", "filter", priority=True),
        Binding("escape", "leave_page", "back", priority=True),
        Binding("question_mark", "help", "help"),
        Binding("x", "list('deleted')", "deleted"),
        Binding("L", "list('log')", "log"),
        Binding("s", "search", "search"),
        Binding("t", "time", "time"),
        Binding("y,enter", "open('clean')", "YAML", show=False),
        Binding("d", "open('described')", "describe", show=False),
        Binding("r", "open('raw')", "as stored", show=False),
        Binding("h", "open('history')", "history", show=False),
        Binding("D", "open('changes')", "diff", show=False),
        Binding("n", "surroundings('')", "needs"),
        Binding("u", "surroundings('needed by:')", "used by"),
        Binding("equals_sign", "beside", "side by side"),
        Binding("R", "recovery", "bring back"),
        Binding("e", "export", "export"),
        Binding("tab", "next", "next snapshot", show=False, priority=True),
        Binding("ctrl+c", "quit", "leave", show=False, priority=True),
    ]

    def __init__(self, views: Sequence[Snapshot]) -> None:
        super().__init__(ansi_color=True)
        self._views = list(views)
        self._place = Place(0)
        self.view = self._views[0]
        self._veil = Veil()
        self._watched = [Watched(view.source.path) for view in views]
        self._changed: dict[int, str] = {}
        self.reader = Reader(self.call_later, lambda owner: owner is self.screen)
        self.examiner = Examiner(self._views, self.call_later, self._found_damage, self._is_waited_for)

    def on_mount(self) -> None:
        loop = asyncio.get_running_loop()
        heed_loss(lambda: loop.call_soon_threadsafe(self.look_at_files))
        self.set_interval(_LOOK_EVERY, self.look_at_files)
        self.reader.start()
        self._show_list("kinds")
        self.examiner.start()

    def on_unmount(self) -> None:
        self.examiner.stop()
        self.reader.stop()

    def _is_waited_for(self) -> bool:
        """Whether somebody looks at a page that shows nothing yet, and is being read."""
        page = self.page
        return page is not None and page.is_blank and self.reader.is_busy

    def _found_damage(self, number: int, store: Store | None) -> None:
        """From now on the snapshot is read as far as it can be, and what is listed of it is listed anew."""
        means = "it is not what was saved"
        if store is not None:
            means = "what can be had of it is read now"
            self._views[number] = self._views[number].over(store)
        if self._place.number == number:
            self.view = self._seen_from(self._place)
        self.notify(
            printable(f"{self._file_name(number)} is damaged: {means}, and `:problems` tells more"),
            severity="warning",
            markup=False,
        )
        for screen in self.screen_stack:
            if isinstance(screen, ListPage):
                self.reader.forget(screen)
                screen.read_list()

    def look_at_files(self) -> None:
        """Tells of files that are no longer what they were when they were opened."""
        for number, watched in enumerate(self._watched):
            if change := watched.change():
                self._changed[number] = change
                self.notify(
                    printable(
                        f"{self._file_name(number)} was {change}: what is shown is of the file as it was, or of two states; open it again"
                    ),
                    severity="warning",
                    markup=False,
                )

    @property
    def page(self) -> Page | None:
        return self.screen if isinstance(self.screen, Page) else None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What is typed into the prompt is no key of the browser's, but for Esc and Ctrl-C."""
        if isinstance(self.focused, Input) and action in _FIRST:
            return False
        return super().check_action(action, parameters)

    def read(self, owner: Page, steps: Iterator[Any], arrived: Callable[[Any], object]) -> None:
        """Has ``owner``'s work done by the thread that reads."""
        self.reader.read(Task(owner, steps, arrived, lambda error: self._failed(owner, error)))

    def _failed(self, owner: Page, error: Exception) -> None:
        """Says why not: a snapshot that is damaged, locked or replaced ends no browsing. What stayed empty is left."""
        if not isinstance(error, SnapinspectError | OSError):
            raise error
        hint = "" if isinstance(error, OSError) or not error.hint else f" ({error.hint})"
        self.notify(printable(f"{error}{hint}"), severity="error", markup=False)
        is_read_again = isinstance(owner, ListPage) and isinstance(error, Damaged) and self.examiner.is_busy
        if owner.is_blank and owner is self.screen and len(self.screen_stack) > _ROOT and not is_read_again:
            self.action_leave_page()

    def action_list(self, name: str) -> None:
        self._show_list(name)

    def action_command(self) -> None:
        self._ask("kind, all, overview, kinds, deleted, log, problems, beside, q", self._go)

    def action_filter(self) -> None:
        page = self.page
        if page:
            self._ask("words", page.filter)

    def action_search(self) -> None:
        self._ask("words in what is stored", self._search)

    def action_time(self) -> None:
        self._ask("a revision, or a time as 11:25 or -10m; empty for the end", self._go_to)

    def action_open(self, way: str) -> None:
        page = self.page
        if isinstance(page, ListPage) and page.rows.current:
            self._open(page.rows.current, way)

    def on_rows_opened(self, message: Rows.Opened) -> None:
        self._open(message.row, "clean")

    def action_surroundings(self, sought: str) -> None:
        self._of_one("what it needs and what needs it", ThroughTime.surroundings, sought)

    def action_recovery(self) -> None:
        self._of_one("how it comes back", ThroughTime.recovery)

    def action_beside(self) -> None:
        targets = self.page.targets() if self.page else []
        if targets:
            head, views = targets[0].head, self._views
            self._show_counterparts(targets[0], lambda: counterparts(views, head))
        else:
            self._push_kinds_beside()

    def action_export(self) -> None:
        targets = self.page.targets() if self.page else []
        if targets:
            what = f"file for {counted(len(targets), 'object')}, ready to apply"
            self._ask(what, lambda place: self._export(targets, place), "objects.yaml")

    def action_help(self) -> None:
        self.push_screen(TextPage(self.read, "keys", HELP.splitlines()))

    def action_next(self) -> None:
        self._place = Place((self._place.number + 1) % len(self._views))
        self.view = self._views[self._place.number]
        self._show_list("overview")

    def action_leave_page(self) -> None:
        page = self.page
        if page and not page.stop_asking() and len(self.screen_stack) > _ROOT:
            self.reader.forget(page)
            self.pop_screen()

    def _ask(self, what: str, answered: Callable[[str], Any], value: str = "") -> None:
        page = self.page
        if page:
            page.ask(what, answered, value)

    def _go(self, word: str) -> None:
        word = word.strip()
        if word in {"q", "q!", "quit", "exit"}:
            self.exit()
        elif word == "beside":
            self._push_kinds_beside()
        elif word == "overview" or word in _LISTS:
            self._show_list(word)
        elif word:
            self._push(word, lambda view: lists.objects(view, word))

    def _search(self, words: str) -> None:
        if words:
            self._push(words, lambda view: lists.search(view, words))

    def _go_to(self, when: str) -> None:
        page, view = self.page, self._views[self._place.number]
        if page:
            self.read(page, once(lambda: resolve(view, when).revision if when.strip() else None), self._at)

    def _at(self, revision: int | None) -> None:
        self._place = self._place._replace(at=revision)
        self.view = self._seen_from(self._place)
        if self.page and self.page.is_asking:
            # What is typed already is not torn away, and is of the new moment.
            self.notify(printable(f"{self._label(self._place)} from now on"), markup=False)
        else:
            self._show_list("kinds")

    def _seen_from(self, place: Place) -> Snapshot:
        view = self._views[place.number]
        return view if place.at is None else view.at(place.at)

    def _show_list(self, name: str) -> None:
        if name == "overview":
            number = self._place.number
            self._push(name, lambda view: overview(view, lambda: self.examiner.awaited([number])))
        else:
            self._push(name, _LISTS[name])

    def _push_kinds_beside(self) -> None:
        numbers = range(len(self._views))
        self._push_named("side by side", lambda: kinds_beside(self._views, lambda: self.examiner.awaited(numbers)))

    def _push(self, word: str, make: Callable[[Snapshot], Listing]) -> None:
        place = self._place
        self._push_named(
            f"{self._label(place)}: {word}", lambda: self._under_place(place, make(self._seen_from(place)))
        )

    def _push_named(self, title: str, make: Callable[[], Listing]) -> None:
        self.push_screen(ListPage(self.read, printable(title), make))

    def _file_name(self, number: int) -> str:
        return Path(self._views[number].source.path).name

    def _label(self, place: Place) -> str:
        return self._file_name(place.number) + ("" if place.at is None else f" @ {place.at}")

    def _under_place(self, place: Place, listing: Listing) -> Listing:
        """The list with the snapshot's name and state in its title."""
        for listed in listing:
            yield listed and listed._replace(
                title=printable(f"{self._label(place)}{self._mark(place.number)}: {listed.title}")
            )

    def _mark(self, number: int) -> str:
        """What is wrong with the snapshot, as far as it is known by now."""
        view = self._views[number]
        changed = f" {self._changed[number].upper()}" if number in self._changed else ""
        if not view.is_certain or any(problem.code == MISMATCH for problem in view.problems):
            return f"{changed} DAMAGED"
        return f"{changed} ({counted(len(set(view.problems)), 'problem')})" if view.problems else changed

    def _open(self, row: Row, way: str) -> None:
        target = row.target
        if isinstance(target, str):
            self._push(target, lambda view: lists.objects(view, target))
        elif isinstance(target, Kinds):
            self._push_named(f"side by side: {target.word}", lambda: objects_beside(self._views, target.word))
        elif isinstance(target, Counterparts):
            self._show_counterparts(next(filter(None, target.targets)), lambda: target)
        elif target:
            self.push_screen(ObjectPage(self.read, ThroughTime(self.view, target), self._veil, way))

    def _show_counterparts(self, target: Target, found: Callable[[], Counterparts]) -> None:
        name = ThroughTime(self.view, target).name
        views = self._views
        self.push_screen(
            ReadPage(
                self.read, f"{name} side by side", lambda: texts_beside(views, found(), self._veil, self.size.width)
            )
        )

    def _of_one(self, title: str, make: Callable[[ThroughTime], list[str]], sought: str = "") -> None:
        targets = self.page.targets() if self.page else []
        if targets:
            found = ThroughTime(self.view, targets[0])
            self.push_screen(ReadPage(self.read, title, lambda: make(found), sought))

    def _export(self, targets: list[Target], place: str) -> None:
        page, view, place = self.page, self.view, place.strip()
        if page and place:
            self.read(
                page,
                once(lambda: export(view, targets, Path(place).expanduser())),
                lambda count: self._wrote(count, place),
            )

    def _wrote(self, count: int, place: str) -> None:
        self.notify(printable(f"wrote {counted(count, 'object')} to {place}"), markup=False)


_ROOT = 2
"""Screens below which nothing is left: Textual's own, and the first list."""
_LOOK_EVERY = 2.0
"""Seconds."""
_FIRST = frozenset({"command", "filter", "next"})
"""Actions whose keys are heeded at once, so that no letter that follows them goes elsewhere."""
_LISTS: dict[str, Callable[[Snapshot], Listing]] = {
    "kinds": lists.kinds,
    "deleted": lists.deleted,
    "log": lists.log,
    "problems": lists.problems,
}
