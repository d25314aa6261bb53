"""Every object of a real cluster's snapshot has the cells that the API server gives it with ``-o wide``."""

from __future__ import annotations

from fixture_tables import GOLDEN, tables
from served_snapshot import Served


def test_every_object_has_the_cells_that_the_api_server_gives_it(small: Served) -> None:
    assert list(tables(small)) == GOLDEN.read_text().splitlines()
