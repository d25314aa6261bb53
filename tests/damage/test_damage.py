"""Real snapshots, damaged in every way: no traceback, no hang, and what stands on intact pages is there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from campaign import Campaign, Figures
from compacted import Written
from mutations import MUTATIONS
from rebuilding import start_rebuilt
from typer.testing import CliRunner

from snapinspect.cli.app import app

_PARTS, _PART = 6, 90
_SLOWEST = 2.0
"""Seconds of processor time that reading one damaged file of 1.5 MB in every way may take."""
_PROGRAMS = (
    ("ls", "--salvage", "-o", "json"),
    ("get", "--salvage", "--all", "-q"),
    ("deleted", "--salvage", "-o", "json"),
    ("verify", "-o", "json"),
    ("ls", "--carve"),
)


@pytest.fixture(scope="module")
def campaign(compacted: Written) -> Campaign:
    return Campaign(compacted, compacted.defragmented.read_bytes())


@pytest.mark.parametrize("part", range(_PARTS))
def test_whatever_stands_is_read(campaign: Campaign, part: int) -> None:
    campaign.figures = Figures()
    for seed in range(part * _PART, (part + 1) * _PART):
        campaign.run(seed)
    assert campaign.figures.slowest < _SLOWEST
    assert campaign.figures.shown["proven"] > _PART
    assert campaign.figures.shown["unproven"] > _PART
    assert campaign.figures.cases.keys() >= {mutation.__name__ for mutation in MUTATIONS} - {"cut_off"}


@pytest.mark.parametrize("seed", range(len(MUTATIONS) * 2))
def test_every_command_ends_in_words(campaign: Campaign, tmp_path: Path, seed: int) -> None:
    broken = tmp_path / "broken.db"
    broken.write_bytes(campaign.run(seed))
    for name, *options in _PROGRAMS:
        result = CliRunner().invoke(app, [name, str(broken), *options], prog_name="snapinspect")
        assert result.exit_code in {0, 1, 3}, result.output
        assert "unexpected" not in result.stderr, result.stderr
        if result.exit_code != 1 and "json" in options:
            json.loads(result.stdout)


@pytest.mark.parametrize("seed", range(len(MUTATIONS)))
def test_an_etcd_starts_from_what_is_rebuilt(campaign: Campaign, seed: int) -> None:
    assert start_rebuilt(campaign.run(seed)) in {"started", "started, empty", "refused"}
