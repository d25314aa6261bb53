"""Whole commands on damaged snapshots: what stands on untouched data comes out of each, in every form."""

from __future__ import annotations

from pathlib import Path

import pytest
from programs import PROGRAMS, Base, Programs

_PARTS = 4


@pytest.fixture(scope="module")
def base() -> Base:
    return Base.of_fixture(stride=9)


@pytest.mark.parametrize("part", range(_PARTS))
def test_all_that_is_untouched_comes_out(base: Base, tmp_path: Path, part: int) -> None:
    programs = Programs(tmp_path, base)
    for seed in range(part, len(PROGRAMS), _PARTS):
        programs.run(seed)
    assert not programs.figures.faults
    assert not programs.figures.missing
    assert programs.figures.told > len(PROGRAMS) / _PARTS


def test_what_is_missing_would_be_noticed(base: Base, tmp_path: Path) -> None:
    """The same, of a program that gives one object less than it should."""
    programs = Programs(tmp_path, base)
    read = PROGRAMS[0].read
    calls: list[int] = []

    def forgetful(text: str) -> list[object]:
        calls.append(1)
        told = list(read(text))
        # What is expected is asked for first.
        return told[: len(told) - (len(calls) == 2) * 40]

    programs.run_one(PROGRAMS[0]._replace(read=forgetful), 0)
    assert programs.figures.missing
