"""Which objects the user means: words and options become predicates on keys, heads and bodies."""

from snapinspect.select.resolve import check_names, select
from snapinspect.select.selection import Selection, Wanted
from snapinspect.select.targets import Target, parse_each, parse_targets

__all__ = ["Selection", "Target", "Wanted", "check_names", "parse_each", "parse_targets", "select"]
