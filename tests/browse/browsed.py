"""The browser in Textual's own terminal, and what a person sees of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from textual.pilot import Pilot

from snapinspect.browse import Browser
from snapinspect.browse.screens import ListPage, ObjectPage, TextPage
from snapinspect.snapshot import open_snapshot
from snapinspect.sources.recovery import open_examined

Steps = Callable[[Pilot[None]], Awaitable[None]]
_KEYS = {" ": "space", "/": "slash", "-": "minus", ".": "full_stop", ":": "colon", ",": "comma", "=": "equals_sign"}


def browsing(*paths: Path, steps: Steps, size: tuple[int, int] = (80, 24)) -> None:
    """Runs the browser over the snapshots while ``steps`` press keys."""

    async def go() -> None:
        views = [open_snapshot(str(path), opener=open_examined) for path in paths]
        try:
            async with Browser(views).run_test(size=size) as pilot:
                await settled(pilot)
                await steps(pilot)
        finally:
            for view in views:
                view.close()

    asyncio.run(go())


async def settled(pilot: Pilot[None]) -> None:
    """Nothing is read any more, and what was is drawn."""
    app = browser(pilot)
    await pilot.pause()
    while app.reader.is_busy and app.is_running:
        await asyncio.sleep(0.002)
    await pilot.pause()


async def press(pilot: Pilot[None], *keys: str) -> None:
    """Keys by their names or as what is typed, one after the other without waiting; then what comes of them."""
    await pilot.press(*(_KEYS.get(key, key) for key in keys))
    await settled(pilot)


async def type_in(pilot: Pilot[None], key: str, text: str) -> None:
    await press(pilot, key, *text, "enter")


def browser(pilot: Pilot[None]) -> Browser:
    app = pilot.app
    assert isinstance(app, Browser)
    return app


def listing(pilot: Pilot[None]) -> ListPage:
    page = pilot.app.screen
    assert isinstance(page, ListPage), page
    return page


def cells(pilot: Pilot[None]) -> list[tuple[str, ...]]:
    """The rows that are not filtered away."""
    rows = listing(pilot).rows
    return [rows.listed.rows[at].cells for at in rows._shown]


def text(pilot: Pilot[None]) -> list[str]:
    page = pilot.app.screen
    assert isinstance(page, TextPage | ObjectPage), page
    return list(page.lines.lines)


def screen(pilot: Pilot[None]) -> list[str]:
    """The lines that stand on the terminal."""
    strips = pilot.app.screen._compositor.render_strips()
    return ["".join(part.text for part in strip) for strip in strips]


def notes(pilot: Pilot[None]) -> list[str]:
    return [note.message for note in pilot.app._notifications]
