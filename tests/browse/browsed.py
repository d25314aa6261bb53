"""The browser in Textual's own terminal, and what a person sees of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from textual.events import Key, Resize
from textual.geometry import Size
from textual.keys import _character_to_key
from textual.pilot import Pilot

from snapinspect.browse import Browser
from snapinspect.browse.screens import ListPage, ObjectPage, TextPage
from snapinspect.snapshot import open_snapshot

Steps = Callable[[Pilot[None]], Awaitable[None]]
_HOPS = 3
"""A key goes from the browser to what has the focus, and back to what it is bound to."""


def browsing(*paths: Path, steps: Steps, size: tuple[int, int] = (80, 24)) -> None:
    """Runs the browser over the snapshots while ``steps`` press keys."""

    async def go() -> None:
        views = [open_snapshot(str(path)) for path in paths]
        try:
            async with Browser(views).run_test(size=size) as pilot:
                await settled(pilot)
                await steps(pilot)
        finally:
            for view in views:
                view.close()

    asyncio.run(go())


async def settled(pilot: Pilot[None]) -> None:
    """Nothing is read any more, and what was is drawn; a page that comes of what was read may ask for more."""
    app = browser(pilot)
    await handled(pilot)
    while (app.reader.is_busy or app.examiner.is_busy) and app.is_running and app._exception is None:
        await asyncio.sleep(0.002)
        await handled(pilot)


async def handled(pilot: Pilot[None]) -> None:
    """Every message has come to where it goes. The pilot's own ``pause`` waits for an idle processor instead."""
    app, rounds = pilot.app, 0
    while rounds < _HOPS and app.is_running and app._exception is None:
        await pilot._wait_for_screen()
        pumps = [app, *app.screen.walk_children(with_self=True)]
        rounds = 0 if any(pump.message_queue_size for pump in pumps) else rounds + 1
    app.screen._on_timer_update()


async def press(pilot: Pilot[None], *keys: str) -> None:
    """Keys by their names or as what is typed, one after the other without waiting for what they ask to be read; then that."""
    for key in keys:
        await strike(pilot, key)
    await settled(pilot)


async def resize(pilot: Pilot[None], size: tuple[int, int]) -> None:
    """Textual lets a moment pass in which a terminal may be resized further."""
    app, driver = pilot.app, pilot.app._driver
    assert driver is not None
    driver._size = size
    app.post_message(Resize(Size(*size), Size(*size)))
    while (app._size != Size(*size) or app._resize_event is not None) and app._exception is None:
        await asyncio.sleep(0.002)
    await settled(pilot)


async def strike(pilot: Pilot[None], key: str) -> None:
    driver = pilot.app._driver
    assert driver is not None
    name = key if len(key) > 1 or key.isalnum() else _character_to_key(key)
    driver.send_message(Key(name, key if len(key) == 1 else None))
    await handled(pilot)


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
