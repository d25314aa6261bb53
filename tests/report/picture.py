"""Writes ``docs/report.png``, what the README shows of the page of ``report``: `make picture` runs it."""

from __future__ import annotations

import base64
import sys
import tempfile
from pathlib import Path

from browser import browsing

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "cli"))
_WIDTH, _HEIGHT = 1100, 1060
_SCALE = 0.75
_MADE_AGAIN = ("pods", "replicasets", "persistentvolumeclaims", "persistentvolumes", "resourcequotas", "jobs")


def main() -> None:
    from cli_program import run

    snapshot = "fixtures/k8s-1.36/history.db.gz"
    with tempfile.TemporaryDirectory() as scratch, browsing() as page:
        place = Path(scratch) / "report.html"
        words = [word for kind in _MADE_AGAIN for word in ("--exclude", kind)]
        outcome = run("report", snapshot, "-n", "infra-production", "--since", "1200", *words, "-o", place)
        assert outcome.code == 0, outcome.err
        page.call("Emulation.setDeviceMetricsOverride", width=_WIDTH, height=_HEIGHT, deviceScaleFactor=1, mobile=False)
        page.open(place)
        page.wait_for("document.body.dataset.drawn")
        top = page.ask("document.getElementById('activity').offsetTop")
        end = page.ask("document.getElementById('who').offsetTop")
        clip = {"x": 0, "y": top, "width": _WIDTH, "height": end - top, "scale": _SCALE}
        shot = page.call("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip)
        (ROOT / "docs" / "report.png").write_bytes(base64.b64decode(shot["data"]))


if __name__ == "__main__":
    main()
