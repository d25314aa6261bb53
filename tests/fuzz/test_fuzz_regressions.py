"""What the fuzzer sets out from, and whatever it found so far, makes no target fail."""

from __future__ import annotations

from pathlib import Path

import pytest
from fuzz_targets import TARGETS, attempt

FOUND = Path(__file__).parent / "regressions"


@pytest.mark.parametrize("name", TARGETS)
def test_no_seed_and_nothing_that_was_found_makes_it_fail(name: str) -> None:
    seeds = list(TARGETS[name][1]())
    assert seeds
    for data in [*seeds, *(file.read_bytes() for file in sorted(FOUND.glob(f"{name}/*")))]:
        attempt(name, data)
        attempt(name, data[: len(data) // 2])


def test_whatever_was_found_belongs_to_a_target() -> None:
    assert {path.name for path in FOUND.iterdir() if path.is_dir()} <= TARGETS.keys()
