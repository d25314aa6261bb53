"""A catalog: what many snapshots held, once for each distinct state, as Parquet that others read, too.

``building`` finds what is new and has it read (``staging``), ``merging`` takes it over as ``runs`` of states, ``asking`` answers with
SQL, of the ``partitions`` that a question is about, ``story`` tells what became of an object, ``checking`` whether all is whole;
``layout`` is how it lies there, ``bucket`` how in an object store; ``on_spark`` has others read.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from snapinspect.tables.catalog.asking import CONTAINING, query
    from snapinspect.tables.catalog.building import Built, build, in_processes
    from snapinspect.tables.catalog.checking import faults
    from snapinspect.tables.catalog.place import opened_for_building
    from snapinspect.tables.catalog.story import Told

_ON_DEMAND = {
    "CONTAINING": "asking",
    "Built": "building",
    "Told": "story",
    "build": "building",
    "faults": "checking",
    "in_processes": "building",
    "opened_for_building": "place",
    "query": "asking",
}
"""In which module a name is: who asks a question need not wait for what builds."""

__all__ = [
    "CONTAINING",
    "Built",
    "Told",
    "build",
    "faults",
    "in_processes",
    "opened_for_building",
    "query",
]


def __getattr__(name: str) -> Any:
    if name not in _ON_DEMAND:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_ON_DEMAND[name]}"), name)
