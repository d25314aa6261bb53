"""All ways in which a backup arrives: one file each, tried in this order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snapinspect.sources.archive import open_archive
from snapinspect.sources.backup_directory import open_openshift
from snapinspect.sources.datastore import open_datastore, open_sql_dump
from snapinspect.sources.directory import open_directory
from snapinspect.sources.file import open_file
from snapinspect.sources.gardener import open_gardener
from snapinspect.sources.pairs import open_pairs
from snapinspect.sources.standard_input import open_standard_input
from snapinspect.sources.terminal import open_through_terminal

if TYPE_CHECKING:
    from collections.abc import Callable

    from snapinspect.model import Progress
    from snapinspect.sources.source import Source

OPENERS: tuple[Callable[[str, Progress], Source | None], ...] = (
    open_standard_input,
    open_gardener,
    open_directory,
    open_through_terminal,
    open_pairs,
    open_archive,
    open_openshift,
    open_sql_dump,
    open_datastore,
    open_file,
)
