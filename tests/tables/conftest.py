"""Nights of one cluster: snapshots of its history at several revisions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from cli_program import run

NIGHTS = (700, 2400, 4171)
"""Revisions at which a snapshot of the same cluster is made."""
MANY = (700, 1500, 2400, 3300)
FEW = (
    "clusterroles",
    "clusterrolebindings",
    "roles",
    "rolebindings",
    "events",
    "leases",
    "serviceaccounts",
    "replicasets",
    "pods",
)
"""What small nights lack."""


def made(history: Path, directory: Path, revisions: tuple[int, ...], *options: str) -> list[Path]:
    """A snapshot of each revision, without the kinds of which there are many."""
    nights = [directory / f"{revision}.db" for revision in revisions]
    dropped = [word for kind in FEW for word in ("--drop", kind)]
    for path, revision in zip(nights, revisions, strict=True):
        assert run("rebuild", history, path, "--at", str(revision), *options, *dropped).code == 0
    return nights


@pytest.fixture(scope="session")
def nights(snapshot_file: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    directory = tmp_path_factory.mktemp("nights")
    return made(snapshot_file("history"), directory, NIGHTS)


@pytest.fixture(scope="session")
def small(snapshot_file: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """More nights of fewer objects, without history."""
    directory = tmp_path_factory.mktemp("small")
    return made(snapshot_file("history"), directory, MANY, "--compact")
