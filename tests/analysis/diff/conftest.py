"""A live cluster that is still what the small snapshot holds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from live_world import World, world_of


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with world_of("small.truth", tmp_path) as found:
        yield found
