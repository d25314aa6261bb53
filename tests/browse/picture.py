"""Writes ``docs/browse.svg``, what the README shows of the browser: `make picture` runs it."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from snapinspect.browse import Browser
from snapinspect.snapshot import open_snapshot

ROOT = Path(__file__).resolve().parents[2]


async def _drawn() -> str:
    with open_snapshot(str(ROOT / "fixtures" / "k8s-1.36" / "history.db.gz")) as view:
        app = Browser([view])
        async with app.run_test(size=(110, 20)) as pilot:
            await pilot.pause()
            await pilot.press(
                "colon", *"cm", "enter", "slash", *"flappy", "enter", "enter", "h", "comma", "comma", "end"
            )
            await pilot.pause()
            return app.export_screenshot(title="snapinspect browse")


def main() -> None:
    drawn = asyncio.run(_drawn())
    # The fonts that it names lie on somebody's server.
    alone = re.sub(r"@font-face \{.*?\}", "", drawn, flags=re.DOTALL)
    (ROOT / "docs" / "browse.svg").write_text(re.sub(r"[ \t]+$", "", alone, flags=re.MULTILINE))


if __name__ == "__main__":
    main()
