"""The browser: keys as k9s has them, and those that go through time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import App
from textual.binding import Binding
from textual.widgets import Input

from snapinspect.analysis.diff.secrets import Veil
from snapinspect.browse import lists
from snapinspect.browse.exporting import export
from snapinspect.browse.lists import Listed, Target
from snapinspect.browse.screens import ListPage, ObjectPage, Page, TextPage
from snapinspect.browse.through_time import ThroughTime
from snapinspect.browse.widgets import Rows
from snapinspect.errors import SnapinspectError, Withdrawn
from snapinspect.snapshot.when import resolve
from snapinspect.write.counted import counted
from snapinspect.write.table import printable

if TYPE_CHECKING:
    from textual.binding import BindingType

    from snapinspect.snapshot import Snapshot

HELP = """\
:            go to a kind (deploy, cm …), all, or overview, kinds, deleted, log, problems; :q leaves
/            only lines with these words; Enter keeps them, an empty line shows all
Enter, y     the object, ready to apply        d  as it is stored, status and all
h            every revision of it              D  what the shown revision changed
, and .      one revision back and forward     t  the whole snapshot at another time
n, u         what it needs, what uses it       R  the commands that bring it back
x            what was deleted                  L  the log of all that happened
s            search in what is stored          P  as by shift-letter: N name, A age, K kind, P namespace sort
Space        mark                              e  export what is marked, or the one under the cursor
v            show the values of Secrets        Tab  the next snapshot
Esc          back                              ?  this                     Ctrl-C  leave"""


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
        Binding("d", "open('raw')", "as stored", show=False),
        Binding("h", "open('history')", "history", show=False),
        Binding("D", "open('changes')", "diff", show=False),
        Binding("n,u", "surroundings", "needs"),
        Binding("R", "recovery", "bring back"),
        Binding("e", "export", "export"),
        Binding("tab", "next", "next snapshot", show=False, priority=True),
        Binding("ctrl+c", "quit", "leave", show=False, priority=True),
    ]

    def __init__(self, views: Sequence[Snapshot]) -> None:
        super().__init__()
        self._views = list(views)
        self._number = 0
        self.view = self._views[0]
        self._veil = Veil()
        self._damaged: dict[int, bool] = {}

    def on_mount(self) -> None:
        self._show_list("kinds")

    @property
    def page(self) -> Page | None:
        return self.screen if isinstance(self.screen, Page) else None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What is typed into the prompt is no key of the browser's, but for Esc and Ctrl-C."""
        if isinstance(self.focused, Input) and action in _FIRST:
            return False
        return super().check_action(action, parameters)

    def attempt(self, action: Callable[[], object]) -> None:
        """Does it, or says why not: a snapshot that is damaged, locked or replaced ends no browsing."""
        try:
            action()
        except (SnapinspectError, Withdrawn, OSError) as error:
            hint = "" if isinstance(error, OSError) or not error.hint else f" ({error.hint})"
            self.notify(printable(f"{error}{hint}"), severity="error", markup=False)

    def action_list(self, name: str) -> None:
        self.attempt(lambda: self._show_list(name))

    def action_command(self) -> None:
        self._ask("kind, all, overview, kinds, deleted, log, problems, q", self._go)

    def action_filter(self) -> None:
        page = self.page
        if page:
            self._ask("words", page.body().filter)

    def action_search(self) -> None:
        self._ask(
            "words in what is stored", lambda words: self._push(lists.search(self.view, words)) if words else None
        )

    def action_time(self) -> None:
        self._ask("a revision, or a time as 11:25 or -10m; empty for the end", self._go_to)

    def action_open(self, way: str) -> None:
        page = self.page
        if isinstance(page, ListPage) and page.rows.current:
            self.attempt(lambda: self._open(page.rows.current, way))

    def on_rows_opened(self, message: Rows.Opened) -> None:
        self.attempt(lambda: self._open(message.row, "clean"))

    def action_surroundings(self) -> None:
        self._of_one(lambda found: TextPage("what it needs and what needs it", found.surroundings()))

    def action_recovery(self) -> None:
        self._of_one(lambda found: TextPage("how it comes back", found.recovery()))

    def action_export(self) -> None:
        targets = self.page.targets() if self.page else []
        if targets:
            what = f"file for {counted(len(targets), 'object')}, ready to apply"
            self._ask(what, lambda place: self._export(targets, place), "objects.yaml")

    def action_help(self) -> None:
        self.push_screen(TextPage("keys", HELP.splitlines()))

    def action_next(self) -> None:
        self._number = (self._number + 1) % len(self._views)
        self.view = self._views[self._number]
        self.attempt(lambda: self._show_list("overview"))

    def action_leave_page(self) -> None:
        page = self.page
        if page and not page.stop_asking() and len(self.screen_stack) > 2:
            self.pop_screen()

    def _ask(self, what: str, answered: Callable[[str], Any], value: str = "") -> None:
        page = self.page
        if page:
            page.ask(what, lambda text: self.attempt(lambda: answered(text)), value)

    def _go(self, word: str) -> None:
        word = word.strip()
        if word in {"q", "q!", "quit", "exit"}:
            self.exit()
        elif word in _LISTS:
            self._show_list(word)
        elif word:
            self._push(lists.objects(self.view, word))

    def _go_to(self, when: str) -> None:
        view = self._views[self._number]
        self.view = view.at(resolve(view, when).revision) if when.strip() else view
        self._show_list("kinds")

    def _show_list(self, name: str) -> None:
        self._push(_LISTS[name](self.view))

    def _push(self, listed: Listed) -> None:
        at = "" if self.view.revision == self.view.store.revision else f" @ {self.view.revision}"
        title = f"{Path(self.view.source.path).name}{at}{self._mark()}: {listed.title}"
        self.push_screen(ListPage(listed._replace(title=printable(title))))

    def _mark(self) -> str:
        """What is wrong with the snapshot, as far as it is known by now."""
        if self._number not in self._damaged:
            self._damaged[self._number] = not self._views[self._number].is_certain
        if self._damaged[self._number]:
            return " DAMAGED"
        return f" ({counted(len(self.view.problems), 'problem')})" if self.view.problems else ""

    def _open(self, row: lists.Row | None, way: str) -> None:
        target = row.target if row else None
        if isinstance(target, str):
            self._push(lists.objects(self.view, target))
        elif target:
            self.push_screen(ObjectPage(ThroughTime(self._view_of(target), target), self._veil, way))

    def _of_one(self, make: Callable[[ThroughTime], TextPage]) -> None:
        targets = self.page.targets() if self.page else []
        if targets:
            self.attempt(lambda: self.push_screen(make(ThroughTime(self._view_of(targets[0]), targets[0]))))

    def _view_of(self, _target: Target) -> Snapshot:
        return self.view

    def _export(self, targets: list[Target], place: str) -> None:
        if place.strip():
            count = export(self.view, targets, Path(place.strip()).expanduser())
            self.notify(printable(f"wrote {counted(count, 'object')} to {place}"), markup=False)


_FIRST = frozenset({"command", "filter", "next"})
"""Actions whose keys are heeded at once, so that no letter that follows them goes elsewhere."""
_LISTS: dict[str, Callable[[Snapshot], Listed]] = {
    "overview": lists.overview,
    "kinds": lists.kinds,
    "deleted": lists.deleted,
    "log": lists.log,
    "problems": lists.problems,
}
