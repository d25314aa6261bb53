"""The Python of docs/python.md runs as it stands, on a snapshot that ships."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cli_program import ROOT

_EXAMPLES = re.findall(
    r"^```python\n(.*?)^```$", (ROOT / "docs" / "python.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
)


@pytest.mark.parametrize("example", _EXAMPLES, ids=range(len(_EXAMPLES)))
def test_it_runs_and_prints(example: str, tmp_path: Path, snapshot_file: Callable[[str], Path]) -> None:
    (tmp_path / "etcd-backup.db").write_bytes(snapshot_file("history").read_bytes())
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", example], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout
