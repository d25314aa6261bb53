"""Rebuilt snapshots, and etcds that start from them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

import pytest
from real_etcd import ETCDS, RealEtcd, restored_etcd

import snapinspect
from snapinspect.recovery.rebuild import Change, Rebuilt, rebuild


@pytest.fixture(params=ETCDS)
def restored(request: pytest.FixtureRequest) -> Callable[[Path], AbstractContextManager[RealEtcd]]:
    """Starts an etcd from a snapshot: each etcd that is there in its turn."""
    return partial(restored_etcd, programs=ETCDS[request.param])


@pytest.fixture
def rebuilt(tmp_path: Path) -> Callable[..., tuple[Path, Rebuilt]]:
    """``rebuilt(path, at=5)`` is where the new snapshot lies, and what was said of it."""

    def build(source: Path, **change: object) -> tuple[Path, Rebuilt]:
        target = tmp_path / f"rebuilt-{len(list(tmp_path.glob('rebuilt-*')))}.db"
        with snapinspect.open(str(source)) as snapshot:
            return target, rebuild(snapshot, target, Change(**change))  # type: ignore[arg-type]

    return build
