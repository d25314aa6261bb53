"""The two sorts of screens: lists, and texts of one object; each with a title, a line for what is said, and a prompt."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Protocol

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.events import Resize
from textual.screen import Screen
from textual.widgets import Input, Static

from snapinspect.browse.lists import Listed, Target, sorted_by
from snapinspect.browse.reader import once
from snapinspect.browse.widgets import Lines, Rows

if TYPE_CHECKING:
    from textual.binding import BindingType

    from snapinspect.analysis.diff.secrets import Veil
    from snapinspect.analysis.history import Step
    from snapinspect.browse.lists import Listing
    from snapinspect.browse.through_time import ThroughTime


class Read(Protocol):
    """Has a page's work done by the thread that reads; what comes of it is given to ``arrived`` in the one that draws."""

    def __call__(self, owner: Page, steps: Iterator[Any], arrived: Callable[[Any], object], /) -> object:
        """Returns at once."""


_HINT = "?  keys    :  go to    /  filter    Esc  back    :q  leave"
_READING = ("reading …",)
_BETWEEN, _BELOW = "  ", "\n"
_SORTS = {"N": "name", "A": "age", "K": "kind", "P": "namespace", "S": "size", "C": "objects"}
"""Keys that sort, as k9s has them, and by which column."""
_LARGEST_FIRST = frozenset({"size", "objects"})
_SMALL, _LARGE = "↑", "↓"
"""Which stands above: the smallest, or the largest."""


class Page(Screen[None]):
    """A title, a body, and a prompt that is there when something is asked."""

    # The terminal's own colours, whichever it has.
    CSS = """
    Page { background: ansi_default; color: ansi_default; }
    #title { height: auto; max-height: 2; text-style: bold; text-wrap: nowrap; text-overflow: ellipsis; }
    #prompt, #prompt:focus { height: 1; border: none; padding: 0; background: ansi_default; color: ansi_default; }
    #prompt > .input--placeholder { color: ansi_default; text-style: dim; }
    #prompt > .input--cursor { background: ansi_default; color: ansi_default; text-style: reverse; }
    Rows, Lines { scrollbar-size: 0 0; }
    """

    def __init__(self, read: Read) -> None:
        super().__init__()
        self._read = read
        self._answered: Callable[[str], None] | None = None
        self.is_blank = True

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

    def on_resize(self, _event: Resize) -> None:
        self.retitle()

    def retitle(self) -> None:
        # As Text, since names may look like markup.
        self.query_one("#title", Static).update(Text(self.title_line(), no_wrap=True, overflow="ellipsis"))

    def filter(self, words: str) -> None:
        self.body().filter(words)
        self.retitle()

    @property
    def is_asking(self) -> bool:
        return self._answered is not None

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
        was_asked = self.is_asking
        self._answered = None
        prompt.placeholder, prompt.value = _HINT, ""
        self.set_focus(self.query_one("Rows, Lines"))
        return was_asked

    def targets(self) -> list[Target]:
        """The objects that are meant: marked ones, or the one that is shown."""
        return []


class ListPage(Page):
    """A list, which grows while it is read; ``title`` stands over it until it has its own."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(key, f"sort('{column}')", f"by {column}", show=False) for key, column in _SORTS.items()),
    ]

    def __init__(self, read: Read, title: str, make: Callable[[], Listing]) -> None:
        super().__init__(read)
        self.rows = Rows(Listed(f"{title}: reading …", (), [], is_whole=False))
        self._make = make
        self._sorted = ""
        self._is_reversed = False

    def body(self) -> Rows:
        return self.rows

    def title_line(self) -> str:
        listed, narrowed = self.rows.listed, self.rows.narrowed
        title = f"{listed.title} ({narrowed})" if narrowed else listed.title
        return title if listed.is_whole or self.is_blank else f"{title}, reading on …"

    def on_mount(self) -> None:
        super().on_mount()
        self.read_list()

    def read_list(self) -> None:
        """Reads it from its beginning."""
        self._read(self, self._make(), self._arrived)

    def on_rows_marked(self) -> None:
        self.retitle()

    def _arrived(self, listed: Listed) -> None:
        self.is_blank = False
        if self._sorted in listed.columns:
            place, is_reversed = listed.columns.index(self._sorted), self._is_reversed
            listed = listed._replace(rows=sorted_by(listed.rows, place, reverse=is_reversed))
            self.rows.arrows = {self._sorted: _LARGE if is_reversed else _SMALL}
        self.rows.show(listed)
        self.retitle()

    def action_sort(self, column: str) -> None:
        """The same column once more turns the order round."""
        if column in self.rows.listed.columns:
            self._is_reversed = not self._is_reversed if column == self._sorted else column in _LARGEST_FIRST
            self._sorted = column
            self._arrived(self.rows.listed)
            self.rows.action_move(-self.rows.cursor)

    def targets(self) -> list[Target]:
        return [row.target for row in self.rows.meant if isinstance(row.target, Target)]


class TextPage(Page):
    """A text that does not change."""

    def __init__(self, read: Read, title: str, lines: Sequence[str]) -> None:
        super().__init__(read)
        self._title = title
        self.lines = Lines(lines)

    def body(self) -> Lines:
        return self.lines

    def title_line(self) -> str:
        return self._title


class ReadPage(TextPage):
    """A text that has to be read; what is ``sought`` in it is gone to."""

    def __init__(self, read: Read, title: str, make: Callable[[], list[str]], sought: str = "") -> None:
        super().__init__(read, title, _READING)
        self._make = make
        self._sought = sought
        self._width = 0

    def on_resize(self, event: Resize) -> None:
        super().on_resize(event)
        # The text may share out the screen's width, which is not yet the screen's own.
        if event.size.width != self._width:
            self._width = event.size.width
            self._read(self, once(self._make), self._arrived)

    def _arrived(self, lines: list[str]) -> None:
        self.is_blank = False
        self.lines.show(lines)
        self.lines.filter(self._sought)


class _Seen(NamedTuple):
    """A state of an object as text, what is ``told`` of it, and which line of it is looked at, where it is one."""

    told: str
    step: Step | None
    lines: list[str]
    at: int | None


class ObjectPage(TextPage):
    """An object, shown in one of several ways, that goes through time."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "way('clean')", "YAML"),
        Binding("d", "way('described')", "describe"),
        Binding("r", "way('raw')", "as stored"),
        Binding("h", "way('history')", "history"),
        Binding("D", "way('changes')", "diff"),
        Binding("comma", "move(-1)", "before"),
        Binding("full_stop", "move(1)", "after"),
        Binding("v", "reveal", "show secrets"),
    ]

    def __init__(self, read: Read, shown: ThroughTime, veil: Veil, way: str = "clean") -> None:
        super().__init__(read, shown.name, _READING)
        self._shown = shown
        self._told = ""
        self._step: Step | None = None
        self._veil: Veil | None = veil
        self._hidden = veil
        self._way = way
        self._begins = True

    def title_line(self) -> str:
        """In two lines where one has no room for when it was, and by whom."""
        name = f"[{self._way}] {self._title}"
        fits = len(name) + len(_BETWEEN) + len(self._told) <= self.size.width
        return f"{name}{_BETWEEN if fits else _BELOW}{self._told}" if self._told else name

    def on_mount(self) -> None:
        super().on_mount()
        self._draw()

    def action_way(self, way: str) -> None:
        self._begins = way != self._way
        self._way = way
        self._draw()

    def action_move(self, by: int) -> None:
        self._draw(by)

    def action_reveal(self) -> None:
        self._veil = None if self._veil else self._hidden
        self._draw()

    def targets(self) -> list[Target]:
        target, step = self._shown.target, self._step
        return [target._replace(revision=step.record.mod_revision) if step else target]

    def _draw(self, by: int = 0) -> None:
        """Shows the state that is ``by`` revisions further on, in the way and under the veil of now."""
        shown, way, veil = self._shown, self._way, self._veil

        def seen() -> _Seen:
            shown.move(by)
            return _Seen(shown.told, shown.step, shown.lines(way, veil), shown.at if way == "history" else None)

        self._read(self, once(seen), self._arrived)

    def _arrived(self, seen: _Seen) -> None:
        self.is_blank = False
        self._told, self._step = seen.told, seen.step
        if self._begins:
            self.lines.scroll_home(animate=False, force=True)
            self._begins = False
        self.lines.show(seen.lines, seen.at)
        self.retitle()
