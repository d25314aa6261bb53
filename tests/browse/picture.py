"""Writes ``docs/browse.svg``, what the README shows of the browser: `make picture` runs it."""

from __future__ import annotations

import gzip
import re
import tempfile
from pathlib import Path

from browsed import browsing, press
from screens import HISTORY, ROOT
from textual.pilot import Pilot


def main() -> None:
    drawn = []

    async def steps(pilot: Pilot[None]) -> None:
        await press(pilot, ":", *"cm", "enter", "/", *"nginx", "enter", "enter", "h", ",", ",")
        drawn.append(pilot.app.export_screenshot(title="snapinspect browse"))

    with tempfile.TemporaryDirectory() as folder:
        history = Path(folder, "etcd-backup.db")
        history.write_bytes(gzip.decompress((ROOT / HISTORY).read_bytes()))
        browsing(history, steps=steps, size=(110, 20))
    # The fonts that it names lie on somebody's server.
    alone = re.sub(r"@font-face \{.*?\}", "", drawn[0], flags=re.DOTALL)
    (ROOT / "docs" / "browse.svg").write_text(re.sub(r"[ \t]+$", "", alone, flags=re.MULTILINE))


if __name__ == "__main__":
    main()
