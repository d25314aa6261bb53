"""Options that commands share, in the groups in which help shows them."""

from snapinspect.cli.options.arguments import NamedTargets, ObjectArgument, SnapshotArgument
from snapinspect.cli.options.choice import Choice
from snapinspect.cli.options.formats import (
    DiffRawOption,
    FactsOption,
    ListFormat,
    ShowSecretsOption,
    Undecoded,
    UndecodedOption,
)
from snapinspect.cli.options.reading import Arrival, Color, Connection, EndpointOption, Engine, Reading
from snapinspect.cli.options.recovery import DeletedOption, Recovery
from snapinspect.cli.options.showing import ObjectOutputOption, Showing, SortOption

__all__ = [
    "Arrival",
    "Choice",
    "Color",
    "Connection",
    "DeletedOption",
    "DiffRawOption",
    "EndpointOption",
    "Engine",
    "FactsOption",
    "ListFormat",
    "NamedTargets",
    "ObjectArgument",
    "ObjectOutputOption",
    "Reading",
    "Recovery",
    "ShowSecretsOption",
    "Showing",
    "SnapshotArgument",
    "SortOption",
    "Undecoded",
    "UndecodedOption",
]
