"""Running servers that many tests ask."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from served_snapshot import Served, serving


@pytest.fixture(scope="session")
def small(snapshot_file: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("cache"), str(snapshot_file("small"))) as served:
        yield served


@pytest.fixture(scope="session")
def history(snapshot_file: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    words = ("--at", "1500", "--deleted", "--replay", "3400", "--speed", "600")
    with serving(tmp_path_factory.mktemp("cache"), str(snapshot_file("history")), *words) as served:
        yield served
