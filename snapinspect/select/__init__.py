"""Which objects the user means: words and options become predicates on keys, heads and bodies."""

from snapinspect.select.names import ALL, Names, is_pattern
from snapinspect.select.resolve import check_names, select
from snapinspect.select.selection import Selection, Wanted
from snapinspect.select.targets import Target, parse_each, parse_listed, parse_targets

__all__ = [
    "ALL",
    "Names",
    "Selection",
    "Target",
    "Wanted",
    "check_names",
    "is_pattern",
    "parse_each",
    "parse_listed",
    "parse_targets",
    "select",
]
