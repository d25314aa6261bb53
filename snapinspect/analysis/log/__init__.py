"""Everything that happened to a cluster's objects, in order: who did what to which of them."""

from snapinspect.analysis.log.entries import Entry, Verb, summary_of
from snapinspect.analysis.log.folding import Folded, folded
from snapinspect.analysis.log.gap import across
from snapinspect.analysis.log.noise import noise_of
from snapinspect.analysis.log.reading import Asked, Log, log

__all__ = ["Asked", "Entry", "Folded", "Log", "Verb", "across", "folded", "log", "noise_of", "summary_of"]
