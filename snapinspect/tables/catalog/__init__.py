"""A catalog: what many snapshots held, once for each distinct state, as Parquet that others read, too.

``building`` finds what is new and has it read (``staging``), ``merging`` takes it over as ``runs`` of states, ``asking`` answers with
SQL, ``story`` tells what became of an object, ``checking`` whether all is whole; ``layout`` is how it lies there,
``bucket`` how in an object store; ``on_spark`` has others read.
"""

from snapinspect.tables.catalog.asking import CONTAINING, query
from snapinspect.tables.catalog.building import Built, build, in_processes
from snapinspect.tables.catalog.checking import faults
from snapinspect.tables.catalog.on_spark import on_spark
from snapinspect.tables.catalog.place import opened_for_building
from snapinspect.tables.catalog.story import Told, story

__all__ = [
    "CONTAINING",
    "Built",
    "Told",
    "build",
    "faults",
    "in_processes",
    "on_spark",
    "opened_for_building",
    "query",
    "story",
]
