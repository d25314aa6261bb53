"""The bar: when it shows, and that it leaves nothing behind."""

from __future__ import annotations

import io
import time

import pytest

from snapinspect.cli import bar
from snapinspect.cli.bar import Bar


def screen(written: str) -> str:
    """What stands on the line in the end, told apart from how it came there."""
    return written.rpartition("\r\x1b[K")[2]


def test_large_work_is_shown_from_its_beginning_and_leaves_nothing() -> None:
    stream = io.StringIO()
    shown = Bar("reading\x1b[31m", 10_000_000, stream)
    assert screen(stream.getvalue()) == f"reading\\x1b[31m  [{'-' * 30}]   0%"
    shown.clear()
    assert screen(stream.getvalue()) == ""


def test_small_work_is_shown_once_it_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.monotonic()
    monkeypatch.setattr(bar, "monotonic", lambda: now)
    stream = io.StringIO()
    shown = Bar("writing objects", 0, stream)
    shown.advance(7)
    assert stream.getvalue() == ""
    now += 0.9
    shown.advance(1)
    assert screen(stream.getvalue()) == "writing objects  8"
    shown.clear()
    shown.clear()
    assert stream.getvalue().endswith("8\r\x1b[K")


def test_a_narrow_terminal_keeps_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    stream = io.StringIO()
    Bar("looking at every page", 4_000_000, stream).advance(4_000_000)
    assert all(len(line) < 20 for line in stream.getvalue().split("\r\x1b[K"))
