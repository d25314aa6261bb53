"""What a server needs before it answers, and no more: the rest would keep whoever starts it waiting."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

LATER = (
    "google.protobuf",
    "wsproto",
    "snapinspect.clean",
    "snapinspect.serve.printers.table",
    "snapinspect.select.fields",
    "snapinspect.analysis.diff",
)


def test_it_begins_without_what_only_some_requests_need(snapshot_file: Callable[[str], Path]) -> None:
    command = [sys.executable, "-X", "importtime", "-m", "snapinspect", "serve", str(snapshot_file("small"))]
    done = subprocess.run([*command, "--", "true"], capture_output=True, text=True, check=True)
    imported = set(re.findall(r"^import time:.*\| +(\S+)$", done.stderr, re.MULTILINE))
    assert "uvicorn" in imported
    assert imported.isdisjoint(LATER)
