"""What fills a snapshot, and what would help: the facts of ``snapinspect stats``."""

from snapinspect.analysis.stats.counting import Place
from snapinspect.analysis.stats.report import Statistics, describe, survey

__all__ = ["Place", "Statistics", "describe", "survey"]
