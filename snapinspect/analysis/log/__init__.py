"""Everything that happened to a cluster's objects, in order: who did what to which of them."""

from snapinspect.analysis.log.entries import Entry, Verb, summary_of
from snapinspect.analysis.log.folding import Folded, Line, folded, runs
from snapinspect.analysis.log.gap import across, stretches
from snapinspect.analysis.log.lines import Window, count_windows, windows
from snapinspect.analysis.log.noise import noise_of
from snapinspect.analysis.log.reading import Asked, Log
from snapinspect.analysis.log.told import log

__all__ = [
    "Asked",
    "Entry",
    "Folded",
    "Line",
    "Log",
    "Verb",
    "Window",
    "across",
    "count_windows",
    "folded",
    "log",
    "noise_of",
    "runs",
    "stretches",
    "summary_of",
    "windows",
]
