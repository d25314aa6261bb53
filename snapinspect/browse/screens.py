"""The two sorts of screens: lists, and texts of one object; each with a title, a line for what is said, and a prompt."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import Screen
from textual.widgets import Input, Static

from snapinspect.browse.lists import Target, sorted_by
from snapinspect.browse.widgets import Lines, Rows

if TYPE_CHECKING:
    from textual.binding import BindingType

    from snapinspect.analysis.diff.secrets import Veil
    from snapinspect.browse.lists import Listed
    from snapinspect.browse.through_time import ThroughTime

_HINT = "?  keys    :  go to    /  filter    Esc  back    :q  leave"
_SORTS = {"N": "name", "A": "age", "K": "kind", "P": "namespace", "S": "size", "C": "objects"}
"""Keys that sort, as k9s has them, and by which column."""


class Page(Screen[None]):
    """A title, a body, and a prompt that is there when something is asked."""

    CSS = """
    #title { height: 1; text-style: bold; }
    #prompt { height: 1; border: none; padding: 0; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._answered: Callable[[str], None] | None = None

    def body(self) -> Rows | Lines:
        raise NotImplementedError

    def title_line(self) -> str:
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        yield Static(id="title")
        yield self.body()
        yield Input(id="prompt", placeholder=_HINT)

    def on_mount(self) -> None:
        self.retitle()
        self.set_focus(self.query_one("Rows, Lines"))

    def retitle(self) -> None:
        # As Text, since names may look like markup.
        self.query_one("#title", Static).update(Text(self.title_line(), no_wrap=True, overflow="ellipsis"))

    def ask(self, what: str, answered: Callable[[str], None], value: str = "") -> None:
        """Asks for a line; Esc gives it up."""
        prompt = self.query_one("#prompt", Input)
        self._answered = answered
        prompt.placeholder, prompt.value = what, value
        prompt.cursor_position = len(value)
        # At once, so that what is typed meanwhile goes there, too.
        self.set_focus(prompt)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        answered = self._answered
        self.stop_asking()
        if answered:
            answered(event.value)

    def stop_asking(self) -> bool:
        """Whether anything was asked."""
        prompt = self.query_one("#prompt", Input)
        was_asked = self._answered is not None
        self._answered = None
        prompt.placeholder, prompt.value = _HINT, ""
        self.set_focus(self.query_one("Rows, Lines"))
        return was_asked

    def targets(self) -> list[Target]:
        """The objects that are meant: marked ones, or the one that is shown."""
        return []


class ListPage(Page):
    """A list."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(key, f"sort('{column}')", f"by {column}", show=False) for key, column in _SORTS.items()),
    ]

    def __init__(self, listed: Listed) -> None:
        super().__init__()
        self.rows = Rows(listed)

    def body(self) -> Rows:
        return self.rows

    def title_line(self) -> str:
        return self.rows.listed.title

    def action_sort(self, column: str) -> None:
        listed = self.rows.listed
        if column in listed.columns:
            self.rows.show(listed._replace(rows=sorted_by(listed.rows, listed.columns.index(column))))

    def targets(self) -> list[Target]:
        return [row.target for row in self.rows.meant if isinstance(row.target, Target)]


class TextPage(Page):
    """A text that does not change."""

    def __init__(self, title: str, lines: list[str]) -> None:
        super().__init__()
        self._title = title
        self.lines = Lines(lines)

    def body(self) -> Lines:
        return self.lines

    def title_line(self) -> str:
        return self._title


class ObjectPage(TextPage):
    """An object, shown in one of several ways, that goes through time."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "way('clean')", "YAML"),
        Binding("d", "way('raw')", "as stored"),
        Binding("h", "way('history')", "history"),
        Binding("D", "way('changes')", "diff"),
        Binding("comma", "move(-1)", "before"),
        Binding("full_stop", "move(1)", "after"),
        Binding("v", "reveal", "show secrets"),
    ]

    def __init__(self, shown: ThroughTime, veil: Veil, way: str = "clean") -> None:
        super().__init__("", [])
        self.shown = shown
        self._veil: Veil | None = veil
        self._hidden = veil
        self._way = way

    def title_line(self) -> str:
        return f"{self.shown.title}  [{self._way}]"

    def on_mount(self) -> None:
        super().on_mount()
        self.action_way(self._way)

    def action_way(self, way: str) -> None:
        self._way = way
        shown = self.shown
        lines = {
            "clean": lambda: shown.clean(self._veil),
            "raw": lambda: shown.raw(self._veil),
            "changes": lambda: shown.changes(self._veil),
            "history": shown.history,
        }[way]()
        self.lines.show(lines)
        self.retitle()

    def action_move(self, by: int) -> None:
        self.shown.move(by)
        self.action_way(self._way)

    def action_reveal(self) -> None:
        self._veil = None if self._veil else self._hidden
        self.action_way(self._way)

    def targets(self) -> list[Target]:
        step = self.shown.step
        target = self.shown.target
        return [target._replace(revision=step.record.mod_revision)] if step else [target]
