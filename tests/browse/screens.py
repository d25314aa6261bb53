"""Screens of the browser as text. Run, it writes those that were reviewed anew; git diff shows what to review."""

from __future__ import annotations

import gzip
import os
import re
import tempfile
from pathlib import Path

from browsed import browsing, press, resize, screen
from textual.pilot import Pilot

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = Path(__file__).with_name("golden")
USUAL, WIDE = (80, 24), (120, 40)
SMALL = Path("fixtures", "k8s-1.36", "small.db")
HISTORY = Path("fixtures", "k8s-1.36", "history.db.gz")

_WALK: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("kinds", ()),
    ("keys", ("?",)),
    ("objects", (":", *"cm", "enter", "/", *"flappy", "enter")),
    ("object", ("enter",)),
    ("history", ("h", ",", ",")),
    ("diff", ("D",)),
    ("described", ("d",)),
    ("as stored", ("r",)),
    ("how it comes back", ("R",)),
    ("deleted", ("escape", "x", "/", *"deployment", "enter")),
    ("kinds at another time", ("t", *"3000", "enter")),
    ("at another time", (":", *"deploy", "enter")),
    ("needs", ("n",)),
    ("search", ("escape", "s", *"flappy", "enter")),
    ("secret", (":", *"secrets", "enter", "/", *"infra-production", "enter", "enter")),
    ("problems", (":", *"problems", "enter")),
    ("overview of the next snapshot", ("tab",)),
    ("side by side", ("=",)),
    ("objects side by side", ("/", *"deployment", "enter", "enter")),
    ("object side by side", ("down", "down", "enter")),
    ("log", ("L", "/", *"scaled", "enter")),
)


_SHARED_OUT = frozenset({"log", "history", "side by side", "object side by side"})
"""Screens that look otherwise where there is more room."""


def golden_file(size: tuple[int, int]) -> Path:
    return GOLDEN / f"{size[0]}x{size[1]}.txt"


def walked() -> dict[tuple[int, int], str]:
    """Every sort of screen, one after the other, by the terminal's size; from the project's directory."""
    lines: dict[tuple[int, int], list[str]] = {USUAL: [], WIDE: []}

    async def steps(pilot: Pilot[None]) -> None:
        for name, keys in _WALK:
            await press(pilot, *keys)
            lines[USUAL] += _drawn(name, pilot)
            if name in _SHARED_OUT:
                await resize(pilot, WIDE)
                lines[WIDE] += _drawn(name, pilot)
                await resize(pilot, USUAL)

    with tempfile.TemporaryDirectory() as folder:
        history = Path(folder, "history.db")
        history.write_bytes(gzip.decompress(HISTORY.read_bytes()))
        browsing(history, SMALL, steps=steps, size=USUAL)
    return {size: _told("\n".join(of_size)).replace(folder, "FOLDER") for size, of_size in lines.items()}


def _drawn(name: str, pilot: Pilot[None]) -> list[str]:
    return [f"== {name}", *(line.rstrip() for line in screen(pilot))]


def _told(screens: str) -> str:
    """Without what differs from run to run."""
    return re.sub("<hidden [0-9a-f]+>", "<hidden HASH>", screens) + "\n"


def main() -> None:
    os.chdir(ROOT)
    GOLDEN.mkdir(exist_ok=True)
    for size, screens in walked().items():
        golden_file(size).write_text(screens, encoding="utf-8")


if __name__ == "__main__":
    main()
