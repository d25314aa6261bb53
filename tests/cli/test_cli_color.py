"""Colours where they say most, and nowhere that a program reads."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from cli_program import SMALL, run

_RESET = "\x1b[0m"


@pytest.mark.parametrize("words", [("verify",), ("log", "deploy", "-n", "infra-production", "--since", "3400")])
def test_what_is_piped_has_no_colours(words: tuple[str, ...], snapshot_file: Callable[[str], Path]) -> None:
    name, *rest = words
    assert "\x1b" not in run(name, snapshot_file("history"), *rest).out


def test_a_verdict_has_its_colour(tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.db"
    whole = SMALL.read_bytes()
    damaged.write_bytes(whole[:409_600] + bytes(4096) + whole[413_696:])
    assert f"Verdict:    \x1b[32msound{_RESET}\n" in run("verify", SMALL, "--color", "always").out
    assert f"\x1b[31mDAMAGED{_RESET} in " in run("verify", damaged, "--color", "always").out


def test_a_verb_has_its_colour_and_nothing_else(snapshot_file: Callable[[str], Path]) -> None:
    asked = ("log", snapshot_file("history"), "deploy", "-n", "infra-production", "--since", "3400")
    plain, colored = run(*asked), run(*asked, "--color", "always")
    assert "\x1b[31mdeleted" in colored.out
    for color in ("\x1b[31m", "\x1b[32m", "\x1b[33m", _RESET):
        colored = colored._replace(out=colored.out.replace(color, ""))
    assert colored.out == plain.out
    assert "\x1b" not in run(*asked, "--color", "always", "-o", "json").out
