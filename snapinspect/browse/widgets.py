"""Lists and texts that draw no more than what is seen, so that a hundred thousand rows scroll at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.binding import BindingType

    from snapinspect.browse.lists import Listed, Row

_WIDEST, _NARROWEST = 60, 8
_GAP = "   "
_HEADING, _CURSOR, _FOUND, _PLAIN = Style(bold=True), Style(reverse=True), Style(bold=True), Style()


class Sideways(ScrollView):
    """What is wider than the screen, which goes to either side by more than a column."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "aside(-1)", "left", show=False),
        Binding("right", "aside(1)", "right", show=False),
    ]

    def action_aside(self, by: int) -> None:
        self.scroll_to(self.scroll_offset.x + by * max(self.size.width // 4, 1), animate=False)


class Rows(Sideways, can_focus=True):
    """A table under headings that stay, with a cursor, marks and a filter."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "up", show=False),
        Binding("down,j", "move(1)", "down", show=False),
        Binding("pageup,ctrl+b", "page(-1)", "page up", show=False),
        Binding("pagedown,ctrl+f", "page(1)", "page down", show=False),
        Binding("home,g", "move(-1000000000)", "first", show=False),
        Binding("end,G", "move(1000000000)", "last", show=False),
        Binding("space", "mark", "mark", show=False),
        Binding("enter", "open", "open", show=False),
    ]

    class Marked(Message):
        """There are other marks."""

    class Opened(Message):
        """Somebody wants to see what a row stands for."""

        def __init__(self, row: Row) -> None:
            super().__init__()
            self.row = row

    def __init__(self, listed: Listed) -> None:
        super().__init__()
        self.listed = listed
        self.marked: set[object] = set()
        self.cursor = 0
        self.arrows: dict[str, str] = {}
        self._wanted = ""
        self._shown: Sequence[int] = range(len(listed.rows))
        self._widths: list[int] = []

    @property
    def narrowed(self) -> str:
        """The filter and how much of the list it leaves, and how much is marked; empty where neither is so."""
        wanted = f"/{self._wanted}: {len(self._shown)}" if self._wanted else ""
        return ", ".join(filter(None, (wanted, f"{len(self.marked)} marked" if self.marked else "")))

    @property
    def current(self) -> Row | None:
        return self.listed.rows[self._shown[self.cursor]] if self._shown else None

    @property
    def meant(self) -> list[Row]:
        """The rows that are marked, or the one under the cursor."""
        marked = [row for row in self.listed.rows if row.identity in self.marked] if self.marked else []
        return marked or ([self.current] if self.current else [])

    def on_mount(self) -> None:
        self._choose()

    def on_resize(self) -> None:
        self._resize()

    def show(self, listed: Listed) -> None:
        """Other rows in place of these, under the same filter and with the same marks; the cursor stays with its row."""
        followed = self.current.identity if self.cursor and self.current else None
        self.listed = listed
        self._choose()
        if followed is not None:
            place = next((place for place, at in enumerate(self._shown) if listed.rows[at].identity == followed), None)
            if place is not None:
                self.action_move(place - self.cursor)

    def filter(self, words: str) -> None:
        """Only rows in which the words stand, in whatever case."""
        self._wanted = words.lower()
        self._choose()
        self.action_move(-self.cursor)

    def _choose(self) -> None:
        rows, wanted = self.listed.rows, self._wanted
        self._shown = (
            [at for at, row in enumerate(rows) if wanted in " ".join(row.cells).lower()] if wanted else range(len(rows))
        )
        self.cursor = min(self.cursor, max(len(self._shown) - 1, 0))
        self._resize()

    def render_line(self, y: int) -> Strip:
        scroll_x, scroll_y = self.scroll_offset
        width = self.size.width
        if y == 0:
            line, style = "  " + self._line(self._headings()), _HEADING
        elif scroll_y + y - 1 < len(self._shown):
            place = scroll_y + y - 1
            at = self._shown[place]
            line = ("* " if self.marked and self.listed.rows[at].identity in self.marked else "  ") + self._line(
                self.listed.rows[at].cells
            )
            style = _CURSOR if place == self.cursor else _PLAIN
        else:
            return Strip.blank(width, _PLAIN)
        return Strip([Segment(line.ljust(scroll_x + width), style)]).crop(scroll_x, scroll_x + width)

    def action_move(self, by: int) -> None:
        self.cursor = min(max(self.cursor + by, 0), max(len(self._shown) - 1, 0))
        self.scroll_to_region(Region(self.scroll_offset.x, self.cursor, 1, 2), animate=False, force=True)
        self.refresh()

    def action_page(self, by: int) -> None:
        self.action_move(by * max(self.size.height - 2, 1))

    def action_mark(self) -> None:
        if self._shown:
            self.marked ^= {self.listed.rows[self._shown[self.cursor]].identity}
            self.action_move(1)
            self.post_message(self.Marked())

    def action_open(self) -> None:
        if self.current:
            self.post_message(self.Opened(self.current))

    def _headings(self) -> list[str]:
        """The columns, and behind the one by which it is sorted an arrow."""
        return [name.upper() + self.arrows.get(name, "") for name in self.listed.columns]

    def _line(self, cells: Sequence[str]) -> str:
        padded = (_within(cell, width) for cell, width in zip(cells[:-1], self._widths, strict=False))
        return _GAP.join([*padded, *cells[-1:]])

    def _resize(self) -> None:
        """Each column but the last is as wide as what stands in it, and none takes more than a third of the screen."""
        rows = [self.listed.rows[at].cells for at in self._shown]
        widest = max(min(self.size.width // 3, _WIDEST), _NARROWEST)
        columns = list(zip(self._headings(), *rows, strict=True))
        self._widths = [min(max(map(len, column)), widest) for column in columns[:-1]]
        longest = max(map(len, columns[-1]), default=0) if columns else 0
        self.virtual_size = Size(sum(self._widths) + len(_GAP) * len(columns) + longest + 2, len(rows) + 1)
        self.refresh()


class Lines(Sideways, can_focus=True):
    """A text, line by line as it is."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "scroll_up", show=False),
        Binding("down,j", "scroll_down", show=False),
        Binding("pageup,ctrl+b", "page_up", show=False),
        Binding("pagedown,ctrl+f,space", "page_down", show=False),
        Binding("home,g", "scroll_home", show=False),
        Binding("end,G", "scroll_end", show=False),
    ]

    def __init__(self, lines: Sequence[str] = ()) -> None:
        super().__init__()
        self.lines: Sequence[str] = lines
        self._wanted = ""
        self._looked_at: int | None = None

    def on_mount(self) -> None:
        self.show(self.lines)

    def on_resize(self) -> None:
        self._reveal()

    def show(self, lines: Sequence[str], at: int | None = None) -> None:
        """Another text in place of this one, as far down as before, or where the line ``at`` is seen."""
        self.lines, self._looked_at = lines, at
        self.virtual_size = Size(max(map(len, lines), default=0), len(lines))
        self._reveal()
        self.refresh()

    def _reveal(self) -> None:
        """Scrolls no more than it takes to see the line that is looked at, and some of what follows it."""
        at, first, height = self._looked_at, self.scroll_offset.y, self.size.height
        if at is not None and not first <= at <= first + height * 2 // 3:
            self.scroll_to(0, max(at - height // 3, 0), animate=False, force=True)

    def filter(self, words: str) -> None:
        """Goes to the first line in which the words stand, and shows all in which they do."""
        self._wanted = words.lower()
        found = next((at for at, line in enumerate(self.lines) if self._wanted and self._wanted in line.lower()), None)
        if found is not None:
            self.scroll_to(0, found, animate=False)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        scroll_x, scroll_y = self.scroll_offset
        width = self.size.width
        if scroll_y + y >= len(self.lines):
            return Strip.blank(width, _PLAIN)
        line = self.lines[scroll_y + y]
        style = _FOUND if self._wanted and self._wanted in line.lower() else _PLAIN
        return Strip([Segment(line.ljust(scroll_x + width), style)]).crop(scroll_x, scroll_x + width)


def _within(cell: str, width: int) -> str:
    return cell.ljust(width) if len(cell) <= width else f"{cell[: width - 1]}…"
