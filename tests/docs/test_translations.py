"""A Russian page stays in step with the English one: the same sections, the same commands, the same output."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from cli_program import ROOT

_RUSSIAN = sorted((ROOT / "docs").rglob("*.ru.md"))
_BLOCK = re.compile(r"^```\w*\n.*?^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#+", re.MULTILINE)
_STEP = re.compile(r"^\*\*(\d+)", re.MULTILINE)


@pytest.mark.parametrize("page", _RUSSIAN, ids=lambda page: page.stem)
def test_it_is_in_step(page: Path) -> None:
    russian = page.read_text(encoding="utf-8")
    english = page.with_name(page.name.replace(".ru.md", ".md")).read_text(encoding="utf-8")
    assert _BLOCK.findall(russian) == _BLOCK.findall(english)
    prose = [_BLOCK.sub("", text) for text in (russian, english)]
    for marks in (_HEADING, _STEP):
        assert marks.findall(prose[0]) == marks.findall(prose[1])
